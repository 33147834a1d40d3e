import { findDecline } from './declined.js';
import { CORRECTIONS } from './english/talk.js';
import { DISCOURSE_MARKERS, NEGATED_VERB, QUESTION_OPENERS, YES_NO_DOUBTS, YES_NO_PHRASES, type YesNoMeaning } from './english/yes-no.js';
import type { AnswerKind, Interpretation, SpokenContext } from './kind.js';
import { CONFIDENCE, closedProgress, noAnswer } from './reading.js';
import { findPhrase, phraseSet, phraseTable, quoteOf, type SpokenWord, spokenWords, startsClause, startsSentence } from './spoken-text.js';

const phrases = phraseTable<YesNoMeaning>(YES_NO_PHRASES);
const corrections = phraseSet(CORRECTIONS.filter((phrase) => phrase !== 'excuse me' && !/(wrong|right)$/.test(phrase)));
const doubts = phraseSet(YES_NO_DOUBTS);
const markers = new Set(DISCOURSE_MARKERS);
const questionOpeners = new Set(QUESTION_OPENERS);

interface Signal {
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

const signalsOf = (said: string, words: readonly SpokenWord[]): Signal[] => {
  const signals: Signal[] = [];
  let clauseFrom = 0;
  for (let index = 0; index < words.length; ) {
    if (startsClause(words[index])) clauseFrom = index;
    const found = phrases.at(words, index);
    const length = found?.length ?? 1;
    const meaning: YesNoMeaning | undefined =
      found?.meaning ??
      (NEGATED_VERB.test(words[index]?.text ?? '') || isBareNot(words, index) ? { says: false, confidence: CONFIDENCE.likely } : undefined);
    if (meaning && meaning.says !== 'nothing' && !asksBack(said, words, index)) {
      const weak = meaning.says === true && meaning.weak === true;
      signals.push({
        says: meaning.says,
        confidence: confidenceOf(meaning, words, index, length),
        weak,
        from: index,
        to: index + length,
        clauseFrom,
      });
    }
    index += length;
    if (found) clauseFrom = index;
  }
  const strong = signals.filter((signal) => !signal.weak);
  return strong.length > 0 ? strong : signals;
};

/** "I can" is a plain yes; "I can do mornings" says more than it answers. */
const confidenceOf = (meaning: YesNoMeaning, words: readonly SpokenWord[], index: number, length: number): number => {
  if (typeof meaning.says !== 'boolean') return 0;
  const goesOn = words[index + length] !== undefined && !startsClause(words[index + length]);
  return meaning.says && words[index]?.text === 'i' && goesOn ? Math.min(meaning.confidence, CONFIDENCE.likely) : meaning.confidence;
};

const isBareNot = (words: readonly SpokenWord[], index: number): boolean => words[index]?.text === 'not' && words[index - 1]?.text !== 'if';

const sentenceEnd = (words: readonly SpokenWord[], from: number): number => {
  let to = from;
  while (to < words.length && (to === from || !startsSentence(words[to]))) to++;
  return to;
};

/** "yeah, no": the first word is only talk when the second follows at once in the same sentence. */
const isDiscourse = (words: readonly SpokenWord[], signal: Signal, next: Signal): boolean =>
  signal.to === next.from &&
  markers.has(words[signal.from]?.text ?? '') &&
  markers.has(words[next.from]?.text ?? '') &&
  !startsSentence(words[next.from]);

/** Yes and no: the last stated polarity wins; "yeah, no" is a no; "maybe" is neither. */
const interpret = (said: string, _spec: unknown, _context: SpokenContext): Interpretation => {
  const words = spokenWords(said);
  if (words.length === 0) return noAnswer(said);
  const decline = findDecline(words, false);
  const signals = signalsOf(said, words).filter((signal) => !decline || signal.from >= decline.to);
  if (decline && signals.length === 0)
    return { status: 'declined', confidence: CONFIDENCE.plain, quote: quoteOf(said, words, decline.from, decline.to) };
  const soft = findDecline(words, true);
  if (soft && !decline && signals.every((signal) => signal.says !== true)) {
    return {
      status: 'understood',
      value: false,
      confidence: 0.7,
      quote: quoteOf(said, words, soft.from, soft.to),
      normalizedFrom: '"rather not" taken as no',
    };
  }
  const last = signals.at(-1);
  if (!last) return noAnswer(said);

  const corrected = findPhrase(corrections, words);
  const groups: { says: Signal['says']; signals: Signal[]; discourse: boolean }[] = [];
  for (const [index, signal] of signals.entries()) {
    const group = groups.at(-1);
    const next = signals[index + 1];
    const discourse = !corrected && next !== undefined && next.says !== signal.says && isDiscourse(words, signal, next);
    if (group && group.says === signal.says && !group.discourse) group.signals.push(signal);
    else groups.push({ says: signal.says, signals: [signal], discourse });
  }
  const stated = groups.filter((group) => !group.discourse);
  const final = stated.at(-1);
  const decided = stated.findLast((group) => group.says !== 'unsure');
  // "maybe, yes" is a hesitant yes; "yes, it depends" is not an answer yet.
  if (!final || final.says === 'unsure' || !decided) {
    return { status: 'unclear', confidence: 0.3, quote: quoteOf(said, words, last.from, last.to), problem: 'ambiguous' };
  }
  const from = final.signals[0]?.clauseFrom ?? 0;
  const to = sentenceEnd(words, final.signals.at(-1)?.from ?? from);
  const before = stated.slice(0, -1);
  const earlier = before.flatMap((group) =>
    typeof group.says === 'boolean' && group.says !== final.says
      ? [{ value: group.says, quote: quoteOf(said, words, group.signals[0]?.from ?? 0, group.signals.at(-1)?.to ?? 0) }]
      : [],
  );
  let confidence = Math.max(...final.signals.map((signal) => signal.confidence));
  const settled = findPhrase(corrections, words);
  if (earlier.length > 0) confidence = Math.min(confidence, settled && settled.index < from + 2 ? 0.9 : CONFIDENCE.hedged);
  if (groups.length !== stated.length) confidence = Math.min(confidence, 0.9);
  if (before.some((group) => group.says === 'unsure')) confidence = Math.min(confidence, CONFIDENCE.hedged);
  if (findPhrase(doubts, words) && final.signals.some((signal) => signal.confidence > CONFIDENCE.hedged)) confidence = Math.min(confidence, 0.7);
  return {
    status: 'understood',
    value: final.says,
    confidence,
    quote: quoteOf(said, words, from, Math.max(to, final.signals.at(-1)?.to ?? to)),
    ...(earlier.length > 0 ? { earlier } : {}),
  };
};

export const yesNo: AnswerKind = {
  type: 'yes-no',
  interpret,
  progress(text, spec) {
    const words = spokenWords(text);
    // "I think so" and "not that I know" end in words that trail off elsewhere.
    const ended = signalsOf(text, words).at(-1);
    if (ended && ended.to === words.length && ended.says !== 'unsure' && words.at(-1)?.text !== 'not') return 'complete';
    return closedProgress(text, spec, interpret);
  },
  grammar: () => '<yes_answer> | <no_answer>',
};
