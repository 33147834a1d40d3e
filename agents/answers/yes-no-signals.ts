import {
  DISCOURSE_MARKERS,
  INVERTED_SUBJECTS,
  NEGATED_VERB,
  NEGATION,
  QUESTION_OPENERS,
  YES_NO_PHRASES,
  type YesNoMeaning,
} from './english/yes-no.js';
import { CONFIDENCE } from './reading.js';
import { joined, phraseTable, type SpokenWord, startsClause, startsSentence } from './spoken-text.js';

const phrases = phraseTable<YesNoMeaning>(YES_NO_PHRASES);
const questionOpeners = new Set(QUESTION_OPENERS);
const plainWords = new Set(DISCOURSE_MARKERS);
const invertedSubjects = new Set(INVERTED_SUBJECTS);

/** A stretch of words that says yes, no or neither. */
export interface YesNoSignal {
  says: boolean | 'unsure';
  confidence: number;
  weak: boolean;
  from: number;
  to: number;
  /** Where its clause begins, so that a quote holds "nights don't work" and not only "don't work". */
  clauseFrom: number;
}

/** Sentences that ask something back say nothing about the answer: "Is it paid?". Those that open with a yes or no do. */
const asksBack = (said: string, words: readonly SpokenWord[], index: number): boolean => {
  let first = index;
  while (first > 0 && !startsSentence(words[first])) first--;
  let next = index + 1;
  while (next < words.length && !startsSentence(words[next])) next++;
  const punctuation = said.slice(words[next - 1]?.end ?? 0, words[next]?.start ?? said.length);
  const opener = words[first]?.text ?? '';
  return punctuation.includes('?') && questionOpeners.has(opener) && phrases.at(words, first)?.meaning.says === undefined;
};

/** "I can" is a plain yes; "I can do mornings" says more than it answers. */
const confidenceOf = (meaning: YesNoMeaning, words: readonly SpokenWord[], index: number, length: number): number => {
  if (typeof meaning.says !== 'boolean') return 0;
  const goesOn = words[index + length] !== undefined && !startsClause(words[index + length]);
  return meaning.says && words[index]?.text === 'i' && goesOn ? Math.min(meaning.confidence, CONFIDENCE.likely) : meaning.confidence;
};

/** "not" by itself refuses, but "if not" asks and "yes, but not on Sundays" only limits. */
const isBareNot = (words: readonly SpokenWord[], index: number, signals: readonly YesNoSignal[]): boolean =>
  words[index]?.text === 'not' && words[index - 1]?.text !== 'if' && !(words[index - 1]?.text === 'but' && signals.at(-1)?.says === true);

/** "who wouldn't", "doesn't everyone", "can't I": asked for effect, with the verb before its subject. */
const isRhetorical = (words: readonly SpokenWord[], index: number): boolean =>
  /^(?:who|why)$/.test(words[index - 1]?.text ?? '') || (joined(words[index + 1]) && invertedSubjects.has(words[index + 1]?.text ?? ''));

const isNegatedVerb = (words: readonly SpokenWord[], index: number): boolean =>
  NEGATED_VERB.test(words[index]?.text ?? '') && !isRhetorical(words, index);

/** "I don't not really", "I can't not yet": a second refusal, not a double one. */
const AFTERTHOUGHT = /^(?:really|yet|now|today|at|right|currently|any|anymore|exactly|usually|often)$/;

/** What stands behind these is a condition until its clause ends: the "not" of "as long as it is not far" answers nothing. */
export const opensCondition = (words: readonly SpokenWord[], index: number): boolean => {
  const text = words[index]?.text ?? '';
  return /^(?:if|unless|except|provided|providing)$/.test(text) || (text === 'long' && words[index + 1]?.text === 'as');
};

/** "I don't not have one": two negations of one verb, and nobody knows what was meant. */
const isDoublyNegated = (words: readonly SpokenWord[], from: number, to: number): boolean =>
  words.slice(from, to).some((word) => NEGATION.test(word.text) && word.text !== 'no') &&
  words[to]?.text === 'not' &&
  joined(words[to]) &&
  !AFTERTHOUGHT.test(words[to + 1]?.text ?? '');

/** Every yes, no and neither of an utterance in order. Weak words ("okay") count only when nothing stronger is said. */
export const yesNoSignals = (said: string, words: readonly SpokenWord[]): YesNoSignal[] => {
  const signals: YesNoSignal[] = [];
  let clauseFrom = 0;
  let conditional = false;
  for (let index = 0; index < words.length; ) {
    if (startsClause(words[index])) {
      clauseFrom = index;
      conditional = false;
    }
    conditional ||= opensCondition(words, index);
    const found = phrases.at(words, index);
    let length = found?.length ?? 1;
    let meaning: YesNoMeaning | undefined =
      found?.meaning ??
      (isNegatedVerb(words, index) || isBareNot(words, index, signals) ? { says: false, confidence: CONFIDENCE.likely } : undefined);
    if (meaning?.says === false && isDoublyNegated(words, index, index + length)) {
      meaning = { says: 'unsure' };
      length++;
    }
    const supposed = conditional && !plainWords.has(words[index]?.text ?? '');
    if (meaning && meaning.says !== 'nothing' && !supposed && !asksBack(said, words, index)) {
      const weak = meaning.says === true && meaning.weak === true;
      const confidence = confidenceOf(meaning, words, index, length);
      signals.push({ says: meaning.says, confidence, weak, from: index, to: index + length, clauseFrom });
    }
    index += length;
    if (found) clauseFrom = index;
  }
  const strong = signals.filter((signal) => !signal.weak);
  return strong.length > 0 ? strong : signals;
};
