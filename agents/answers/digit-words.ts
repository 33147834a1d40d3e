import { REPEATS } from './english/spelling.js';
import { readBelowHundred } from './number-words.js';
import type { SpokenWord } from './spoken-text.js';

/** Digits found in speech; `certain` is false where a number was said instead of its digits ("forty one"). */
export interface DigitRun {
  digits: string;
  certain: boolean;
  from: number;
  to: number;
}

const isOh = (text: string) => text === 'oh' || text === 'o' || text === 'ow';

const oneDigit = (words: readonly SpokenWord[], index: number): string | undefined => {
  const text = words[index]?.text ?? '';
  if (isOh(text)) return '0';
  const value = /^\d$/.test(text) ? Number(text) : readBelowHundred(words, index)?.value;
  return value !== undefined && value < 10 ? String(value) : undefined;
};

/** "double seven", "triple nine", "double oh". */
const readRepeat = (words: readonly SpokenWord[], index: number): { digits: string; length: number } | undefined => {
  const text = words[index]?.text ?? '';
  const times = Object.hasOwn(REPEATS, text) ? REPEATS[text] : undefined;
  const digit = times === undefined ? undefined : oneDigit(words, index + 1);
  return times !== undefined && digit !== undefined ? { digits: digit.repeat(times), length: 2 } : undefined;
};

const readDigits = (words: readonly SpokenWord[], index: number): { digits: string; length: number; certain: boolean } | undefined => {
  const repeat = readRepeat(words, index);
  if (repeat) return { ...repeat, certain: true };
  const word = words[index];
  if (!word) return undefined;
  const figures = /^[\d.]+$/.test(word.text) ? word.text.replaceAll('.', '') : undefined;
  if (figures) return { digits: figures, length: 1, certain: true };
  if (isOh(word.text)) return { digits: '0', length: 1, certain: true };
  const number = readBelowHundred(words, index);
  if (!number) return undefined;
  const after = words[index + number.length]?.text;
  const zeros = after === 'hundred' ? '00' : after === 'thousand' ? '000' : '';
  // "four one five": single digits are sure; "forty one" may also have been "forty, one".
  return { digits: `${number.value}${zeros}`, length: number.length + (zeros ? 1 : 0), certain: number.value < 20 && zeros === '' };
};

/** Words that may stand inside a number without ending it. */
const GLUE = new Set([
  'um',
  'uh',
  'er',
  'erm',
  'and',
  'then',
  'dash',
  'hyphen',
  'dot',
  'space',
  'area',
  'code',
  'pause',
  'like',
  'so',
  'country',
  'followed',
  'by',
]);
const PLUS = new Set(['plus', '+']);

/** All digit strings of a text. A leading "plus" stays in front as `+`. Sounds of thinking inside a number do not cut it. */
export const findDigitRuns = (words: readonly SpokenWord[]): DigitRun[] => {
  const runs: DigitRun[] = [];
  let open: DigitRun | undefined;
  for (let index = 0; index < words.length; ) {
    const text = words[index]?.text ?? '';
    if (PLUS.has(text) && readDigits(words, index + 1)) {
      open = { digits: '+', certain: true, from: index, to: index + 1 };
      runs.push(open);
      index++;
      continue;
    }
    const found = readDigits(words, index);
    if (found) {
      if (!open) {
        open = { digits: '', certain: true, from: index, to: index };
        runs.push(open);
      }
      open.digits += found.digits;
      open.certain &&= found.certain;
      index += found.length;
      open.to = index;
      continue;
    }
    if (!GLUE.has(text)) open = undefined;
    index++;
  }
  return runs;
};
