import { isFinal } from '../../schemas/call-state.js';
import { AppError } from '../../schemas/errors.js';
import type { Ids } from '../../schemas/ids.js';
import type { Store } from './connect.js';
import { hashPhone } from './phone-hash.js';

/** What erasure needs beside the store. */
export interface ErasureMeans {
  ids: Ids;
  phoneHashKey: Uint8Array;
  /** Takes an open screening out of the queue. */
  cancelScreening(companyId: string, screeningId: string): Promise<unknown>;
  /** Deletes a call's recording; without one it does nothing. */
  eraseRecording(companyId: string, callId: string): Promise<void>;
}

/**
 * Erases a person (GDPR article 17): record, applications, answers, summaries, transcripts, recordings, kept replies, and the number in the calls. What stays names nobody: calls and
 * screenings as counts, consents without words, and the hash of the number among the suppressions, so that the person is not called again by a later import.
 * The record goes last, so an erasure that broke off is finished by asking again. Throws AppError `not_found`, or `conflict` while the person is on the phone.
 */
export const eraseCandidate = async (store: Store, companyId: string, candidateId: string, means: ErasureMeans, now: Date): Promise<void> => {
  const candidate = await store.candidates.find(companyId, candidateId);
  if (!candidate) throw new AppError('not_found', { what: 'candidate' });
  const calls = await store.calls.listByCandidate(companyId, candidateId);
  if (calls.some(({ state }) => !isFinal(state)))
    throw new AppError('conflict', { reason: 'A call with this candidate is under way. Hang up or wait for its end, then delete again.' });

  const suppression = { id: means.ids.create('suppression'), phone_hash: hashPhone(means.phoneHashKey, candidate.phone) };
  await store.suppressions.add(companyId, { ...suppression, channels: ['voice', 'sms'], reason: 'legal', source: 'erasure' }, now);
  for (const state of ['queued', 'held'] as const) {
    const open = await store.screenings.list(companyId, { candidate_id: candidateId, state }, { limit: 1000 });
    for (const screening of open.items) await means.cancelScreening(companyId, screening.id);
  }
  for (const call of calls) await means.eraseRecording(companyId, call.id);
  await store.callEvents.removeForCalls(
    companyId,
    calls.map(({ id }) => id),
  );
  await store.calls.forgetNumbers(companyId, candidateId);
  await store.screenings.forgetWords(companyId, candidateId);
  await store.consents.forgetWords(companyId, candidateId);
  const applicationIds = await store.applications.idsForCandidate(companyId, candidateId);
  await store.answers.removeForApplications(companyId, applicationIds);
  await store.applications.removeForCandidate(companyId, candidateId);
  // Once more, for a look back that was under way and wrote between the first time and the end of the application.
  await store.answers.removeForApplications(companyId, applicationIds);
  await store.screenings.forgetWords(companyId, candidateId);
  await store.idempotencyKeys.forget(companyId, candidateId);
  await store.candidates.remove(companyId, candidateId);
};
