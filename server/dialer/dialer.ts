import { setMaxListeners } from 'node:events';
import type { Call } from '../../schemas/call.js';
import { isFinal } from '../../schemas/call-state.js';
import type { Cancel, Clock, Random } from '../../schemas/clock.js';
import { ProviderError } from '../../schemas/errors.js';
import type { Ids } from '../../schemas/ids.js';
import { type E164, e164Schema } from '../../schemas/phone.js';
import type { TelephonyProvider } from '../../schemas/ports/telephony.js';
import type { CallResult } from '../calls/call-result.js';
import type { LiveCall } from '../calls/live-call.js';
import type { LiveCalls } from '../calls/live-calls.js';
import { randomToken } from '../runtime.js';
import type { Store } from '../store/connect.js';
import { hashPhone } from '../store/phone-hash.js';
import type { ClaimedScreening, Lease } from '../store/repositories/screening-lease.js';
import { createCallNews } from './call-news.js';
import { mayCall } from './gate.js';
import { settleLostCall } from './lost-call.js';
import { nextStep } from './next-step.js';
import { possibleTimeZones } from './time-zones.js';

/*
 * The dialer: takes due screenings, asks the gate, places the call and decides what follows it. A dial is at most once: the call's record (unique by screening
 * and attempt) and its intent are written before the provider is asked, and after a doubt it looks at the provider's list, never dials again.
 *
 *   claim ─► gate ─no─► held
 *              └yes─► record, intent ─► provider ─► wait for the end ─► next step ─► closed | due again
 */

const POLL_MS = 250;
const LEASE_MS = 15_000;
const RING_TIMEOUT_S = 40;
/** A call without news is looked up at the provider this often. */
const LOOK_UP_MS = 5_000;
/** After our side is done the provider has this long to say that the call is over before it is hung up by REST. */
const OVER_WITHIN_MS = 3_000;
/** A dial that the provider does not know after this long did not happen. */
const NEVER_PLACED_MS = 60_000;

export interface DialerDeps {
  store: Store;
  clock: Clock;
  random: Random;
  ids: Ids;
  phoneHashKey: Uint8Array;
  provider: TelephonyProvider;
  from: E164;
  seats: number;
  /** Names this process in leases. */
  owner: string;
  liveCalls: LiveCalls;
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
  /** Claims nothing more; resolves when what is under way has been let go. */
  stop(): Promise<void>;
}

