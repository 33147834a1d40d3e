import type { CarrierCodec } from '../schemas/ports/carrier-codec.js';
import type { Word } from '../schemas/transcript.js';
import { MU_LAW_FRAME_BYTES as FRAME_BYTES } from './audio/g711.js';
import type { HeardLedger, SentAudio } from './heard.js';
import { FRAME_MS } from './line-clock.js';

/*
 * Playout: sends the agent's audio to the carrier as soon as it exists, never further ahead of the candidate's ear than the codec allows. There is no timer:
 * the carrier buffers and plays, and every inbound frame of line time makes room for more.
 *
 * Pausing sends `clear` and remembers; resuming sends again from the first word that was not heard; aborting forgets. Frames keep the grid of the
 * synthesised audio, so a frame that reaches the far end is byte for byte one that the voice made.
 */

const BYTES_PER_MS = FRAME_BYTES / FRAME_MS;
/** Sending waits for this much room, so that a full buffer is topped up five times a second instead of fifty. */
const TOP_UP_MS = 200;
/** So little audio may have run out by the time that more arrives at the carrier. */
const MAYBE_SILENT_MS = 300;
/** A mark at every word's end, and at least this often, so that the ledger knows of each word for certain. */
const MARK_EVERY_MS = 500;

export interface Playout {
  /** Nothing is queued, sent or paused: the agent is silent. */
  readonly idle: boolean;
  readonly paused: boolean;
  /** Audio queued and not yet sent, ms: the speech side stops making more when there is enough. */
  readonly queuedMs: number;
  add(piece: SentAudio): void;
  /** Sends what fits. Called after `add` and after every inbound frame. */
  pump(): void;
  /** Stops what is being heard, at once, keeping it for `resume`. */
  pause(lineMs: number): void;
  /** Goes on with the word after the last heard one. Only after the clear has taken effect (`cleared`). */
  resume(): void;
  /** Drops everything, sent or not. Local queue first, then `clear`: the other order lets late frames refill the carrier's buffer. */
  abort(lineMs: number): void;
}

interface QueuedPiece extends SentAudio {
  /** Position in the ledger of the piece's first byte; undefined until it is sent. */
  base: number | undefined;
  sentBytes: number;
}

export const createPlayout = (options: { codec: CarrierCodec; streamId: string; ledger: HeardLedger; send: (text: string) => void }): Playout => {
  const { codec, streamId, ledger, send } = options;
  const pieces: QueuedPiece[] = [];
  let paused = false;
  let marks = 0;
  let sinceMark = 0;

  const mark = () => {
    const name = `m${++marks}`;
    ledger.markSent(name);
    send(codec.encodeMark(streamId, name));
    sinceMark = 0;
  };

  /** The fence after the clear comes back when the clear has been obeyed. */
  const clear = (lineMs: number) => {
    const fence = `c${++marks}`;
    send(codec.encodeClear(streamId));
    send(codec.encodeMark(streamId, fence));
    ledger.clearSent(fence, lineMs);
  };

  const sendStretch = (piece: QueuedPiece, bytes: number) => {
    piece.base ??= ledger.sentBytes;
    const from = piece.sentBytes;
    const to = from + bytes;
    ledger.sent({
      utteranceId: piece.utteranceId,
      audio: piece.audio.subarray(from, to),
      words: wordsWithin(piece, from, to),
      last: piece.last && to === piece.audio.length,
    });
    for (const message of codec.encodeAudio(streamId, piece.audio.subarray(from, to))) send(message);
    piece.sentBytes = to;
    sinceMark += bytes;
  };

  const forgetPlayed = () => {
    while (
      pieces[0]?.base !== undefined &&
      pieces[0].sentBytes === pieces[0].audio.length &&
      pieces[0].base + pieces[0].audio.length <= ledger.playedBytes
    )
      pieces.shift();
  };

  const playout: Playout = {
    get idle() {
      forgetPlayed();
      return pieces.length === 0 && !paused;
    },
    get paused() {
      return paused;
    },
    get queuedMs() {
      return pieces.reduce((sum, piece) => sum + piece.audio.length - piece.sentBytes, 0) / BYTES_PER_MS;
    },
    add(piece) {
      pieces.push({ ...piece, base: undefined, sentBytes: 0 });
      playout.pump();
    },
    pump() {
      forgetPlayed();
      if (paused || ledger.clearing) return;
      for (const piece of pieces) {
        while (piece.sentBytes < piece.audio.length) {
          const left = piece.audio.length - piece.sentBytes;
          const room = (codec.maxLeadMs - ledger.bufferedMs) * BYTES_PER_MS;
          if (room < Math.min(left, TOP_UP_MS * BYTES_PER_MS)) return;
          // The first frame after silence, or after what may be played by the time it arrives, carries a mark of its own: its echo tells when it began.
          const first = ledger.bufferedMs <= MAYBE_SILENT_MS && piece.sentBytes === 0 ? FRAME_BYTES : Number.POSITIVE_INFINITY;
          const nextMark = Math.min(toWordEnd(piece), MARK_EVERY_MS * BYTES_PER_MS - sinceMark, first);
          const bytes = Math.min(left, Math.floor(room / FRAME_BYTES) * FRAME_BYTES, nextMark);
          sendStretch(piece, bytes);
          if (bytes === nextMark || piece.sentBytes === piece.audio.length) mark();
        }
      }
    },
    pause(lineMs) {
      if (paused) return;
      paused = true;
      clear(lineMs);
    },
    resume() {
      if (!paused) return;
      paused = false;
      sinceMark = 0;
      const rest = pieces.flatMap((piece) => unheardPart(piece, ledger.playedBytes));
      pieces.splice(0, pieces.length, ...rest);
      playout.pump();
    },
    abort(lineMs) {
      const wasPaused = paused;
      pieces.length = 0;
      paused = false;
      sinceMark = 0;
      if (!wasPaused && ledger.bufferedMs > 0) clear(lineMs);
    },
  };
  return playout;
};

