import type { CallTimelineEntry } from '../schemas/call-event.js';
import { createReplyTiming, type ReplyTiming } from './reply-timing.js';

/*
 * How long the candidate waited, in line ms: from the end of their words to the agent's first audio, and from their first sound over the agent to the clear.
 */

/** A candidate who says nothing on answering is greeted after this long; the greeting delay counts from then. */
const GREET_AFTER_MS = 1500;

export interface CallTiming {
  /** The stages of the reply that is being made. */
  readonly replies: Pick<ReplyTiming, 'reached' | 'worded' | 'settled' | 'audio' | 'sent'>;
  /** The candidate's turn is over; their last word ended at `endedMs`. */
  candidateDone(turn: Parameters<ReplyTiming['turn']>[0]): void;
  /** Nobody has said anything yet and the agent begins by itself. */
  nobodySpoke(): void;
  /** The agent's audio is heard from `lineMs` on. */
  agentHeard(lineMs: number): void;
  /** Sound over the agent began at `startedMs`, and the agent was cleared at `clearedMs`. */
  contested(startedMs: number, clearedMs: number): void;
  /** The contest is decided; harmless when there was none. */
  decided(decision: 'interrupt' | 'resume'): void;
  /** The stream broke or the call is over: what was being measured is void. */
  reset(): void;
}

export const createCallTiming = (tell: (entry: CallTimelineEntry) => void): CallTiming => {
  const replies = createReplyTiming(tell);
  let greeted = false;
  let waiting: { stage: 'greeting' | 'reply'; fromMs: number } | undefined;
  let contest: { startedMs: number; clearedMs: number } | undefined;
  return {
    replies,
    candidateDone(turn) {
      replies.turn(turn);
      // The greeting counts from the first words, a reply from the last ones before it.
      if (waiting?.stage !== 'greeting') waiting = { stage: greeted ? 'reply' : 'greeting', fromMs: turn.endedMs };
    },
    nobodySpoke() {
      if (!greeted) waiting ??= { stage: 'greeting', fromMs: GREET_AFTER_MS };
    },
    agentHeard(lineMs) {
      replies.heard(lineMs);
      greeted = true;
      if (waiting) tell({ kind: 'latency', stage: waiting.stage, ms: Math.max(0, Math.round(lineMs - waiting.fromMs)) });
      waiting = undefined;
    },
    contested(startedMs, clearedMs) {
      contest = { startedMs, clearedMs };
    },
    decided(decision) {
      if (contest) tell({ kind: 'barge-in', decision, reaction_ms: Math.max(0, Math.round(contest.clearedMs - contest.startedMs)) });
      contest = undefined;
    },
    reset() {
      replies.reset();
      waiting = undefined;
      contest = undefined;
    },
  };
};
