import type { Answer, AnswerValue, Evidence } from '../../schemas/answer.js';
import type { Turn } from '../../schemas/transcript.js';
import type { Interpretation } from '../answers/kind.js';
import { sameValue } from '../answers/same-value.js';
import { evidenceFor } from '../evidence.js';
import { act, type Draft, itemOf, speak } from './draft.js';
import { confirmationFor, knocksOut, SURE, variableOf } from './plan.js';

/*
 * Writing down what was learnt. Every value is written with its evidence or not at all; every change is announced; nothing here decides what is said next.
 */

/** What was understood, with where it was said. */
export interface Heard {
  interpretation: Interpretation;
  turns: readonly Turn[];
  /** Of the recogniser, 0 to 1. */
  confidence: number;
}

const round = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;

/** What became of an understood value: taken for good, said back in passing, or to be asked back. */
export type Taken = 'silent' | 'implicit' | 'explicit' | 'unproven';

/**
 * Writes an understood value down as `inferred` and says how it is to be confirmed. `silent` under `confirm: never` is confirmed at once when it is sure. A
 * value without its quote in the turns is refused (`unproven`).
 */
export const takeValue = (draft: Draft, name: string, heard: Heard): Taken => {
  const variable = variableOf(draft.context, name);
  const item = itemOf(draft, name);
  const { value, quote, normalizedFrom } = heard.interpretation;
  const evidence = evidenceFor(quote, heard.turns);
  if (value === undefined || !evidence) return 'unproven';
  const confidence = round(heard.interpretation.confidence * heard.confidence);
  const how = confirmationFor(variable, confidence, knocksOut(variable, value));
  const sure = how === 'silent' && variable.type !== 'text' && confidence >= SURE;
  write(draft, name, {
    variable: name,
    status: sure ? 'confirmed' : 'inferred',
    value,
    confidence,
    evidence,
    ...(normalizedFrom ? { normalized_from: normalizedFrom } : {}),
    ...earlierOf(item.answer, value, heard.interpretation),
  });
  item.done = how !== 'explicit';
  item.awaiting = how === 'implicit';
  item.toConfirm = how === 'explicit';
  item.carried = false;
  draft.state.lastVariable = name;
  return how;
};

/** The self-corrections so far: of this breath, and the value that this one replaces. */
const earlierOf = (before: Answer | null, value: AnswerValue, interpretation: Interpretation): Pick<Answer, 'earlier'> => {
  const kept = before?.earlier ?? [];
  const replaced =
    before?.evidence && !sameValue(before.value, value)
      ? [{ ...(before.value === undefined ? {} : { value: before.value }), quote: before.evidence.quote }]
      : [];
  const all = [...kept, ...replaced, ...(interpretation.earlier ?? [])];
  const earlier = all.filter((one, index) => all.findIndex((other) => other.quote === one.quote && sameValue(other.value, one.value)) === index);
  return earlier.length > 0 ? { earlier } : {};
};

const write = (draft: Draft, name: string, answer: Answer): void => {
  itemOf(draft, name).answer = answer;
  act(draft, { kind: 'answer-updated', answer: structuredClone(answer) });
};

/**
 * The candidate said yes to a value that was said back. The evidence stays the original quote; for a value from an earlier call, or one on file, it is the yes
 * itself, because turns of another call prove nothing here.
 */
export const confirmValue = (draft: Draft, name: string, turn: Turn | null, yes: string): void => {
  const item = itemOf(draft, name);
  item.awaiting = false;
  item.toConfirm = false;
  item.doubts = 0;
  item.done = true;
  const answer = item.answer;
  if (answer?.value === undefined || answer.status === 'confirmed') return;
  const fresh: Evidence | undefined = item.carried || !answer.evidence ? (turn ? evidenceFor(yes, [turn]) : undefined) : answer.evidence;
  if (!fresh) return;
  const quoted =
    item.carried && answer.evidence ? [...(answer.earlier ?? []), { value: answer.value, quote: answer.evidence.quote }] : answer.earlier;
  item.carried = false;
  write(draft, name, {
    ...answer,
    status: 'confirmed',
    confidence: Math.max(answer.confidence, SURE),
    evidence: fresh,
    ...(turn ? { confirmation_turn_id: turn.id } : {}),
    ...(quoted ? { earlier: quoted } : {}),
  });
};

