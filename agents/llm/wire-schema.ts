import { z } from 'zod';

/*
 * JSON Schema as vendors take it in strict mode: structure, types and required properties. Limits of length and form are not theirs to hold; what comes back
 * is checked against the full schema again.
 */

const OURS = new Set(['$schema', 'minLength', 'maxLength', 'pattern', 'format', 'minItems', 'maxItems', 'minimum', 'maximum', 'default']);

const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, one]) => (OURS.has(key) && typeof one !== 'object' ? [] : [[key, plain(one)]])));
};

/** The wire form of an object schema. */
export const wireSchema = (schema: z.ZodType): Readonly<Record<string, unknown>> => plain(z.toJSONSchema(schema)) as Record<string, unknown>;
