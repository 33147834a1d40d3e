import type { ChoiceOption } from '../../schemas/caller-bot.js';
import { optionForms, type Stem, stemsOf } from './choice-options.js';
import { NEGATIONS, POSITIONS, PREFERENCES } from './english/choice.js';
import { readNumber, readOrdinal } from './number-words.js';
import { findPhrase, phraseSet, phraseTable, type SpokenWord, startsClause } from './spoken-text.js';

/** An option that was named, in words `from` to `to` (exclusive). */
export interface Mention {
  option: number;
  from: number;
  to: number;
  negated: boolean;
  preferred: boolean;
  confidence: number;
}

const negations = phraseSet(NEGATIONS);
const preferences = phraseSet(PREFERENCES);
const positions = phraseTable(POSITIONS);
const LINKS = new Set(['and', 'or', 'nor', 'and the', 'or the', 'the', 'a', 'any', 'shift', 'shifts', 'on', 'in', 'either', 'plus', 'also']);
const ONES = new Set(['one', 'option', 'choice']);

const matchForm = (stems: readonly Stem[], index: number, form: readonly string[]): Stem | undefined => {
  for (let offset = 0; offset < form.length; offset++) if (stems[index + offset]?.text !== form[offset]) return undefined;
  return stems[index + form.length - 1];
};

/** "the second one", "number two", "option three", "the last one", or a lone "the first": a place in the list. */
const positionAt = (words: readonly SpokenWord[], index: number, count: number): { option: number; length: number } | undefined => {
  const named = positions.at(words, index);
  if (named) return { option: named.meaning < 0 ? count - 1 : named.meaning - 1, length: named.length };
  const numbered = /^(number|option|choice)$/.test(words[index]?.text ?? '') ? readNumber(words, index + 1) : undefined;
  if (numbered && Number.isInteger(numbered.value) && numbered.value >= 1 && numbered.value <= count)
    return { option: numbered.value - 1, length: 1 + numbered.length };
  const ordinal = readOrdinal(words, index);
  if (!ordinal || ordinal.value > count) return undefined;
  const one = ONES.has(words[index + ordinal.length]?.text ?? '');
  // "first" on its own, or with "the", but not in "the first of June" or "first I must say".
  const alone =
    index + ordinal.length === words.length ||
    startsClause(words[index + ordinal.length]) ||
    words[index + ordinal.length]?.text === 'please' ||
    /^(and|or)$/.test(words[index + ordinal.length]?.text ?? '');
  if (!one && !alone) return undefined;
  return { option: ordinal.value - 1, length: ordinal.length + (one ? 1 : 0) };
};

/** A word that leaves something out, from `from` on: "but", "except". */
export const findException = (words: readonly SpokenWord[], from: number): boolean =>
  words[from]?.text === 'but' || findPhrase(negations, words, from) !== undefined;

/**
 * Where the negation begins that a mention is under, or undefined. The scope runs from "not" over mentions linked by "and", "or" until something else is said
 * or a clause begins.
 */
const findNegation = (words: readonly SpokenWord[], from: number, previous: Mention | undefined): number | undefined => {
  const start = previous?.to ?? 0;
  let linked = previous?.negated ?? false;
  let openedAt: number | undefined;
  for (let index = start; index < from; ) {
    const found = negations.at(words, index);
    if (found && index + found.length <= from) {
      openedAt ??= index;
      index += found.length;
      continue;
    }
    if (openedAt !== undefined && startsClause(words[index])) openedAt = undefined;
    if (!LINKS.has(words[index]?.text ?? '')) linked = false;
    index++;
  }
  if (openedAt !== undefined && startsClause(words[from]) && !negations.at(words, from - 1)) openedAt = undefined;
  if (openedAt !== undefined || previous === undefined || !linked) return openedAt;
  // "not nights, days": a comma without "and" or "or" ends the scope; so does no link at all.
  const link = words[previous.to];
  const separated = from === previous.to || (startsClause(link) && !/^(and|or|nor)$/.test(link?.text ?? ''));
  return separated ? undefined : previous.from;
};

/** Finds the options named in a statement, left to right, longest forms first, each with its negation. */
export const findMentions = (words: readonly SpokenWord[], options: readonly ChoiceOption[]): Mention[] => {
  const stems = stemsOf(words);
  const forms = optionForms(options);
  const mentions: Mention[] = [];
  const add = (option: number, from: number, to: number, confidence: number) => {
    const previous = mentions.at(-1);
    const negation = findNegation(words, from, previous);
    const negated = negation !== undefined;
    const preference = findPhrase(preferences, words.slice(previous?.to ?? 0, from));
    mentions.push({ option, from: Math.min(from, negation ?? from), to, negated, preferred: preference !== undefined && !negated, confidence });
  };
  for (let index = 0; index < stems.length; ) {
    const at = stems[index];
    if (!at) break;
    const form = forms.find((candidate) => matchForm(stems, index, candidate.stems));
    const end = form && matchForm(stems, index, form.stems);
    if (form && end) {
      const ambiguous = forms.some((other) => other.option !== form.option && other.stems.join(' ') === form.stems.join(' '));
      add(form.option, at.from, end.to, ambiguous ? 0.4 : form.confidence);
      index += form.stems.length;
      continue;
    }
    const position = positionAt(words, at.from, options.length);
    if (position) {
      add(position.option, at.from, at.from + position.length, 0.9);
      const past = at.from + position.length;
      while (index < stems.length && (stems[index]?.from ?? past) < past) index++;
      continue;
    }
    index++;
  }
  return mentions;
};
