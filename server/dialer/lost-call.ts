import type { Call } from '../../schemas/call.js';
import type { ScreeningOutcome } from '../../schemas/call-state.js';
import type { CallerBot } from '../../schemas/caller-bot.js';
import type { Screening } from '../../schemas/screening.js';
import { fillForm } from '../calls/form-filling.js';
import type { Store } from '../store/connect.js';

/**
 * The end of a call that had no conversation here: either none at all, or it was in a server that is gone. What that one stored fills the form and tells the
 * outcome, if there was one. It may be repeated.
 */
export const settleLostCall = async (
  store: Store,
  { call, screening, bot, now }: { call: Call; screening: Screening; bot: CallerBot; now: Date },
): Promise<ScreeningOutcome | undefined> => {
  const events = await store.callEvents.list(call.companyId, call.id);
  const turns = events.flatMap(({ event }) => (event.kind === 'turn' ? [event.turn] : []));
  await fillForm(store, { call, screening, bot, turns, now });
  if (call.ended_by === null && call.disposition === 'completed') {
    const lineMs = Math.max(0, ...events.map((event) => event.line_ms ?? 0));
    const talked = events.some(({ event }) => event.kind === 'stream-started');
    const end = talked
      ? ({ ended_by: 'limit', end_reason: 'server-lost', duration_ms: lineMs } as const)
      : ({ ended_by: 'carrier', end_reason: 'no-stream', duration_ms: 0, short_drop: true } as const);
    await store.calls.patch(call.companyId, call.id, end);
  }
  return events.flatMap(({ event }) => (event.kind === 'outcome' ? [event.outcome] : [])).at(-1);
};
