import type { SpokenAudio } from '../../schemas/ports/speech.js';
import type { Word } from '../../schemas/transcript.js';
import { toWords } from './words.js';

/*
 * How far a text has been spoken: which of its words have had all of their audio passed on, whichever voice made it. What is left is what another voice has
 * to say when this one fails.
 *
 *   text    Can you work nights ?
 *   pieces  [──────────][─────            the voice fails here
 *   words    Can you      work            "work" is not whole: it is not told, and the rest is "work nights ?"
 */

/** Word times are rounded to frames by some voices. */
const TOLERANCE_MS = 20;

export interface SpokenProgress {
  /** What has yet to be said; the text itself while none of it has been. */
  rest(): string;
  /** Another voice begins with `rest()`. */
  begin(): void;
  /** Takes the voice's next piece. Gives it with the words that end in it: a word on both sides of a cut belongs to the side where it ends. */
  take(piece: SpokenAudio): SpokenAudio;
  /**
   * The voice has come to its end. Gives the words whose times reach beyond its audio, in ms from that end: they count as said when they complete the text,
   * since times are less exact than ends.
   */
  finish(): Word[];
  /** The voice, come to its end, named the words of the text one by one, if any, and stopped before the last. */
  readonly isCutShort: boolean;
}

/**
 * Follows one text. A voice normally names its words as they are written. Of one that spells them out ("$18" as "eighteen dollars") a written word counts as
 * said when the word after it has been named, so that it is rather said twice than lost, and where such a voice ends is believed.
 */
export const createSpokenProgress = (text: string, bytesPerMs: number): SpokenProgress => {
  const words = toWords(text);
  let said = 0;
  /** What the present voice has named so far are words of the text, one by one. */
  let isLiteral = true;
  /** Words that were named with a piece which they outlast, in ms from the start of the next. */
  let overhanging: Word[] = [];

  const say = (word: Word) => {
    const isNext = isSame(words[said], word.text);
    isLiteral &&= isNext;
    if (isNext) said += 1;
    else if (isSame(words[said + 1], word.text)) said += 2;
  };
  const rest = () => (said === 0 ? text : words.slice(said).join(' '));

  return {
    rest,
    begin() {
      isLiteral = true;
      overhanging = [];
    },
    take(piece) {
      const lengthMs = piece.audio.length / bytesPerMs;
      const named = [...overhanging, ...piece.words];
      const firstOpen = named.findIndex((word) => word.end_ms > lengthMs + TOLERANCE_MS);
      const whole = firstOpen < 0 ? named : named.slice(0, firstOpen);
      overhanging = named.slice(whole.length).map((word) => ({ ...word, start_ms: word.start_ms - lengthMs, end_ms: word.end_ms - lengthMs }));
      whole.forEach(say);
      return { ...piece, words: whole.map((word) => endedBy(word, lengthMs)) };
    },
    finish() {
      const left = overhanging.map((word) => endedBy(word, 0));
      overhanging = [];
      const before = said;
      left.forEach(say);
      if (!isLiteral || !isSayable(rest())) return left;
      said = before;
      return [];
    },
    get isCutShort() {
      return isLiteral && isSayable(rest());
    },
  };
};

const endedBy = (word: Word, ms: number): Word => ({ ...word, start_ms: Math.min(word.start_ms, ms), end_ms: Math.min(word.end_ms, ms) });

/** Something in it has a sound of its own; a lone dash or emoji has none. */
export const isSayable = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);

const isSame = (written: string | undefined, named: string): boolean => written !== undefined && (written === named || bare(written) === bare(named));

/** A word without case and punctuation; one of punctuation only is itself. */
const bare = (word: string): string => word.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '') || word;
