import type { Misbehaviour } from './misbehaviour.js';

/** What goes wrong with a request, instead of or in the middle of its reply. `afterTokens` counts pieces of text or of arguments. */
export type Fault =
  | { kind: 'context-too-long' }
  | { kind: 'unauthorized' }
  | { kind: 'rate-limited'; retryAfterS?: number }
  | { kind: 'insufficient-quota' }
  | { kind: 'server-error' }
  | { kind: 'unavailable-html' }
  /** The connection is reset before anything was sent. */
  | { kind: 'reset' }
  | { kind: 'hang-before-headers' }
  | { kind: 'hang-after-headers' }
  /** The headers and the body of a 500 begin, and the body never ends. */
  | { kind: 'hang-in-error' }
  | { kind: 'slow-first-token'; ms: number }
  /** Absent `ms`: for ever. */
  | { kind: 'stall'; afterTokens: number; ms?: number }
  | { kind: 'cut'; afterTokens: number }
  | { kind: 'error-in-stream'; afterTokens: number; code?: 'server_error' | 'rate_limit_exceeded' | 'insufficient_quota' }
  | { kind: 'bad-json'; afterTokens: number }
  /** Everything is sent but the finish reason. */
  | { kind: 'no-finish-reason' }
  /** Everything is sent but the usage and `[DONE]`. */
  | { kind: 'no-done' }
  /** The reply is complete, and the connection stays open. */
  | { kind: 'never-closes' }
  /** The reply comes in writes of seven bytes, which split characters and lines. */
  | { kind: 'seven-byte-writes' };

/** Which requests are meant: `times` of them (1 by default), after the first `skip`, only those to `model` if given. */
export interface Occasion {
  skip?: number;
  times?: number;
  model?: string;
}

/** What shall happen to coming requests. Several plans are met in the order in which they were made; one request meets one of them. */
export interface Schedule<T> {
  add(what: T, occasion?: Occasion): void;
  clear(): void;
}

export type FaultSchedule = Schedule<Fault>;
export type MisbehaviourSchedule = Schedule<Misbehaviour>;

export const createSchedule = <T>(): Schedule<T> & { take(model: string): T | undefined } => {
  let plans: { what: T; skip: number; times: number; model: string | undefined }[] = [];
  return {
    add(what, { skip = 0, times = 1, model } = {}) {
      plans.push({ what, skip, times, model });
    },
    clear() {
      plans = [];
    },
    take(model) {
      const plan = plans.find((one) => one.model === undefined || one.model === model);
      if (!plan) return undefined;
      if (plan.skip > 0) {
        plan.skip -= 1;
        return undefined;
      }
      plan.times -= 1;
      if (plan.times <= 0) plans = plans.filter((one) => one !== plan);
      return plan.what;
    },
  };
};
