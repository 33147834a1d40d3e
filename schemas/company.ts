import { z } from 'zod';
import { timeZoneSchema } from './candidate.js';

/** What a company sets for all its bots. Countries (ISO 3166-1 alpha-2) are denied unless listed. */
export const companySettingsSchema = z
  .object({
    countries: z.array(z.string().regex(/^[A-Z]{2}$/)).default(['US']),
    time_zone: timeZoneSchema.default('America/New_York'),
    callback_number: z.string().nullable().default(null),
  })
  .strict();
export type CompanySettings = z.infer<typeof companySettingsSchema>;

export interface Company {
  id: string;
  name: string;
  slug: string;
  settings: CompanySettings;
  created_at: Date;
}
