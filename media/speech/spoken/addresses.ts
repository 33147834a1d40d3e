import { digitWords } from './number-words.js';
import { coreAt, type Part, type Region, type SpokenRule, type Token } from './token.js';

/*
 * Telephone numbers, e-mail addresses and web addresses, as people read them out.
 */

/** A telephone number never stands in more words than this. */
const MAX_WORDS = 5;
const PHONE: readonly RegExp[] = [
  /^\+\d[\d\s().-]{6,18}\d$/u,
  /^(?:1[-. ])?\(?\d{3}\)?[-. ]?\d{3}[-. ]\d{4}$/u,
  /^\d{3}-\d{4}$/u,
  /^0\d{2,5}[ -]\d{3,4}[ -]?\d{3,4}$/u,
  /^[6-9]\d{4}[ -]\d{5}$/u,
  /^\d{10}$/u,
  // Read digit by digit as well: a social security number, a long postcode.
  /^\d{3}-\d{2}-\d{4}$/u,
  /^\d{5}-\d{4}$/u,
];

/** Digits without a sign between them, in groups that can be followed. */
const inGroups = (digits: string, indian: boolean): string[] => {
  if (digits.length <= 5) return [digits];
  if (digits.length === 10) return indian ? [digits.slice(0, 5), digits.slice(5)] : [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6)];
  return digits.match(/\d{1,3}(?!\d$)|\d{1,4}$/gu) ?? [digits];
};

/** "+1" and "+91" are set off from the number that touches them. */
const international = (digits: string): string[] => {
  const code = /^(?:1(?=\d{10}$)|91(?=\d{10}$))/u.exec(digits)?.[0];
  return code === undefined ? [digits] : [code, digits.slice(code.length)];
};

const phoneWords = (text: string, region: Region): string => {
  const plus = text.startsWith('+');
  const groups = text.split(/\D+/u).filter(Boolean);
  const split = plus && groups.length === 1 ? international(groups[0] ?? '') : groups;
  const indian = region.indian || (plus && split[0] === '91');
  return `${plus ? 'plus ' : ''}${split
    .flatMap((group) => inGroups(group, indian))
    .map(digitWords)
    .join(', ')}`;
};

const phone: SpokenRule = (tokens, at, region) => {
  if (!/^[+\d(]/u.test(`${tokens[at]?.lead ?? ''}${coreAt(tokens, at)}`)) return undefined;
  for (let words = Math.min(MAX_WORDS, tokens.length - at); words >= 1; words -= 1) {
    const run = tokens.slice(at, at + words);
    if (!PHONE.some((pattern) => pattern.test(asWritten(run)))) continue;
    return run.map((token, nth): Part => {
      const say = phoneWords(token.core, region);
      return { say, lead: '', trail: nth < words - 1 ? ',' : token.trail };
    });
  }
  return undefined;
};

/** The words of a number with the brackets inside it, without the punctuation around it. */
const asWritten = (run: readonly Token[]): string =>
  run.map(({ lead, core, trail }, nth) => `${nth === 0 ? lead.replace(/[^(]/gu, '') : lead}${core}${nth === run.length - 1 ? '' : trail}`).join(' ');

const SIGN_NAMES: Readonly<Record<string, string>> = {
  '.': 'dot',
  '-': 'dash',
  _: 'underscore',
  '+': 'plus',
  '/': 'slash',
  '@': 'at',
  '&': 'and',
  '=': 'equals',
  '?': 'question mark',
  '%': 'percent',
  '#': 'hash',
  '~': 'tilde',
};

/** Letters that cannot be said as a word are spelled. */
const lettersWords = (letters: string): string => {
  const pronounceable = letters.length > 2 && /[aeiouy]/iu.test(letters) && !/[^aeiouy]{5}/iu.test(letters);
  return pronounceable ? letters : [...letters.toUpperCase()].join(' ');
};

const pieceWords = (piece: string): string => {
  if (/^\d+$/u.test(piece)) return digitWords(piece);
  return SIGN_NAMES[piece] ?? lettersWords(piece);
};

const addressWords = (text: string): string => (text.match(/[a-z]+|\d+|[^a-z\d]/giu) ?? []).map(pieceWords).join(' ');

const email: SpokenRule = (tokens, at) => {
  const core = coreAt(tokens, at).replace(/^mailto:/iu, '');
  return /^[\w.+%-]+@[\w-]+(?:\.[\w-]+)+$/u.test(core) ? [addressWords(core)] : undefined;
};

const ENDINGS = 'com|org|net|edu|gov|io|co|ai|app|dev|us|uk|ca|in|au|ie|nz|jobs|careers|info|me';
const URL_LIKE = new RegExp(String.raw`^(https?:\/\/)?((?:[a-z\d-]+\.)+(?:${ENDINGS}))(\/[^\s]*)?$`, 'iu');
const url: SpokenRule = (tokens, at) => {
  const [, , host, path = ''] = URL_LIKE.exec(coreAt(tokens, at)) ?? [];
  return host ? [addressWords(`${host}${path.replace(/\/$/u, '')}`)] : undefined;
};

/** "x123" and "ext. 123" after a number. */
const extension: SpokenRule = (tokens, at) => {
  const [, digits] = /^(?:x|ext\.?)(\d{1,6})$/iu.exec(coreAt(tokens, at)) ?? [];
  return digits && /\d{4}$/u.test(coreAt(tokens, at - 1)) ? [`extension ${digitWords(digits)}`] : undefined;
};

export const addressRules: readonly SpokenRule[] = [email, url, phone, extension];
