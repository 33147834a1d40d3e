import { MU_LAW_SILENCE } from '../g711.js';
import type { Ear, HeardWord } from './ear.js';
import { isAudible } from './sounds.js';
import type { SynthesisedPiece, SynthesisLedger } from './synthesis-ledger.js';

const BYTES_PER_MS = 8;
/** Shortest stretch of bytes that is looked up by its content, 10 ms: shorter ones may stand in many places. */
const SHORTEST_MATCH_BYTES = 80;
/** A resumed voice may start this much after the beginning of a word and the word still counts as heard. */
const WORD_START_TOLERANCE_BYTES = 20 * BYTES_PER_MS;
/** Quiet frames before a sound that may belong to its piece, 1 s. */
const QUIET_BYTES = 8000;

/** A stretch of one piece that is being played: from `from` to before `next`; `words` counts the piece's words that are dealt with. */
interface Run {
  piece: SynthesisedPiece;
  from: number;
  next: number;
  words: number;
}

/**
 * Hears real synthetic speech by finding the played bytes in the synthesiser's ledger. While a piece goes on, the bytes are compared where the last ones
 * ended; otherwise (a new piece, a cut, a resumption in the middle) their content is searched for, at any alignment.
 */
export const createLedgerEar = (ledger: SynthesisLedger): Ear => {
  let run: Run | undefined;
  let quiet = Buffer.alloc(0);
  let unknownFrames = 0;

  /** Moves the run on by `bytes` that were played from `lineMs` on, and tells the words that ended on the way. */
  const advance = (current: Run, bytes: number, lineMs: number): HeardWord[] => {
    const start = current.next;
    current.next += bytes;
    const ended: HeardWord[] = [];
    for (let word = current.piece.words[current.words]; word; word = current.piece.words[current.words]) {
      const endByte = Math.min(current.piece.audio.length, Math.round(word.end_ms * BYTES_PER_MS));
      if (endByte > current.next) break;
      const startByte = Math.round(word.start_ms * BYTES_PER_MS);
      const endMs = lineMs + (endByte - start) / BYTES_PER_MS;
      if (startByte >= current.from - WORD_START_TOLERANCE_BYTES)
        ended.push({ text: word.text, startMs: endMs - (endByte - startByte) / BYTES_PER_MS, endMs });
      current.words += 1;
    }
    return ended;
  };

  /** Two pieces may begin with the same bytes: when the guessed one ends differently, the other is the one that was played all along. */
  const findTwin = (current: Run, rest: Buffer): Run | undefined => {
    const played = current.piece.audio.subarray(current.from, current.next);
    for (const piece of ledger.pieces()) {
      if (piece === current.piece || piece.audio.length <= current.next) continue;
      if (!piece.audio.subarray(current.from, current.next).equals(played) || !continuesWith(piece.audio, current.next, rest)) continue;
      return {
        piece,
        from: current.from,
        next: current.next,
        words: piece.words.filter((word) => word.end_ms * BYTES_PER_MS <= current.next).length,
      };
    }
    return undefined;
  };

  const startRun = (piece: SynthesisedPiece, at: number): Run => {
    let from = at;
    while (from > 0 && at - from < quiet.length && quiet[quiet.length - 1 - (at - from)] === piece.audio[from - 1]) from -= 1;
    return { piece, from, next: at, words: piece.words.filter((word) => word.end_ms * BYTES_PER_MS <= from).length };
  };

  const findRun = (rest: Buffer): Run | undefined => {
    if (rest.length < SHORTEST_MATCH_BYTES) return undefined;
    const opening = ledger.pieces().find((piece) => continuesWith(piece.audio, 0, rest));
    if (opening) return startRun(opening, 0);
    const needle = rest.subarray(0, SHORTEST_MATCH_BYTES);
    for (const piece of ledger.pieces()) {
      for (let at = piece.audio.indexOf(needle); at >= 0; at = piece.audio.indexOf(needle, at + 1))
        if (continuesWith(piece.audio, at, rest)) return startRun(piece, at);
    }
    return undefined;
  };

  const keepQuiet = (bytes: Buffer): void => {
    quiet = Buffer.concat([quiet, bytes]).subarray(-QUIET_BYTES);
  };

  return {
    get unknownFrames() {
      return unknownFrames;
    },
    hear(frame, lineMs) {
      const heard: HeardWord[] = [];
      for (let at = 0; at < frame.length; ) {
        const rest = frame.subarray(at);
        if (!run || !continuesWith(run.piece.audio, run.next, rest)) {
          const silentBytes = leadingSilence(rest);
          if (silentBytes > 0) {
            keepQuiet(rest.subarray(0, silentBytes));
            at += silentBytes;
            continue;
          }
          const found = isAudible(rest) ? ((run && findTwin(run, rest)) ?? findRun(rest)) : undefined;
          if (!found) {
            // The first samples of a piece may stand alone at the end of a frame: they are recognised with the next one.
            if (isAudible(rest) && rest.length >= SHORTEST_MATCH_BYTES) unknownFrames += 1;
            keepQuiet(rest);
            break;
          }
          run = run && resumes(run, found) ? { ...run, next: found.next } : found;
        }
        const bytes = Math.min(rest.length, run.piece.audio.length - run.next);
        heard.push(...advance(run, bytes, lineMs + at / BYTES_PER_MS));
        quiet = Buffer.alloc(0);
        at += bytes;
      }
      return heard;
    },
  };
};

/** Whether `found` goes on with the piece of `run` where its last words were left: after a gap in the sound, or from the beginning of a word that was cut. */
const resumes = (run: Run, found: Run): boolean => {
  const pending = run.piece.words[run.words];
  const least = pending ? Math.round(pending.start_ms * BYTES_PER_MS) - WORD_START_TOLERANCE_BYTES : run.next;
  return found.piece === run.piece && found.next <= run.next && found.next >= least;
};

/** Digital silence at the start of some bytes: what a line carries between pieces. */
const leadingSilence = (bytes: Buffer): number => {
  const end = bytes.findIndex((byte) => byte !== MU_LAW_SILENCE);
  return end < 0 ? bytes.length : end;
};

/** Whether `audio` goes on at `at` with the bytes of `rest`, as far as both reach. */
const continuesWith = (audio: Buffer, at: number, rest: Buffer): boolean => {
  const bytes = Math.min(rest.length, audio.length - at);
  return bytes > 0 && audio.compare(rest, 0, bytes, at, at + bytes) === 0;
};
