import { AMOUNT, amountWords, digitWords, isYear, ordinalWords, yearWords } from './number-words.js';
import { coreAt, DASH, isNumberLike, type SpokenRule } from './token.js';
import { SIGN_WORDS } from './units.js';

/*
 * Numbers that no other rule has taken: counts, ranges, years, ordinals, fractions, codes that are read digit by digit.
 */

const RANGE_SIGN = new RegExp(`^${DASH}$`, 'u');
/** Words after which digits are a code and no quantity. */
const BEFORE_CODE = /^(?:zip|zipcode|code|pin|pincode|postcode|id|extension|ext|dial)$/iu;
const BEFORE_SHORT_NUMBER = /^(?:text|call|dial)$/iu;
const BEFORE_LONG_CODE = /^(?:number|no|order|case|reference|ref|badge|account|to)$/iu;
/** Said in pairs or with a name of their own. */
const IDIOMS: Readonly<Record<string, string>> = {
  '24/7': 'twenty four seven',
  '1099': 'ten ninety nine',
  '401k': 'four oh one K',
  '401(k': 'four oh one K',
  '403b': 'four oh three B',
  '403(b': 'four oh three B',
};
const FRACTIONS: Readonly<Record<string, string>> = {
  '1/2': 'one half',
  '1/4': 'one quarter',
  '3/4': 'three quarters',
  '½': 'one half',
  '¼': 'one quarter',
  '¾': 'three quarters',
};
/** What stands after a fraction that is no date. */
const AFTER_FRACTION = /^(?:hours?|days?|miles?|inch(?:es)?|pounds?|tons?|acres?|years?|months?|cups?|of|an?|off)$/iu;

const count = (text: string): string => amountWords(text, { lakhs: /^\d{1,2}(?:,\d{2})+,\d{3}/u.test(text) });

const isCode = (before: string, digits: string): boolean => {
  if (digits.length >= 7 || (digits.length > 1 && digits.startsWith('0'))) return true;
  if (BEFORE_CODE.test(before)) return true;
  if (BEFORE_SHORT_NUMBER.test(before)) return digits.length >= 3;
  // "from 40000 to 52500" is a quantity, "to 741741" is not.
  if (BEFORE_LONG_CODE.test(before)) return digits.length >= 5 && !digits.endsWith('00');
  // The postcode after a state: "CA 94107".
  return digits.length === 5 && /^[A-Z]{2}$/u.test(before);
};

const idiom: SpokenRule = (tokens, at) => {
  const core = coreAt(tokens, at);
  const words = IDIOMS[core.toLowerCase()];
  if (!words) return undefined;
  // The bracket inside "401(k)" was taken for punctuation.
  const trail = tokens[at]?.trail ?? '';
  return [core.includes('(') ? { say: words, trail: trail.replace(')', '') } : words];
};

const fraction: SpokenRule = (tokens, at) => {
  const [, whole, sign = ''] = /^(\d+)?([½¼¾]|\d\/\d)$/u.exec(coreAt(tokens, at)) ?? [];
  const words = FRACTIONS[sign];
  if (!words || (whole !== undefined && sign.includes('/'))) return undefined;
  if (sign.includes('/') && !AFTER_FRACTION.test(coreAt(tokens, at + 1))) return undefined;
  const joined = words.replace('one ', 'a ');
  if (whole !== undefined) return [`${amountWords(whole)} and ${joined}`];
  return [isNumberLike(tokens[at - 1]) && /^\d+$/u.test(coreAt(tokens, at - 1)) ? `and ${joined}` : words];
};

/** "50/50", "80/20": two numbers that are no date. */
const pair: SpokenRule = (tokens, at) => {
  const [, first, second] = /^(\d\d)\/(\d\d)$/u.exec(coreAt(tokens, at)) ?? [];
  return first && second && Number(first) > 31 ? [`${amountWords(first)} ${amountWords(second)}`] : undefined;
};

const ordinal: SpokenRule = (tokens, at) => {
  const parts = coreAt(tokens, at).split(/[/&–—-]/u);
  const values = parts.map((part) => /^(\d{1,3}(?:,\d{3})*)(?:st|nd|rd|th)$/iu.exec(part)?.[1]?.replaceAll(',', ''));
  if (values.length === 0 || values.some((value) => value === undefined)) return undefined;
  const joint = /[–—-]/u.test(coreAt(tokens, at)) ? ' to ' : ' and ';
  return [values.map((value) => ordinalWords(Number(value))).join(joint)];
};

