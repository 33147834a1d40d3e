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
 * Nothing is taken for heard before the first frame's mark has come back: until then the audio may still be on its way to the carrier. From there on the
 * buffer drains by line time, and marks correct the model. An echo says how far playout has come for certain: words before it are heard, even when the frames of that time are still on
 * their way; a model that runs a frame or more ahead of it waits.
 *
 * After a clear Twilio echoes every mark that was pending, all at once, and others echo none. A mark sent right after the clear is the fence: echoes that
 * came with it, without a frame between, are the clear's and say nothing about hearing; echoes before that are true, however long the clear travelled.
 */

const BYTES_PER_MS = FRAME_BYTES / FRAME_MS;
/**
 * A carrier that has not confirmed a clear by then is taken to have obeyed it. Until then it may still be playing: the clear has to travel there, and what
 * was played meanwhile travels back as frames.
 */
const CLEAR_DEADLINE_MS = 1000;

/** A mark that has not come back this long after its audio was played is lost: one second. */
const LOST_MARK_BYTES = 50 * FRAME_BYTES;
/** Inbound frames may be this late (line-clock.ts); a model further behind the carrier than that is wrong. */
const MAX_BEHIND_BYTES = 4 * FRAME_BYTES;

/** A carrier that has not confirmed the first frame by then is taken to be playing: its mark was lost. */
const START_DEADLINE_MS = 500;

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
  /** Who made it, where that is known. */
  engine?: string;
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
  /**
   * One frame of line time passed. Gives what the candidate heard in it (160 bytes, silence where nothing played) and what that completed. Marks that come
   * before the next frame may still write into `played`.
   */
  frame(lineMs: number): { played: Buffer; events: LedgerEvent[] };
  markEchoed(name: string, lineMs: number): LedgerEvent[];
  /** A clear was sent, and after it the mark `fence`, whose echo says that the clear has taken effect: the `cleared` event. */
  clearSent(fence: string, lineMs: number): void;
  /** The stream is over, perhaps in the middle of a word, and no mark will come any more. Gives the words that had certainly been played by its last frame. */
  ended(lineMs: number): LedgerEvent[];
}

