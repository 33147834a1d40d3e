import { setMaxListeners } from 'node:events';
import type { Call } from '../../schemas/call.js';
import type { Cancel, Clock, Random } from '../../schemas/clock.js';
import { ProviderError } from '../../schemas/errors.js';
import type { Ids } from '../../schemas/ids.js';
import { type E164, e164Schema } from '../../schemas/phone.js';
import type { TelephonyProvider } from '../../schemas/ports/telephony.js';
import type { Screening } from '../../schemas/screening.js';
import { readInterviewRecords } from '../calls/interview-records.js';
import type { LiveCall } from '../calls/live-call.js';
import type { LiveCalls } from '../calls/live-calls.js';
import { isDeadOwner, registerOwner } from '../lease-owner.js';
import { randomToken } from '../runtime.js';
import type { Store } from '../store/connect.js';
import { hashPhone } from '../store/phone-hash.js';
import type { ClaimedScreening } from '../store/repositories/screening-lease.js';
import { createCallFollower } from './call-follower.js';
import { createCallNews } from './call-news.js';
import { mayCall } from './gate.js';
import { type KeptLease, keepLease } from './kept-lease.js';
import { createProviderLookUp } from './provider-look-up.js';
import { possibleTimeZones } from './time-zones.js';

/*
 * The dialer: takes due screenings, asks the gate, places the call and decides what follows it. A dial is at most once: the call's record (unique by screening
 * and attempt) and its intent are written before the provider is asked, and after a doubt it looks at the provider's list, never dials again.
 *
 *   claim ─► gate ─no─► held
 *              └yes─► record, intent ─► provider ─► wait for the end ─► next step ─► closed | due again
 */

/** New screenings poke the dialer; this is for those that come due by time, and for those of a server that vanished. */
const POLL_MS = 1000;
const LEASE_MS = 15_000;
const RENEW_MS = LEASE_MS / 5;
const RING_TIMEOUT_S = 40;
/** Attempts that came to no dial, because the server broke down before or the call could not be set up; after as many the screening is closed. */
const MAX_NEVER_DIALED = 3;
const NEVER_DIALED = 'never-dialed';
/** A dialer that stops waits this long for calls whose conversation is over, so that what follows from them is written. */
const CONCLUDE_WITHIN_MS = 8_000;

export interface DialerDeps {
  store: Store;
  clock: Clock;
  random: Random;
  ids: Ids;
  phoneHashKey: Uint8Array;
  provider: TelephonyProvider;
  from: E164;
  seats: number;
  /** Tells this start apart from all others in the names of leases. */
  ownerToken: string;
  liveCalls: LiveCalls;
  /** Engines that a person must mend before calls are made with them. */
  misconfiguredEngines: () => readonly string[];
  /** What follows a call is written. */
  onConcluded: () => void;
  onTrouble: (error: unknown, at: { where: string; callId?: string; screeningId?: string }) => void;
}

export interface Dialer {
  start(): void;
  /** A screening may be due now: look at once. */
  poke(): void;
  /** A call's state became final. */
  callEnded(callId: string): void;
  readonly busy: number;
  /** Claims nothing more; what is under way goes on. */
  drain(): void;
  /** Claims nothing more; what has ended is concluded, for 8 s at most, everything else is let go for the next server to take over. */
  stop(): Promise<void>;
}

