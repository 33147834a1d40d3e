// biome-ignore format: a table
const SMALL = [
  'zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen',
  'seventeen', 'eighteen', 'nineteen',
];
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const IRREGULAR: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** A digit as it is read out: `zero` to `nine`. */
export const digitInWords = (digit: string): string => SMALL[Number(digit)] ?? '';

const wholeInWords = (value: number): string => {
  if (value < 20) return SMALL[value] ?? '';
  if (value < 100) return `${TENS[Math.floor(value / 10)]}${value % 10 ? ` ${SMALL[value % 10]}` : ''}`;
  const steps: readonly (readonly [number, string])[] = [
    [1_000_000_000, 'billion'],
    [1_000_000, 'million'],
    [1_000, 'thousand'],
    [100, 'hundred'],
  ];
  for (const [size, name] of steps) {
    if (value < size) continue;
    const rest = value % size;
    return `${wholeInWords(Math.floor(value / size))} ${name}${rest ? ` ${wholeInWords(rest)}` : ''}`;
  }
  return '';
};

/** A number in English words, because the voices read figures badly: 18.5 → "eighteen point five", 60000 → "sixty thousand". Finite numbers below 10¹². */
export const numberInWords = (value: number): string => {
  const [whole = '0', decimals] = Math.abs(value).toFixed(6).split('.');
  const digits = (decimals ?? '').replace(/0+$/, '');
  const tail = digits ? ` point ${[...digits].map(digitInWords).join(' ')}` : '';
  return `${value < 0 ? 'minus ' : ''}${wholeInWords(Number(whole))}${tail}`;
};

/** A number in Indian counting: 1200000 → "twelve lakh", 350000 → "three lakh fifty thousand". */
export const numberInLakhs = (value: number): string => {
  const crore = Math.floor(value / 1e7);
  const lakh = Math.floor((value % 1e7) / 1e5);
  const rest = value % 1e5;
  const parts = [crore ? `${wholeInWords(crore)} crore` : '', lakh ? `${wholeInWords(lakh)} lakh` : '', rest ? numberInWords(rest) : ''];
  return parts.filter(Boolean).join(' ') || 'zero';
};

/** An ordinal in words: 30 → "thirtieth", 21 → "twenty first". */
export const ordinalInWords = (value: number): string => {
  const words = wholeInWords(value).split(' ');
  const last = words.pop() ?? '';
  return [...words, IRREGULAR[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`)].join(' ');
};

/** A year as people say it: 2026 → "twenty twenty six", 2005 → "two thousand five", 1989 → "nineteen eighty nine". */
export const yearInWords = (year: number): string => {
  const century = Math.floor(year / 100);
  const rest = year % 100;
  if (year >= 2000 && year < 2010) return wholeInWords(year);
  if (rest === 0) return century % 10 === 0 ? wholeInWords(year) : `${wholeInWords(century)} hundred`;
  return `${wholeInWords(century)} ${rest < 10 ? `oh ${wholeInWords(rest)}` : wholeInWords(rest)}`;
};
