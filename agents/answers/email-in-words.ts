import { ADDRESS_LEAD_INS, REPEATS, SIGNS, SPELLING_ALPHABET, SPELLING_REMARKS } from './english/spelling.js';
import { CORRECTIONS } from './english/talk.js';
import { digitInWords } from './number-in-words.js';
import { readBelowHundred, readNumber } from './number-words.js';
import { spokenWords } from './spoken-text.js';

const SIGN_NAMES: Readonly<Record<string, string>> = { '.': 'dot', _: 'underscore', '-': 'dash', '+': 'plus', '@': 'at' };
/** Words that mean something else where an address is spoken: signs, remarks about the spelling, "sorry" before a correction. */
const SPOKEN_ABOUT = new Set([
  ...SIGNS.map(([name]) => name),
  ...SPELLING_REMARKS,
  ...CORRECTIONS,
  ...Object.keys(REPEATS),
  ...Object.keys(SPELLING_ALPHABET),
  ...['nope', 'nah', 'with', 'dotcom'],
]);
/** Words that lead up to an address; behind the "at" they are names like others ("work dot io"). */
const LEAD_INS = new Set(ADDRESS_LEAD_INS.flatMap((phrase) => phrase.split(' ')));
/** Labels that everybody says as a word although they are short. */
const SHORT_WORDS = new Set(['co']);

/** Letters that a voice cannot say as a word, or that would be heard as another word, are spelled. */
const mustSpell = (letters: string, taken: (word: string) => boolean): boolean => {
  const words = spokenWords(letters);
  const pronounceable = letters.length > 2 && /[aeiouy]/.test(letters) && !/[^aeiouy]{5}/.test(letters);
  return !pronounceable || taken(letters) || readBelowHundred(words, 0) !== undefined || readNumber(words, 0) !== undefined;
};

const say = (text: string, taken: (word: string) => boolean): string[] => {
  const pieces = text.match(/[a-z]+|\d+|[^a-z\d]/g) ?? [];
  return pieces.flatMap((piece, index) => {
    if (/^\d+$/.test(piece)) return [...piece].map(digitInWords);
    if (!/^[a-z]+$/.test(piece)) return [SIGN_NAMES[piece] ?? piece];
    if (!mustSpell(piece, taken)) return [piece];
    // Next to a digit an "o" would be heard as a zero.
    const besideDigit = (at: number) =>
      (at === 0 && /^\d/.test(pieces[index - 1] ?? '')) || (at === piece.length - 1 && /^\d/.test(pieces[index + 1] ?? ''));
    return [...piece].map((letter, at) => (letter === 'o' && besideDigit(at) ? 'the letter o' : letter));
  });
};

const sayLabel = (label: string, isLast: boolean): string => {
  if (isLast && label.length === 2) return [...label].join(' ');
  return SHORT_WORDS.has(label) ? label : say(label, (word) => SPOKEN_ABOUT.has(word)).join(' ');
};

/** An e-mail address as it is spoken: "dana dot reyes at example dot com". Top-level domains of three letters and more are said as words where they can be. */
export const emailInWords = (address: string): string => {
  const [local = '', domain = ''] = address.toLowerCase().split('@');
  const spokenLocal = say(local, (word) => SPOKEN_ABOUT.has(word) || LEAD_INS.has(word)).join(' ');
  const labels = domain.split('.');
  return `${spokenLocal} at ${labels.map((label, index) => sayLabel(label, index === labels.length - 1)).join(' dot ')}`;
};
