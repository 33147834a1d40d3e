import { ADDRESS_LEAD_INS, REPEATS, SIGNS, SPELLING_ALPHABET, SPELLING_REMARKS } from './english/spelling.js';
import { digitInWords } from './number-in-words.js';
import { readBelowHundred, readNumber } from './number-words.js';
import { spokenWords } from './spoken-text.js';

const SIGN_NAMES: Readonly<Record<string, string>> = { '.': 'dot', _: 'underscore', '-': 'dash', '+': 'plus', '@': 'at' };
const TAKEN = new Set([
  ...ADDRESS_LEAD_INS,
  ...SIGNS.map(([name]) => name),
  ...SPELLING_REMARKS,
  ...Object.keys(REPEATS),
  ...Object.keys(SPELLING_ALPHABET),
]);

/** Letters that a voice cannot say as a word, or that would be heard as another word, are spelled. */
const sayLetters = (letters: string): string => {
  const words = spokenWords(letters);
  const pronounceable = letters.length > 2 && /[aeiouy]/.test(letters) && !/[^aeiouy]{5}/.test(letters);
  const taken = TAKEN.has(letters) || /^(at|oh)$/.test(letters) || readBelowHundred(words, 0) !== undefined || readNumber(words, 0) !== undefined;
  return pronounceable && !taken ? letters : [...letters].join(' ');
};

const sayPiece = (piece: string): string => {
  if (/^\d+$/.test(piece)) return [...piece].map(digitInWords).join(' ');
  return SIGN_NAMES[piece] ?? sayLetters(piece);
};

/** An e-mail address as it is spoken: "dana dot reyes at example dot com". Top-level domains are said as words. */
export const emailInWords = (address: string): string => {
  const [local = '', domain = ''] = address.toLowerCase().split('@');
  const say = (text: string) => (text.match(/[a-z]+|\d+|[^a-z\d]/g) ?? []).map(sayPiece);
  const labels = domain.split('.');
  const last = labels.map((label, index) =>
    index === 0 ? say(label).join(' ') : label.length === 2 && index === labels.length - 1 ? label.split('').join(' ') : label,
  );
  return [...say(local), 'at', last.join(' dot ')].join(' ');
};
