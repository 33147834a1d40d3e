import type { Word } from '../schemas/transcript.js';
import { MU_LAW_FRAME_BYTES as FRAME_BYTES, MU_LAW_SILENCE } from './audio/g711.js';
import { FRAME_MS } from './line-clock.js';

/*
 * The heard ledger: a pure model of the carrier's playout buffer, which answers one question: which words have had their last sample played to the
 * candidate? The transcript, the interview and the recording's agent channel read nothing else.
 *
 *     sent ──► [ carrier's buffer ] ──► heard        one frame leaves for every 20 ms of line time
 *                    │ clear
 *                    └──► dropped
 *
 * Marks correct the model. An echo says how far playout has come for certain: words before it are heard, even when the frames of that time are still on
 * their way; a model that runs a frame or more ahead of it waits. After a clear, Twilio echoes every pending mark at once: such an echo says when the
 * clear took effect and nothing about hearing. Carriers that echo nothing get the estimate.
 */

const BYTES_PER_MS = FRAME_BYTES / FRAME_MS;
/** A carrier that has not confirmed a clear by then is taken to have obeyed it. */
const CLEAR_DEADLINE_MS = 60;

export type LedgerEvent =
  /** The first sample of an utterance was played. */
  | { kind: 'utterance-started'; utteranceId: string; lineMs: number }
  /** A word's last sample was played; times are line ms. */
  | { kind: 'word-heard'; utteranceId: string; word: Word }
  /** The last sample of an utterance was played. */
  | { kind: 'utterance-finished'; utteranceId: string; lineMs: number }
  /** A clear took effect: what was not played by now never will be. */
  | { kind: 'cleared'; lineMs: number };

/** A stretch of one utterance's audio on its way out: whole mu-law frames, words in ms from its start; `last` when the utterance ends with it. */
export interface SentAudio {
  utteranceId: string;
  audio: Buffer;
  words: readonly Word[];
  last: boolean;
}

interface Stretch extends SentAudio {
  from: number;
  to: number;
  nextWord: number;
  wordStartedMs: number | undefined;
}

export interface HeardLedger {
  /** Bytes ever sent; the position that a mark sent now stands for. */
  readonly sentBytes: number;
  /** Bytes ever played. Both count from the start of the stream and skip what was cleared. */
  readonly playedBytes: number;
  /** Audio sent and not yet played, ms. */
  readonly bufferedMs: number;
  readonly clearing: boolean;
  sent(piece: SentAudio): void;
  markSent(name: string): void;
  /** One frame of line time passed. Gives what the candidate heard in it (160 bytes, silence where nothing played) and what that completed. */
  frame(lineMs: number): { played: Buffer; events: LedgerEvent[] };
  markEchoed(name: string, lineMs: number): LedgerEvent[];
  /** A clear was sent. The `cleared` event follows when it has taken effect, at once when nothing was buffered. */
  clearSent(lineMs: number): LedgerEvent[];
}

