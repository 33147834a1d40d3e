import { callerBotSchema } from '../schemas/caller-bot.js';
import { CONSENT_CHANNELS } from '../schemas/candidate.js';
import type { Company } from '../schemas/company.js';
import type { Ids } from '../schemas/ids.js';
import { formElementsOf } from './api/bot-form.js';
import { DEMO_BOTS } from './demo-bots.js';
import type { Store } from './store/connect.js';
import { hashPhone } from './store/phone-hash.js';

/** Numbers of the range 555-0100 to 555-0199, which is kept for fiction: nobody is ever called by a demo that meets real providers. */
const CANDIDATES = [
  { first_name: 'Dana', last_name: 'Reyes', email: 'dana.reyes@example.com', phone: '+14155550123', time_zone: 'America/Los_Angeles' },
  { first_name: 'Marcus', last_name: 'Bell', email: 'marcus.bell@example.com', phone: '+13125550142', time_zone: 'America/Chicago' },
  { first_name: 'Priya', last_name: 'Nair', email: 'priya.nair@example.com', phone: '+12125550187', time_zone: 'America/New_York' },
];

const WORDING =
  'I agree that Northwind Staffing calls and texts me about jobs, that an automated agent asks the questions, and that the call is recorded.';

/**
 * Fills an empty store with a company, three bots with their forms, and three candidates who have consented and applied, each for the bot of the same place in the list. The company itself is written last:
 * a seed that broke off leaves nothing that a server would take for a company, and is simply made again.
 */
export const seedDemo = async (store: Store, means: { ids: Ids; now: Date; phoneHashKey?: Uint8Array }): Promise<Company> => {
  const { ids, now, phoneHashKey } = means;
  const companyId = ids.create('company');

  const bots: { botId: string; formId: string }[] = [];
  for (const input of DEMO_BOTS) {
    const bot = callerBotSchema.parse(input);
    const { id: botId } = await store.bots.create(companyId, ids.create('bot'), bot, now);
    const form = await store.forms.create(companyId, ids.create('form'), { name: `${bot.name} application`, elements: formElementsOf(bot) }, now);
    bots.push({ botId, formId: form.id });
  }

  for (const [index, person] of CANDIDATES.entries()) {
    const fields = { ...person, country: 'US', language: 'en-US', time_zone_source: 'declared' as const, consents: [...CONSENT_CHANNELS] };
    const { candidate } = await store.candidates.upsert(companyId, ids.create('candidate'), fields, now);
    const who = {
      candidate_id: candidate.id,
      phone_hash: phoneHashKey ? hashPhone(phoneHashKey, candidate.phone) : null,
      call_id: null,
      turn_id: null,
      quote: null,
    };
    for (const channel of CONSENT_CHANNELS) {
      const consent = { id: ids.create('consent'), ...who, channel, state: 'granted' as const, wording: WORDING };
      await store.consents.append(companyId, { ...consent, source: 'candidate', captured_at: now }, now);
    }
    const bot = bots[index];
    if (!bot) continue;
    await store.applications.create(
      companyId,
      { id: ids.create('application'), candidate_id: candidate.id, form_id: bot.formId, bot_id: bot.botId, source: 'demo', elements: [] },
      now,
    );
  }

  const settings = { countries: ['US', 'CA', 'GB', 'IN'], time_zone: 'America/New_York', callback_number: '+12125550100' };
  return store.companies.create(companyId, { name: 'Northwind Staffing', slug: 'northwind-staffing', settings }, now);
};
