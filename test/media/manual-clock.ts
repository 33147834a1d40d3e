import type { Clock } from '../../schemas/clock.js';

/** A clock that moves by hand and at once: timers fire in order inside `advance`, nothing else does. For parts that hold no promises, in thousands of runs. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** Timers that wait. */
  readonly pending: number;
}

export const manualClock = (): ManualClock => {
  let time = 0;
  let order = 0;
  let timers: { due: number; order: number; run: () => void }[] = [];
  const after = (ms: number, run: () => void) => {
    const timer = { due: time + Math.max(0, ms), order: order++, run };
    timers.push(timer);
    return () => {
      timers = timers.filter((one) => one !== timer);
    };
  };
  return {
    now: () => time,
    monotonic: () => time,
    after,
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    advance(ms) {
      const target = time + ms;
      for (;;) {
        const next = timers.filter((timer) => timer.due <= target).sort((a, b) => a.due - b.due || a.order - b.order)[0];
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        time = Math.max(time, next.due);
        next.run();
      }
      time = target;
    },
    get pending() {
      return timers.length;
    },
  };
};
