import type { AnswerType } from '../../schemas/answer.js';
import type { AnswerProgress } from '../../schemas/ports/interviewer.js';
import { availability } from './availability.js';
import { choice } from './choice.js';
import { date } from './date.js';
import { email } from './email.js';
import { questionGrammar } from './jsgf.js';
import type { AnswerKind, AnswerSpec, Interpretation, SpokenContext } from './kind.js';
import { money } from './money.js';
import { number } from './number.js';
import { phone } from './phone.js';
import { text } from './text.js';
import { yesNo } from './yes-no.js';

export { type InterpretResponse, toInterpretResponse } from './interpret-response.js';
export { openGrammar, openingGrammar, yesNoGrammar } from './jsgf.js';
export type { AnswerKind, AnswerSpec, Interpretation, SpokenContext } from './kind.js';

const KINDS: Readonly<Record<AnswerType, AnswerKind>> = { 'yes-no': yesNo, number, money, choice, date, email, phone, availability, text };

/** The answer type by its name. */
export const answerKind = (type: AnswerType): AnswerKind => KINDS[type];

/** What an utterance means as an answer to a question of this kind. Pure: the same words at the same instant mean the same. */
export const interpretAnswer = (said: string, spec: AnswerSpec, context: SpokenContext): Interpretation =>
  answerKind(spec.type).interpret(said, spec, context);

/** How far a partial answer has come: may the turn end early, or must it wait? */
export const answerProgress = (said: string, spec: AnswerSpec): AnswerProgress => answerKind(spec.type).progress(said, spec);

/** A correction in the same breath costs a closed recogniser accuracy on long answers; these types do without. */
const UNCORRECTED: ReadonlySet<AnswerType> = new Set(['phone', 'availability']);

/**
 * The complete JSGF grammar of a question, made from its type and options alone; undefined for types that no closed grammar can hold (e-mail, free text).
 * It also holds the commands allowed at every question (stop, a person, repeat, hold on, …).
 */
export const answerGrammar = (spec: AnswerSpec): string | undefined => {
  const alternatives = answerKind(spec.type).grammar(spec);
  return alternatives === undefined ? undefined : questionGrammar(alternatives, !UNCORRECTED.has(spec.type));
};
