/*
 * Numbers as English words. agents/answers/number-in-words.ts does the same for values; folders may not import each other, and here numbers come as they
 * are written: "3.50" keeps its zero.
 */

// biome-ignore format: a table
const SMALL = [
  'zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen',
  'seventeen', 'eighteen', 'nineteen',
];
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const SIZES: readonly (readonly [number, string])[] = [
  [1e12, 'trillion'],
  [1e9, 'billion'],
  [1e6, 'million'],
  [1000, 'thousand'],
  [100, 'hundred'],
];
const INDIAN_SIZES: readonly (readonly [number, string])[] = [[1e7, 'crore'], [1e5, 'lakh'], ...SIZES.slice(3)];
const IRREGULAR: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** A number as it stands in a text: digits with or without grouping commas (3 and 3, or 2 and 3 as in India), maybe decimals. No groups of its own. */
export const AMOUNT = String.raw`(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d+)(?:\.\d+)?`;

const inSizes = (value: number, sizes: typeof SIZES): string => {
  if (value < 20) return SMALL[value] ?? '';
  if (value < 100) return `${TENS[Math.floor(value / 10)]}${value % 10 ? ` ${SMALL[value % 10]}` : ''}`;
  for (const [size, name] of sizes) {
    if (value < size) continue;
    const rest = value % size;
    return `${inSizes(Math.floor(value / size), sizes)} ${name}${rest ? ` ${inSizes(rest, sizes)}` : ''}`;
  }
  return '';
};

/** Digits one by one: "0412" → "zero four one two". Other characters are left out. */
export const digitWords = (text: string): string =>
  [...text]
    .filter((character) => /\d/.test(character))
    .map((digit) => SMALL[Number(digit)] ?? '')
    .join(' ');

/** A number as written, up to 15 digits: "52,000" → "fifty two thousand", "3.50" → "three point five zero"; with `lakhs` in Indian counting. */
export const amountWords = (text: string, { lakhs = false } = {}): string => {
  const [whole = '0', decimals] = text.replaceAll(',', '').split('.');
  const words = inSizes(Number(whole), lakhs ? INDIAN_SIZES : SIZES);
  return decimals === undefined ? words : `${words} point ${digitWords(decimals)}`;
};

/** An ordinal: 30 → "thirtieth", 21 → "twenty first". */
export const ordinalWords = (value: number): string => {
  const words = inSizes(value, SIZES).split(' ');
  const last = words.pop() ?? '';
  return [...words, IRREGULAR[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`)].join(' ');
};

/** A year as people say it: 2026 → "twenty twenty six", 2005 → "two thousand five", 1900 → "nineteen hundred". */
export const yearWords = (year: number): string => {
  const century = Math.floor(year / 100);
  const rest = year % 100;
  if (year >= 2000 && year < 2010) return inSizes(year, SIZES);
  if (rest === 0) return century % 10 === 0 ? inSizes(year, SIZES) : `${inSizes(century, SIZES)} hundred`;
  return `${inSizes(century, SIZES)} ${rest < 10 ? `oh ${inSizes(rest, SIZES)}` : inSizes(rest, SIZES)}`;
};

/** Four digits that are meant as a year. */
export const isYear = (text: string): boolean => /^(?:19|20)\d\d$/.test(text);
