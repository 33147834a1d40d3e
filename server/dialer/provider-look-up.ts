import type { Call } from '../../schemas/call.js';
import type { Clock } from '../../schemas/clock.js';
import { type E164, e164Schema } from '../../schemas/phone.js';
import type { ProviderCall, TelephonyProvider } from '../../schemas/ports/telephony.js';
import type { LiveCall } from '../calls/live-call.js';
import type { LiveCalls } from '../calls/live-calls.js';
import type { Store } from '../store/connect.js';

/** Our clock and the provider's may differ by this much; a call may look older than its dial. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Asks the provider's own list about a call that has not told us enough. */
export interface ProviderLookUp {
  /**
   * Reports what the list says of the call, after hanging it up when that is wanted and its id is known. Tells whether it is listed, undefined when the
   * provider could not be asked. Trouble is reported, never thrown.
   */
  lookUp(call: Call, how: { hangUp: boolean }): Promise<boolean | undefined>;
  /**
   * The list has been without the call for so long that it is over: it was never placed, or is lost when the provider had given it an id. That one is hung up
   * first, in case that only the list is wrong. Trouble is reported, never thrown, and leaves the call as it is.
   */
  giveUp(call: Call): Promise<void>;
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

  const listed = async (call: Call): Promise<ProviderCall | undefined> => {
    const since = new Date((call.dialed_at ?? call.created_at).getTime() - CLOCK_TOLERANCE_MS);
    const found = await provider.findCalls({ to: e164Schema.parse(call.to), from: deps.from, since }, stopping);
    if (call.provider_call_id) return found.find(({ providerCallId }) => providerCallId === call.provider_call_id);
    // The pair of numbers may have had other calls in that time; what is kept by one of them is not ours.
    const taken = await store.calls.keptProviderIds(found.map(({ providerCallId }) => providerCallId));
    return found.find(({ providerCallId }) => !taken.has(providerCallId));
  };

  return {
    async lookUp(call, { hangUp }) {
      try {
        if (hangUp && call.provider_call_id) await provider.hangUp(call.provider_call_id, stopping);
        const match = await listed(call);
        if (match?.state) await deps.liveCalls.report(call.token, { providerCallId: match.providerCallId, state: match.state, raw: {} });
        return match !== undefined;
      } catch (error) {
        deps.onTrouble(error, { where: 'look-up', callId: call.id });
        return undefined;
      }
    },
    async giveUp(call) {
      try {
        if (call.provider_call_id) await provider.hangUp(call.provider_call_id, stopping);
        const end_reason = call.provider_call_id ? 'provider-lost' : 'never-placed';
        await store.calls.joinState(call.companyId, call.id, 'failed', { at: new Date(clock.now()), end_reason, ended_by: 'carrier' });
        deps.liveCalls.findById(call.id)?.carrierEnded(end_reason);
      } catch (error) {
        deps.onTrouble(error, { where: 'give-up', callId: call.id });
      }
    },
  };
};