const decade: SpokenRule = (tokens, at) => {
  const [, year] = /^((?:19|20)\d0)s$/u.exec(coreAt(tokens, at)) ?? [];
  return year ? [yearWords(Number(year)).replace(/y$/u, 'ie').replace(/$/u, 's')] : undefined;
};

const SCALE_WORDS: Readonly<Record<string, string>> = { k: 'thousand', m: 'million', bn: 'billion', b: 'billion' };
const RANGE = new RegExp(`^([~<>≥≤+])?(${AMOUNT})(?:${DASH}(${AMOUNT}))?(k|m|bn|b)?(\\+)?$`, 'iu');
const range: SpokenRule = (tokens, at) => {
  const [, sign, low, high, scale, plus] = RANGE.exec(coreAt(tokens, at)) ?? [];
  if (low === undefined || (high ?? scale ?? plus ?? sign) === undefined) return undefined;
  if (low.length > 6 && !low.includes(',') && high !== undefined) return undefined;
  const words = (text: string) => (high !== undefined && isYear(low) && isYear(high) ? yearWords(Number(text)) : count(text));
  const number = high === undefined ? words(low) : `${words(low)} to ${words(high)}`;
  return [`${SIGN_WORDS[sign ?? ''] ?? ''}${number}${scale ? ` ${SCALE_WORDS[scale.toLowerCase()]}` : ''}${plus ? ' plus' : ''}`];
};

/** "3x" and "3x/week". */
const times: SpokenRule = (tokens, at) => {
  const [, number, period] = new RegExp(String.raw`^(${AMOUNT})x(?:\/(day|week|month|year))?$`, 'iu').exec(coreAt(tokens, at)) ?? [];
  return number ? [`${amountWords(number)} times${period ? ` a ${period.toLowerCase()}` : ''}`] : undefined;
};

/** "#1", "No. 5". */
const numbered: SpokenRule = (tokens, at) => {
  const [, digits] = /^#(\d+)$/u.exec(coreAt(tokens, at)) ?? [];
  if (digits) return [`number ${digits.length >= 5 ? digitWords(digits) : amountWords(digits)}`];
  const short = coreAt(tokens, at) === 'No' && tokens[at]?.trail === '.' && /^\d/u.test(coreAt(tokens, at + 1));
  return short ? [{ say: 'Number', trail: '' }] : undefined;
};

/** A dash of its own between two numbers or times. */
const between: SpokenRule = (tokens, at) => {
  const numeric = (text: string) => /^[$£€₹]?\d/u.test(text);
  return RANGE_SIGN.test(coreAt(tokens, at)) && numeric(coreAt(tokens, at - 1)) && numeric(coreAt(tokens, at + 1)) ? ['to'] : undefined;
};

/** "W-2", "I-9", "COVID-19". */
const named: SpokenRule = (tokens, at) => {
  const [, name, digits] = /^([A-Za-z]+)-(\d{1,2})$/u.exec(coreAt(tokens, at)) ?? [];
  return name && digits ? [`${name} ${digits.startsWith('0') ? digitWords(digits) : amountWords(digits)}`] : undefined;
};

const PLAIN = new RegExp(`^([+-])?(${AMOUNT}|\\.\\d+)$`, 'u');
const plain: SpokenRule = (tokens, at) => {
  const [, sign, text] = PLAIN.exec(coreAt(tokens, at)) ?? [];
  if (text === undefined) return undefined;
  const prefix = SIGN_WORDS[sign ?? ''] ?? '';
  if (text.startsWith('.')) return [`${prefix}point ${digitWords(text)}`];
  if (/^\d+$/u.test(text)) {
    if (isCode(coreAt(tokens, at - 1), text)) return [`${prefix}${digitWords(text)}`];
    if (isYear(text)) return [`${prefix}${yearWords(Number(text))}`];
  }
  return [`${prefix}${count(text)}`];
};

export const numberRules: readonly SpokenRule[] = [idiom, fraction, pair, ordinal, decade, range, times, numbered, between, named, plain];
