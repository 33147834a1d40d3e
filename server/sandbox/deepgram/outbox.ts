import type { Cancel, Clock, Random } from '../../../schemas/clock.js';
import type { Range } from './profile.js';

/** What goes to the client, each after its delay and never before what was put in earlier. */
export interface Outbox {
  put(run: () => void, delay: Range): void;
  /** Holds everything back for `ms` from now. */
  stall(ms: number): void;
  stop(): void;
}

/** More than this waiting means that nobody reads; the oldest go. */
const MAX_WAITING = 10_000;

export const createOutbox = (clock: Clock, random: Random, extraDelayMs: () => number): Outbox => {
  let waiting: { dueMs: number; run: () => void }[] = [];
  let cancel: Cancel | undefined;
  let lastDueMs = 0;
  let stalledUntilMs = 0;

  const schedule = () => {
    const first = waiting[0];
    if (!first || cancel) return;
    cancel = clock.after(Math.max(0, Math.max(first.dueMs, stalledUntilMs) - clock.monotonic()), () => {
      cancel = undefined;
      if (clock.monotonic() >= stalledUntilMs) waiting.shift()?.run();
      schedule();
    });
  };

  return {
    put(run, delay) {
      const delayMs = delay.least + random.next() * (delay.most - delay.least) + extraDelayMs();
      lastDueMs = Math.max(lastDueMs, clock.monotonic() + delayMs);
      waiting = [...waiting, { dueMs: lastDueMs, run }].slice(-MAX_WAITING);
      schedule();
    },
    stall(ms) {
      stalledUntilMs = clock.monotonic() + ms;
    },
    stop() {
      cancel?.();
      cancel = undefined;
      waiting = [];
    },
  };
};