/** Bytes from what was sent of a piece to the end of the frame in which its next word ends. */
const toWordEnd = (piece: QueuedPiece): number => {
  const word = piece.words.find((one) => endByte(one, piece) > piece.sentBytes);
  return word ? Math.ceil((endByte(word, piece) - piece.sentBytes) / FRAME_BYTES) * FRAME_BYTES : Number.POSITIVE_INFINITY;
};

/** Words that end within the bytes `from` to `to` of a piece, in ms from `from`. A word on both sides of a cut belongs to the side where it ends. */
const wordsWithin = (piece: SentAudio, from: number, to: number): Word[] =>
  piece.words
    .filter((word) => endByte(word, piece) > from && endByte(word, piece) <= to)
    .map((word) => ({ ...word, start_ms: word.start_ms - from / BYTES_PER_MS, end_ms: endByte(word, piece) / BYTES_PER_MS - from / BYTES_PER_MS }));

const endByte = (word: Word, piece: SentAudio): number => Math.min(piece.audio.length, word.end_ms * BYTES_PER_MS);

/** What a candidate has yet to hear of a piece, from the first word that was not heard to its end. */
const unheardPart = (piece: QueuedPiece, playedBytes: number): QueuedPiece[] => {
  const heardBytes = piece.base === undefined ? 0 : Math.max(0, Math.min(piece.audio.length, playedBytes - piece.base));
  const next = piece.words.find((word) => endByte(word, piece) > heardBytes);
  // All words were heard: only the silence after them is left, and the end of the utterance still has to be reported.
  const start = next ? next.start_ms * BYTES_PER_MS : Math.max(heardBytes, piece.audio.length - FRAME_BYTES);
  const from = heardBytes === 0 ? 0 : Math.min(piece.audio.length - FRAME_BYTES, Math.max(0, Math.floor(start / FRAME_BYTES) * FRAME_BYTES));
  if (heardBytes >= piece.audio.length) return [];
  const words = piece.words
    .filter((word) => endByte(word, piece) > heardBytes)
    .map((word) => ({ ...word, start_ms: word.start_ms - from / BYTES_PER_MS, end_ms: word.end_ms - from / BYTES_PER_MS }));
  return [{ utteranceId: piece.utteranceId, audio: piece.audio.subarray(from), words, last: piece.last, base: undefined, sentBytes: 0 }];
};
