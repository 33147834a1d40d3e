import { isDeepStrictEqual } from 'node:util';
import type { AnswerValue } from '../../schemas/answer.js';
import type { AnswerProgress } from '../../schemas/ports/interviewer.js';
import { findDecline } from './declined.js';
import { HEDGES, THINKING, TRAILING, VALUE_OPENERS } from './english/talk.js';
import type { AnswerSpec, Interpretation, SpokenContext } from './kind.js';
import { type NoRule, splitStatements } from './self-correction.js';
import { findPhrase, phraseSet, quoteOf, type SpokenWord, spokenWords } from './spoken-text.js';

/** What one statement says: a value with the words that carry it (`from` to `to`, exclusive, within the statement). */
export interface Reading {
  value: AnswerValue;
  confidence: number;
  from: number;
  to: number;
  /** What was understood and assumed; absent for a plain form. */
  normalizedFrom?: string;
}

/** A statement about the question that gives no usable value. */
export interface Obstacle {
  problem: NonNullable<Interpretation['problem']>;
  from: number;
  to: number;
}

/** Reads one statement; `previous` is the value stated before it, which a correction may build on ("the third of June, no, the fourth"). */
export type StatementReader = (words: readonly SpokenWord[], previous: AnswerValue | undefined) => Reading | Obstacle | undefined;

/** Confidence of a plain form, of one that rests on a likely assumption, of a hedged one, and of a guess worth asking about. */
export const CONFIDENCE = { plain: 0.95, likely: 0.85, hedged: 0.75, guess: 0.6 } as const;

/** Nothing about the question was said. */
export const noAnswer = (said: string): Interpretation => ({ status: 'unclear', confidence: 0, quote: said.trim(), problem: 'no-answer' });

const isReading = (result: Reading | Obstacle | undefined): result is Reading => result !== undefined && 'value' in result;

/**
 * Understands an utterance statement by statement: refusals are respected, of several statements the last with a value wins and the others are kept in
 * `earlier`. A refusal followed by a value after all ("I'd rather not say exactly, about eighteen") is a value.
 */
export const interpretStatements = (
  said: string,
  context: SpokenContext,
  read: StatementReader,
  options: { noRule?: NoRule; softDecline?: boolean } = {},
): Interpretation => {
  const words = spokenWords(said);
  if (words.length === 0) return noAnswer(said);
  const decline = findDecline(words, options.softDecline ?? true);
  if (decline) {
    const rest = words.slice(decline.to);
    const after = readAll(said, rest, context, read, options.noRule);
    if (after?.status === 'understood') return after;
    return { status: 'declined', confidence: CONFIDENCE.plain, quote: quoteOf(said, words, decline.from, decline.to) };
  }
  return readAll(said, words, context, read, options.noRule) ?? noAnswer(said);
};

const readAll = (
  said: string,
  words: readonly SpokenWord[],
  context: SpokenContext,
  read: StatementReader,
  noRule: NoRule | undefined,
): Interpretation | undefined => {
  const stated: { value: AnswerValue; quote: string }[] = [];
  let last: Interpretation | undefined;
  let previous = context.correcting;
  for (const statement of splitStatements(words, noRule)) {
    const part = words.slice(statement.from, statement.to);
    const result = read(part, previous);
    if (!result) continue;
    const quote = quoteOf(said, part, result.from, result.to);
    if (!isReading(result)) {
      // "eighteen, actually it depends": the number stands; "eighteen, no, eighteen or twenty" does not.
      if (result.problem === 'no-answer' && last?.status === 'understood') continue;
      last = { status: 'unclear', confidence: 0.3, quote, problem: result.problem };
      continue;
    }
    last = { status: 'understood', value: result.value, confidence: result.confidence, quote };
    if (result.normalizedFrom) last.normalizedFrom = result.normalizedFrom;
    if (statement.doubtful) last.confidence = Math.min(last.confidence, 0.8);
    previous = result.value;
    stated.push({ value: result.value, quote });
  }
  if (last?.status === 'understood') {
    const earlier = stated.slice(0, -1).filter(({ value }) => !isDeepStrictEqual(value, last.value));
    if (earlier.length > 0) last.earlier = earlier;
  }
  return last;
};

const hedges = phraseSet(HEDGES);

/** The speaker was not sure ("about ten", "eighteen or so"). */
const isHedged = (words: readonly SpokenWord[]): boolean => findPhrase(hedges, words) !== undefined;

/** Lowers the confidence of a hedged statement so that it is confirmed aloud. */
export const hedge = (confidence: number, words: readonly SpokenWord[]): number =>
  isHedged(words) ? Math.min(confidence, CONFIDENCE.hedged) : confidence;

const openers = new Set(VALUE_OPENERS);

/** The first word of a quote that ends in the value at `from`: "about" of "about ten". */
export const quoteStart = (words: readonly SpokenWord[], from: number): number => {
  let start = from;
  while (start > 0 && openers.has(words[start - 1]?.text ?? '')) start--;
  return start;
};

const trailing = new Set(TRAILING);
const thinking = phraseSet(THINKING);

/** The text stops in the middle of something: a conjunction, a preposition, a sound of thinking. */
export const trailsOff = (words: readonly SpokenWord[]): boolean => {
  if (trailing.has(words.at(-1)?.text ?? '')) return true;
  for (let index = Math.max(0, words.length - 6); index < words.length; index++) {
    const found = thinking.at(words, index);
    if (found && index + found.length === words.length) return true;
  }
  return false;
};

/** Any instant: how far an answer has come does not depend on the day. A Monday, so that no weekday is "today" by chance of the caller. */
const SOME_CONTEXT: SpokenContext = { language: 'en-US', now: new Date(Date.UTC(2026, 0, 5, 18)), timeZone: 'UTC', country: 'US' };

/** Progress of the closed types: complete when understood, continuing when the text trails off. Limits such as `forbid` do not keep a turn open. */
export const closedProgress = (
  text: string,
  spec: AnswerSpec,
  interpret: (said: string, spec: AnswerSpec, context: SpokenContext) => Interpretation,
): AnswerProgress => {
  const words = spokenWords(text);
  if (words.length === 0) return 'open';
  const understood = interpret(text, spec, SOME_CONTEXT);
  if (understood.status === 'declined') return 'complete';
  if (trailsOff(words)) return 'continues';
  const outOfLimits = understood.problem === 'out-of-range' || understood.problem === 'past' || understood.problem === 'future';
  return understood.status === 'unclear' && !outOfLimits ? 'open' : 'complete';
};
