import type { EngineFailure } from './engine-error.js';

/**
 * How an engine (ear, voice or mind) has been doing, and whether it is worth a try: a state table over plain data. Whoever composes engines keeps one
 * record for each and applies `engineHealth` to what happens; nothing here reads a clock. It stands here because media and agents both compose engines,
 * and neither may import the other.
 *
 *   closed ── needs a person, or PASSING_FAILURES in a row ──► open ── hold is over and a try begins ──► half-open (one try at a time)
 *      ▲                                                        ▲                                            │      │
 *      └───────────────────────── success ──────────────────────┼────────────────────────────────────────────┘      │
 *                                                               └──────────────────── failure ──────────────────────┘
 */
export interface EngineHealth {
  readonly engine: string;
  readonly circuit: Circuit;
  /** Wall clock, ms since the epoch. */
  readonly lastSuccessAt?: number;
  readonly lastFailure?: { readonly at: number; readonly failure: EngineFailure; readonly vendorCode?: string };
  readonly consecutiveFailures: number;
  /** Its key was refused or its account is empty, and it has not served since: passing failures on top of that mend nothing. */
  readonly needsPerson: boolean;
  /** From the request to the first result, ms, the latest `LATENCY_WINDOW` successes, oldest first. */
  readonly latenciesMs: readonly number[];
}

/** `untilMs` is monotonic: the end of the hold, or of the time that the one try has to report. */
export type Circuit = { state: 'closed' } | { state: 'open'; untilMs: number } | { state: 'half-open'; untilMs: number };

export type EngineEvent =
  | { kind: 'try' }
  | { kind: 'success'; latencyMs: number }
  | { kind: 'failure'; failure: EngineFailure; vendorCode?: string | undefined }
  /** The try was called off before it showed anything (barge-in). */
  | { kind: 'abandoned' };

/** Both clocks at the moment of an event: the wall clock for people, the monotonic one for holds. */
export interface EventTime {
  now: number;
  monotonicMs: number;
}

/** Failures in a row after which an engine is left alone: two tries of one turn and one more. */
export const PASSING_FAILURES = 3;
/** How long it is left alone: long enough to spare several turns the wait, short enough to be back for the same call. */
export const PASSING_HOLD_MS = 20_000;
/** A refused key or an empty account does not mend itself within a call. */
export const PERSON_HOLD_MS = 300_000;
/** A half-open try that has not reported by then is forgotten, so that a lost report cannot keep an engine out. */
const PROBE_MS = 15_000;
const LATENCY_WINDOW = 100;

export const newEngineHealth = (engine: string): EngineHealth => ({
  engine,
  circuit: { state: 'closed' },
  consecutiveFailures: 0,
  needsPerson: false,
  latenciesMs: [],
});

/** Whether a try may begin now. */
export const mayTry = ({ circuit }: EngineHealth, monotonicMs: number): boolean => circuit.state === 'closed' || monotonicMs >= circuit.untilMs;

/** The record after an event. */
export const engineHealth = (health: EngineHealth, event: EngineEvent, { now, monotonicMs }: EventTime): EngineHealth => {
  switch (event.kind) {
    case 'try':
      return health.circuit.state === 'closed' ? health : { ...health, circuit: { state: 'half-open', untilMs: monotonicMs + PROBE_MS } };
    case 'abandoned':
      // Nothing was learnt: the next try may be the one that tells.
      return health.circuit.state === 'half-open' ? { ...health, circuit: { state: 'open', untilMs: monotonicMs } } : health;
    case 'success':
      return {
        ...health,
        circuit: { state: 'closed' },
        lastSuccessAt: now,
        consecutiveFailures: 0,
        needsPerson: false,
        latenciesMs: [...health.latenciesMs, event.latencyMs].slice(-LATENCY_WINDOW),
      };
    case 'failure': {
      const { failure, vendorCode } = event;
      const noted = { ...health, lastFailure: { at: now, failure, ...(vendorCode === undefined ? {} : { vendorCode }) } };
      // Our own mistake says that the engine answers.
      if (failure === 'bad-request') return { ...noted, circuit: health.circuit.state === 'half-open' ? { state: 'closed' } : health.circuit };
      const consecutiveFailures = health.consecutiveFailures + 1;
      const holdMs = HOLD_MS[failure];
      const opens = health.circuit.state !== 'closed' || holdMs === PERSON_HOLD_MS || consecutiveFailures >= PASSING_FAILURES;
      const needsPerson = health.needsPerson || holdMs === PERSON_HOLD_MS;
      return { ...noted, consecutiveFailures, needsPerson, circuit: opens ? { state: 'open', untilMs: monotonicMs + holdMs } : health.circuit };
    }
    default:
      return event satisfies never;
  }
};

const HOLD_MS: Record<Exclude<EngineFailure, 'bad-request'>, number> = {
  auth: PERSON_HOLD_MS,
  quota: PERSON_HOLD_MS,
  'rate-limited': PASSING_HOLD_MS,
  unavailable: PASSING_HOLD_MS,
  timeout: PASSING_HOLD_MS,
  malformed: PASSING_HOLD_MS,
};

/** Median and 95th percentile (nearest rank) of the window, ms; undefined before the first success. */
export const latencyPercentiles = ({ latenciesMs }: EngineHealth): { p50Ms: number; p95Ms: number } | undefined => {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const rank = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
  const [p50Ms, p95Ms] = [rank(0.5), rank(0.95)];
  return p50Ms === undefined || p95Ms === undefined ? undefined : { p50Ms, p95Ms };
};