/** Makes the ledger of one media stream. `echoesClearedMarks` is the codec's. */
export const createHeardLedger = (carrier: { echoesClearedMarks: boolean }): HeardLedger => {
  let sent = 0;
  let played = 0;
  /** What an echo has proved, often a little ahead of the frames. */
  let proved = 0;
  let stall = 0;
  let clearedAt: number | undefined;
  const stretches: Stretch[] = [];
  const marks = new Map<string, number>();
  const startedIds = new Set<string>();

  const playUpTo = (target: number, lineMs: number, out: Buffer, events: LedgerEvent[]) => {
    const base = played;
    // Line time of a byte position: the frame's start plus what precedes the position in it.
    const at = (position: number) => lineMs + (position - base) / BYTES_PER_MS;
    for (;;) {
      const stretch = stretches[0];
      if (!stretch || stretch.from >= target) break;
      const until = Math.min(stretch.to, target);
      if (!startedIds.has(stretch.utteranceId)) {
        startedIds.add(stretch.utteranceId);
        events.push({ kind: 'utterance-started', utteranceId: stretch.utteranceId, lineMs: at(Math.max(base, stretch.from)) });
      }
      const begin = Math.max(base, stretch.from);
      stretch.audio.copy(out, begin - base, begin - stretch.from, until - stretch.from);
      reportWords(stretch, until, at, events);
      played = until;
      if (until < stretch.to) break;
      stretches.shift();
      if (stretch.last) events.push({ kind: 'utterance-finished', utteranceId: stretch.utteranceId, lineMs: at(until) });
    }
  };

  const reportWords = (stretch: Stretch, until: number, at: (position: number) => number, events: LedgerEvent[]) => {
    for (;;) {
      const word = stretch.words[stretch.nextWord];
      if (!word) return;
      const start = stretch.from + word.start_ms * BYTES_PER_MS;
      const end = Math.min(stretch.to, stretch.from + word.end_ms * BYTES_PER_MS);
      if (stretch.wordStartedMs === undefined && start < until) stretch.wordStartedMs = at(start);
      if (end > until) return;
      events.push({
        kind: 'word-heard',
        utteranceId: stretch.utteranceId,
        word: { ...word, start_ms: Math.round(stretch.wordStartedMs ?? at(start)), end_ms: Math.round(at(end)) },
      });
      stretch.nextWord += 1;
      stretch.wordStartedMs = undefined;
    }
  };

  /** Tells the words that an echo proves; their audio leaves the model with its frames. */
  const prove = (position: number, lineMs: number): LedgerEvent[] => {
    const events: LedgerEvent[] = [];
    const from = played;
    proved = Math.max(proved, position);
    for (const stretch of stretches)
      if (stretch.from < proved) reportWords(stretch, Math.min(stretch.to, proved), (at) => lineMs + (at - from) / BYTES_PER_MS, events);
    return events;
  };

  const drop = (lineMs: number): LedgerEvent[] => {
    stretches.length = 0;
    marks.clear();
    played = Math.max(played, proved);
    sent = played;
    stall = 0;
    clearedAt = undefined;
    return [{ kind: 'cleared', lineMs }];
  };

  return {
    get sentBytes() {
      return sent;
    },
    get playedBytes() {
      return Math.max(played, proved);
    },
    get bufferedMs() {
      return (sent - played) / BYTES_PER_MS;
    },
    get clearing() {
      return clearedAt !== undefined;
    },
    sent(piece) {
      stretches.push({ ...piece, from: sent, to: sent + piece.audio.length, nextWord: 0, wordStartedMs: undefined });
      sent += piece.audio.length;
    },
    markSent(name) {
      marks.set(name, sent);
    },
    frame(lineMs) {
      const events: LedgerEvent[] = [];
      const out = Buffer.alloc(FRAME_BYTES, MU_LAW_SILENCE);
      if (stall > 0 && sent > played) stall -= FRAME_BYTES;
      else playUpTo(Math.min(sent, played + FRAME_BYTES), lineMs, out, events);
      if (sent === played) stall = 0;
      if (clearedAt !== undefined && (sent === played || lineMs - clearedAt >= CLEAR_DEADLINE_MS)) events.push(...drop(lineMs + FRAME_MS));
      return { played: out, events };
    },
    markEchoed(name, lineMs) {
      const position = marks.get(name);
      if (position === undefined) return [];
      marks.delete(name);
      // The echo of what was really played comes after its frame; one for audio beyond it can only be the clear's.
      if (clearedAt !== undefined) return position > played ? drop(lineMs) : [];
      if (played - position >= FRAME_BYTES) stall = Math.max(stall, played - position);
      return prove(position, lineMs);
    },
    clearSent(lineMs) {
      if (sent === played || !carrier.echoesClearedMarks) return drop(lineMs);
      clearedAt = lineMs;
      return [];
    },
  };
};
