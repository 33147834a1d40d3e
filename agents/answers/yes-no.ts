import { findDecline } from './declined.js';
import { OTHER_LANGUAGE_WORDS } from './english/other-languages.js';
import { CORRECTIONS } from './english/talk.js';
import { AFTER_CORRECTION, CONDITIONS, DISCOURSE_MARKERS, HYPOTHETICAL, NEGATION, YES_NO_DOUBTS } from './english/yes-no.js';
import type { AnswerKind, Interpretation, SpokenContext } from './kind.js';
import { CONFIDENCE, closedProgress, noAnswer } from './reading.js';
import { findPhrase, joined, phraseSet, quoteOf, type SpokenWord, spokenWords, startsSentence } from './spoken-text.js';
import { opensCondition, type YesNoSignal, yesNoSignals } from './yes-no-signals.js';

const corrections = phraseSet(CORRECTIONS.filter((phrase) => phrase !== 'excuse me' && !/(wrong|right)$/.test(phrase)));
const doubts = phraseSet(YES_NO_DOUBTS);
const conditions = phraseSet(CONDITIONS);
const markers = new Set(DISCOURSE_MARKERS);
const afterCorrection = new Set(AFTER_CORRECTION);
const otherLanguages = new Set(OTHER_LANGUAGE_WORDS);

/** Signals in a row that say the same. `discourse`: only talk, the next group is meant ("yeah, no"). */
interface Group {
  says: YesNoSignal['says'];
  signals: YesNoSignal[];
  discourse: boolean;
  from: number;
  to: number;
  clauseFrom: number;
}

const sentenceEnd = (words: readonly SpokenWord[], from: number): number => {
  let to = from;
  while (to < words.length && (to === from || !startsSentence(words[to]))) to++;
  return to;
};

const isNegative = (words: readonly SpokenWord[], part: { from: number; to: number }): boolean =>
  words.slice(part.from, part.to).some((word) => NEGATION.test(word.text));

/** "yeah, no" and "no, I don't mind": the first word is only talk when the second follows at once in the same sentence. */
const isDiscourse = (words: readonly SpokenWord[], signal: YesNoSignal, next: YesNoSignal): boolean => {
  if (signal.to !== next.from || !markers.has(words[signal.from]?.text ?? '') || startsSentence(words[next.from])) return false;
  return (next.says === true && isNegative(words, next)) || markers.has(words[next.from]?.text ?? '');
};

const groupsOf = (words: readonly SpokenWord[], signals: readonly YesNoSignal[], corrected: boolean): Group[] => {
  const groups: Group[] = [];
  for (const [index, signal] of signals.entries()) {
    const group = groups.at(-1);
    const next = signals[index + 1];
    const discourse = !corrected && next !== undefined && next.says !== signal.says && isDiscourse(words, signal, next);
    if (group && group.says === signal.says && !group.discourse) {
      group.signals.push(signal);
      group.to = signal.to;
      group.discourse = discourse && group.signals.length === 1;
    } else groups.push({ says: signal.says, signals: [signal], discourse, from: signal.from, to: signal.to, clauseFrom: signal.clauseFrom });
  }
  return groups;
};

/**
 * How surely a later yes or no takes the one before it back, 0 when it only contradicts it. The speaker must start over ("no wait", "sorry, I mean") and then
 * say yes or no himself: "I don't have one, but my brother says yes" and "sorry, I could get one" take nothing back.
 */
const takesBack = (words: readonly SpokenWord[], before: Group, after: Group): number => {
  const [first] = after.signals;
  if (!first) return 0;
  for (let found = findPhrase(corrections, words, before.to); found && found.index < first.from; ) {
    const end = found.index + found.length;
    const rest = words.slice(end, first.from);
    const direct = rest.every((word) => afterCorrection.has(word.text));
    const phrase = words.slice(first.from, first.to).map((word) => word.text);
    if (direct && markers.has(phrase[0] ?? '')) return 0.9;
    if (direct && !phrase.some((word) => HYPOTHETICAL.test(word))) return CONFIDENCE.hedged;
    // "Actually nights don't work for me": a refusal may have its own subject, a yes may not.
    if (after.says === false && first.clauseFrom <= end && !rest.some((word) => word.text === 'but')) return CONFIDENCE.hedged;
    found = findPhrase(corrections, words, end);
  }
  return 0;
};

