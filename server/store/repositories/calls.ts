import type { Model, QueryFilter } from 'mongoose';
import type { Call, CallLatency } from '../../../schemas/call.js';
import { type AnsweredBy, CALL_STATES, type CallState, type EndedBy, isFinal, statesBefore } from '../../../schemas/call-state.js';
import type { CallDocument } from '../models/call.js';
import { mapPage, type Page, type PageRequest, readPage } from '../page.js';
import { withoutUndefined } from '../plain-value.js';
import { isDuplicateKey } from '../store-errors.js';

const toCall = ({ _id, dialed_at, answered_at, ended_at, latency, ...rest }: CallDocument): Call => ({
  id: _id,
  ...rest,
  // Calls of older servers have no turns.
  latency: { ...latency, turns: latency.turns ?? [] },
  dialed_at: dialed_at ?? null,
  answered_at: answered_at ?? null,
  ended_at: ended_at ?? null,
});

export type NewCall = Pick<Call, 'id' | 'screening_id' | 'candidate_id' | 'attempt' | 'token' | 'provider' | 'to' | 'from'>;

/** What is learnt together with a state. `at` is when we learnt it; it becomes the instant of being dialed, answered or ended unless an earlier one is known. */
export interface CallStateFacts {
  at: Date;
  answered_by?: AnsweredBy | undefined;
  ended_by?: EndedBy | undefined;
  end_reason?: string | undefined;
  vendor_reason?: string | undefined;
}

/** What the live call and the classifier add, whatever the state. */
export interface CallPatch {
  answered_by?: AnsweredBy | undefined;
  ended_by?: EndedBy | undefined;
  end_reason?: string | undefined;
  vendor_reason?: string | undefined;
  short_drop?: boolean | undefined;
  duration_ms?: number | undefined;
  latency?: CallLatency | undefined;
}

const OPEN_STATES = CALL_STATES.filter((state) => !isFinal(state));

const instantOf = (state: CallState): 'dialed_at' | 'answered_at' | 'ended_at' | undefined => {
  if (isFinal(state)) return 'ended_at';
  if (state === 'in-progress') return 'answered_at';
  return state === 'dialing' ? 'dialed_at' : undefined;
};

export type CallRepository = ReturnType<typeof callRepository>;

