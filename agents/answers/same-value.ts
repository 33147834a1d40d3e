import type { AnswerValue } from '../../schemas/answer.js';

/** Equality of answer values: lists in any order, text without case and outer spaces. */
export const sameValue = (a: AnswerValue | null | undefined, b: AnswerValue | null | undefined): boolean => canonical(a) === canonical(b);

const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join(',')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, inner]) => `${key}:${canonical(inner)}`)
      .sort()
      .join(',')}}`;
  return typeof value === 'string' ? `"${value.trim().toLowerCase()}"` : String(value);
};
