import type { Model, QueryFilter, UpdateQuery } from 'mongoose';
import type { ScreeningOutcome } from '../../../schemas/call-state.js';
import type { HeldBecause, Screening } from '../../../schemas/screening.js';
import type { ScreeningDocument } from '../models/screening.js';

/*
 *            claimDue            markCalling            schedule
 *  waiting ──────────► leased ──────────────► calling ────────────► waiting
 *     ▲  release, lease over │                   │ close
 *     └──────────────────────┤ hold ► waiting at next_allowed_at, or parked
 *                            └ close             └─► closed
 *
 * A lease that runs out while a call is under way never makes the screening due again: the call may be ringing. `claimAbandoned` takes it over, or
 * `claimOrphaned` before that when its owner is known to be dead, and the new owner first finds out what became of the call.
 */

/** Proof of owning a screening for a while. Every write under it carries the `fence`; once somebody else owns the screening the write does nothing. */
export interface Lease {
  screeningId: string;
  owner: string;
  fence: number;
  until: Date;
}

/** A screening together with the lease under which it may be changed. */
export interface ClaimedScreening {
  screening: Screening;
  lease: Lease;
}

/** More calls than this are not under way at once. */
const MAX_CALLING = 10_000;
const NOBODY = { lease_owner: null, lease_until: new Date(0) };

/** What was written about the screening before this call's end counts no more. */
const toLookBackAt = (endedCall: string | undefined) =>
  endedCall === undefined ? {} : { look_back_call: endedCall, summary: null, outcome_reason: null };

