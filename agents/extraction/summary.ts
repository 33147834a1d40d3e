import type { Answer } from '../../schemas/answer.js';
import type { EndedBy, ScreeningOutcome } from '../../schemas/call-state.js';
import { CANCELED_REASON } from '../../schemas/screening.js';
import { type InterviewContext, knocksOut, variableOf } from '../interview/plan.js';
import { speakable } from '../speakable.js';
import { spokenName } from '../spoken-names.js';

/** How the call ended. */
export interface ReasonFor {
  outcome: ScreeningOutcome | undefined;
  endedBy: EndedBy | undefined;
  endReason: string | undefined;
  /** Somebody spoke with us; a phone that was not answered, or a machine that was, is no conversation. */
  conversed: boolean;
}

/** Values named in a summary; the rest stands in the form. */
const MAX_NAMED = 4;

/** Summary and reason without a model: what was answered, and why the call ended. */
export const ruleSummary = (context: InterviewContext, answers: readonly Answer[], reason: ReasonFor): { summary: string; outcomeReason: string } => {
  const { bot, candidate } = context;
  const known = answers.filter(({ value }) => value !== undefined);
  const named = known.flatMap((answer) => {
    const variable = variableOf(context, answer.variable);
    if (variable.type === 'text' || answer.value === undefined) return [];
    return [`${spokenName(variable) || answer.variable}: ${speakable(answer.value, variable, bot.language)}`];
  });
  const total = bot.script.questions.length;
  const answered = `${candidate.first_name} answered ${known.length === total ? 'all' : known.length} of ${total} questions about ${bot.name}.`;
  const values = named.length > 0 ? ` ${named.slice(0, MAX_NAMED).join('; ')}${named.length > MAX_NAMED ? '; more in the form' : ''}.` : '';
  return { summary: `${answered}${values}`, outcomeReason: reasonFor(context, answers, reason) };
};

const reasonFor = (context: InterviewContext, answers: readonly Answer[], { outcome, endedBy, endReason, conversed }: ReasonFor): string => {
  const by = endedBy ? ` (by the ${endedBy}${endReason ? `: ${endReason}` : ''})` : '';
  switch (outcome) {
    case 'qualified':
      return 'All required conditions were confirmed.';
    case 'unqualified': {
      const failed = answers.filter(({ variable, value, status }) => status === 'confirmed' && knocksOut(variableOf(context, variable), value));
      return `A required condition was not met: ${failed.map(({ variable }) => spokenName(variableOf(context, variable)) || variable).join(', ')}. A person decides what follows.`;
    }
    case 'completed':
      return 'The interview was held to its end.';
    case 'not-interested':
      return 'The candidate is not interested or wants no more calls.';
    case 'human-requested':
      return 'The candidate wants to talk with a person.';
    case 'ai-opt-out':
      return 'The candidate does not want to be interviewed by an AI.';
    case 'wrong-number':
      return 'The number belongs to somebody else.';
    case 'not-responsive':
      return conversed ? `The conversation ended early${by} and no further call is due.` : 'The candidate could not be reached.';
    case 'canceled':
      return CANCELED_REASON;
    case undefined:
      return conversed
        ? `The call ended early${by}; the interview goes on with the next one.`
        : 'The candidate was not reached; another call follows.';
    default:
      return outcome satisfies never;
  }
};
