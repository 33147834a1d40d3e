/*
 * When each character of a text is said, put together from the pieces of timing that a vendor sends with its audio. The pieces are doubtful: their times
 * count from the start of the speech or of their own piece of audio, a piece may be missing while audio flows, a second pass may begin the text anew, spaces
 * come and go. So each is matched with the text, and the audio's own length is the judge.
 *
 * Only letters and digits count, in lower case: punctuation and spaces are silent and are rewritten by vendors at will.
 */

/** Timing as a vendor gives it: three lists of one length, ms. */
export interface Alignment {
  characters: readonly string[];
  startsMs: readonly number[];
  endsMs: readonly number[];
}

/** A piece of audio on the clock of the speech: ms from its start. */
export interface AudioSpan {
  fromMs: number;
  toMs: number;
}

export interface CharacterTimes {
  /** Sounding characters of the text. */
  readonly count: number;
  /** Those of them, from the start, whose times are known. */
  readonly known: number;
  /** Some of them are only assumed. */
  readonly isAssumed: boolean;
  /** End of the last known character, ms; 0 when there is none. */
  readonly knownMs: number;
  startOf(index: number): number;
  endOf(index: number): number;
  /** Takes the first of the alignments that goes on where the last one ended, or overlaps it and reaches beyond. False when none brings anything new. */
  place(alternatives: readonly Alignment[], audio: AudioSpan): boolean;
  /** Without alignment: characters take `msEach`, as many as fit until `untilMs`. */
  assume(untilMs: number, msEach: number): void;
  /** Spreads all that are left evenly until `untilMs`. */
  spread(untilMs: number): void;
}

/** Shorter scraps say too little to be found anywhere but at the place that is due. */
const FINDABLE = 3;
/** A character may reach a little over the end of its audio. */
const OVERHANG_MS = 100;
/** Times of one instant, computed in two ways. */
const SAME_MS = 20;

/** The characters of a text that sound, as they are compared. */
export const soundingCharacters = (text: string): string =>
  // One by one, since the small form of some letters depends on their neighbours, which a vendor's piece may not have.
  [...text]
    .filter((character) => /[\p{L}\p{N}\p{M}]/u.test(character))
    .map((character) => character.toLowerCase())
    .join('');

interface Unit {
  character: string;
  start: number;
  end: number;
}

const toUnits = ({ characters, startsMs, endsMs }: Alignment): Unit[] => {
  if (characters.length !== startsMs.length || characters.length !== endsMs.length) return [];
  return characters.flatMap((text, nth) => {
    const start = startsMs[nth] ?? Number.NaN;
    const end = endsMs[nth] ?? Number.NaN;
    if (!Number.isFinite(start) || !Number.isFinite(end)) return [];
    // Split as strings are indexed, so that positions agree with the text's.
    return soundingCharacters(text)
      .split('')
      .map((character) => ({ character, start, end }));
  });
};

export const createCharacterTimes = (text: string): CharacterTimes => {
  const expected = soundingCharacters(text);
  const starts: number[] = [];
  const ends: number[] = [];
  let knownMs = 0;
  /** Seen once, it holds: these times count from the start of their own piece of audio. */
  let isRelative = false;
  let isAssumed = false;

  const push = (start: number, end: number) => {
    const from = Math.max(knownMs, start);
    knownMs = Math.max(from, end);
    starts.push(from);
    ends.push(knownMs);
  };
  const spreadUntil = (count: number, untilMs: number) => {
    const from = knownMs;
    const each = Math.max(0, untilMs - from) / Math.max(1, count);
    for (let nth = 0; nth < count; nth += 1) push(from + nth * each, from + (nth + 1) * each);
  };

  /** Where in the text a piece belongs. */
  const find = (said: string): number | undefined => {
    const next = ends.length;
    if (expected.startsWith(said, next)) return next;
    if (said.length < FINDABLE) return undefined;
    // A second pass: the nearest place before, wherever it ends.
    const before = expected.lastIndexOf(said, next - 1);
    if (before >= 0) return before;
    const after = expected.indexOf(said, next);
    return after >= 0 ? after : undefined;
  };

  /** What is to be added to the times of a piece that goes on where the text is, or after a gap. */
  const offsetOf = (firstMs: number, lastMs: number, audio: AudioSpan, isGap: boolean): number => {
    const looksRelative = isAssumed || isGap ? firstMs < audio.fromMs / 2 : firstMs + 1 < knownMs;
    isRelative ||= looksRelative;
    if (!isRelative) return 0;
    const start = audio.fromMs + firstMs;
    const isTrue = Math.abs(start - knownMs) <= SAME_MS || (start >= knownMs && audio.fromMs + lastMs <= audio.toMs + OVERHANG_MS);
    // The pieces before reached further than their audio, or less far: then they follow each other by their own times.
    return isGap || isTrue ? audio.fromMs : knownMs;
  };

  const placeOne = (alignment: Alignment, audio: AudioSpan): boolean => {
    const units = toUnits(alignment);
    const next = ends.length;
    const at = units.length === 0 ? undefined : find(units.map((unit) => unit.character).join(''));
    if (at === undefined) return false;
    const fresh = units.slice(Math.max(0, next - at));
    const first = fresh[0];
    const last = fresh.at(-1);
    if (!first || !last) return false;
    const offset = at < next ? knownMs - first.start : offsetOf(first.start, last.end, audio, at > next);
    spreadUntil(at - next, offset + first.start);
    for (const unit of fresh) push(offset + unit.start, offset + unit.end);
    return true;
  };

  return {
    count: expected.length,
    get known() {
      return ends.length;
    },
    get isAssumed() {
      return isAssumed;
    },
    get knownMs() {
      return knownMs;
    },
    startOf: (index) => starts[index] ?? knownMs,
    endOf: (index) => ends[index] ?? knownMs,
    place: (alternatives, audio) => alternatives.some((alignment) => placeOne(alignment, audio)),
    assume(untilMs, msEach) {
      while (ends.length < expected.length && knownMs + msEach <= untilMs) {
        isAssumed = true;
        push(knownMs, knownMs + msEach);
      }
    },
    spread: (untilMs) => spreadUntil(expected.length - ends.length, untilMs),
  };
};