/** The part of the screening repository that the dialer works with. Fenced writes return undefined (or false) when the lease is lost: stop, write nothing more. */
export const leaseWrites = (
  model: Model<ScreeningDocument>,
  shapes: {
    toScreening(document: ScreeningDocument): Screening;
    closing(id: string, outcome: ScreeningOutcome, now: Date): Partial<ScreeningDocument>;
  },
) => {
  const claim = async (
    filter: QueryFilter<ScreeningDocument>,
    sort: Record<string, 1 | -1>,
    owner: string,
    until: Date,
  ): Promise<ClaimedScreening | undefined> => {
    const claimed = await model
      .findOneAndUpdate(filter, { $set: { lease_owner: owner, lease_until: until }, $inc: { fence: 1 } }, { sort, returnDocument: 'after' })
      .lean<ScreeningDocument | null>();
    return claimed ? { screening: shapes.toScreening(claimed), lease: { screeningId: claimed._id, owner, fence: claimed.fence, until } } : undefined;
  };

  const fenced = async (
    companyId: string,
    { screeningId, fence }: Pick<Lease, 'screeningId' | 'fence'>,
    update: UpdateQuery<ScreeningDocument>,
    condition: QueryFilter<ScreeningDocument> = {},
  ): Promise<Screening | undefined> => {
    const updated = await model
      .findOneAndUpdate({ _id: screeningId, companyId, fence, ...condition }, update, { returnDocument: 'after' })
      .lean<ScreeningDocument | null>();
    return updated ? shapes.toScreening(updated) : undefined;
  };

  const closed = (id: string, outcome: ScreeningOutcome, now: Date, endedCall: string | undefined): UpdateQuery<ScreeningDocument> => ({
    $set: { ...shapes.closing(id, outcome, now), ...toLookBackAt(endedCall), ...NOBODY },
    $inc: { fence: 1 },
  });

  /** What follows a call, unless the screening was cancelled meanwhile: then it is closed as `canceled`. One of the two writes matches, or neither. */
  const settle = async (
    companyId: string,
    lease: Lease,
    update: UpdateQuery<ScreeningDocument>,
    now: Date,
    endedCall: string | undefined,
  ): Promise<Screening | undefined> =>
    (await fenced(companyId, lease, update, { cancel_requested: { $ne: true } })) ??
    fenced(companyId, lease, closed(lease.screeningId, 'canceled', now, endedCall), { cancel_requested: true });

  return {
    /** Without tenant: leases the most urgent screening that is due at `now` (highest priority, then longest due), or undefined when none is. */
    claimDue: (now: Date, owner: string, leaseMs: number): Promise<ClaimedScreening | undefined> =>
      claim(
        { queue: 'waiting', run_at: { $lte: now }, lease_until: { $lte: now } },
        { priority: -1, run_at: 1, _id: 1 },
        owner,
        new Date(now.getTime() + leaseMs),
      ),

    /** Without tenant: leases one screening whose call was under way when its owner vanished. Look at its calls before anything else; never dial blindly. */
    claimAbandoned: (now: Date, owner: string, leaseMs: number): Promise<ClaimedScreening | undefined> =>
      claim({ state: 'calling', lease_until: { $lte: now } }, { lease_until: 1, _id: 1 }, owner, new Date(now.getTime() + leaseMs)),

    /**
     * Without tenant: leases one screening whose call was under way with an owner of whom `isDead` is certain, however long the lease still runs. As with an
     * abandoned one: look at its calls first.
     */
    async claimOrphaned(now: Date, owner: string, leaseMs: number, isDead: (owner: string) => boolean): Promise<ClaimedScreening | undefined> {
      const calling = await model
        .find({ state: 'calling', lease_until: { $gt: now } })
        .select({ lease_owner: 1 })
        .limit(MAX_CALLING)
        .lean<Pick<ScreeningDocument, 'lease_owner'>[]>();
      const dead = [...new Set(calling.flatMap(({ lease_owner }) => lease_owner ?? []))].filter(isDead);
      if (dead.length === 0) return undefined;
      return claim({ state: 'calling', lease_owner: { $in: dead } }, { lease_until: 1, _id: 1 }, owner, new Date(now.getTime() + leaseMs));
    },

    /** Without tenant: when the next waiting screening is due; undefined when nothing waits. Scenarios jump the clock there. */
    async nextDueAt(): Promise<Date | undefined> {
      const next = await model.findOne({ queue: 'waiting' }).sort({ run_at: 1, _id: 1 }).lean<ScreeningDocument | null>();
      return next?.run_at;
    },

    /** Extends the lease to `now + leaseMs`; to be done at a third of it. Returns the lease to go on with, undefined when it is lost. */
    async renewLease(companyId: string, lease: Lease, now: Date, leaseMs: number): Promise<Lease | undefined> {
      const until = new Date(now.getTime() + leaseMs);
      return (await fenced(companyId, lease, { $set: { lease_until: until } })) && { ...lease, until };
    },

    /** Gives the screening back unchanged; it is due again at once. */
    release: (companyId: string, lease: Lease): Promise<Screening | undefined> =>
      fenced(companyId, lease, { $set: { ...NOBODY }, $inc: { fence: 1 } }),

    /** The gate said no. With `nextAllowedAt` it is due again then; with null only `wakeHeld` or a person brings it back. Ends the lease. */
    hold: (
      companyId: string,
      lease: Lease,
      because: { reason: HeldBecause; nextAllowedAt: Date | null },
      now: Date,
    ): Promise<Screening | undefined> =>
      fenced(companyId, lease, {
        $set: {
          state: 'held',
          held_because: because.reason,
          next_allowed_at: because.nextAllowedAt,
          ...(because.nextAllowedAt ? { queue: 'waiting', run_at: because.nextAllowedAt } : { queue: 'parked' }),
          modified_at: now,
          ...NOBODY,
        },
        $inc: { fence: 1 },
      }),

    /** A dial is about to happen: counts the attempt and takes the screening out of the queue. The lease goes on. */
    markCalling: (companyId: string, lease: Lease, now: Date): Promise<Screening | undefined> =>
      fenced(companyId, lease, {
        $set: { state: 'calling', queue: 'parked', held_because: null, next_allowed_at: null, modified_at: now },
        $inc: { attempts: 1 },
      }),

    /** Another call is due at `runAt`, unless it was cancelled: then it is closed. `endedCall` is to be looked back at. Ends the lease. */
    schedule: (companyId: string, lease: Lease, runAt: Date, now: Date, endedCall?: string): Promise<Screening | undefined> => {
      const due = {
        state: 'queued',
        queue: 'waiting',
        run_at: runAt,
        held_because: null,
        next_allowed_at: null,
        modified_at: now,
        ...toLookBackAt(endedCall),
        ...NOBODY,
      } as const;
      return settle(companyId, lease, { $set: due, $inc: { fence: 1 } }, now, endedCall);
    },

    /** The screening has its outcome, `canceled` when it was cancelled. `endedCall` is to be looked back at. Ends the lease. */
    close: (companyId: string, lease: Lease, outcome: ScreeningOutcome, now: Date, endedCall?: string): Promise<Screening | undefined> =>
      settle(companyId, lease, closed(lease.screeningId, outcome, now, endedCall), now, endedCall),

    /** Keeps the interview's serialised state, so that the next call resumes there. */
    saveProgress: async (companyId: string, lease: Lease, progress: string, now: Date): Promise<boolean> =>
      (await fenced(companyId, lease, { $set: { progress, modified_at: now } })) !== undefined,
  };
};
