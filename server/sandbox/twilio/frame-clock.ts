import type { Clock } from '../../../schemas/clock.js';
import { FRAME_MS } from './playout-buffer.js';

/** The most frames in one burst after a delay, 200 ms; then others get their turn before the next burst. */
const MAX_BURST_FRAMES = 10;
/** A longer gap means that the process was suspended or the clock was moved: the line does not live through it. */
const MAX_GAP_MS = 60_000;

/**
 * Calls `onFrame` once for every 20 ms of the clock, counted from the start: late frames are made up for in bursts, so that after any time exactly the right
 * number has passed. `onFrame` gets the number of the frame, from 0, when its 20 ms are over; it may stop the clock. Returns the stop function.
 */
export const startFrameClock = (clock: Clock, onFrame: (index: number) => void): (() => void) => {
  let startedAt = clock.monotonic();
  let frames = 0;
  let stopped = false;
  let cancel = () => {};
  const schedule = () => {
    if (stopped) return;
    cancel = clock.after(Math.max(0, startedAt + (frames + 1) * FRAME_MS - clock.monotonic()), run);
  };
  const run = () => {
    const lateMs = clock.monotonic() - startedAt - (frames + 1) * FRAME_MS;
    if (lateMs > MAX_GAP_MS) startedAt += lateMs;
    for (let burst = 0; burst < MAX_BURST_FRAMES && !stopped; burst += 1) {
      if (clock.monotonic() < startedAt + (frames + 1) * FRAME_MS) break;
      frames += 1;
      onFrame(frames - 1);
    }
    const isBehind = clock.monotonic() >= startedAt + (frames + 1) * FRAME_MS;
    // Timers that are due run back to back; the sockets get their turn only after an immediate.
    if (isBehind) setImmediate(schedule);
    else schedule();
  };
  schedule();
  return () => {
    stopped = true;
    cancel();
  };
};
