import type { ChoiceOption } from '../../schemas/caller-bot.js';
import { readNumber } from './number-words.js';
import { type SpokenWord, spokenWords } from './spoken-text.js';

/** Words too general to tell options apart on their own. */
const GENERAL = new Set([
  'a',
  'an',
  'the',
  'of',
  'and',
  'or',
  'in',
  'on',
  'at',
  'to',
  'for',
  'with',
  'my',
  'i',
  'no',
  'not',
  'yes',
  'any',
  'some',
  'than',
  'more',
  'less',
  'time',
  'one',
]);

/** Brings a word to one form: numbers as digits, plurals and possessives to the singular. */
export const stem = (text: string): string => {
  const word = text.replace(/'s$/, '');
  if (/^\d/.test(word) || word.length < 4) return word;
  if (/(ss|us|is)$/.test(word)) return word;
  if (/ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(ch|sh|x|z)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') ? word.slice(0, -1) : word;
};

/** A stem with the words it came from: "twenty five" is one stem `25` of two words. */
export interface Stem {
  text: string;
  from: number;
  to: number;
}

/** The stems of a text; number words become digits, so that "2 years" and "two years" are the same. */
export const stemsOf = (words: readonly SpokenWord[]): Stem[] => {
  const stems: Stem[] = [];
  for (let index = 0; index < words.length; ) {
    const number = words[index]?.text === 'half' ? undefined : readNumber(words, index);
    if (number && Number.isInteger(number.value)) {
      stems.push({ text: String(number.value), from: index, to: index + number.length });
      index += number.length;
      continue;
    }
    stems.push({ text: stem(words[index]?.text ?? ''), from: index, to: index + 1 });
    index++;
  }
  return stems;
};

/** What can be said for an option: its label, value and synonyms as plain words, without repetitions. */
export const phrasesOf = (option: ChoiceOption): string[] => {
  const raw = [option.label, option.value, ...option.synonyms].filter((text) => text !== undefined);
  return [
    ...new Set(
      raw.map((text) =>
        text
          .toLowerCase()
          .replaceAll(/[_/-]+/g, ' ')
          .replaceAll(/\s+/g, ' ')
          .trim(),
      ),
    ),
  ].filter(Boolean);
};

/** A way to say an option: the stems in order, and how sure it is when heard. */
export interface OptionForm {
  option: number;
  stems: string[];
  confidence: number;
}

/**
 * All forms by which options can be recognised: whole phrases, and single words that belong to one option only ("night" of "Night shift"). Longer forms
 * come first, so that "full time nights" is not heard as "full time".
 */
export const optionForms = (options: readonly ChoiceOption[]): OptionForm[] => {
  const whole = options.flatMap((option, index) =>
    phrasesOf(option).map((phrase) => ({ option: index, stems: stemsOf(spokenWords(phrase)).map(({ text }) => text), confidence: 0.95 })),
  );
  const owners = new Map<string, Set<number>>();
  for (const form of whole) for (const text of form.stems) owners.set(text, (owners.get(text) ?? new Set()).add(form.option));
  const single = [...owners].flatMap(([text, owner]) => {
    const [option] = owner;
    const telling = owner.size === 1 && option !== undefined && text.length > 2 && !GENERAL.has(text) && !/^\d+$/.test(text);
    return telling ? [{ option, stems: [text], confidence: 0.85 }] : [];
  });
  const known = new Set(whole.map((form) => form.stems.join(' ')));
  const all = [...whole, ...single.filter((form) => !known.has(form.stems.join(' ')))].filter((form) => form.stems.length > 0);
  return all.sort((a, b) => b.stems.length - a.stems.length || b.confidence - a.confidence);
};
