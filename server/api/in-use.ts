import { AppError } from '../../schemas/errors.js';

/** The refusal to delete what something else still needs. */
export const inUse = (what: string, by: string): AppError => new AppError('conflict', { reason: `There are ${by} that use this ${what}.` });
