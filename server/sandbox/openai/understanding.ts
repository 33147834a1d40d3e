import type { PromptVariable } from './conversation.js';
import { CORRECTION, contentWords, NO, overlap, RATHER_NOT, VALUE_WORDS, YES } from './value-words.js';

/** A value in the candidate's own words, and the words around it that prove it. Both are verbatim pieces of the turn. */
export interface Found {
  valueText: string;
  quote: string;
}

/** A stretch of the turn. */
interface Span {
  from: number;
  to: number;
}

/** A full stop after "a.m." or a title ends no sentence. */
const SENTENCE = /\S[\s\S]*?(?:(?<!\b(?:[ap]\.m|mr|ms|mrs|dr|st))[.!?]+(?=\s|$)|$)/gi;

/** Sentences of a turn, verbatim, without the space between them; a correction belongs to the sentence that it corrects. */
export const toSentences = (turn: string): string[] => {
  const spans: Span[] = [];
  for (const { index, 0: text } of turn.matchAll(SENTENCE)) {
    const before = spans.at(-1);
    if (before && CORRECTION.test(text) && !isQuestion(turn.slice(before.from, before.to))) before.to = index + text.length;
    else spans.push({ from: index, to: index + text.length });
  }
  return spans.map(({ from, to }) => turn.slice(from, to));
};

const QUESTION_START =
  /^\W*(?:(?:and|but|so|okay|ok|um|uh|well)\W+)?(?:how|what|when|where|who|why|which|is|are|do|does|did|can|could|will|would|should|may|whether)\b/i;

/** The candidate asks something. Recognisers often leave the mark out, so the first word tells too. */
export const isQuestion = (sentence: string): boolean => sentence.trimEnd().endsWith('?') || QUESTION_START.test(sentence);

/** The answer to a question about this variable that was just asked. */
export const findAsked = (variable: PromptVariable, turn: string): Found | undefined => {
  if (/^\[keypad [\d*#]+\]$/.test(turn)) return { valueText: turn, quote: turn };
  const sentences = toSentences(turn).filter((sentence) => !isQuestion(sentence));
  const whole = sentences.length > 0 ? betweenVerbatim(turn, sentences) : '';
  if (whole === '') return undefined;
  if (variable.type === 'text') return { valueText: whole, quote: whole };
  for (const sentence of sentences) {
    const found = findIn(variable, sentence, () => true);
    if (found) return found;
  }
  return RATHER_NOT.test(whole) ? { valueText: whole, quote: whole } : undefined;
};

/** A value of this variable that the candidate gave without being asked: only where the words leave little doubt. */
export const findVolunteered = (variable: PromptVariable, turn: string): Found | undefined => {
  const topic = contentWords(variable.capture_prompt);
  for (const sentence of toSentences(turn)) {
    if (isQuestion(sentence)) continue;
    const shared = overlap(topic, contentWords(sentence));
    if (variable.type === 'yes-no') {
      if (shared >= 2 && (YES.test(sentence) || NO.test(sentence))) return whole(sentence);
      continue;
    }
    const proof = VALUE_WORDS[variable.type]?.proof;
    const isOnTopic = shared >= 1 && (variable.type === 'number' || variable.type === 'date');
    const found = findIn(variable, sentence, (words) => isOnTopic || (variable.type !== 'number' && (proof === undefined || words.some(proof))));
    if (found) return found;
  }
  return undefined;
};

const findIn = (variable: PromptVariable, sentence: string, isProven: (words: readonly string[]) => boolean): Found | undefined => {
  switch (variable.type) {
    case 'yes-no':
      return YES.test(sentence) || NO.test(sentence) ? whole(sentence) : undefined;
    case 'choice':
      return mentionsOption(variable, sentence) ? whole(sentence) : undefined;
    case 'email': {
      const address = /(?:[\w.+-]+@[\w.-]+\w)|(?:(?:[\w+-]+ (?:dot|underscore|dash|hyphen) )*[\w.+-]+ at (?:[\w-]+ )+?dot \w+(?: dot \w+)*)/i.exec(
        sentence,
      )?.[0];
      return address === undefined ? undefined : { valueText: address, quote: sentence };
    }
    default: {
      const words = VALUE_WORDS[variable.type];
      if (!words) return undefined;
      const all = [...sentence.matchAll(/[\p{L}\p{N}$€£+#%'’.:/-]+/gu)].map(({ index, 0: text }) => ({
        from: index,
        to: index + text.length,
        word: text.toLowerCase().replace(/[.:]+$/, ''),
      }));
      const strong = all.flatMap(({ word }, at) => (words.strong(word) ? [at] : []));
      let first = strong[0];
      let last = strong.at(-1);
      if (first === undefined || last === undefined || !isProven(all.map(({ word }) => word))) return undefined;
      if (variable.type === 'phone' && digitCount(all.slice(first, last + 1)) < 7) return undefined;
      while (words.joining.has(all[first - 1]?.word ?? '')) first -= 1;
      while (words.joining.has(all[last + 1]?.word ?? '')) last += 1;
      return { valueText: sentence.slice(all[first]?.from, all[last]?.to).replace(/[.:]+$/, ''), quote: sentence };
    }
  }
};

const digitCount = (words: readonly { word: string }[]): number =>
  words.reduce((sum, { word }) => sum + Math.max(1, word.replace(/\D/g, '').length), 0);

/** An option is meant when all the words of its label or of a synonym are in the sentence. */
const mentionsOption = ({ options }: PromptVariable, sentence: string): boolean => {
  const words = wordsOf(sentence);
  return (options ?? []).some(({ label, synonyms, value }) =>
    [label, value, ...synonyms].some((name) => {
      const needed = [...wordsOf(name)];
      return needed.length > 0 && needed.every((word) => words.has(word));
    }),
  );
};

const wordsOf = (text: string): Set<string> => new Set((text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.replace(/s$/, '')));

const whole = (sentence: string): Found => ({ valueText: sentence.replace(/[.!]+$/, ''), quote: sentence });

/** The stretch of the turn from the first of these sentences to the last. */
const betweenVerbatim = (turn: string, sentences: readonly string[]): string => {
  const from = turn.indexOf(sentences[0] ?? '');
  const last = sentences.at(-1) ?? '';
  return turn.slice(from, turn.lastIndexOf(last) + last.length);
};
