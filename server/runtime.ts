import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cancel, Clock, Random } from '../schemas/clock.js';
import { ID_PREFIXES, type Ids } from '../schemas/ids.js';

/*
 * The only file that reads the process's time and randomness; everything else is given a Clock, a Random and Ids.
 */

/** A clock that runs `speed` times as fast as the process, from `startAt` on, and that can be moved forward between the calls of a scenario. */
export interface SteerableClock extends Clock {
  readonly speed: number;
  /** Moves the wall clock forward to `instant` (ms since the epoch); timers due by then fire soon after, in order. The past is ignored. */
  jumpTo(instant: number): void;
}

/** Real time. */
export const realClock = (): SteerableClock => steerableClock(1);

/** Real time that may pass at once on an accelerated clock; what goes beyond is time in which the process was held up: a turn of another on its core is 3 ms and more. */
const MAX_STEP_MS = 5;
/** An accelerated clock that somebody waits for is read this often, real ms, so that idle time is not taken for being held up. */
const PULSE_MS = 2;

/**
 * Time at `speed` times the real pace. `startAt` (ms since the epoch) is the wall clock at the start; the default is now. Short sleeps lose precision as
 * the speed grows: one real millisecond is `speed` milliseconds here.
 *
 * Above the real pace, time stands still while the process is held up by others: on a busy machine a whole scenario becomes slower instead of running into
 * the time limits of its parts, each of which would be `speed` times as strict as they are.
 */
export const steerableClock = (speed: number, startAt = Date.now()): SteerableClock => {
  const pass = speed > 1 ? boundedPace(speed) : realPace(speed);
  let jumped = 0;
  let pulse: NodeJS.Timeout | undefined;
  const pending = new Set<{ due: number; handle: NodeJS.Timeout | undefined; fire: () => void }>();
  const monotonic = () => pass() + jumped;
  const forget = (timer: Parameters<typeof arm>[0]) => {
    pending.delete(timer);
    if (pending.size > 0) return;
    clearInterval(pulse);
    pulse = undefined;
  };
  const arm = (timer: { due: number; handle: NodeJS.Timeout | undefined; fire: () => void }) => {
    clearTimeout(timer.handle);
    // Node clamps longer timers to 1 ms; wake up daily instead.
    const real = Math.min(Math.max(0, (timer.due - monotonic()) / speed), 86_400_000);
    timer.handle = setTimeout(() => (timer.due - monotonic() > speed ? arm(timer) : timer.fire()), real);
  };
  const after = (ms: number, run: () => void): Cancel => {
    const timer = {
      due: monotonic() + ms,
      handle: undefined as NodeJS.Timeout | undefined,
      fire: () => {
        forget(timer);
        run();
      },
    };
    pending.add(timer);
    if (speed > 1) pulse ??= setInterval(pass, PULSE_MS);
    arm(timer);
    return () => {
      forget(timer);
      clearTimeout(timer.handle);
    };
  };
  return {
    speed,
    now: () => Math.round(startAt + monotonic()),
    monotonic,
    after,
    sleep: (ms, signal) => sleepOn(after, ms, signal),
    jumpTo(instant) {
      const ahead = instant - (startAt + monotonic());
      if (ahead <= 0) return;
      jumped += ahead;
      for (const timer of [...pending].sort((a, b) => a.due - b.due)) arm(timer);
    },
  };
};

/** Gives the ms that have passed at `speed` times the real pace. */
const realPace = (speed: number) => {
  const origin = performance.now();
  return () => (performance.now() - origin) * speed;
};

/** The same, but of the real time between two readings no more than MAX_STEP_MS counts. */
const boundedPace = (speed: number) => {
  let last = performance.now();
  let passed = 0;
  return () => {
    const now = performance.now();
    passed += Math.min(now - last, MAX_STEP_MS) * speed;
    last = now;
    return passed;
  };
};

/** A clock that stands still until `advance` moves it; timers fire in order of their due time, and promises settle between them. */
export interface VirtualClock extends Clock {
  advance(ms: number): Promise<void>;
}

export const virtualClock = (startAt = Date.UTC(2026, 10, 23, 18)): VirtualClock => {
  let time = 0;
  let order = 0;
  const pending: { due: number; order: number; run: () => void }[] = [];
  const after = (ms: number, run: () => void): Cancel => {
    const timer = { due: time + Math.max(0, ms), order: order++, run };
    pending.push(timer);
    return () => {
      const index = pending.indexOf(timer);
      if (index >= 0) pending.splice(index, 1);
    };
  };
  // A turn of the real event loop lets every promise that is ready go on before time moves.
  const settle = () => delay(0);
  return {
    now: () => startAt + time,
    monotonic: () => time,
    after,
    sleep: (ms, signal) => sleepOn(after, ms, signal),
    async advance(ms) {
      const target = time + ms;
      await settle();
      for (;;) {
        pending.sort((a, b) => a.due - b.due || a.order - b.order);
        const next = pending[0];
        if (!next || next.due > target) break;
        pending.shift();
        time = next.due;
        next.run();
        await settle();
      }
      time = target;
      await settle();
    },
  };
};

const sleepOn = (after: Clock['after'], ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });

export const processRandom = (): Random => ({ next: Math.random, bytes: randomBytes });

/** Ids with the kind's prefix and 120 random bits in lower-case base 32. */
export const randomIds = (random: Random): Ids => ({
  create: (kind) => `${ID_PREFIXES[kind]}_${toBase32(random.bytes(15))}`,
});

/** An unguessable token for URLs, 160 bits. */
export const randomToken = (random: Random): string => toBase32(random.bytes(20));

const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const toBase32 = (bytes: Buffer): string => {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >>> bits) & 31];
      value &= (1 << bits) - 1;
    }
  }
  return text;
};
