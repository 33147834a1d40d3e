import type { z } from 'zod';
import { AppError, type ErrorCode } from '../../schemas/errors.js';

/**
 * Reads untrusted input by its schema. Throws AppError with the path of the first field at fault: `validation_failed`, or `refusal` when the shape is right
 * and a rule across fields says no.
 */
export const parseField = <Output>(
  schema: z.ZodType<Output>,
  value: unknown,
  refusal: ErrorCode = 'validation_failed',
  under: string[] = [],
): Output => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const unknownField = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = [...under, ...(issue?.path ?? []), ...(unknownField === undefined ? [] : [unknownField])].map(String).join('.');
  const told = unknownField === undefined ? (issue?.message ?? 'is not valid') : 'unknown field';
  const code = issue?.code === 'custom' ? refusal : 'validation_failed';
  throw new AppError(code, { reason: field ? `${field}: ${told}.` : `${told}.` }, field ? { field } : {});
};
