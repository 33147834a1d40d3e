/**
 * Time as everything in Screenline sees it: passed in, never read from the process. Three kinds exist (server/runtime.ts): real, accelerated by a
 * factor, and virtual (tests advance it by hand).
 */
export interface Clock {
  /** Wall clock, ms since the Unix epoch. May jump; use it for instants that are stored or compared with stored ones. */
  now(): number;
  /** Monotonic clock in ms with an arbitrary origin; use it for durations. Runs at the clock's speed. */
  monotonic(): number;
  /** Calls `run` once after `ms` of this clock. Returns the cancel function, harmless after the timer has fired. */
  after(ms: number, run: () => void): Cancel;
  /** Resolves after `ms` of this clock; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type Cancel = () => void;

/** Where random choices come from, passed in so that tests can repeat a run. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Cryptographically strong bytes, for ids, tokens and codes. */
  bytes(count: number): Buffer;
}
