import type { Cancel, Clock } from '../../schemas/clock.js';
import type { AudioBacklog } from './audio-backlog.js';
import type { AudioChunk } from './audio-chunk.js';

/*
 * How audio leaves the backlog on one connection: what waited goes at most 1.25 times as fast as it was spoken, as the vendor asks ("Recovering from
 * connection errors"); once it has caught up with the line, each chunk goes at once. Long silences in what waited are left out, so that speech is not late
 * for the sake of them.
 */

const CATCH_UP_RATE = 1.25;
/** Silence that is kept of a longer one: enough for the vendor to find the end of an utterance in it. */
const KEPT_SILENCE_MS = 400;
/** A socket with more than this unsent is slow: the rest waits here, where it is bounded. */
const MAX_BUFFERED_MS = 1000;
const LOOK_AGAIN_MS = 40;

export interface PacedSending {
  /** Sends what may go now; called whenever there is more. Goes on by itself while something waits. */
  pump(): void;
  /** Line time of the end of what was sent. */
  readonly sentMs: number;
  stop(): void;
}

export const startPacedSending = (options: {
  clock: Clock;
  backlog: AudioBacklog;
  bufferedMs: () => number;
  send: (chunk: AudioChunk) => void;
  /** Called after each round of sending. */
  onPumped: () => void;
}): PacedSending => {
  const { clock, backlog } = options;
  const startedMs = clock.monotonic();
  let pacedMs = 0;
  let isLive = false;
  let silentMs = 0;
  let sentMs = Number.NEGATIVE_INFINITY;
  let cancel: Cancel | undefined;

  const again = (ms: number) => {
    cancel ??= clock.after(ms, () => {
      cancel = undefined;
      pump();
    });
  };

  const pump = () => {
    sendDue();
    options.onPumped();
  };

  const sendDue = () => {
    for (let chunk = backlog.next(); chunk; chunk = backlog.next()) {
      silentMs = chunk.voiced ? 0 : silentMs + chunk.ms;
      const isSkipped = !isLive && silentMs > KEPT_SILENCE_MS + chunk.ms;
      if (!isSkipped) {
        // What may have been sent by now includes the chunk that is due now.
        const dueMs = isLive ? 0 : pacedMs / CATCH_UP_RATE - (clock.monotonic() - startedMs);
        const waitMs = options.bufferedMs() > MAX_BUFFERED_MS ? LOOK_AGAIN_MS : dueMs;
        if (waitMs >= 1) {
          if (!chunk.voiced) silentMs -= chunk.ms;
          return again(waitMs);
        }
        pacedMs += chunk.ms;
        options.send(chunk);
      }
      sentMs = chunk.lineMs + chunk.ms;
      backlog.advance();
    }
    isLive = true;
  };

  return {
    pump,
    get sentMs() {
      return sentMs;
    },
    stop() {
      cancel?.();
    },
  };
};
