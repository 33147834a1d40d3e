/*
 * When each character of a text is said, put together from the pieces of timing that a vendor sends with its audio. The pieces are doubtful: their times
 * count from the start of the speech or of their own piece of audio, a piece may be missing while audio flows, a second pass may begin the text anew, spaces
 * come and go, punctuation is rewritten. So each is matched with the text, and the audio's own length is the judge.
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
  /** Characters of the text but for its spaces. */
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

/** The characters of a text that are matched: all but spaces, in lower case, one by one, since the small form of some letters depends on their neighbours. */
export const matchedCharacters = (text: string): string =>
  [...text]
    .filter((character) => !/\s/u.test(character))
    .map((character) => character.toLowerCase())
    .join('');

/** Letters, digits and their marks have a sound; punctuation and pictures have none. */
export const hasSound = (text: string): boolean => /[\p{L}\p{N}\p{M}]/u.test(text);

interface Unit {
  character: string;
  start: number;
  end: number;
}
/** A unit at its place in the text. */
interface PlacedUnit extends Unit {
  at: number;
}

const toUnits = ({ characters, startsMs, endsMs }: Alignment): Unit[] => {
  if (characters.length !== startsMs.length || characters.length !== endsMs.length) return [];
  return characters.flatMap((text, nth) => {
    const start = startsMs[nth] ?? Number.NaN;
    const end = endsMs[nth] ?? Number.NaN;
    if (!Number.isFinite(start) || !Number.isFinite(end)) return [];
    // Split as strings are indexed, so that positions agree with the text's.
    return matchedCharacters(text)
      .split('')
      .map((character) => ({ character, start, end }));
  });
};

const joined = (units: readonly Unit[]): string => units.map((unit) => unit.character).join('');

/** Where `said` belongs in a text that has been said up to `next`. */
const findIn = (text: string, said: string, next: number): number | undefined => {
  if (said === '') return undefined;
  if (text.startsWith(said, next)) return next;
  if (said.length < FINDABLE) return undefined;
  // A second pass: the nearest place before, wherever it ends.
  const before = next > 0 ? text.lastIndexOf(said, next - 1) : -1;
  if (before >= 0) return before;
  const after = text.indexOf(said, next);
  return after >= 0 ? after : undefined;
};

/** Finds the places of units in a text, by all of them or, when punctuation differs, by those with a sound. */
const createMatcher = (expected: string) => {
  const soundAt = [...expected.split('').keys()].filter((at) => hasSound(expected.charAt(at)));
  const sounding = soundAt.map((at) => expected.charAt(at)).join('');
  return (units: readonly Unit[], next: number): PlacedUnit[] => {
    const exact = findIn(expected, joined(units), next);
    if (exact !== undefined) return units.map((unit, nth) => ({ ...unit, at: exact + nth }));
    const heard = units.filter((unit) => hasSound(unit.character));
    const nextSound = soundAt.filter((at) => at < next).length;
    const loose = findIn(sounding, joined(heard), nextSound);
    return loose === undefined ? [] : heard.map((unit, nth) => ({ ...unit, at: soundAt[loose + nth] ?? expected.length }));
  };
};

export const createCharacterTimes = (text: string): CharacterTimes => {
  const expected = matchedCharacters(text);
  const match = createMatcher(expected);
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

  /** What is to be added to the times of a piece that goes on where the text is, or after a gap. */
  const offsetOf = (firstMs: number, lastMs: number, audio: AudioSpan, isGap: boolean): number => {
    isRelative ||= isAssumed || isGap ? firstMs < audio.fromMs / 2 : firstMs + 1 < knownMs;
    if (!isRelative) return 0;
    const start = audio.fromMs + firstMs;
    const isTrue = Math.abs(start - knownMs) <= SAME_MS || (start >= knownMs && audio.fromMs + lastMs <= audio.toMs + OVERHANG_MS);
    // The pieces before reached further than their audio, or less far: then they follow each other by their own times.
    return isGap || isTrue ? audio.fromMs : knownMs;
  };

  const placeOne = (alignment: Alignment, audio: AudioSpan): boolean => {
    const next = ends.length;
    const units = match(toUnits(alignment), next);
    /** The last of the characters that are told a second time: it links the two tellings. */
    const link = units.findLast((unit) => unit.at < next);
    const fresh = units.filter((unit) => unit.at >= next);
    const [first, last] = [fresh[0], fresh.at(-1)];
    if (!first || !last) return false;
    const offset = link ? knownMs - link.end : offsetOf(first.start, last.end, audio, first.at > next);
    for (const unit of fresh) {
      spreadUntil(unit.at - ends.length, offset + unit.start);
      push(offset + unit.start, offset + unit.end);
    }
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
