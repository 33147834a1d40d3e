import type { Clock } from '../schemas/clock.js';

/*
 * The process clock steps in only where frames cannot: a stream whose frames stopped, and one that broke and never came back.
 */

/** A stream whose frames stop is dead after this long. */
const FRAMES_STOPPED_MS = 5_000;
/** A broken stream must come back within this time. */
const RETURN_MS = 10_000;
const LOOK_MS = 1_000;

export interface StreamWatch {
  /** When the last frame came, by the monotonic clock, ms. */
  readonly lastFrameAt: number;
  frameCame(): void;
  start(): void;
  stop(): void;
}

export const createStreamWatch = (options: {
  clock: Clock;
  hasStream: () => boolean;
  onFramesStopped: () => void;
  onLost: () => void;
}): StreamWatch => {
  const { clock } = options;
  let lastFrameAt = clock.monotonic();
  let cancel = () => {};
  const look = () => {
    cancel = clock.after(LOOK_MS, () => {
      const silentMs = clock.monotonic() - lastFrameAt;
      if (options.hasStream() && silentMs > FRAMES_STOPPED_MS) options.onFramesStopped();
      if (!options.hasStream() && silentMs > FRAMES_STOPPED_MS + RETURN_MS) return options.onLost();
      look();
    });
  };
  return {
    get lastFrameAt() {
      return lastFrameAt;
    },
    frameCame() {
      lastFrameAt = clock.monotonic();
    },
    start: look,
    stop: () => cancel(),
  };
};
