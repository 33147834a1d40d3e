import type { Call } from '../../schemas/call.js';
import type { Clock } from '../../schemas/clock.js';
import { type E164, e164Schema } from '../../schemas/phone.js';
import type { ProviderCall, TelephonyProvider } from '../../schemas/ports/telephony.js';
import type { LiveCall } from '../calls/live-call.js';
import type { LiveCalls } from '../calls/live-calls.js';
import type { Store } from '../store/connect.js';

/** Our clock and the provider's may differ by this much; a call may look older than its dial. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;
/** No call lasts longer (Twilio's own limit): one that the provider knew and lists no more is over by then. */
const LONGEST_CALL_MS = 4 * 3_600_000;

/** Asks the provider's own list about a call that has not told us enough. */
export interface ProviderLookUp {
  /**
   * Reports what the list says of the call, after hanging it up when that is wanted and its id is known. With `longAgo` a call that was never known to the
   * provider counts as never placed. Trouble is reported, never thrown.
   */
  lookUp(call: Call, how: { hangUp: boolean; longAgo: boolean }): Promise<void>;
}

export const createProviderLookUp = (deps: {
  store: Store;
  clock: Clock;
  provider: Pick<TelephonyProvider, 'findCalls' | 'hangUp'>;
  from: E164;
  liveCalls: Pick<LiveCalls, 'report'> & { findById(callId: string): Pick<LiveCall, 'carrierEnded'> | undefined };
  stopping: AbortSignal;
  onTrouble: (error: unknown, at: { where: string; callId: string }) => void;
}): ProviderLookUp => {
  const { store, clock, provider, stopping } = deps;

  const listed = async (call: Call, dialedAtMs: number): Promise<ProviderCall | undefined> => {
    const since = new Date(dialedAtMs - CLOCK_TOLERANCE_MS);
    const found = await provider.findCalls({ to: e164Schema.parse(call.to), from: deps.from, since }, stopping);
    if (call.provider_call_id) return found.find(({ providerCallId }) => providerCallId === call.provider_call_id);
    // The pair of numbers may have had other calls in that time; what is kept by one of them is not ours.
    const taken = await store.calls.keptProviderIds(found.map(({ providerCallId }) => providerCallId));
    return found.find(({ providerCallId }) => !taken.has(providerCallId));
  };

  const giveUp = async (call: Call, reason: string) => {
    await store.calls.joinState(call.companyId, call.id, 'failed', { at: new Date(clock.now()), end_reason: reason, ended_by: 'carrier' });
    deps.liveCalls.findById(call.id)?.carrierEnded(reason);
  };

  return {
    async lookUp(call, { hangUp, longAgo }) {
      try {
        if (hangUp && call.provider_call_id) await provider.hangUp(call.provider_call_id, stopping);
        const dialedAtMs = (call.dialed_at ?? call.created_at).getTime();
        const match = await listed(call, dialedAtMs);
        if (match?.state) await deps.liveCalls.report(call.token, { providerCallId: match.providerCallId, state: match.state, raw: {} });
        if (match) return;
        if (!call.provider_call_id && longAgo) await giveUp(call, 'never-placed');
        if (call.provider_call_id && clock.now() - dialedAtMs > LONGEST_CALL_MS) await giveUp(call, 'provider-lost');
      } catch (error) {
        deps.onTrouble(error, { where: 'look-up', callId: call.id });
      }
    },
  };
};
