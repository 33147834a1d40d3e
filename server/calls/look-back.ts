import { extractScreening } from '../../agents/extraction/index.js';
import { mapAnswers } from '../../agents/mapping.js';
import type { Answer } from '../../schemas/answer.js';
import type { Call } from '../../schemas/call.js';
import type { AnsweredBy, ScreeningOutcome } from '../../schemas/call-state.js';
import type { Clock } from '../../schemas/clock.js';
import type { Ids } from '../../schemas/ids.js';
import type { LanguageModel } from '../../schemas/ports/language-model.js';
import type { Screening } from '../../schemas/screening.js';
import type { Turn } from '../../schemas/transcript.js';
import type { Store } from '../store/connect.js';
import type { StoredAnswer } from '../store/repositories/answers.js';
import { interviewContext } from './interview-context.js';
import { type InterviewRecords, readInterviewRecords } from './interview-records.js';

/*
 * The look back at one call that has ended and whose answers and form are written: what it missed is added, what it may have got wrong becomes a conflict,
 * and the screening gets its summary and reason. Everything is read from the store, so a server that starts does for the calls of one that is gone what that
 * one would have done; it may be repeated.
 */

export interface LookBackDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** Undefined: the rules alone look back. */
  model: LanguageModel | undefined;
  /** The server stops: the look back is left to the next one. */
  stopping: AbortSignal;
  onTrouble: (error: unknown) => void;
}

/** A model that takes longer costs the call nothing: the rules' summary stands, ms. */
const MODEL_WITHIN_MS = 30_000;
/** Who will not talk to an AI is not read by one, and what a stranger said is nobody's answer. */
const NOT_READ: ReadonlySet<ScreeningOutcome> = new Set(['ai-opt-out', 'wrong-number']);
const MACHINES: ReadonlySet<AnsweredBy> = new Set(['voicemail', 'ivr', 'fax']);

/** Looks back at a call. Rejects when the store fails; then it is still due. */
export const lookBack = async (deps: LookBackDeps, screening: Screening, callId: string): Promise<void> => {
  const { store, clock } = deps;
  const { companyId, id: screeningId } = screening;
  const now = () => new Date(clock.now());
  const save = (account: { summary: string | null; outcome_reason: string | null; done: boolean }) =>
    store.screenings.saveLookBack(companyId, { screeningId, callId, outcome: screening.outcome }, account, now());

  const [call, records] = await Promise.all([store.calls.find(companyId, callId), readInterviewRecords(store, screening)]);
  // Of a person who is gone there is nothing to say.
  if (!call || !records) return void (await save({ summary: null, outcome_reason: null, done: true }));
  const turns = await store.callEvents.getTranscript(companyId, callId);
  const stored = await store.answers.listByScreening(companyId, screeningId);
  // Dates were said from the day of the call on.
  const context = interviewContext({ ...records, now: call.answered_at ?? call.created_at });
  const answers = stored.map((one) => asSaidIn(call, one));
  const conversed = hasConversed(call, turns);
  const reason = {
    outcome: screening.outcome ?? undefined,
    endedBy: call.ended_by ?? undefined,
    endReason: call.end_reason ?? undefined,
    conversed,
  };
  const input = { context, turns, answers, reason };

  const isRead = deps.model !== undefined && conversed && !(screening.outcome && NOT_READ.has(screening.outcome));
  const byRules = await extractScreening(input, undefined, deps.stopping);
  const isDue = await save({ summary: isRead ? null : byRules.summary, outcome_reason: byRules.outcomeReason, done: !isRead });
  if (!isDue || !isRead) return;
  const late = new AbortController();
  const cancel = clock.after(MODEL_WITHIN_MS, () => {
    late.abort(new Error('late'));
    deps.onTrouble(new Error(`the model has not looked back within ${MODEL_WITHIN_MS} ms`));
  });
  const extraction = await extractScreening(input, deps.model, AbortSignal.any([deps.stopping, late.signal]), deps.onTrouble).finally(cancel);
  if (deps.stopping.aborted) return;
  const { summary, outcomeReason: outcome_reason } = extraction;
  // Answers are written for a call that is still to be looked back at only: one whose person was erased meanwhile is not.
  if (!(await save({ summary: null, outcome_reason, done: false }))) return;
  if (extraction.engine !== undefined) {
    const found = extraction.answers.filter((answer) => !answers.includes(answer));
    await writeFound(deps, { screening, call, records, stored, found, now: now() });
  }
  await save({ summary, outcome_reason, done: true });
};

const hasConversed = ({ answered_by }: Call, turns: readonly Turn[]): boolean =>
  !(answered_by && MACHINES.has(answered_by)) && turns.some(({ speaker, text }) => speaker === 'candidate' && text.trim() !== '');

/** What an earlier call has learnt was said before everything that this one heard: the times of its evidence are those of another line. */
const asSaidIn = (call: Call, { call_id, answer }: StoredAnswer): Answer => {
  if (call_id === call.id || !answer.evidence) return answer;
  return { ...answer, evidence: { ...answer.evidence, start_ms: Number.NEGATIVE_INFINITY, end_ms: Number.NEGATIVE_INFINITY } };
};

/** Adds what was found to the answers, and once more the whole call's answers to the form: a look back that broke off between the two is made good so. */
const writeFound = async (
  { store, ids }: LookBackDeps,
  at: { screening: Screening; call: Call; records: InterviewRecords; stored: readonly StoredAnswer[]; found: readonly Answer[]; now: Date },
): Promise<void> => {
  const { screening, call, now } = at;
  const { companyId, application_id } = screening;
  const before = new Map(at.stored.map((one) => [one.answer.variable, one]));
  const current = new Map((await store.answers.listByScreening(companyId, screening.id)).map((one) => [one.answer.variable, one]));
  const written = new Set<string>();
  for (const answer of at.found) {
    const { variable } = answer;
    const own = before.get(variable);
    // Another call has learnt something else since.
    if (current.get(variable)?.modified_at.getTime() !== own?.modified_at.getTime()) continue;
    // A value in dispute stays with the call that it was said in, since its evidence does.
    const isOwn = own && answer.status === 'conflict';
    const where = { id: own?.id ?? ids.create('answer'), screening_id: screening.id, application_id, call_id: isOwn ? own.call_id : call.id };
    await store.answers.upsert(
      companyId,
      where,
      isOwn ? { ...own.answer, status: 'conflict', ...(answer.earlier ? { earlier: answer.earlier } : {}) } : answer,
      now,
    );
    written.add(variable);
  }
  const known = await store.answers.listByScreening(companyId, screening.id);
  const changes = mapAnswers({
    bot: at.records.bot,
    answers: known.filter(({ call_id, answer }) => call_id === call.id || written.has(answer.variable)),
  });
  const applied = await store.applications.applyElements(companyId, application_id, changes, 'call', now);
  // Erased in this moment: what came too late for it goes too.
  if (!applied) await store.answers.removeForApplications(companyId, [application_id]);
};
