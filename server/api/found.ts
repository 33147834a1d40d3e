import { AppError } from '../../schemas/errors.js';

/** What a repository found, or AppError `not_found`: the same whether the id is unknown, malformed or another company's. `field` is set for ids in a body. */
export const found = <T>(entity: T | undefined, what: string, field?: string): T => {
  if (entity === undefined) throw new AppError('not_found', { what }, field === undefined ? {} : { field });
  return entity;
};
