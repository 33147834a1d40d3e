import { z } from 'zod';
import { SCREENING_OUTCOMES } from '../../../schemas/call-state.js';
import { idSchema } from '../../../schemas/ids.js';
import { HELD_BECAUSE, SCREENING_STATES, type Screening } from '../../../schemas/screening.js';
import { answerView } from './answer.js';

/** A screening as the API returns it; the interview's inner state is not part of it. */
export const screeningView = z.object({
  id: idSchema('screening'),
  application_id: idSchema('application'),
  bot_id: idSchema('bot'),
  bot_version: z.number().int(),
  candidate_id: idSchema('candidate'),
  state: z.enum(SCREENING_STATES),
  outcome: z.enum(SCREENING_OUTCOMES).nullable(),
  held_because: z.enum(HELD_BECAUSE).nullable(),
  next_allowed_at: z.iso.datetime().nullable(),
  run_at: z.iso.datetime(),
  priority: z.number().int(),
  attempts: z.number().int(),
  summary: z
    .string()
    .nullable()
    .meta({ description: 'Two sentences on what the calls came to; null before the first call has been looked back at.' }),
  outcome_reason: z.string().nullable().meta({ description: 'Why the screening stands or ended as it did, in one sentence.' }),
  created_at: z.iso.datetime(),
  modified_at: z.iso.datetime(),
  closed_at: z.iso.datetime().nullable(),
});

/** One screening by its id: with its answers, and its calls in the order of the attempts. */
export const screeningDetailView = screeningView.extend({ answers: z.array(answerView), call_ids: z.array(idSchema('call')) });

export const toScreeningView = ({ companyId: _c, progress: _p, ...screening }: Screening): z.infer<typeof screeningView> => ({
  ...screening,
  next_allowed_at: screening.next_allowed_at?.toISOString() ?? null,
  run_at: screening.run_at.toISOString(),
  created_at: screening.created_at.toISOString(),
  modified_at: screening.modified_at.toISOString(),
  closed_at: screening.closed_at?.toISOString() ?? null,
});
