import type { AnswerValue } from '../../schemas/answer.js';
import type { Interpretation } from '../answers/kind.js';
import { sameValue } from '../answers/same-value.js';
import { plainText } from '../commands.js';
import { evidenceFor } from '../evidence.js';
import { type InterviewContext, variableOf } from './plan.js';
import { DOUBTFUL, type ProposedAnswer, type ProposedTurn } from './proposals.js';
import type { Said } from './question-flow.js';
import type { InterviewState } from './state.js';

/*
 * What a model proposed for a turn beside what the rules read in it: what both have, what only one has, and where they differ.
 */

/** The same readings, doubted where the rules read another value out of the turn. `read` is what they read, by variable. */
export const doubted = (proposed: ProposedTurn, read: ReadonlyMap<string, AnswerValue | undefined>): ProposedTurn => ({
  ...proposed,
  answers: proposed.answers.map((answer) => {
    const other = read.get(answer.variable);
    const differs = other !== undefined && answer.interpretation.value !== undefined && !sameValue(other, answer.interpretation.value);
    return differs
      ? { ...answer, interpretation: { ...answer.interpretation, confidence: Math.min(answer.interpretation.confidence, DOUBTFUL) } }
      : answer;
  }),
});

/** Do the rules read every proposed answer just so? Then their own step loses nothing of the turn. `read` is the state after it. */
export const isReadAlike = ({ answers, command, finish }: ProposedTurn, read: InterviewState): boolean =>
  command === undefined &&
  !finish &&
  answers.every(({ variable, interpretation: { status, value } }) => {
    const own = read.items[variable]?.answer;
    return value === undefined ? status === 'declined' && own?.status === 'declined' : own?.value !== undefined && sameValue(own.value, value);
  });

/**
 * The proposals with what the rules read in the turn and the model did not report: a model that reports half of a turn takes nothing from the other half.
 * `read` is the state after the rules' own step. Words that the model gives to one question are no answer to the open one as well.
 */
export const withReadings = (
  context: InterviewContext,
  state: InterviewState,
  said: Pick<Said, 'turn' | 'confidence'>,
  proposed: ProposedTurn,
  read: InterviewState,
): ProposedTurn => {
  const { prompt } = state;
  const added = Object.entries(read.items).flatMap(([variable, { answer }]): ProposedAnswer[] => {
    const before = state.items[variable]?.answer;
    if (!answer?.evidence || proposed.answers.some((one) => one.variable === variable)) return [];
    const { value, evidence, confidence, status, earlier, normalized_from } = answer;
    if (value === undefined ? status !== 'declined' || before?.status === 'declined' : sameValue(before?.value, value)) return [];
    if (!evidenceFor(evidence.quote, [said.turn])) return [];
    const isOpen = prompt.at === 'question' && prompt.variable === variable;
    if (isOpen && proposed.answers.some(({ quote }) => isTakenBy(context, variable, evidence.quote, quote))) return [];
    const interpretation: Interpretation = {
      status: value === undefined ? 'declined' : 'understood',
      quote: evidence.quote,
      // Taking it counts the recogniser's confidence in once more.
      confidence: Math.min(1, confidence / Math.max(said.confidence, 0.01)),
      ...(value === undefined ? {} : { value }),
      ...(normalized_from === undefined ? {} : { normalizedFrom: normalized_from }),
      ...(earlier ? { earlier: earlier.flatMap((one) => (one.value === undefined ? [] : [{ value: one.value, quote: one.quote }])) } : {}),
    };
    return [{ variable, quote: evidence.quote, interpretation }];
  });
  const known = prompt.at === 'confirm' ? { before: state.items[prompt.variable]?.answer, after: read.items[prompt.variable]?.answer } : undefined;
  const confirms = known?.after?.status === 'confirmed' && known.before?.status !== 'confirmed' && sameValue(known.before?.value, known.after.value);
  return { ...proposed, answers: [...proposed.answers, ...added], finish: proposed.finish && added.length === 0, confirms };
};

/** Are the words of a reading the model's words for something else, or for the most part so where any words are an answer? */
const isTakenBy = (context: InterviewContext, variable: string, own: string, quote: string): boolean => {
  const [mine, theirs] = [plainText(own), plainText(quote)];
  return theirs.includes(mine) || (variableOf(context, variable).type === 'text' && mine.includes(theirs) && theirs.length * 2 > mine.length);
};
