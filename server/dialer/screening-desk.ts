import { isFinal } from '../../schemas/call-state.js';
import type { Clock } from '../../schemas/clock.js';
import { AppError } from '../../schemas/errors.js';
import type { Ids } from '../../schemas/ids.js';
import type { TelephonyProvider } from '../../schemas/ports/telephony.js';
import type { CallControl, ScreeningDesk } from '../api/ports.js';
import type { LiveCalls } from '../calls/live-calls.js';
import type { Store } from '../store/connect.js';

/** What the API may ask of the dialer: request and cancel screenings, hang up calls. `poke` makes the dialer look at its queue at once. */
export const createScreeningDesk = (deps: {
  store: Store;
  clock: Clock;
  ids: Ids;
  providers: ReadonlyMap<string, TelephonyProvider>;
  liveCalls: Pick<LiveCalls, 'findById'>;
  poke: () => void;
}): ScreeningDesk & CallControl => {
  const { store, clock } = deps;

  const hangUp = async (companyId: string, callId: string): Promise<boolean> => {
    const call = await store.calls.find(companyId, callId);
    if (!call) throw new AppError('not_found', { what: 'call' });
    if (isFinal(call.state)) return false;
    const live = deps.liveCalls.findById(callId);
    const ended = { at: new Date(clock.now()), ended_by: 'recruiter', end_reason: 'recruiter-hung-up' } as const;
    if (call.state === 'queued' && (await store.calls.joinState(companyId, callId, 'canceled', ended))) {
      live?.carrierEnded('recruiter-hung-up');
      return true;
    }
    // Written first: whatever becomes of this server and of the call's callbacks, nobody is called again.
    await store.calls.recordHangUp(companyId, callId, { ended_by: ended.ended_by, end_reason: ended.end_reason });
    live?.hangUp('recruiter', 'recruiter-hung-up');
    const provider = deps.providers.get(call.provider);
    if (provider && call.provider_call_id) await provider.hangUp(call.provider_call_id, AbortSignal.timeout(HANG_UP_WITHIN_MS));
    return true;
  };

  return {
    async request(companyId, request) {
      const application = await store.applications.find(companyId, request.application_id);
      if (!application) throw new AppError('not_found', { what: 'application' }, { field: 'application_id' });
      const botId = request.bot_id ?? application.bot_id;
      if (!botId)
        throw new AppError(
          'validation_failed',
          { reason: 'Name a bot: neither the request nor the application has one (bot_id).' },
          { field: 'bot_id' },
        );
      const bot = await store.bots.find(companyId, botId);
      if (!bot) throw new AppError('not_found', { what: 'bot' }, { field: 'bot_id' });
      const now = new Date(clock.now());
      const notBefore = request.not_before ? new Date(request.not_before) : now;
      const screening = await store.screenings.create(
        companyId,
        {
          id: deps.ids.create('screening'),
          application_id: application.id,
          bot_id: bot.id,
          bot_version: bot.version,
          candidate_id: application.candidate_id,
          run_at: notBefore > now ? notBefore : now,
          priority: request.priority,
        },
        now,
      );
      deps.poke();
      return screening;
    },

    async cancel(companyId, screeningId) {
      const done = await store.screenings.cancel(companyId, screeningId, new Date(clock.now()));
      if (!done) throw new AppError('not_found', { what: 'screening' });
      if (done.canceled || done.screening.outcome === 'canceled') return done.screening;
      if (done.screening.state !== 'calling')
        throw new AppError('conflict', { reason: `This screening is closed already, with the outcome ${done.screening.outcome ?? 'none'}.` });
      for (const call of await store.calls.listByScreening(companyId, screeningId)) if (!isFinal(call.state)) await hangUp(companyId, call.id);
      return done.screening;
    },

    hangUp,
  };
};

const HANG_UP_WITHIN_MS = 10_000;
