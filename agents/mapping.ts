import type { Answer, AnswerValue } from '../schemas/answer.js';
import type { CallerBot } from '../schemas/caller-bot.js';
import type { ElementSubmission } from '../schemas/form.js';

/** The answer of one call with the id under which it is stored. */
export interface StoredAnswer {
  /** `null` when answers are not stored one by one. */
  id: string | null;
  answer: Answer;
}

const same = (a: AnswerValue | null, b: AnswerValue | null): boolean => canonical(a) === canonical(b);
const canonical = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.trim().toLowerCase());
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join(',')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, inner]) => `${key}:${canonical(inner)}`)
      .sort()
      .join(',')}}`;
  return String(value);
};

const isBlank = (value: AnswerValue | null): boolean => value === null || value === '' || (Array.isArray(value) && value.length === 0);

/**
 * What a call's answers change in an application's form: the elements to write, in the order of the bot's variables. Values keep their type. Confirmed and
 * inferred answers fill an element; missing and declined ones mark an empty element and never erase a value. A value that the candidate typed or a recruiter
 * set stays: a different one from the call is kept beside it as `proposed` with status `conflict`. An answer equal to what stands there only gains its proof.
 * Elements that do not change are left out.
 */
export const mapAnswers = (input: {
  bot: Pick<CallerBot, 'output_variables'>;
  answers: readonly StoredAnswer[];
  elements: readonly ElementSubmission[];
}): ElementSubmission[] =>
  input.bot.output_variables.flatMap((variable) => {
    const slug = variable.element_slug;
    const stored = input.answers.find(({ answer }) => answer.variable === variable.name);
    if (slug === undefined || !stored) return [];
    const current = input.elements.find((element) => element.element_slug === slug);
    const changed = elementAfter(slug, stored, current);
    return changed && JSON.stringify(changed) !== JSON.stringify(current) ? [changed] : [];
  });

const elementAfter = (slug: string, { id, answer }: StoredAnswer, current: ElementSubmission | undefined): ElementSubmission | undefined => {
  const fromCall = { element_slug: slug, source: 'call', answer_id: id, proposed: null } as const;
  const filledBefore = current !== undefined && !isBlank(current.value);
  if (answer.value === undefined || answer.status === 'missing' || answer.status === 'declined') {
    // A call takes back only what a call wrote.
    if (filledBefore && current.source !== 'call') return undefined;
    return { ...fromCall, value: null, status: answer.status === 'declined' ? 'declined' : 'missing' };
  }
  if (!filledBefore || current.source === 'call') return { ...fromCall, value: answer.value, status: answer.status };
  if (same(current.value, answer.value)) {
    return { ...current, status: answer.status === 'conflict' ? 'conflict' : 'confirmed', answer_id: id, proposed: null };
  }
  return { ...current, status: 'conflict', answer_id: id, proposed: answer.value };
};
