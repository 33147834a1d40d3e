/** A word as it stands between white space, with the punctuation around it set apart. */
export interface Token {
  lead: string;
  core: string;
  trail: string;
}

/** How English is written where the agent speaks. */
export interface Region {
  /** "12/25" is no date there, "25/12" is. Dates that can be read both ways are left alone everywhere. */
  dayFirst: boolean;
  /** Ten-digit numbers are said five and five. */
  indian: boolean;
}

/** How one word is said. `lead` and `trail` stand in for the word's own punctuation. */
export type Part = string | { say: string; lead?: string; trail?: string };

/**
 * One kind of writing that a voice misreads. Looks at the word `at` and those around it; gives how the words from `at` on are said, one part a word, or
 * undefined when it is not its kind.
 */
export type SpokenRule = (tokens: readonly Token[], at: number, region: Region) => readonly Part[] | undefined;

const LEAD = /^["'“”‘’([{*_`]+/u;
const TRAIL = /[.,;:!?…"'“”‘’)\]}*_`]+$/u;

export const toToken = (word: string): Token => {
  const lead = LEAD.exec(word)?.[0] ?? '';
  const rest = word.slice(lead.length);
  const trail = TRAIL.exec(rest)?.[0] ?? '';
  return { lead, core: rest.slice(0, rest.length - trail.length), trail };
};

export const coreAt = (tokens: readonly Token[], at: number): string => tokens[at]?.core ?? '';

/** Nothing stands between this word and the next but white space. */
export const runsOn = (token: Token | undefined): boolean => token !== undefined && token.trail === '';

/**
 * The punctuation after an abbreviation without the full stop that belongs to it. It stays where a sentence ends: after the last word and, unless `always`,
 * before a capital letter.
 */
export const afterAbbreviation = (tokens: readonly Token[], at: number, always = false): string => {
  const trail = tokens[at]?.trail ?? '';
  const next = tokens[at + 1];
  if (!trail.startsWith('.') || !next) return trail;
  return !always && /^\p{Lu}/u.test(next.core) ? trail : trail.slice(1);
};

/** A dash on its own, or the sign of a range inside a word, as a class of a regular expression. */
export const DASH = '[-–—]';

const NUMBER_LIKE = /^[~<>≥≤+-]?(?:[$£€₹]|US\$)?\d[\d,.]*(?:[-–—]\$?\d[\d,.]*)?\+?$/u;
/** A plain number or range of numbers, as it may stand before a unit. */
export const isNumberLike = (token: Token | undefined): boolean => token !== undefined && token.trail === '' && NUMBER_LIKE.test(token.core);
