import { z } from 'zod';
import type { ScreeningOutcome } from './call-state.js';
import { idSchema } from './ids.js';

export const HELD_BECAUSE = [
  'quiet_hours',
  'schedule',
  'no_consent',
  'suppressed',
  'number_invalid',
  'number_not_callable',
  'country_disabled',
  'registration_missing',
  'frequency_cap',
  'notice_period',
  'spend_cap',
  'no_provider',
  'engine_misconfigured',
  'capacity',
] as const;
export type HeldBecause = (typeof HELD_BECAUSE)[number];

export const screeningRequestSchema = z
  .object({
    application_id: idSchema('application'),
    bot_id: idSchema('bot').optional(),
    not_before: z.iso.datetime({ offset: true }).optional(),
    priority: z.number().int().min(0).max(9).default(5),
  })
  .strict();
export type ScreeningRequest = z.infer<typeof screeningRequestSchema>;

/** Reason of the outcome of a screening that a recruiter took back. */
export const CANCELED_REASON = 'The screening was canceled.';

/**
 * `queued`: due or waiting for its time; `calling`: a call is under way; `held`: the gate said no, with the reason and the next allowed instant; `closed`:
 * has an outcome.
 */
export const SCREENING_STATES = ['queued', 'calling', 'held', 'closed'] as const;
export type ScreeningState = (typeof SCREENING_STATES)[number];

/** One candidate asked by one bot, over one or more calls. `progress` is the interview's serialised state: the next call resumes there. */
export interface Screening {
  id: string;
  companyId: string;
  application_id: string;
  bot_id: string;
  /** The bot as it was when the screening was asked for; later edits do not change a running interview. */
  bot_version: number;
  candidate_id: string;
  state: ScreeningState;
  outcome: ScreeningOutcome | null;
  held_because: HeldBecause | null;
  next_allowed_at: Date | null;
  /** When the next call is due. */
  run_at: Date;
  priority: number;
  attempts: number;
  progress: string | null;
  /** What the calls so far came to, in two sentences; null before the first one, and while the last one is being looked back at. */
  summary: string | null;
  /** Why the screening stands or ended as it did, in one sentence; null as `summary` is. */
  outcome_reason: string | null;
  created_at: Date;
  modified_at: Date;
  closed_at: Date | null;
}
