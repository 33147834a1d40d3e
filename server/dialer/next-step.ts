import type { Call } from '../../schemas/call.js';
import type { ScreeningOutcome } from '../../schemas/call-state.js';
import type { RetryPolicy } from '../../schemas/caller-bot.js';

/*
 * What follows a call: the screening is closed with an outcome, or another call is due. Pure. A person who has spoken to us decides; only a missed or
 * dropped call is tried again, each kind after its own delay and all of them up to the policy's attempts.
 */

export type NextStep = { kind: 'close'; outcome: ScreeningOutcome } | { kind: 'call-again'; atMs: number };

export interface EndedCall {
  call: Pick<Call, 'disposition' | 'answered_by' | 'end_reason' | 'short_drop'>;
  /** Calls placed so far, this one included. */
  attempts: number;
  policy: RetryPolicy;
  /** Outcome that the interview stated. */
  outcome: ScreeningOutcome | undefined;
  /** When the candidate asked to be called, ms since the epoch; null when they named no time. */
  callLaterAt: number | null | undefined;
  now: number;
}

const MINUTE_MS = 60_000;
/** "Call me later" without a time. */
const LATER_MIN = 120;
/** A call-back sooner than this is no call-back. */
const SOONEST_MIN = 5;

export const nextStep = (ended: EndedCall): NextStep => {
  if (ended.outcome) return { kind: 'close', outcome: ended.outcome };
  const again = (delayMin: number): NextStep =>
    ended.attempts >= ended.policy.attempts
      ? { kind: 'close', outcome: 'not-responsive' }
      : { kind: 'call-again', atMs: ended.now + delayMin * MINUTE_MS };
  const delays = ended.policy.delays_min;
  if (ended.callLaterAt !== undefined) {
    // A promise to the candidate is kept even when the attempts are used up.
    const soonest = ended.now + SOONEST_MIN * MINUTE_MS;
    return { kind: 'call-again', atMs: Math.max(soonest, ended.callLaterAt ?? ended.now + LATER_MIN * MINUTE_MS) };
  }
  switch (ended.call.disposition) {
    case 'busy':
      return again(delays.busy);
    case 'no-answer':
      return again(delays.no_answer);
    case 'canceled':
      return { kind: 'close', outcome: 'canceled' };
    case 'failed':
      // A number that cannot be reached stays so; trouble of the provider's passes.
      return ended.call.end_reason === 'number-invalid' ? { kind: 'close', outcome: 'not-responsive' } : again(delays.busy);
    default:
      return again(ended.call.answered_by === 'voicemail' || ended.call.answered_by === 'call-screening' ? delays.voicemail : delays.short_drop);
  }
};
