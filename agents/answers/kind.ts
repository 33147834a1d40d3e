import type { AnswerType, AnswerValue } from '../../schemas/answer.js';
import type { ChoiceOption, OutputVariable } from '../../schemas/caller-bot.js';
import type { AnswerProgress } from '../../schemas/ports/interviewer.js';

/** The part of an output variable that decides how an answer is understood. */
export type AnswerSpec = Pick<OutputVariable, 'type'> & {
  options?: readonly ChoiceOption[] | undefined;
} & Partial<Pick<OutputVariable, 'subtype' | 'min' | 'max' | 'currency' | 'period' | 'multiple' | 'forbid'>>;

/** Where and when something was said; relative words ("next Monday", national phone forms) are resolved against it. */
export interface SpokenContext {
  /** BCP-47. */
  language: string;
  now: Date;
  /** IANA zone of the candidate. */
  timeZone: string;
  /** ISO 3166-1 alpha-2 of the candidate, for national phone numbers. */
  country?: string | undefined;
  /** The value that was read back and is now being corrected ("no, the fourth"): what the correction leaves open is taken from it. */
  correcting?: AnswerValue | undefined;
}

/**
 * How an utterance was understood as an answer. `understood` has a value; `declined` is "I'd rather not say"; `unclear` has neither. `quote` is the verbatim
 * part of what was said that carries the value. `confidence` is about the understanding, not about the recogniser: 0.9 and up for a plain form, below 0.8
 * where something was assumed. `problem` tells the next repair what to ask.
 */
export interface Interpretation {
  status: 'understood' | 'declined' | 'unclear';
  value?: AnswerValue;
  confidence: number;
  quote: string;
  normalizedFrom?: string;
  problem?: 'out-of-range' | 'past' | 'future' | 'ambiguous' | 'incomplete' | 'no-answer';
  /** Values stated before the last one in the same breath ("the third, no, the fourth"). */
  earlier?: { value: AnswerValue; quote: string }[];
}

/** One answer type: how it is understood, when it is complete, what a closed recogniser may hear. All pure. */
export interface AnswerKind {
  readonly type: AnswerType;
  interpret(said: string, spec: AnswerSpec, context: SpokenContext): Interpretation;
  progress(text: string, spec: AnswerSpec): AnswerProgress;
  /**
   * Alternatives of a JSGF rule for this answer, without header and without the command words that every question accepts; undefined when the type cannot be
   * said in a closed grammar (free text, e-mail).
   */
  grammar(spec: AnswerSpec): string | undefined;
}
