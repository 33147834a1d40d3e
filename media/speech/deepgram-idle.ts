import type { Cancel, Clock } from '../../schemas/clock.js';
import type { AudioFormat } from '../../schemas/ports/speech.js';
import { type AudioChunk, silentAudio } from './audio-chunk.js';
import type { ListenDialect } from './deepgram-dialect.js';
import type { ControlMessage } from './deepgram-socket.js';

/*
 * What is sent while the line has no audio. Nova ends a connection after 10 s without audio or text, and wants some audio in the first 10 s; Flux knows no
 * KeepAlive, and it ends a turn only as more audio comes. Follows: Deepgram docs, "Audio keep alive", "Flux".
 */

/** The vendor's advice is 3 to 5 s. */
const KEEP_ALIVE_MS = 4000;
/** Without audio for this long the line has stopped, and an open turn of Flux gets silence. */
const STOPPED_MS = 500;
/** An open turn that does not end after this much silence will not: the vendor's own time-out is 5 s. */
const MAX_TURN_SILENCE_MS = 10_000;
/** A timer that is later than this means that the process was held up: audio that came meanwhile has not been read yet. */
const HELD_UP_MS = 100;

export interface IdleFeed {
  /** Audio came from the line, whether it was sent or waits. */
  lineGoesOn(): void;
  /** Audio was sent on this connection. */
  audioSent(): void;
  stop(): void;
}

/** Starts with an open connection; `flush` sends what is not a whole message yet, `sendSilence` one message of silence. */
export const startIdleFeed = (options: {
  clock: Clock;
  dialect: ListenDialect;
  turnOpen: () => boolean;
  flush: () => void;
  sendSilence: () => void;
  send: (message: ControlMessage) => void;
}): IdleFeed => {
  const { clock, dialect } = options;
  let cancel: Cancel = () => {};
  let lineMs = clock.monotonic();
  let sentMs = lineMs;
  let hasAudio = false;

  const wait = (ms: number) => {
    const dueMs = clock.monotonic() + ms;
    cancel = clock.after(ms, () => wait(clock.monotonic() - dueMs > HELD_UP_MS ? dialect.chunkMs : look()));
  };

  /** Does what is due and says when to look again, ms. */
  const look = (): number => {
    const nowMs = clock.monotonic();
    if (nowMs - lineMs < STOPPED_MS) return STOPPED_MS;
    options.flush();
    const isDue = nowMs - Math.max(lineMs, sentMs) >= KEEP_ALIVE_MS;
    const feedsTurn = !dialect.canKeepAlive && options.turnOpen() && nowMs - lineMs <= MAX_TURN_SILENCE_MS;
    if (!isDue && !feedsTurn) return STOPPED_MS;
    if (dialect.canKeepAlive && hasAudio) options.send({ type: 'KeepAlive' });
    else options.sendSilence();
    hasAudio = true;
    sentMs = nowMs;
    return feedsTurn ? dialect.chunkMs : STOPPED_MS;
  };

  wait(STOPPED_MS);
  return {
    lineGoesOn() {
      lineMs = clock.monotonic();
    },
    audioSent() {
      hasAudio = true;
    },
    stop: () => cancel(),
  };
};

/** One message of silence that is no part of the line. */
export const silentChunk = (format: AudioFormat, dialect: ListenDialect): Pick<AudioChunk, 'audio' | 'ms'> => ({
  audio: silentAudio(format, dialect.chunkMs),
  ms: dialect.chunkMs,
});
