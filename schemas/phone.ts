import { z } from 'zod';

/** A phone number in E.164: `+` and 7 to 15 digits. Past the edge of the system no other form of a number exists. */
export type E164 = string & { readonly __brand: 'E164' };

export const e164Schema = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, 'must be E.164, as in +14155550123')
  .transform((text) => text as E164);
