import type { Answer } from '../../schemas/answer.js';
import type { Turn } from '../../schemas/transcript.js';
import { sameValue } from '../answers/same-value.js';
import { plainText } from '../commands.js';
import { evidenceFor } from '../evidence.js';
import { isInstruction } from '../instructions.js';
import type { InterviewContext } from '../interview/plan.js';
import { questionOf, variableOf } from '../interview/plan.js';
import { understand } from '../interview/understanding.js';
import { contentStems } from '../knowledge.js';

/** What a model found in the transcript, before any of it is believed. */
export interface Extracted {
  variable: string;
  quote: string;
  valueText: string;
}

/** What was found afterwards was never said back to the candidate. */
const FOUND_AFTERWARDS = 0.7;

/**
 * Joins what a model found with what the call found. A quote must stand in the candidate's turns and our own reading of it must give the value; figures, dates
 * and addresses that only the model sees are left out. Found anew: `inferred`. The same: the call's answer stays. Another value, said no earlier than the one
 * of the call: `conflict`, with both quotes, for a person to settle.
 */
export const mergeExtracted = (
  context: InterviewContext,
  turns: readonly Turn[],
  answers: readonly Answer[],
  extracted: readonly Extracted[],
): Answer[] => {
  const merged = new Map(answers.map((answer) => [answer.variable, answer]));
  const said = turns.filter((turn) => turn.speaker === 'candidate' && !isInstruction(turn.text));
  for (const one of extracted) {
    if (!context.bot.output_variables.some(({ name }) => name === one.variable)) continue;
    const eligible = isBare(one.quote) ? said.filter((turn) => isAnswerTo(context, turns, turn, one.variable)) : said;
    const found = readingOf(context, eligible, one);
    if (!found) continue;
    const own = merged.get(one.variable);
    if (own?.status === 'declined' || own?.status === 'conflict') continue;
    if (own?.value === undefined) merged.set(one.variable, { ...found, ...(own?.earlier ? { earlier: own.earlier } : {}) });
    else if (!sameValue(own.value, found.value) && isLater(found, own))
      merged.set(one.variable, {
        ...own,
        status: 'conflict',
        earlier: [...(own.earlier ?? []), { ...(found.value === undefined ? {} : { value: found.value }), quote: one.quote }],
      });
  }
  return [...merged.values()];
};

const BARE =
  /^(?:(?:yes|yeah|yep|yup|no|nope|nah|sure|okay|ok|right|correct|absolutely|definitely|of course|not really|i (?:do|don't|do not|am|am not|can|can't|cannot|have|haven't|have not)|i'm not|that's (?:right|correct|fine)|well|um|uh|oh)\b ?)+$/;

/** Words that say nothing by themselves: most are said several times in a call, to as many questions. */
const isBare = (quote: string): boolean => BARE.test(plainText(quote));

/** Did the agent ask for this variable just before the turn? */
const isAnswerTo = (context: InterviewContext, turns: readonly Turn[], turn: Turn, variable: string): boolean => {
  const before = turns.slice(0, turns.indexOf(turn)).findLast(({ speaker }) => speaker === 'agent');
  const asked = contentStems(before?.text.split(/(?<=[.!?])\s+/).findLast((sentence) => sentence.trim() !== '') ?? '');
  const { capture_prompt } = variableOf(context, variable);
  const { text, follow_up = '' } = questionOf(context, variable);
  return [...contentStems([variable.replace(/_/g, ' '), capture_prompt, text, follow_up].join(' '))].some((stem) => asked.has(stem));
};

/** What was said before the call's own answer was replaced by it: last stated wins. */
const isLater = (found: Answer, own: Answer): boolean => (found.evidence?.start_ms ?? 0) >= (own.evidence?.start_ms ?? 0);

const readingOf = (context: InterviewContext, said: readonly Turn[], { variable, quote, valueText }: Extracted): Answer | undefined => {
  const evidence = evidenceFor(quote, said);
  if (!evidence) return undefined;
  const own = understand(context, variable, quote);
  const { type } = variableOf(context, variable);
  const meant = own.status === 'understood' || (type !== 'yes-no' && type !== 'choice') ? own : understand(context, variable, valueText);
  if (meant.status !== 'understood' || meant.value === undefined) return undefined;
  return {
    variable,
    status: 'inferred',
    value: meant.value,
    confidence: Math.min(meant.confidence, FOUND_AFTERWARDS),
    evidence,
    normalized_from: meant === own ? (meant.normalizedFrom ?? 'found after the call') : `understood as ${JSON.stringify(valueText)} after the call`,
  };
};