/** Values said back in passing that this turn did not contradict are confirmed now. */
export const settleAwaiting = (draft: Draft, except: readonly string[] = []): void => {
  for (const [name, item] of Object.entries(draft.state.items)) {
    if (!item.awaiting || except.includes(name)) continue;
    item.awaiting = false;
    if (item.answer?.value === undefined || item.answer.status === 'confirmed') continue;
    write(draft, name, { ...item.answer, status: 'confirmed' });
  }
};

/** The candidate would rather not say: respected, and not asked again. */
export const declineAnswer = (draft: Draft, name: string, heard: Heard): void => {
  const item = itemOf(draft, name);
  const evidence = evidenceFor(heard.interpretation.quote, heard.turns);
  Object.assign(item, { done: true, awaiting: false, toConfirm: false, carried: false });
  draft.state.lastVariable = name;
  write(draft, name, {
    variable: name,
    status: 'declined',
    confidence: round(heard.interpretation.confidence * heard.confidence),
    ...(evidence ? { evidence } : {}),
    ...earlierWhenDropped(item.answer),
  });
};

const earlierWhenDropped = (before: Answer | null): Pick<Answer, 'earlier'> => {
  if (!before?.evidence) return before?.earlier ? { earlier: before.earlier } : {};
  return {
    earlier: [...(before.earlier ?? []), { ...(before.value === undefined ? {} : { value: before.value }), quote: before.evidence.quote }],
  };
};

/** Nothing could be understood: the answer is missing and the interview goes on. A value heard but never confirmed stays `inferred`. */
export const giveUp = (draft: Draft, name: string): void => {
  const item = itemOf(draft, name);
  Object.assign(item, { done: true, awaiting: false, toConfirm: false });
  draft.state.lastVariable = name;
  if (item.answer?.value !== undefined && item.answer.evidence) return;
  write(draft, name, { variable: name, status: 'missing', confidence: 0, ...(item.answer?.earlier ? { earlier: item.answer.earlier } : {}) });
};

/** Forgets a value that the candidate denied; its quote is kept among the earlier ones. */
export const dropValue = (draft: Draft, name: string): void => {
  const item = itemOf(draft, name);
  Object.assign(item, { done: false, awaiting: false, toConfirm: false, carried: false });
  if (item.answer?.value === undefined) return;
  write(draft, name, { variable: name, status: 'missing', confidence: 0, ...earlierWhenDropped(item.answer) });
};

/** The candidate wants to give another answer: until it comes, the one before stays, but is confirmed no longer. */
export const reopenAnswer = (draft: Draft, name: string): void => {
  const item = itemOf(draft, name);
  Object.assign(item, { done: false, awaiting: false, toConfirm: false, repairs: 0, lastTry: false, doubts: 0 });
  // The turns of an earlier call prove nothing in this one: what it left is not written down again.
  if (!item.answer || item.carried) return;
  if (item.answer.status === 'confirmed') write(draft, name, { ...item.answer, status: 'inferred' });
  if (item.answer.status === 'declined') write(draft, name, { ...item.answer, status: 'missing', confidence: 0 });
};

/** The value of a variable is known well enough to act on it. */
const confirmedValue = (draft: Draft, name: string): AnswerValue | undefined => {
  const answer = itemOf(draft, name).answer;
  return answer?.status === 'confirmed' ? answer.value : undefined;
};

/** A confirmed answer differs from what the job requires. Never on anything less than confirmed. */
export const isKnockedOut = (draft: Draft): boolean =>
  draft.context.bot.output_variables.some((variable) => {
    const value = draft.state.items[variable.name] ? confirmedValue(draft, variable.name) : undefined;
    return knocksOut(variable, value);
  });

/** Says back in passing what was taken. */
export const acknowledge = (draft: Draft, name: string, changed: boolean): void => {
  const value = itemOf(draft, name).answer?.value;
  if (value === undefined) return;
  speak(draft, { act: 'acknowledge', variable: name, value }, changed ? { manner: 'changed' } : {});
};