/** Makes the ledger of one media stream. `echoesClearedMarks` is the codec's. */
export const createHeardLedger = (carrier: { echoesClearedMarks: boolean }): HeardLedger => {
  let sent = 0;
  let played = 0;
  /** What an echo has proved, often a little ahead of the frames. */
  let proved = 0;
  let stall = 0;
  /** A clear is on its way. `undecided`: positions echoed since the latest frame. */
  let clearing: { fence: string; sinceMs: number; undecided: number[] } | undefined;
  /** Audio was sent into an empty buffer, and no echo has come since: frames that have passed meanwhile. */
  let starting: { waitedMs: number } | undefined;
  /** The latest frame given out: what an echo after it proves was played in it. */
  let latest: { lineMs: number; out: Buffer } | undefined;
  const stretches: Stretch[] = [];
  const marks = new Map<string, number>();
  const startedIds = new Set<string>();

  const playUpTo = (target: number, lineMs: number, out: Buffer, events: LedgerEvent[]) => {
    const base = played;
    // Line time of a byte position: the frame's start plus what precedes the position in it.
    const at = (position: number) => lineMs + (position - base) / BYTES_PER_MS;
    for (const stretch of stretches) {
      if (stretch.to <= base) continue;
      if (stretch.from >= target) break;
      const begin = Math.max(base, stretch.from);
      const until = Math.min(stretch.to, target);
      if (!startedIds.has(stretch.utteranceId)) {
        startedIds.add(stretch.utteranceId);
        events.push({ kind: 'utterance-started', utteranceId: stretch.utteranceId, lineMs: at(begin) });
      }
      stretch.audio.copy(out, begin - base, begin - stretch.from, until - stretch.from);
      played = until;
    }
    retire(lineMs, events);
  };

  /** A stretch is done with when it has been played and an echo has proved it. */
  const retire = (lineMs: number, events: LedgerEvent[]) => {
    for (let first = stretches[0]; first && first.to <= Math.min(played, proved); first = stretches[0]) {
      stretches.shift();
      if (first.last) events.push({ kind: 'utterance-finished', utteranceId: first.utteranceId, lineMs });
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
    retire(lineMs, events);
    return events;
  };

  const drop = (lineMs: number): LedgerEvent[] => {
    // What an echo has proved was heard to its end, although its frames have not all come.
    const finished = stretches
      .filter((stretch) => stretch.last && stretch.to <= proved)
      .map(({ utteranceId }): LedgerEvent => ({ kind: 'utterance-finished', utteranceId, lineMs }));
    stretches.length = 0;
    marks.clear();
    played = Math.max(played, proved);
    sent = played;
    starting = undefined;
    clearing = undefined;
    stall = 0;
    return [...finished, { kind: 'cleared', lineMs }];
  };

  /** Playout has come to `position`, for certain. */
  const onEcho = (position: number, lineMs: number): LedgerEvent[] => {
    const events: LedgerEvent[] = [];
    if (starting && latest) {
      // Playout began in the frame before the echo: from here on line time and playout go together.
      starting = undefined;
      playUpTo(Math.min(position, played + FRAME_BYTES), latest.lineMs, latest.out, events);
    }
    if (played - position >= FRAME_BYTES) stall = Math.max(stall, played - position);
    else if (position > played) stall = 0;
    events.push(...prove(position, lineMs));
    // Frames that are only late catch up by themselves; a model that stays behind is moved.
    if (position - played > MAX_BEHIND_BYTES) playUpTo(position, lineMs, Buffer.alloc(position - played), events);
    return events;
  };

  /** The clear took effect in the frame before. Of the echoes that came with it at most the first is true: for a word that ended in that very frame. */
  const obeyed = (lineMs: number): LedgerEvent[] => {
    const positions = [...(clearing?.undecided ?? [])].sort((a, b) => a - b);
    const genuine = carrier.echoesClearedMarks ? positions.slice(0, 1).filter((position) => !starting && position <= played - stall) : positions;
    return [...genuine.flatMap((position) => onEcho(position, lineMs)), ...drop(lineMs)];
  };

  /** A frame came before the fence: the echoes before it are true, unless they tell of more than can have been played. Then the fence is only late. */
  const onFrameBeforeFence = (positions: readonly number[], lineMs: number): LedgerEvent[] => {
    const tooMuch = starting ? positions.length > 1 : positions.some((position) => position - played > MAX_BEHIND_BYTES);
    return tooMuch ? drop(lineMs) : positions.flatMap((position) => onEcho(position, lineMs));
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
      return clearing !== undefined;
    },
    sent(piece) {
      if (sent === played) starting = { waitedMs: 0 };
      stretches.push({ ...piece, from: sent, to: sent + piece.audio.length, nextWord: 0, wordStartedMs: undefined });
      sent += piece.audio.length;
    },
    markSent(name) {
      marks.set(name, sent);
    },
    frame(lineMs) {
      const events = clearing ? onFrameBeforeFence(clearing.undecided.splice(0), lineMs) : [];
      const out = Buffer.alloc(FRAME_BYTES, MU_LAW_SILENCE);
      latest = { lineMs, out };
      // While the model waits the carrier plays on, also when everything sent seems to have been played.
      const stalled = stall > 0;
      stall = Math.max(0, stall - FRAME_BYTES);
      if (starting && starting.waitedMs < START_DEADLINE_MS) starting.waitedMs += FRAME_MS;
      else if (!stalled) playUpTo(Math.min(sent, played + FRAME_BYTES), lineMs, out, events);
      // Words are told when their mark proves them; one whose mark got lost, when it is long past.
      if (played - LOST_MARK_BYTES > proved) events.push(...prove(played - LOST_MARK_BYTES, lineMs));
      if (clearing && lineMs - clearing.sinceMs >= CLEAR_DEADLINE_MS) events.push(...obeyed(lineMs + FRAME_MS));
      return { played: out, events };
    },
    markEchoed(name, lineMs) {
      if (name === clearing?.fence) return obeyed(lineMs);
      const position = marks.get(name);
      if (position === undefined) return [];
      marks.delete(name);
      if (!clearing) return onEcho(position, lineMs);
      // Of what was played, or of the clear? The next frame or the fence will tell.
      clearing.undecided.push(position);
      return [];
    },
    clearSent(fence, lineMs) {
      clearing ??= { fence, sinceMs: lineMs, undecided: [] };
    },
    ended(lineMs) {
      // A mark comes right after its frame. One that a later frame has overtaken tells that the carrier had run dry, and the model runs ahead of it.
      const isAhead = stall > 0 || [...marks.values()].some((position) => played - position >= FRAME_BYTES);
      return starting || clearing || isAhead ? [] : prove(played, lineMs);
    },
  };
};
