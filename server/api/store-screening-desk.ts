import type { Clock } from '../../schemas/clock.js';
import { AppError } from '../../schemas/errors.js';
import type { Ids } from '../../schemas/ids.js';
import type { Store } from '../store/connect.js';
import { found } from './found.js';
import type { ScreeningDesk } from './ports.js';

/**
 * The screening desk as far as the store alone can do it: it checks and queues, and cancels what is not on the telephone. The dialer builds on it, adding
 * the prompt start and the hang-up of a live call (`cancel` throws AppError `conflict` for one).
 */
export const storeScreeningDesk = (store: Store, { ids, clock }: { ids: Ids; clock: Clock }): ScreeningDesk => ({
  async request(companyId, request) {
    const application = found(await store.applications.find(companyId, request.application_id), 'application', 'application_id');
    const botId = request.bot_id ?? application.bot_id;
    if (botId === null)
      throw new AppError('validation_failed', { reason: 'bot_id: this application names no bot, so the request must.' }, { field: 'bot_id' });
    const bot = found(await store.bots.find(companyId, botId), 'bot', 'bot_id');
    found(await store.candidates.find(companyId, application.candidate_id), 'candidate');
    const now = new Date(clock.now());
    const notBefore = request.not_before === undefined ? now : new Date(request.not_before);
    const screening = {
      id: ids.create('screening'),
      application_id: application.id,
      bot_id: bot.id,
      bot_version: bot.version,
      candidate_id: application.candidate_id,
      run_at: notBefore > now ? notBefore : now,
      priority: request.priority,
    };
    return store.screenings.create(companyId, screening, now);
  },

  async cancel(companyId, screeningId) {
    const { screening, canceled } = found(await store.screenings.cancel(companyId, screeningId, new Date(clock.now())), 'screening');
    if (canceled || screening.outcome === 'canceled') return screening;
    const reason = screening.state === 'calling' ? 'A call of this screening is under way. Hang it up first.' : 'This screening is closed already.';
    throw new AppError('conflict', { reason });
  },
});
