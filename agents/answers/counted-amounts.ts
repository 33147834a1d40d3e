import { COUNT_UNITS, type CountUnit, FORTNIGHTS, MINUS } from './english/durations.js';
import { readAndFraction, readNumber, type SpokenNumber } from './number-words.js';
import { joined, type SpokenWord } from './spoken-text.js';

/** A number with its unit, when one was said: "a year and a half" is 1.5 years, "minus three" is -3. `to` is exclusive and includes the unit. */
export interface CountedAmount {
  value: number;
  unit: CountUnit | undefined;
  form: SpokenNumber['form'];
  from: number;
  to: number;
}

const unitAt = (words: readonly SpokenWord[], index: number): CountUnit | undefined => {
  const text = words[index]?.text ?? '';
  if (text === 'per' && words[index + 1]?.text === 'cent') return 'percentage';
  if (FORTNIGHTS.includes(text)) return 'weeks';
  return Object.hasOwn(COUNT_UNITS, text) ? COUNT_UNITS[text] : undefined;
};

/** "-3" as recognisers write it; in "18-20" and "18 - 20" the sign is a dash. */
const hasMinusSign = (words: readonly SpokenWord[], index: number): boolean =>
  /(?:^|\s)[-−]$/.test(words[index]?.before ?? '') && readNumber(words, index - 1) === undefined;

/** "minus three", "negative three", "-3". A value below nothing is never taken for its size. */
const readSigned = (words: readonly SpokenWord[], index: number): CountedAmount | undefined => {
  const worded = MINUS.includes(words[index]?.text ?? '');
  const amount = readCounted(words, worded ? index + 1 : index);
  if (!amount || !(worded || hasMinusSign(words, index))) return worded ? undefined : amount;
  return { ...amount, value: -amount.value, from: index };
};

const readCounted = (words: readonly SpokenWord[], index: number): CountedAmount | undefined => {
  const article = /^(a|an|one)$/.test(words[index]?.text ?? '') && unitAt(words, index + 1);
  const number = article ? { value: 1, length: 1, form: 'words' as const } : readNumber(words, index);
  if (!number) return undefined;
  let at = index + number.length;
  // "two full years", "half of a year", "ten plus years" stay one amount.
  if (/^(full|whole|solid|good|complete|a|plus|calendar|working|business|more)$/.test(words[at]?.text ?? '') && unitAt(words, at + 1)) at++;
  else if (words[at]?.text === '+' && unitAt(words, at + 1)) at++;
  const unit = unitAt(words, at);
  if (!unit) return { value: number.value, unit: undefined, form: number.form, from: index, to: index + number.length };
  const scale = FORTNIGHTS.includes(words[at]?.text ?? '') ? 2 : 1;
  at += words[at]?.text === 'per' ? 2 : 1;
  const half = readAndFraction(words, at);
  return { value: (number.value + (half?.value ?? 0)) * scale, unit, form: number.form, from: index, to: at + (half?.length ?? 0) };
};

/** All numbers of a statement with their units, left to right. */
export const findCounted = (words: readonly SpokenWord[]): CountedAmount[] => {
  const found: CountedAmount[] = [];
  for (let index = 0; index < words.length; ) {
    const amount = readSigned(words, index);
    if (amount) found.push(amount);
    index = amount ? amount.to : index + 1;
  }
  return found;
};

/** Two amounts name the ends of a range: "18 to 20", "two or three", "between five and six", "18-20". */
export const formRange = (words: readonly SpokenWord[], left: CountedAmount, right: CountedAmount): boolean => {
  const text = words
    .slice(left.to, right.from)
    .map((word) => word.text)
    .join(' ');
  if (/^(to|or|or maybe|to maybe|or even|through)$/.test(text)) return true;
  if (text === 'and') return words[left.from - 1]?.text === 'between';
  return (
    text === '' &&
    (/^\s*[-–—]\s*$/.test(words[right.from]?.before ?? '') ||
      (joined(words[right.from]) && left.unit === undefined && right.value === left.value + 1))
  );
};