export const createDialer = (deps: DialerDeps): Dialer => {
  const { store, clock, provider } = deps;
  const stopping = new AbortController();
  // Every call under way listens to it.
  setMaxListeners(0, stopping.signal);
  const news = createCallNews(clock);
  const lookUp = createProviderLookUp({ ...deps, stopping: stopping.signal });
  const { follow, leave } = createCallFollower({ ...deps, news, provider: lookUp, stopping: stopping.signal });
  const { name: owner, retire } = registerOwner(deps.ownerToken);
  const working = new Set<Promise<void>>();
  let timer: Cancel | undefined;
  let looking: Promise<void> | undefined;
  let draining = false;
  let orphansLeft = true;
  const now = () => new Date(clock.now());

  const look = (): Promise<void> => {
    looking ??= claimWhatIsDue().finally(() => {
      looking = undefined;
    });
    return looking;
  };

  const claimWhatIsDue = async () => {
    try {
      while (working.size < deps.seats && !draining && !stopping.signal.aborted) {
        const due = await store.screenings.claimDue(now(), owner, LEASE_MS);
        const claimed = due ?? (await store.screenings.claimAbandoned(now(), owner, LEASE_MS)) ?? (await claimOrphaned());
        if (!claimed) break;
        const work = keeping(claimed, due ? dial : takeOver)
          .catch((error: unknown) => deps.onTrouble(error, { where: 'dial', screeningId: claimed.screening.id }))
          .finally(() => working.delete(work));
        working.add(work);
      }
    } catch (error) {
      deps.onTrouble(error, { where: 'claim' });
    }
  };

  /** Calls of the servers that were gone when this one started need not wait for their leases to run out; those that vanish later do. */
  const claimOrphaned = async () => {
    const claimed = orphansLeft ? await store.screenings.claimOrphaned(now(), owner, LEASE_MS, isDeadOwner) : undefined;
    orphansLeft = claimed !== undefined;
    return claimed;
  };

  /** Works on a screening under its lease, which live calls write their progress under too. */
  const keeping = async ({ screening, lease }: ClaimedScreening, work: (screening: Screening, kept: KeptLease) => Promise<unknown>) => {
    const kept = keepLease(lease, {
      clock,
      everyMs: RENEW_MS,
      renew: (held) => store.screenings.renewLease(screening.companyId, held, now(), LEASE_MS),
      onLost: news.tellAll,
      onTrouble: (error) => deps.onTrouble(error, { where: 'lease', screeningId: screening.id }),
    });
    deps.liveCalls.setLease(lease);
    try {
      await work(screening, kept);
    } finally {
      kept.letGo();
      deps.liveCalls.dropLease(lease);
    }
  };

  const schedule = () => {
    timer = clock.after(POLL_MS, () => {
      void look().finally(() => {
        if (!draining && !stopping.signal.aborted) schedule();
      });
    });
  };

  const dial = async (screening: Screening, kept: KeptLease) => {
    const { companyId } = screening;
    const { lease } = kept;
    const records = await readInterviewRecords(store, screening);
    if (!records) return store.screenings.close(companyId, lease, 'canceled', now());
    const { bot, candidate, company } = records;
    const phoneHash = hashPhone(deps.phoneHashKey, candidate.phone);
    const suppressions = await store.suppressions.findFor(companyId, phoneHash, 'voice');
    const verdict = mayCall({
      candidate,
      bot,
      company: company.settings,
      suppressed: suppressions.length > 0,
      refusedAi: await store.consents.isRevoked(companyId, { candidate_id: candidate.id, phone_hash: phoneHash }, 'ai_processing'),
      timeZones: possibleTimeZones(candidate),
      engineMisconfigured: deps.misconfiguredEngines().length > 0,
      now: clock.now(),
    });
    if (!verdict.allowed) {
      const nextAllowedAt = verdict.nextAllowedAt === null ? null : new Date(verdict.nextAllowedAt);
      return store.screenings.hold(companyId, lease, { reason: verdict.because, nextAllowedAt }, now());
    }
    const input = {
      id: deps.ids.create('call'),
      screening_id: screening.id,
      candidate_id: candidate.id,
      attempt: screening.attempts + 1,
      token: randomToken(deps.random),
      provider: provider.name,
      to: candidate.phone,
      from: deps.from,
    };
    const { call, created } = await store.calls.create(companyId, input, now());
    if (!(await store.screenings.markCalling(companyId, lease, now()))) {
      // Cancelled in this moment, or taken over by somebody who goes on with the same record.
      if ((await store.screenings.find(companyId, screening.id))?.state === 'closed') await neverDialed(call);
      return;
    }
    if (!created && call.state !== 'queued') return follow(call, kept, undefined);
    const live = await deps.liveCalls.open(call);
    // True once in the life of the record, whoever made it; false when the call was cancelled meanwhile.
    if (await store.calls.recordIntent(companyId, call.id, now())) {
      live.timeline.record({ kind: 'call-state', state: 'dialing' });
      await place(call, live, bot.max_duration_s);
    } else live.carrierEnded(NEVER_DIALED);
    await follow(call, kept, live);
  };

  /** Asks the provider, once. What is refused is over; what is doubtful stays open until the provider's list or a callback tells. */
  const place = async (call: Call, live: LiveCall, maxDurationS: number) => {
    try {
      const { providerCallId } = await provider.placeCall(
        {
          to: e164Schema.parse(call.to),
          from: deps.from,
          token: call.token,
          ringTimeoutS: RING_TIMEOUT_S,
          maxDurationS: maxDurationS + 60,
          detectMachine: provider.capabilities.machineDetection !== 'none',
        },
        stopping.signal,
      );
      await store.calls.setPlaced(call.companyId, call.id, providerCallId);
      if (live.unwanted) await provider.hangUp(providerCallId, stopping.signal);
    } catch (error) {
      deps.onTrouble(error, { where: 'place', callId: call.id });
      const refused = error instanceof ProviderError && error.outcome === 'refused';
      const facts = {
        at: now(),
        end_reason: refused && error.numberInvalid ? 'number-invalid' : 'provider-refused',
        vendor_reason: error instanceof Error ? error.message : String(error),
      };
      const moved = refused
        ? await store.calls.joinState(call.companyId, call.id, 'failed', { ...facts, ended_by: 'carrier' })
        : await store.calls.joinState(call.companyId, call.id, 'unknown', { at: now() });
      if (moved) live.timeline.record({ kind: 'call-state', state: moved.state, reason: facts.vendor_reason });
      if (refused) live.carrierEnded(facts.end_reason);
    }
  };

  /** A screening whose dialer vanished: never dials, only finds out what became of the call. */
  const takeOver = async (screening: Screening, kept: KeptLease) => {
    const calls = await store.calls.listByScreening(screening.companyId, screening.id);
    const call = calls.at(-1);
    if (call && !(call.state === 'queued' && (await neverDialed(call)))) return follow(call, kept, undefined);
    // The record exists at most, the dial does not: the attempt was counted and stays counted.
    const before = calls.filter(({ end_reason }) => end_reason === NEVER_DIALED).length;
    if (before + 1 >= MAX_NEVER_DIALED) return store.screenings.close(screening.companyId, kept.lease, 'canceled', now());
    return store.screenings.schedule(screening.companyId, kept.lease, now(), now());
  };

  const neverDialed = (call: Call) => store.calls.joinState(call.companyId, call.id, 'canceled', { at: now(), end_reason: NEVER_DIALED });

  return {
    start: schedule,
    poke: () => void look(),
    callEnded: (callId) => news.tell(callId),
    get busy() {
      return working.size;
    },
    drain() {
      draining = true;
      timer?.();
    },
    async stop() {
      draining = true;
      timer?.();
      leave();
      await looking;
      const settled = new AbortController();
      const all = Promise.allSettled([...working]).then(() => settled.abort(new Error('settled')));
      // Rejects only because everything has settled.
      await clock.sleep(CONCLUDE_WITHIN_MS, settled.signal).catch(() => undefined);
      stopping.abort(new Error('the dialer stops'));
      news.tellAll();
      await all;
      retire();
    },
  };
};
