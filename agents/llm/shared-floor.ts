import type { Say } from '../interview/draft.js';
import type { ProposedTurn } from '../interview/proposals.js';

/*
 * Model and plan speak in one turn, the model first. What the model's words have done already the plan does not do again.
 */

/** Leads of a repair that a model's own "sorry, I missed that" replaces. */
const LEADS: ReadonlySet<Say['manner']> = new Set(['again', 'once-more', 'back-to-it', 'asked-to-repeat']);

/** Does the plan's line only lead over to the next one? A value said back stays: that is how it gets confirmed. */
const isLead = ({ act, manner }: Say): boolean =>
  (act.act === 'acknowledge' && (manner === 'thanks' || (manner === undefined && act.value === undefined))) ||
  (act.act === 'repair' && LEADS.has(manner));

/** The plan's lines after the model's words. `answered`: those answered the candidate's question. */
export const afterModelWords = (say: readonly Say[], answered: boolean): Say[] =>
  say.filter((one) => !isLead(one) && !(answered && one.act.act === 'answer'));

/** Is there anything in the proposals that decides the turn or takes a part of it? */
export const modelSpoke = (proposed: ProposedTurn): boolean =>
  proposed.answers.length > 0 || proposed.command !== undefined || proposed.answered || proposed.finish;
