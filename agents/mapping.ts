import type { Answer } from '../schemas/answer.js';
import type { CallerBot } from '../schemas/caller-bot.js';
import type { ElementSubmission } from '../schemas/form.js';

/** The answer of one call with the id under which it is stored. */
export interface StoredAnswer {
  /** `null` when answers are not stored one by one. */
  id: string | null;
  answer: Answer;
}

/** One value on its way into an application's form, before it meets what stands there. */
export type MappedElement = Omit<ElementSubmission, 'proposed'>;

/**
 * What a call's answers say for an application's form, in the order of the bot's variables: values keep their type, missing and declined ones carry none.
 * What becomes of the value that stands in the form already is for the store's merge alone, which sees it at the moment of writing.
 */
export const mapAnswers = (input: { bot: Pick<CallerBot, 'output_variables'>; answers: readonly StoredAnswer[] }): MappedElement[] =>
  input.bot.output_variables.flatMap((variable) => {
    const stored = input.answers.find(({ answer }) => answer.variable === variable.name);
    if (variable.element_slug === undefined || !stored) return [];
    return [{ element_slug: variable.element_slug, source: 'call', answer_id: stored.id, ...contentOf(stored.answer) }];
  });

const contentOf = ({ value, status }: Answer): Pick<MappedElement, 'value' | 'status'> =>
  value === undefined || status === 'missing' || status === 'declined'
    ? { value: null, status: status === 'declined' ? 'declined' : 'missing' }
    : { value, status };
