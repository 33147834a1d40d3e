import type { Random } from '../../../schemas/clock.js';

/** A frame on its way from the phone to the carrier. */
export interface TravellingFrame {
  /** Line time of its first sample, ms. */
  lineMs: number;
  audio: Buffer;
}

/** The last stretch of network between phone and carrier: loses frames and delays them unevenly, but keeps their order. */
export interface Arrival {
  /** A frame leaves the phone at `nowMs` of line time. */
  depart(frame: TravellingFrame, nowMs: number): void;
  /** The frames that have arrived by `nowMs`, in order. */
  arrived(nowMs: number): TravellingFrame[];
  /** All that are still on their way. */
  rest(): TravellingFrame[];
}

export const createArrival = (random: Random, { loss, jitterMs }: { loss: number; jitterMs: number }): Arrival => {
  let travelling: { frame: TravellingFrame; dueMs: number }[] = [];
  let lastDueMs = 0;
  return {
    depart(frame, nowMs) {
      if (loss > 0 && random.next() < loss) return;
      // A late frame holds up the ones behind it.
      lastDueMs = Math.max(lastDueMs, nowMs + (jitterMs > 0 ? random.next() * jitterMs : 0));
      travelling.push({ frame, dueMs: lastDueMs });
    },
    arrived(nowMs) {
      const due = travelling.filter(({ dueMs }) => dueMs <= nowMs);
      travelling = travelling.slice(due.length);
      return due.map(({ frame }) => frame);
    },
    rest() {
      const all = travelling.map(({ frame }) => frame);
      travelling = [];
      return all;
    },
  };
};
