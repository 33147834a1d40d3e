/**
 * The states of a call and the moves between them, as data.
 *
 *   queued ─► dialing ─► ringing ─► in-progress ─► completed
 *      │         │          │            └───────► failed
 *      │         ├──────────┴─► busy | no-answer | failed | completed
 *      └─► canceled (from any state before in-progress)
 *   dialing ─► unknown ─► any later state, once the reconciler or a callback has told
 *
 * Providers repeat, reorder and lose callbacks, so a report is a join, not an assignment: a state moves only forward by rank, and a final state
 * never changes. Every order of the same reports ends in the same state (test/schemas/call-state.test.ts).
 */
export const CALL_STATES = [
  'queued',
  'dialing',
  'unknown',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'no-answer',
  'failed',
  'canceled',
] as const;
export type CallState = (typeof CALL_STATES)[number];

export const FINAL_CALL_STATES = ['completed', 'busy', 'no-answer', 'failed', 'canceled'] as const;
export type Disposition = (typeof FINAL_CALL_STATES)[number];

const RANK: Record<CallState, number> = {
  queued: 0,
  dialing: 1,
  unknown: 2,
  ringing: 3,
  'in-progress': 4,
  // Final states share no rank: when two contradict each other, the one that says more about a conversation wins, whatever came first.
  canceled: 5,
  failed: 6,
  'no-answer': 7,
  busy: 8,
  completed: 9,
};

export const isFinal = (state: CallState): state is Disposition => RANK[state] >= RANK.canceled;

/** The state after a report: the higher of the two. */
export const joinCallState = (current: CallState, reported: CallState): CallState => (RANK[reported] > RANK[current] ? reported : current);

/** The states from which a report of `reported` moves forward; the filter of the one compare-and-set that stores it. */
export const statesBefore = (reported: CallState): CallState[] => CALL_STATES.filter((state) => RANK[state] < RANK[reported]);

export const ANSWERED_BY = ['human', 'voicemail', 'call-screening', 'ivr', 'fax', 'silence', 'unknown'] as const;
export type AnsweredBy = (typeof ANSWERED_BY)[number];

export const ENDED_BY = ['agent', 'candidate', 'carrier', 'recruiter', 'limit'] as const;
export type EndedBy = (typeof ENDED_BY)[number];

export const SCREENING_OUTCOMES = [
  'qualified',
  'unqualified',
  'completed',
  'not-interested',
  'human-requested',
  'ai-opt-out',
  'wrong-number',
  'not-responsive',
  'canceled',
] as const;
export type ScreeningOutcome = (typeof SCREENING_OUTCOMES)[number];
