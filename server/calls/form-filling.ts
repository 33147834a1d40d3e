import { prove } from '../../agents/evidence.js';
import { mapAnswers } from '../../agents/mapping.js';
import type { Call } from '../../schemas/call.js';
import type { CallerBot } from '../../schemas/caller-bot.js';
import type { Screening } from '../../schemas/screening.js';
import type { Turn } from '../../schemas/transcript.js';
import type { Store } from '../store/connect.js';

/**
 * The end of a call for its answers: each is held against the candidate's words (`turns`, of all lives of the call) and written into the application's form.
 * It reads the answers from the store, so those from before a crash of the server count too, and it may be repeated.
 */
export const fillForm = async (
  store: Store,
  { call, screening, bot, turns, now }: { call: Call; screening: Screening; bot: CallerBot; turns: readonly Turn[]; now: Date },
): Promise<void> => {
  const { companyId } = call;
  const ofCall = (await store.answers.listByScreening(companyId, screening.id)).filter((stored) => stored.call_id === call.id);
  const proven = ofCall.map((stored) => ({ ...stored, answer: prove(stored.answer, turns) }));
  for (const [index, { id, screening_id, application_id, call_id, answer }] of proven.entries())
    if (answer !== ofCall[index]?.answer) await store.answers.upsert(companyId, { id, screening_id, application_id, call_id }, answer, now);
  await store.applications.applyElements(companyId, screening.application_id, mapAnswers({ bot, answers: proven }), 'call', now);
};
