import type { AnswerValue } from '../../schemas/answer.js';
import type { ElementSubmission } from '../../schemas/form.js';

/** One value on its way into an application's form. `answer_id` names the answer that proves it, null for what a person typed. */
export type ElementChange = Omit<ElementSubmission, 'proposed'>;

const isBlank = (value: AnswerValue | null): boolean => value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Equal to a person: capitals, outer spaces, and the order of a list or of keys make no conflict. */
const isSame = (a: AnswerValue, b: AnswerValue): boolean => canonical(a) === canonical(b);
const canonical = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.trim().toLowerCase());
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([key, inner]) => `${key}:${canonical(inner)}`);
  return `{${entries.sort().join(',')}}`;
};

const isTypedByPerson = ({ source }: Pick<ElementSubmission, 'source'>) => source === 'candidate' || source === 'recruiter';

/**
 * What stands in a form element after a change. A person's value always goes in. A call or an automation never replaces what a person typed: a different
 * value is kept beside it as `proposed` with status `conflict`, an equal one confirms it. No value never replaces a value, except when the very answer that
 * filled the element has lost its own (its evidence did not hold).
 */
export const mergeElement = (current: ElementSubmission | undefined, change: ElementChange): ElementSubmission => {
  const incoming: ElementSubmission = { ...change, proposed: null };
  if (!current || isBlank(current.value) || isTypedByPerson(change)) return incoming;
  const sameAnswer = change.answer_id !== null && change.answer_id === current.answer_id;
  if (isTypedByPerson(current)) {
    const undisputed: ElementSubmission = { ...current, status: 'confirmed', answer_id: null, proposed: null };
    if (change.value === null) return sameAnswer ? undisputed : current;
    if (current.value !== null && isSame(change.value, current.value)) return { ...undisputed, answer_id: change.answer_id };
    return { ...current, status: 'conflict', answer_id: change.answer_id, proposed: change.value };
  }
  return change.value === null && !sameAnswer ? current : incoming;
};

/** The elements after several changes, in form order of first appearance. */
export const mergeElements = (current: readonly ElementSubmission[], changes: readonly ElementChange[]): ElementSubmission[] => {
  const bySlug = new Map(current.map((element) => [element.element_slug, element]));
  for (const change of changes) bySlug.set(change.element_slug, mergeElement(bySlug.get(change.element_slug), change));
  return [...bySlug.values()];
};