export const createDialer = (deps: DialerDeps): Dialer => {
  const { store, clock, provider } = deps;
  const stopping = new AbortController();
  // Every call under way listens to it.
  setMaxListeners(0, stopping.signal);
  const news = createCallNews(clock, stopping.signal);
  const working = new Set<Promise<void>>();
  let timer: Cancel | undefined;
  let looking: Promise<void> | undefined;
  let draining = false;
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
        const due = await store.screenings.claimDue(now(), deps.owner, LEASE_MS);
        const claimed = due ?? (await store.screenings.claimAbandoned(now(), deps.owner, LEASE_MS));
        if (!claimed) break;
        const work = (due ? dial(claimed) : takeOver(claimed))
          .catch((error: unknown) => deps.onTrouble(error, { where: 'dial', screeningId: claimed.screening.id }))
          .finally(() => working.delete(work));
        working.add(work);
      }
    } catch (error) {
      deps.onTrouble(error, { where: 'claim' });
    }
  };

  const schedule = () => {
    timer = clock.after(POLL_MS, () => {
      void look().finally(() => {
        if (!draining && !stopping.signal.aborted) schedule();
      });
    });
  };

  const dial = async ({ screening, lease }: ClaimedScreening) => {
    const { companyId } = screening;
    const [bot, candidate, company] = await Promise.all([
      store.bots.findVersion(companyId, screening.bot_id, screening.bot_version),
      store.candidates.find(companyId, screening.candidate_id),
      store.companies.find(companyId),
    ]);
    if (!bot || !candidate || !company) {
      await store.screenings.close(companyId, lease, 'canceled', now());
      return;
    }
    const suppressions = await store.suppressions.findFor(companyId, hashPhone(deps.phoneHashKey, candidate.phone), 'voice');
    const verdict = mayCall({
      candidate,
      bot: bot.definition,
      company: company.settings,
      suppressed: suppressions.length > 0,
      timeZones: possibleTimeZones(candidate),
      now: clock.now(),
    });
    if (!verdict.allowed) {
      const nextAllowedAt = verdict.nextAllowedAt === null ? null : new Date(verdict.nextAllowedAt);
      await store.screenings.hold(companyId, lease, { reason: verdict.because, nextAllowedAt }, now());
      return;
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
    if (!created && call.state !== 'queued') return follow(call, lease, undefined);
    const live = await deps.liveCalls.open(call);
    // True once in the life of the record, whoever made it; false when the call was cancelled meanwhile.
    if (await store.calls.recordIntent(companyId, call.id, now())) {
      live.timeline.record({ kind: 'call-state', state: 'dialing' });
      await place(call, live, bot.definition.max_duration_s);
    } else live.carrierEnded('never-dialed');
    await follow(call, lease, live);
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
  const takeOver = async ({ screening, lease }: ClaimedScreening) => {
    const call = (await store.calls.listByScreening(screening.companyId, screening.id)).at(-1);
    if (call && !(call.state === 'queued' && (await neverDialed(call)))) return follow(call, lease, undefined);
    // The record exists at most, the dial does not: the attempt was counted and stays counted.
    await store.screenings.schedule(screening.companyId, lease, now(), now());
  };

  const neverDialed = (call: Call) => store.calls.joinState(call.companyId, call.id, 'canceled', { at: now(), end_reason: 'never-dialed' });

  /** Stays with a call until it is over and stored, then writes what follows. Keeps the lease meanwhile; stops without a word when it is lost. */
  const follow = async (call: Call, first: Lease, opened: LiveCall | undefined) => {
    let lease: Lease | undefined = first;
    let result: CallResult | undefined;
    let heldSince: number | undefined;
    deps.liveCalls.setLease(call.screening_id, lease);
    let live: LiveCall | undefined;
    const attend = (one: LiveCall | undefined) => {
      live = one;
      void one?.finished.then((finished) => {
        result = finished;
        news.tell(call.id);
      });
    };
    attend(opened);
    const began = clock.monotonic();
    let lookedAt = began;
    try {
      for (;;) {
        // A call of an earlier life of the server comes alive when its provider asks how to go on.
        if (!live) attend(deps.liveCalls.findById(call.id));
        const current = await store.calls.find(call.companyId, call.id);
        if (current && isFinal(current.state) && (result || !live)) return await conclude(current, lease, result);
        if (stopping.signal.aborted) return;
        if (result && !heldSince) heldSince = clock.monotonic();
        const overdue = heldSince !== undefined && clock.monotonic() - heldSince > OVER_WITHIN_MS;
        const silent = clock.monotonic() - lookedAt > LOOK_UP_MS && !live?.session.started;
        if (current && (overdue || silent)) {
          lookedAt = clock.monotonic();
          await lookUp(current, overdue || live?.unwanted === true, clock.monotonic() - began > NEVER_PLACED_MS);
        }
        lease = await store.screenings.renewLease(call.companyId, lease, now(), LEASE_MS);
        if (!lease) return;
        deps.liveCalls.setLease(call.screening_id, lease);
        await news.wait(call.id, overdue ? POLL_MS : LEASE_MS / 5);
      }
    } finally {
      deps.liveCalls.setLease(call.screening_id, undefined);
    }
  };

  /** What the provider's own list says of a call that has not told us enough. */
  const lookUp = async (call: Call, hangUp: boolean, longAgo: boolean) => {
    try {
      if (hangUp && call.provider_call_id) await provider.hangUp(call.provider_call_id, stopping.signal);
      const since = new Date((call.dialed_at ?? call.created_at).getTime() - 1000);
      const found = (await provider.findCalls({ to: e164Schema.parse(call.to), from: deps.from, since }, stopping.signal)).filter(
        (one) => !call.provider_call_id || one.providerCallId === call.provider_call_id,
      );
      const [match] = found;
      if (match?.state) await deps.liveCalls.report(call.token, { providerCallId: match.providerCallId, state: match.state, raw: {} });
      else if (!match && longAgo) {
        await store.calls.joinState(call.companyId, call.id, 'failed', { at: now(), end_reason: 'never-placed', ended_by: 'carrier' });
        deps.liveCalls.findById(call.id)?.carrierEnded('never-placed');
      }
    } catch (error) {
      deps.onTrouble(error, { where: 'look-up', callId: call.id });
    }
  };

  const conclude = async (call: Call, lease: Lease, result: CallResult | undefined) => {
    const screening = await store.screenings.find(call.companyId, call.screening_id);
    const bot = screening && (await store.bots.findVersion(call.companyId, screening.bot_id, screening.bot_version));
    if (!screening || !bot) return;
    if (result && !result.end && call.disposition === 'completed' && call.ended_by === null)
      await store.calls.patch(call.companyId, call.id, { ended_by: 'carrier', end_reason: 'no-stream', duration_ms: 0, short_drop: true });
    const step = nextStep({
      call,
      attempts: screening.attempts,
      policy: bot.definition.retry_policy,
      outcome: result ? result.outcome : await settleLostCall(store, { call, screening, bot: bot.definition, now: now() }),
      callLaterAt: result?.callLaterAt,
      now: clock.now(),
    });
    if (step.kind === 'close') await store.screenings.close(call.companyId, lease, step.outcome, now());
    else await store.screenings.schedule(call.companyId, lease, new Date(step.atMs), now());
  };

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
      timer?.();
      stopping.abort(new Error('the dialer stops'));
      await looking;
      await Promise.allSettled([...working]);
    },
  };
};
