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

const isTelling = (text: string) => /^\d+$/.test(text) || (text.length > 2 && !GENERAL.has(text));

/** Said in the plural as often as not ("nights"), and in every recogniser's dictionary in both forms. */
const PLURALS = new Set([
  'morning',
  'afternoon',
  'evening',
  'night',
  'day',
  'weekend',
  'weekday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
]);

/** What a closed recogniser should listen for: the phrases of all options, words that belong to one option alone, and common plurals. */
export const listenFor = (options: readonly ChoiceOption[]): string[] => {
  const phrases = options.map(phrasesOf);
  const words = phrases.map((own) => [...new Set(own.flatMap((phrase) => phrase.split(' ')))]);
  const telling = words.flatMap((own, index) =>
    own.filter(
      (word) =>
        isTelling(stem(word)) &&
        !/\d/.test(word) &&
        !words.some((others, other) => other !== index && others.some((text) => stem(text) === stem(word))),
    ),
  );
  const short = phrases.some((own) => own.some((phrase) => phrase.split(' ').length === 2)) ? telling : [];
  const all = [...phrases.flat(), ...short];
  return [...new Set([...all, ...all.filter((phrase) => PLURALS.has(phrase)).map((phrase) => `${phrase}s`)])];
};

/** Parts of longer phrases are not taken apart: a label of many words is a sentence, not a name. */
const LONGEST_TAKEN_APART = 6;

/** The ways to shorten a phrase: "3 to 5" of "3 to 5 years", "night" of "night shift"; a lone figure tells nothing. */
const partsOf = (stems: readonly string[]): string[][] => {
  const parts: string[][] = [];
  if (stems.length > LONGEST_TAKEN_APART) return parts;
  for (let from = 0; from < stems.length; from++) {
    for (let to = from + 1; to <= stems.length; to++) {
      const part = stems.slice(from, to);
      const alone = part.length === 1 && /^\d+$/.test(part[0] ?? '');
      if (part.length < stems.length && part.some(isTelling) && !alone) parts.push(part);
    }
  }
  return parts;
};

const formsByOptions = new WeakMap<readonly ChoiceOption[], OptionForm[]>();

/**
 * All forms by which options can be recognised: whole phrases ("part time", also "parttime"), and parts that belong to one option only ("night" of "Night
 * shift"). Longer forms come first, so that "full time nights" is not heard as "full time".
 */
export const optionForms = (options: readonly ChoiceOption[]): OptionForm[] => {
  const known = formsByOptions.get(options);
  if (known) return known;
  const whole = options.flatMap((option, index) =>
    phrasesOf(option).flatMap((phrase) => {
      const stems = stemsOf(spokenWords(phrase)).map(({ text }) => text);
      const glued = stems.length === 2 ? [{ option: index, stems: [stems.join('')], confidence: 0.95 }] : [];
      return [{ option: index, stems, confidence: 0.95 }, ...glued];
    }),
  );
  const taken = new Set(whole.map((form) => form.stems.join(' ')));
  const owners = new Map<string, { stems: string[]; options: Set<number> }>();
  for (const form of whole) {
    for (const stems of partsOf(form.stems)) {
      const owner = owners.get(stems.join(' ')) ?? { stems, options: new Set<number>() };
      owner.options.add(form.option);
      owners.set(stems.join(' '), owner);
    }
  }
  const parts = [...owners].flatMap(([text, owner]) => {
    const [option] = owner.options;
    return owner.options.size === 1 && option !== undefined && !taken.has(text) ? [{ option, stems: owner.stems, confidence: 0.85 }] : [];
  });
  const all = [...whole, ...parts]
    .filter((form) => form.stems.length > 0)
    .sort((a, b) => b.stems.length - a.stems.length || b.confidence - a.confidence);
  formsByOptions.set(options, all);
  return all;
};
