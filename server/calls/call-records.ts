import type { Answer } from '../../schemas/answer.js';
import type { Call } from '../../schemas/call.js';
import type { AnsweredBy } from '../../schemas/call-state.js';
import type { CallerBot } from '../../schemas/caller-bot.js';
import type { Candidate } from '../../schemas/candidate.js';
import type { Clock } from '../../schemas/clock.js';
import type { Ids } from '../../schemas/ids.js';
import type { InterviewAction } from '../../schemas/ports/interviewer.js';
import type { Screening } from '../../schemas/screening.js';
import type { Turn } from '../../schemas/transcript.js';
import type { Store } from '../store/connect.js';
import { hashPhone } from '../store/phone-hash.js';
import type { Lease } from '../store/repositories/screening-lease.js';
import type { CallResult } from './call-result.js';
import { fillForm } from './form-filling.js';
import { createWriteBehind } from './write-behind.js';

/*
 * What a live call leaves in the store: answers, consents, suppressions, progress, and at the end the form. Every write goes through the queue in the order
 * of the call and is harmless when repeated. What the law or the result rests on is written however long the store is away.
 */

export interface CallRecords {
  answer(answer: Answer): void;
  consent(consent: Extract<InterviewAction, { kind: 'consent' }>): void;
  suppress(reason: 'stop' | 'wrong_number'): void;
  answeredBy(who: AnsweredBy): void;
  progress(state: string): void;
  /** The call is over: answers are held against the transcript, the form is filled, the call's figures are stored. */
  result(result: CallResult): void;
  stored(): Promise<boolean>;
}

const STORE_WITHIN_MS = 30_000;

export const createCallRecords = (deps: {
  store: Store;
  clock: Clock;
  ids: Ids;
  phoneHashKey: Uint8Array;
  call: Call;
  screening: Screening;
  bot: CallerBot;
  candidate: Candidate;
  /** Turns of this call that an earlier life of the server has stored. */
  earlierTurns: readonly Turn[];
  /** The lease under which the screening may be written; undefined while no dialer of this process holds it. */
  lease: () => Lease | undefined;
  /** Aborted when the server stops: writes that still fail then are given up. */
  stopping: AbortSignal;
  onTrouble: (error: unknown, write: string) => void;
}): CallRecords => {
  const { store, clock, ids, call, screening, bot, candidate } = deps;
  const { companyId } = call;
  const writes = createWriteBehind({ clock, stopping: deps.stopping, onTrouble: deps.onTrouble });
  const now = () => new Date(clock.now());
  const where = () => ({ id: ids.create('answer'), screening_id: screening.id, application_id: screening.application_id, call_id: call.id });

  const upsert = (answer: Answer) => store.answers.upsert(companyId, where(), answer, now());

  return {
    // In one lane with the result, which reads them. One that is given up is told and costs the result nothing.
    answer: (answer) => writes.add({ name: 'answer', lane: 'result', must: false, write: () => upsert(answer) }),
    consent({ channel, granted, quote, turnId }) {
      const id = ids.create('consent');
      const at = now();
      const write = async () => {
        await store.consents.append(
          companyId,
          {
            id,
            candidate_id: candidate.id,
            phone_hash: hashPhone(deps.phoneHashKey, candidate.phone),
            channel,
            state: granted ? 'granted' : 'revoked',
            wording: 'spoken notice of the call',
            source: 'call',
            call_id: call.id,
            turn_id: turnId,
            quote,
            captured_at: at,
          },
          at,
        );
        await store.candidates.setConsent(companyId, candidate.id, channel, granted, at);
      };
      writes.add({ name: 'consent', lane: 'consent', must: true, write });
    },
    suppress(reason) {
      const id = ids.create('suppression');
      const phone_hash = hashPhone(deps.phoneHashKey, candidate.phone);
      const suppression = { id, phone_hash, channels: ['voice', 'sms'] as const, reason, source: `call ${call.id}` };
      writes.add({ name: 'suppression', lane: 'suppression', must: true, write: () => store.suppressions.add(companyId, suppression, now()) });
    },
    answeredBy(who) {
      writes.add({ name: 'answered-by', lane: 'call', must: false, write: () => store.calls.patch(companyId, call.id, { answered_by: who }) });
    },
    progress(state) {
      const write = async () => {
        const lease = deps.lease();
        if (lease) await store.screenings.saveProgress(companyId, lease, state, now());
      };
      writes.add({ name: 'progress', lane: 'progress', must: false, write });
    },
    result({ end, turns, latency }) {
      const write = async () => {
        await fillForm(store, { call, screening, bot, turns: [...deps.earlierTurns, ...turns], now: now() });
        await store.calls.patch(companyId, call.id, {
          latency,
          ...(end
            ? {
                ended_by: end.by,
                end_reason: end.reason,
                duration_ms: end.durationMs,
                // What one of us has ended on purpose did not drop.
                short_drop: end.by !== 'agent' && end.by !== 'recruiter' && end.durationMs < bot.short_drop_s * 1000,
              }
            : {}),
        });
      };
      writes.add({ name: 'result', lane: 'result', must: true, write });
    },
    stored: () => writes.drained(STORE_WITHIN_MS),
  };
};