/** "No hablo inglés": the "no" of another language is no answer to an English question. */
const isOtherLanguage = (words: readonly SpokenWord[]): boolean => {
  const foreign = words.filter((word) => otherLanguages.has(word.text) || /[^\p{Script=Latin}\p{N}'$£€₹%@+&]/u.test(word.text));
  const afterNo = foreign.some((word) => joined(word) && word.start > 0 && words[words.indexOf(word) - 1]?.text === 'no');
  return afterNo || foreign.length * 2 > words.length;
};

/** "No, I do have one" to "I have no for licence. Is that right?": the first word answers the read-back, the rest is the value. */
const answersReadBack = (words: readonly SpokenWord[], first: Group | undefined, next: Group | undefined): boolean =>
  first !== undefined &&
  first.to - first.from === 1 &&
  markers.has(words[first.from]?.text ?? '') &&
  next?.from === first.to &&
  typeof next.says === 'boolean' &&
  !words.slice(next.from, next.signals[0]?.to).some((word) => HYPOTHETICAL.test(word.text));

/** Yes and no. A self-correction replaces what was said before, "yeah, no" is a no, "maybe" is neither, and what contradicts itself is ambiguous. */
const interpret = (said: string, _spec: unknown, context: SpokenContext): Interpretation => {
  const words = spokenWords(said);
  if (words.length === 0 || isOtherLanguage(words)) return noAnswer(said);
  const decline = findDecline(words, false);
  const signals = yesNoSignals(said, words).filter((signal) => !decline || signal.from >= decline.to);
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
  const groups = groupsOf(words, signals, findPhrase(corrections, words) !== undefined);
  const [first, second] = groups;
  const readBack = first !== undefined && typeof context.correcting === 'boolean' && answersReadBack(words, first, second);
  if (readBack) first.discourse = true;
  const stated = groups.filter((group) => !group.discourse);
  const final = stated.at(-1);
  if (!final) return noAnswer(said);
  const ambiguous = (from: number, to: number): Interpretation => ({
    status: 'unclear',
    confidence: 0.3,
    quote: quoteOf(said, words, from, to),
    problem: 'ambiguous',
  });
  // "maybe, yes" is a hesitant yes; "yes, it depends" is not an answer yet.
  if (final.says === 'unsure') return ambiguous(final.signals.at(-1)?.from ?? final.from, final.to);
  const before = stated.slice(0, -1);
  const definite = stated.filter((group) => group.says !== 'unsure');
  let confidence = Math.max(...final.signals.map((signal) => signal.confidence));
  for (const [index, group] of definite.entries()) {
    const next = definite[index + 1];
    if (!next || next.says === group.says) continue;
    const certainty = takesBack(words, group, next);
    if (certainty === 0) return ambiguous(group.clauseFrom, sentenceEnd(words, final.signals.at(-1)?.from ?? final.from));
    confidence = Math.min(confidence, certainty);
  }
  const earlier = before.flatMap((group) =>
    typeof group.says === 'boolean' && group.says !== final.says ? [{ value: group.says, quote: quoteOf(said, words, group.from, group.to) }] : [],
  );
  if (groups.length !== stated.length)
    confidence = Math.min(confidence, readBack || (isNegative(words, final) && final.says === true) ? CONFIDENCE.hedged : 0.9);
  if (before.some((group) => group.says === 'unsure')) confidence = Math.min(confidence, CONFIDENCE.hedged);
  if (findPhrase(doubts, words)) confidence = Math.min(confidence, confidence > CONFIDENCE.hedged ? 0.7 : confidence);
  const supposed = words.some((_, index) => opensCondition(words, index));
  if (supposed || findPhrase(conditions, words, final.from)) confidence = Math.min(confidence, CONFIDENCE.hedged);
  // A yes keeps the "no" that was only talk, so that its quote never leaves a negation out.
  const talk = groups.at(-2);
  const from = final.says === true && talk?.discourse === true && talk.says === false ? talk.clauseFrom : final.clauseFrom;
  const to = Math.max(sentenceEnd(words, final.signals.at(-1)?.from ?? from), final.to);
  return {
    status: 'understood',
    value: final.says,
    confidence,
    quote: quoteOf(said, words, from, to),
    ...(earlier.length > 0 ? { earlier } : {}),
  };
};

export const yesNo: AnswerKind = {
  type: 'yes-no',
  interpret,
  progress(text, spec) {
    const words = spokenWords(text);
    // "I think so" and "not that I know" end in words that trail off elsewhere.
    const ended = yesNoSignals(text, words).at(-1);
    if (ended && ended.to === words.length && ended.says !== 'unsure' && words.at(-1)?.text !== 'not') return 'complete';
    return closedProgress(text, spec, interpret);
  },
  grammar: () => '<yes_answer> | <no_answer>',
};