export const callRepository = (model: Model<CallDocument>) => ({
  /**
   * Creates the call of one attempt in state `queued`. Its unique key (`<screening>:<attempt>`) lets it exist once: the second creation returns the stored
   * call with `created` false, and whoever sees that must not dial.
   */
  async create(companyId: string, input: NewCall, now: Date): Promise<{ call: Call; created: boolean }> {
    const { id, ...rest } = input;
    const key = `${input.screening_id}:${input.attempt}`;
    const document: CallDocument = {
      _id: id,
      companyId,
      ...rest,
      key,
      provider_call_id: null,
      state: 'queued',
      disposition: null,
      answered_by: null,
      ended_by: null,
      end_reason: null,
      vendor_reason: null,
      short_drop: false,
      created_at: now,
      duration_ms: null,
      latency: { greeting_ms: null, reply_ms: [], barge_in_ms: [], turns: [] },
    };
    try {
      await model.create(document);
      return { call: toCall(document), created: true };
    } catch (error) {
      const existing = isDuplicateKey(error) ? await model.findOne({ companyId, key }).lean<CallDocument | null>() : null;
      if (!existing) throw error;
      return { call: toCall(existing), created: false };
    }
  },

  /** The intent to dial, written before the provider is asked: `queued` to `dialing`, true for exactly one caller. Only that one may dial. */
  async recordIntent(companyId: string, id: string, now: Date): Promise<boolean> {
    const { modifiedCount } = await model.updateOne({ _id: id, companyId, state: 'queued' }, { $set: { state: 'dialing', dialed_at: now } });
    return modifiedCount === 1;
  },

  /** Keeps the provider's own id of the call. False when another id is kept already. */
  async setPlaced(companyId: string, id: string, providerCallId: string): Promise<boolean> {
    const { matchedCount } = await model.updateOne(
      { _id: id, companyId, provider_call_id: { $in: [null, providerCallId] } },
      { $set: { provider_call_id: providerCallId } },
    );
    return matchedCount === 1;
  },

  /** Without tenant, since an account may serve several: those of the provider's ids that calls keep already. */
  async keptProviderIds(providerCallIds: readonly string[]): Promise<Set<string>> {
    const found = await model
      .find({ provider_call_id: { $in: [...providerCallIds] } })
      .select({ provider_call_id: 1 })
      .lean<Pick<CallDocument, 'provider_call_id'>[]>();
    return new Set(found.flatMap(({ provider_call_id }) => provider_call_id ?? []));
  },

  /**
   * Joins a reported state into the call's by one compare-and-set: it moves only forward (`statesBefore`), so repeated and reordered reports end in the same
   * state. Returns the call after the move, undefined when nothing moved; the facts are stored with a move only. Who ended the call is kept from the first who
   * is known to have.
   */
  async joinState(companyId: string, id: string, reported: CallState, { at, ...facts }: CallStateFacts): Promise<Call | undefined> {
    const instant = instantOf(reported);
    const move = async (known: Omit<CallStateFacts, 'at'>, condition: QueryFilter<CallDocument> = {}) =>
      model
        .findOneAndUpdate(
          { _id: id, companyId, state: { $in: statesBefore(reported) }, ...condition },
          {
            $set: { ...withoutUndefined(known), state: reported, ...(isFinal(reported) ? { disposition: reported } : {}) },
            ...(instant ? { $min: { [instant]: at } } : {}),
          },
          { returnDocument: 'after' },
        )
        .lean<CallDocument | null>();
    const { ended_by, end_reason, ...others } = facts;
    // A call gets its end once and keeps it, so that at most one of the two writes matches.
    const moved =
      ended_by === undefined ? await move(facts) : ((await move(facts, { ended_by: null })) ?? (await move(others, { ended_by: { $ne: null } })));
    return moved ? toCall(moved) : undefined;
  },

  /** Somebody ends a call that is not over: who and why, unless its conversation has an end already. True when it was written. */
  async recordHangUp(companyId: string, id: string, end: { ended_by: EndedBy; end_reason: string }): Promise<boolean> {
    const { modifiedCount } = await model.updateOne({ _id: id, companyId, state: { $in: OPEN_STATES }, ended_by: null }, { $set: end });
    return modifiedCount === 1;
  },

  async patch(companyId: string, id: string, patch: CallPatch): Promise<Call | undefined> {
    const set = withoutUndefined(patch);
    if (Object.keys(set).length === 0) return this.find(companyId, id);
    const updated = await model.findOneAndUpdate({ _id: id, companyId }, { $set: set }, { returnDocument: 'after' }).lean<CallDocument | null>();
    return updated ? toCall(updated) : undefined;
  },

  async find(companyId: string, id: string): Promise<Call | undefined> {
    const found = await model.findOne({ _id: id, companyId }).lean<CallDocument | null>();
    return found ? toCall(found) : undefined;
  },

  async list(
    companyId: string,
    query: { screening_id?: string | undefined; candidate_id?: string | undefined; state?: CallState | undefined },
    page: PageRequest,
  ): Promise<Page<Call>> {
    return mapPage(await readPage(model, { companyId, ...withoutUndefined(query) }, page), toCall);
  },

  /** All calls of a screening, first attempt first. */
  async listByScreening(companyId: string, screeningId: string): Promise<Call[]> {
    const found = await model.find({ companyId, screening_id: screeningId }).sort({ attempt: 1, _id: 1 }).lean<CallDocument[]>();
    return found.map(toCall);
  },

  /** All calls of a candidate; for erasure. */
  async listByCandidate(companyId: string, candidateId: string): Promise<Call[]> {
    const found = await model.find({ companyId, candidate_id: candidateId }).sort({ created_at: 1, _id: 1 }).lean<CallDocument[]>();
    return found.map(toCall);
  },

  /** Blanks the number of a candidate's calls; the rest says nothing about a person and stays for the bill. */
  async forgetNumbers(companyId: string, candidateId: string): Promise<void> {
    await model.updateMany({ companyId, candidate_id: candidateId }, { $set: { to: '' } });
  },

  /** Without tenant, since the token is the secret that the provider's URLs carry: the call of a token. */
  async findByToken(token: string): Promise<Call | undefined> {
    const found = await model.findOne({ token }).lean<CallDocument | null>();
    return found ? toCall(found) : undefined;
  },

  /** Without tenant: calls that are not over, oldest first, at most `limit`; what a starting server has to look after. */
  async listOpen(limit = 1000): Promise<Call[]> {
    const found = await model
      .find({ state: { $in: OPEN_STATES } })
      .sort({ created_at: 1, _id: 1 })
      .limit(limit)
      .lean<CallDocument[]>();
    return found.map(toCall);
  },
});
