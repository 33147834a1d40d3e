import type { CallEnd } from '../../media/call-session.js';
import type { Answer } from '../../schemas/answer.js';
import type { CallLatency } from '../../schemas/call.js';
import type { AnsweredBy, ScreeningOutcome } from '../../schemas/call-state.js';
import type { Turn } from '../../schemas/transcript.js';

/** What a conversation came to, for the dialer. */
export interface CallResult {
  /** Undefined when no stream was ever connected: busy, no answer, failed. */
  end: CallEnd | undefined;
  outcome: ScreeningOutcome | undefined;
  /** When the candidate asked to be called back, ms since the epoch; null for "later", undefined when they did not ask. */
  callLaterAt: number | null | undefined;
  answers: Answer[];
  turns: Turn[];
  latency: CallLatency;
  answeredBy: AnsweredBy | undefined;
}
