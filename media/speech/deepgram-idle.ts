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

export interface IdleFeed {
  /** Audio of the line was sent. */
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
  let quietMs = 0;
  let sinceSentMs = 0;
  let hasAudio = false;

  const wait = (ms: number) => {
    cancel = clock.after(ms, () => {
      quietMs += ms;
      sinceSentMs += ms;
      wait(next());
    });
  };

  /** Does what is due and says when to look again. */
  const next = (): number => {
    options.flush();
    if (dialect.canKeepAlive) {
      if (hasAudio) options.send({ type: 'KeepAlive' });
      else options.sendSilence();
      hasAudio = true;
      return KEEP_ALIVE_MS;
    }
    const feedsTurn = options.turnOpen() && quietMs <= MAX_TURN_SILENCE_MS;
    if (feedsTurn || sinceSentMs >= KEEP_ALIVE_MS) {
      options.sendSilence();
      sinceSentMs = 0;
    }
    return feedsTurn ? dialect.chunkMs : STOPPED_MS;
  };

  const first = dialect.canKeepAlive ? KEEP_ALIVE_MS : STOPPED_MS;
  wait(first);
  return {
    audioSent() {
      hasAudio = true;
      quietMs = 0;
      sinceSentMs = 0;
      cancel();
      wait(first);
    },
    stop: () => cancel(),
  };
};

/** One message of silence that is no part of the line. */
export const silentChunk = (format: AudioFormat, dialect: ListenDialect): Pick<AudioChunk, 'audio' | 'ms'> => ({
  audio: silentAudio(format, dialect.chunkMs),
  ms: dialect.chunkMs,
});
