import { z } from 'zod';

export const CONSENT_CHANNELS = ['voice', 'sms', 'recording', 'ai_processing'] as const;
export type ConsentChannel = (typeof CONSENT_CHANNELS)[number];

export const timeZoneSchema = z.string().refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}, 'must be an IANA time zone such as America/Chicago');

/** A candidate as the API takes it. The phone may come in any form when `country` (ISO 3166-1 alpha-2) is given; it is stored as E.164. */
export const candidateInputSchema = z
  .object({
    first_name: z.string().trim().min(1).max(60),
    last_name: z.string().trim().max(60).default(''),
    email: z
      .email()
      .max(254)
      .transform((text) => text.toLowerCase())
      .optional(),
    phone: z.string().min(3).max(40),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'use ISO 3166-1 alpha-2, such as US')
      .optional(),
    language: z
      .string()
      .regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'use a BCP-47 tag such as en-US')
      .optional(),
    time_zone: timeZoneSchema.optional(),
    consents: z.array(z.enum(CONSENT_CHANNELS)).optional(),
    remote_id: z.string().max(200).optional(),
  })
  .strict();
export type CandidateInput = z.infer<typeof candidateInputSchema>;

/** A candidate as stored and returned. `time_zone_source` says how sure the zone is. */
export interface Candidate {
  id: string;
  companyId: string;
  first_name: string;
  last_name: string;
  email: string | null;
  phone: string;
  country: string | null;
  language: string | null;
  time_zone: string | null;
  time_zone_source: 'declared' | 'area_code' | 'country' | null;
  consents: ConsentChannel[];
  remote_id: string | null;
  created_at: Date;
  modified_at: Date;
}
