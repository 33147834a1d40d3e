import { REPEATS, SIGNS, SPELLING_ALPHABET, SPELLING_REMARKS } from './english/spelling.js';
import { readBelowHundred, readYear } from './number-words.js';
import { phraseSet, phraseTable, type SpokenWord } from './spoken-text.js';

/** One piece of spelled text: `word` of several letters, `letter`, `digits` or `sign`. */
export interface SpelledPiece {
  kind: 'word' | 'letter' | 'digits' | 'sign';
  text: string;
  from: number;
  to: number;
}

const signs = phraseTable(SIGNS);
const remarks = phraseSet(SPELLING_REMARKS);
const letterNames = phraseSet(['letter', 'the letter']);
const isLetter = (text: string | undefined): text is string => text !== undefined && /^[a-z]$/.test(text);

/** "D as in dog", "b for bravo", "j like John": the letter and the words used. */
const readLetter = (words: readonly SpokenWord[], index: number): { text: string; length: number } | undefined => {
  const text = words[index]?.text;
  if (!isLetter(text)) return undefined;
  const starts = (at: number) => words[at]?.text.startsWith(text) && (words[at]?.text.length ?? 0) > 1;
  const [next, then] = [words[index + 1]?.text, words[index + 2]?.text];
  if (next === 'as' && then === 'in' && words[index + 3]) return { text, length: 4 };
  if (next === 'as' && starts(index + 2)) return { text, length: 3 };
  if ((next === 'for' || next === 'like') && starts(index + 2)) return { text, length: 3 };
  return { text, length: 1 };
};

const readDigitText = (
  words: readonly SpokenWord[],
  index: number,
  previous: SpelledPiece | undefined,
): { text: string; length: number } | undefined => {
  const text = words[index]?.text ?? '';
  if (/^\d+$/.test(text)) return { text, length: 1 };
  const year = readYear(words, index);
  // "two k eight" in a spelling is what it says.
  if (year && !words.slice(index, index + year.length).some((word) => word.text === 'k')) return { text: String(year.value), length: year.length };
  const number = readBelowHundred(words, index);
  if (number) return { text: String(number.value), length: number.length };
  const oh = text === 'oh' || (text === 'o' && previous?.kind === 'digits');
  const nextIsDigit = readBelowHundred(words, index + 1) !== undefined || /^\d/.test(words[index + 1]?.text ?? '');
  return oh && (previous?.kind === 'digits' || nextIsDigit) ? { text: '0', length: 1 } : undefined;
};

/** "with a y", "with two l's" explains the word before it. */
const lengthOfLetterRemark = (words: readonly SpokenWord[], index: number): number => {
  const counted = /^(a|an|one|two|double|the)$/.test(words[index + 1]?.text ?? '');
  return words[index]?.text === 'with' && index > 0 && counted && /^[a-z]('?s)?$/.test(words[index + 2]?.text ?? '') ? 3 : 0;
};

/** A word that repeats what was spelled, or letters that spell the word before: "dana, d a n a" is one dana; the spelling decides. */
const mergeSpelling = (pieces: readonly SpelledPiece[]): SpelledPiece[] => {
  const merged: SpelledPiece[] = [];
  for (let index = 0; index < pieces.length; index++) {
    const piece = pieces[index];
    if (!piece) break;
    let end = index + 1;
    while (piece.kind === 'word' && pieces[end]?.kind === 'letter') end++;
    const letters = pieces.slice(index + 1, end);
    const spelled = letters.map(({ text }) => text).join('');
    const last = letters.at(-1);
    if (last && spelled.length >= 3 && spelled[0] === piece.text[0] && Math.abs(spelled.length - piece.text.length) <= 2) {
      merged.push({ kind: 'word', text: spelled, from: piece.from, to: last.to });
      index = end - 1;
    } else merged.push(piece);
  }
  return merged;
};

/**
 * Turns spelled speech into pieces of text: words, single letters ("D as in dog"), digits ("nineteen eighty four", "double seven") and signs ("dot",
 * "underscore"). Remarks such as "all lower case" and sounds of thinking are dropped. Signs glued into a word by a recogniser ("dana.reyes") count.
 */
export const spelledPieces = (words: readonly SpokenWord[]): SpelledPiece[] => {
  const pieces: SpelledPiece[] = [];
  const plainWords = words.filter((word) => !(word.text in SPELLING_ALPHABET) && word.text.length > 1 && !signs.at([word], 0));
  const alphabet = words.length >= 3 && plainWords.length === 0;
  for (let index = 0; index < words.length; ) {
    const word = words[index];
    if (!word) break;
    // "D-A-N-A" is how recognisers write a spelling, not a dash.
    const spelling = word.before === '-' && isLetter(word.text) && isLetter(words[index - 1]?.text);
    const glued = /^[._+-]$/.test(word.before) && index > 0 && !spelling ? word.before : undefined;
    if (glued) pieces.push({ kind: 'sign', text: glued, from: index, to: index });
    const push = (kind: SpelledPiece['kind'], text: string, length: number) => {
      pieces.push({ kind, text, from: index, to: index + length });
      index += length;
    };
    // "The letter o" is no zero, nor is "o as in oscar".
    const announced = letterNames.at(words, index)?.length ?? 0;
    const named = readLetter(words, index + announced);
    if (named && (announced > 0 || named.length > 1)) {
      push('letter', named.text, announced + named.length);
      continue;
    }
    const remark = remarks.at(words, index);
    if (remark) {
      index += remark.length;
      continue;
    }
    const withLetters = lengthOfLetterRemark(words, index);
    if (withLetters > 0) {
      index += withLetters;
      continue;
    }
    const sign = signs.at(words, index);
    if (sign || /^[_+]$/.test(word.text)) {
      push('sign', sign?.meaning ?? word.text, sign?.length ?? 1);
      continue;
    }
    // Nobody spells "uu" in an address: "double u" is how a recogniser writes the letter.
    if (word.text === 'double' && /^(?:you|u)$/.test(words[index + 1]?.text ?? '')) {
      push('letter', 'w', 2);
      continue;
    }
    const repeat = Object.hasOwn(REPEATS, word.text) ? REPEATS[word.text] : undefined;
    const repeated =
      repeat === undefined
        ? undefined
        : (readLetter(words, index + 1) ?? readDigitText(words, index + 1, { kind: 'digits', text: '', from: 0, to: 0 }));
    if (repeat !== undefined && repeated && repeated.text.length === 1) {
      push(isLetter(repeated.text) ? 'letter' : 'digits', repeated.text.repeat(repeat), repeated.length + 1);
      continue;
    }
    const digits = readDigitText(words, index, pieces.at(-1));
    if (digits) {
      push('digits', digits.text, digits.length);
      continue;
    }
    const letter = readLetter(words, index);
    const coded = alphabet && Object.hasOwn(SPELLING_ALPHABET, word.text) ? SPELLING_ALPHABET[word.text] : undefined;
    if (letter ?? coded) {
      push('letter', letter?.text ?? coded ?? '', letter?.length ?? 1);
      continue;
    }
    push('word', word.text.replaceAll("'", ''), 1);
  }
  return mergeSpelling(pieces);
};

/** The text that the pieces spell. */
export const joinPieces = (pieces: readonly SpelledPiece[]): string => pieces.map(({ text }) => text).join('');
