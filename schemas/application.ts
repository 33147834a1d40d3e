import { z } from 'zod';
import { answerValueSchema } from './answer.js';
import type { ElementSubmission } from './form.js';
import { idSchema } from './ids.js';

export const APPLICATION_STATUSES = ['NEW', 'IN_PROGRESS', 'COMPLETED', 'REJECTED'] as const;
export type ApplicationStatus = (typeof APPLICATION_STATUSES)[number];

/** An application as the API takes it. `values` are form values that the candidate has typed already, by element slug. */
export const applicationInputSchema = z
  .object({
    candidate_id: idSchema('candidate'),
    form_id: idSchema('form'),
    bot_id: idSchema('bot').optional(),
    source: z.string().max(100).optional(),
    values: z.record(z.string(), answerValueSchema).default({}),
  })
  .strict();
export type ApplicationInput = z.infer<typeof applicationInputSchema>;

export interface Application {
  id: string;
  companyId: string;
  candidate_id: string;
  form_id: string;
  bot_id: string | null;
  status: ApplicationStatus;
  current_stage: string | null;
  source: string | null;
  elements: ElementSubmission[];
  transition_history: { from: string | null; to: string; at: Date; actor: string; reason: string | null }[];
  created_at: Date;
  modified_at: Date;
}
