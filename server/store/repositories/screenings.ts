import type { Model } from 'mongoose';
import type { ScreeningOutcome } from '../../../schemas/call-state.js';
import { AppError } from '../../../schemas/errors.js';
import { CANCELED_REASON, type Screening, type ScreeningState } from '../../../schemas/screening.js';
import type { ScreeningDocument } from '../models/screening.js';
import { mapPage, type Page, type PageRequest, readPage } from '../page.js';
import { withoutUndefined } from '../plain-value.js';
import { isDuplicateKey } from '../store-errors.js';
import { type Lease, leaseWrites } from './screening-lease.js';

/** The screening as the rest of the product sees it, without the queue's own fields. */
export const toScreening = (document: ScreeningDocument): Screening => {
  const {
    _id,
    open_key: _open,
    queue: _queue,
    cancel_requested: _cancel,
    look_back_call: _lookBack,
    summary = null,
    outcome_reason = null,
    fence: _fence,
    lease_owner: _owner,
    lease_until: _until,
    ...rest
  } = document;
  return { id: _id, ...rest, summary, outcome_reason };
};

/** Closes a screening: out of the queue, free for a new one of the same application and bot. */
const closing = (id: string, outcome: ScreeningOutcome, now: Date) => ({
  state: 'closed' as const,
  outcome,
  ...(outcome === 'canceled' ? { outcome_reason: CANCELED_REASON } : {}),
  open_key: `closed:${id}`,
  queue: 'parked' as const,
  held_because: null,
  next_allowed_at: null,
  closed_at: now,
  modified_at: now,
});

export type NewScreening = Pick<Screening, 'id' | 'application_id' | 'bot_id' | 'bot_version' | 'candidate_id' | 'run_at' | 'priority'>;

export interface ScreeningQuery {
  application_id?: string | undefined;
  candidate_id?: string | undefined;
  bot_id?: string | undefined;
  state?: ScreeningState | undefined;
  outcome?: ScreeningOutcome | undefined;
}

export type ScreeningRepository = ReturnType<typeof screeningRepository>;

export const screeningRepository = (model: Model<ScreeningDocument>) => ({
  ...leaseWrites(model, { toScreening, closing }),

  /** Puts a screening in the queue. Throws AppError `screening_active` (with the open one's id) when this application has one for this bot. */
  async create(companyId: string, input: NewScreening, now: Date): Promise<Screening> {
    const { id, ...rest } = input;
    const openKey = `${input.application_id}:${input.bot_id}`;
    const document: ScreeningDocument = {
      _id: id,
      companyId,
      ...rest,
      state: 'queued',
      outcome: null,
      held_because: null,
      next_allowed_at: null,
      attempts: 0,
      progress: null,
      summary: null,
      outcome_reason: null,
      open_key: openKey,
      queue: 'waiting',
      cancel_requested: false,
      look_back_call: null,
      fence: 0,
      lease_owner: null,
      lease_until: new Date(0),
      created_at: now,
      modified_at: now,
      closed_at: null,
    };
    try {
      await model.create(document);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const open = await model.findOne({ companyId, open_key: openKey }).lean<ScreeningDocument | null>();
      throw new AppError('screening_active', { id: open?._id ?? 'just closed' }, { cause: error });
    }
    return toScreening(document);
  },

  async find(companyId: string, id: string): Promise<Screening | undefined> {
    const found = await model.findOne({ _id: id, companyId }).lean<ScreeningDocument | null>();
    return found ? toScreening(found) : undefined;
  },

  async list(companyId: string, query: ScreeningQuery, page: PageRequest): Promise<Page<Screening>> {
    return mapPage(await readPage(model, { companyId, ...withoutUndefined(query) }, page), toScreening);
  },

  /**
   * Cancels a screening that is not on the telephone and takes it away from whoever has leased it. While a call is under way the wish is stored, and whoever
   * has the lease then closes it as `canceled` (`canceled` is false: hang up). `canceled` is false too when it was closed before. Undefined when there is no
   * such screening.
   */
  async cancel(companyId: string, id: string, now: Date): Promise<{ screening: Screening; canceled: boolean } | undefined> {
    const canceled = await model
      .findOneAndUpdate(
        { _id: id, companyId, state: { $in: ['queued', 'held'] } },
        { $set: { ...closing(id, 'canceled', now), lease_owner: null, lease_until: new Date(0) }, $inc: { fence: 1 } },
        { returnDocument: 'after' },
      )
      .lean<ScreeningDocument | null>();
    if (canceled) return { screening: toScreening(canceled), canceled: true };
    const calling = await model
      .findOneAndUpdate({ _id: id, companyId, state: 'calling' }, { $set: { cancel_requested: true, modified_at: now } }, { returnDocument: 'after' })
      .lean<ScreeningDocument | null>();
    const screening = calling ? toScreening(calling) : await this.find(companyId, id);
    // The call ended between the two writes and the screening is due again.
    if (screening && !calling && screening.state !== 'closed') return this.cancel(companyId, id, now);
    return screening && { screening, canceled: false };
  },

  /** Makes the held screenings of a candidate due again at `now`, after something that may have held them has changed (a consent, the phone, the zone). */
  async wakeHeld(companyId: string, candidateId: string, now: Date): Promise<number> {
    const { modifiedCount } = await model.updateMany(
      { companyId, candidate_id: candidateId, state: 'held' },
      { $set: { queue: 'waiting', run_at: now, modified_at: now } },
    );
    return modifiedCount;
  },

  /** Without tenant: screenings with a call that is still to be looked back at, those that wait longest first. */
  async listToLookBack(limit: number): Promise<{ screening: Screening; callId: string }[]> {
    const found = await model
      .find({ look_back_call: { $gt: '' } })
      .sort({ modified_at: 1, _id: 1 })
      .limit(limit)
      .lean<ScreeningDocument[]>();
    return found.flatMap((document) => (document.look_back_call ? [{ screening: toScreening(document), callId: document.look_back_call }] : []));
  },

  /**
   * Keeps what was seen on looking back at a call. Needs no lease: the call has ended, and what it came to is written. `outcome` is the one that was read;
   * `done`: nothing more is due. False when the call is not the one to be looked back at any more: it was done already, another call has ended since, a
   * recruiter has closed the screening, or the person was erased.
   */
  async saveLookBack(
    companyId: string,
    { screeningId, callId, outcome }: { screeningId: string; callId: string; outcome: ScreeningOutcome | null },
    account: { summary: string | null; outcome_reason: string | null; done: boolean },
    now: Date,
  ): Promise<boolean> {
    const { summary, outcome_reason, done } = account;
    const { matchedCount } = await model.updateOne(
      { _id: screeningId, companyId, look_back_call: callId, outcome },
      { $set: { summary, outcome_reason, modified_at: now, ...(done ? { look_back_call: null } : {}) } },
    );
    return matchedCount === 1;
  },

  /** Forgets what the interviews of a candidate have heard, and what was written about them; for erasure. */
  async forgetWords(companyId: string, candidateId: string): Promise<void> {
    const nothing = { progress: null, summary: null, outcome_reason: null, look_back_call: null };
    await model.updateMany({ companyId, candidate_id: candidateId }, { $set: nothing });
  },
});

export type { Lease };
