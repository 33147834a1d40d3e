import type { Call } from '../../schemas/call.js';
import type { ScreeningOutcome } from '../../schemas/call-state.js';
import type { RetryPolicy } from '../../schemas/caller-bot.js';

/*
 * What follows a call: the screening is closed with an outcome, or another call is due. Pure. An outcome that the interview stated decides; without one a
 * call that a recruiter ended on purpose closes the screening as canceled. Otherwise the person is called again, up to the policy's attempts: after a missed call by its kind, and after a conversation that ended early (a line that dropped at
 * once or late, silence to the end, a hang-up in the middle) after the delay of a dropped call; the interview then goes on where it stopped.
 */

export type NextStep = { kind: 'close'; outcome: ScreeningOutcome } | { kind: 'call-again'; atMs: number };

export interface EndedCall {
  call: Pick<Call, 'disposition' | 'answered_by' | 'ended_by' | 'end_reason'>;
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
  if (ended.call.ended_by === 'recruiter') return { kind: 'close', outcome: 'canceled' };
  const { attempts, delays_min: delays } = ended.policy;
  const at = (atMs: number, atMost = attempts): NextStep =>
    ended.attempts >= atMost ? { kind: 'close', outcome: 'not-responsive' } : { kind: 'call-again', atMs };
  const again = (delayMin: number) => at(ended.now + delayMin * MINUTE_MS);
  if (ended.callLaterAt === null) return again(LATER_MIN);
  // A time that the candidate named is a promise: it is kept even when the attempts are used up, but only once.
  if (ended.callLaterAt !== undefined) return at(Math.max(ended.now + SOONEST_MIN * MINUTE_MS, ended.callLaterAt), attempts + 1);
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
