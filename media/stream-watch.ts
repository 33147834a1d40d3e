import type { Clock } from '../schemas/clock.js';
import { FRAME_MS } from './line-clock.js';

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
  /**
   * Line time at which a stream that begins now begins. The line clock runs on through a break: that was time in which nobody heard anything. Frames may have
   * come late, so both clocks are asked: time since the last frame, at `lineMs`, and since the first stream.
   */
  lineMsAtStart(lineMs: number): number;
  start(): void;
  stop(): void;
}

export const createStreamWatch = (options: {
  clock: Clock;
  /** Line time of the first stream's start. */
  fromLineMs: number;
  hasStream: () => boolean;
  onFramesStopped: () => void;
  onLost: () => void;
}): StreamWatch => {
  const { clock } = options;
  let lastFrameAt = clock.monotonic();
  let firstStreamAt: number | undefined;
  let cancel = () => {};
  const inFrames = (ms: number) => FRAME_MS * Math.max(1, Math.round(ms / FRAME_MS));
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
    lineMsAtStart(lineMs) {
      const now = clock.monotonic();
      if (firstStreamAt === undefined) {
        firstStreamAt = now;
        return options.fromLineMs;
      }
      return Math.max(lineMs + inFrames(now - lastFrameAt), options.fromLineMs + inFrames(now - firstStreamAt));
    },
    start: look,
    stop: () => cancel(),
  };
};
