import { z } from 'zod';
import { type Candidate, CONSENT_CHANNELS } from '../../../schemas/candidate.js';
import { idSchema } from '../../../schemas/ids.js';

/** A candidate as the API returns it. */
export const candidateView = z.object({
  id: idSchema('candidate'),
  first_name: z.string(),
  last_name: z.string(),
  email: z.string().nullable(),
  phone: z.string().meta({ description: 'E.164' }),
  country: z.string().nullable(),
  language: z.string().nullable(),
  time_zone: z.string().nullable(),
  time_zone_source: z.enum(['declared', 'area_code', 'country']).nullable(),
  consents: z.array(z.enum(CONSENT_CHANNELS)),
  remote_id: z.string().nullable(),
  created_at: z.iso.datetime(),
  modified_at: z.iso.datetime(),
});

export const toCandidateView = ({ companyId: _, created_at, modified_at, ...rest }: Candidate): z.infer<typeof candidateView> => ({
  ...rest,
  created_at: created_at.toISOString(),
  modified_at: modified_at.toISOString(),
});
