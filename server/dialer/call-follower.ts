import type { Call } from '../../schemas/call.js';
import { isFinal } from '../../schemas/call-state.js';
import type { Clock } from '../../schemas/clock.js';
import type { CallResult } from '../calls/call-result.js';
import type { LiveCall } from '../calls/live-call.js';
import type { LiveCalls } from '../calls/live-calls.js';
import type { Store } from '../store/connect.js';
import type { CallNews } from './call-news.js';
import type { KeptLease } from './kept-lease.js';
import { settleLostCall } from './lost-call.js';
import { nextStep } from './next-step.js';
import type { ProviderLookUp } from './provider-look-up.js';

/*
 * Stays with a call that was dialed until it is over and stored, then writes what follows: the screening is closed or due again. What the provider does not
 * tell is looked up.
 */

/** How often a call is looked at without news of it, and how often once only the provider's end is missing. */
const NEWS_WITHIN_MS = 3_000;
const OVERDUE_EVERY_MS = 250;
/** A call without news is looked up at the provider this often. */
const LOOK_UP_MS = 5_000;
/** After our side is done the provider has this long to say that the call is over before it is hung up by REST. */
const OVER_WITHIN_MS = 3_000;
/** A dial of which the provider's list tells nothing for this long did not happen. */
const NEVER_PLACED_MS = 60_000;
/** A call that the provider had taken, and has not listed for this long, is over. */
const LOST_MS = 30_000;

export interface CallFollower {
  /** Resolves when what follows is written, when the lease is lost, or when the server stops. `opened` is the live side when this process dialed. */
  follow(call: Call, kept: KeptLease, opened: LiveCall | undefined): Promise<unknown>;
  /** The server stops: calls whose conversation is not over are let go for the next server to take over; the others are concluded. */
  leave(): void;
}

export const createCallFollower = (deps: {
  store: Store;
  clock: Clock;
  liveCalls: LiveCalls;
  news: CallNews;
  provider: ProviderLookUp;
  stopping: AbortSignal;
  /** What follows a call is written; it may be looked back at. */
  onConcluded: () => void;
}): CallFollower => {
  const { store, clock, news, provider, stopping } = deps;
  let leaving = false;
  const now = () => new Date(clock.now());

  const follow = async (call: Call, kept: KeptLease, opened: LiveCall | undefined): Promise<unknown> => {
    let result: CallResult | undefined;
    let heldSince: number | undefined;
    let live: LiveCall | undefined;
    const attend = (one: LiveCall | undefined) => {
      live = one;
      void one?.finished.then((finished) => {
        result = finished;
        news.tell(call.id);
      });
    };
    attend(opened);
    // A call that somebody else dialed may be over already: that one is looked up at once.
    let lookedAt = opened ? clock.monotonic() : Number.NEGATIVE_INFINITY;
    let missingSince: number | undefined;
    const look = async (current: Call, hangUp: boolean) => {
      lookedAt = clock.monotonic();
      const listed = await provider.lookUp(current, { hangUp });
      if (listed) missingSince = undefined;
      if (listed !== false) return;
      missingSince ??= lookedAt;
      if (clock.monotonic() - missingSince > (current.provider_call_id ? LOST_MS : NEVER_PLACED_MS)) await provider.giveUp(current);
    };
    const read = async () => {
      const current = await store.calls.find(call.companyId, call.id);
      return { current, isOver: current !== undefined && isFinal(current.state) && (result !== undefined || !live) };
    };
    for (;;) {
      // A call of an earlier life of the server comes alive when its provider asks how to go on.
      if (!live) attend(deps.liveCalls.findById(call.id));
      let { current, isOver } = await read();
      if (leaving && !result && !isOver) return;
      if (result && !heldSince) heldSince = clock.monotonic();
      const overdue = heldSince !== undefined && clock.monotonic() - heldSince > OVER_WITHIN_MS;
      const silent = clock.monotonic() - lookedAt > LOOK_UP_MS && !live?.session.started;
      if (current && !isOver && (overdue || silent)) {
        await look(current, overdue || current.ended_by === 'recruiter');
        ({ current, isOver } = await read());
      }
      if (current && isOver) return conclude(current, kept, result);
      if (kept.lost || stopping.aborted) return;
      await news.wait(call.id, overdue ? OVERDUE_EVERY_MS : NEWS_WITHIN_MS);
    }
  };

  const conclude = async (call: Call, kept: KeptLease, result: CallResult | undefined) => {
    await writeNext(call, kept, result);
    deps.onConcluded();
  };

  const writeNext = async (call: Call, { lease }: KeptLease, result: CallResult | undefined) => {
    const screening = await store.screenings.find(call.companyId, call.screening_id);
    if (!screening) return;
    const bot = await store.bots.findVersion(call.companyId, screening.bot_id, screening.bot_version);
    // Nobody can call for a bot that is gone.
    if (!bot) return store.screenings.close(call.companyId, lease, result?.outcome ?? 'canceled', now(), call.id);
    const step = nextStep({
      // The conversation's own word for its end may be younger than the record that was read.
      call: result?.end ? { ...call, ended_by: result.end.by } : call,
      attempts: screening.attempts,
      policy: bot.definition.retry_policy,
      outcome: result?.end ? result.outcome : await settleLostCall(store, { call, screening, bot: bot.definition, now: now() }),
      callLaterAt: result?.callLaterAt,
      now: clock.now(),
    });
    if (step.kind === 'close') return store.screenings.close(call.companyId, lease, step.outcome, now(), call.id);
    return store.screenings.schedule(call.companyId, lease, new Date(step.atMs), now(), call.id);
  };

  return {
    follow,
    leave() {
      leaving = true;
      news.tellAll();
    },
  };
};
