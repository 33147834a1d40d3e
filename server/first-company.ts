import type { Clock, Random } from '../schemas/clock.js';
import type { Company } from '../schemas/company.js';
import type { Ids } from '../schemas/ids.js';
import { hashApiKey, keptApiKey, newApiKey } from './api/api-key-secret.js';
import { seedDemo } from './seed.js';
import type { Store } from './store/connect.js';

/**
 * Makes sure that somebody can use the server: the first company, with the demo's bots and candidates when asked for, and an administrator's key. A given key
 * (SCREENLINE_API_KEY) is kept; without one a key is made at the first start and returned that one time.
 */
export const openFirstCompany = async (deps: {
  store: Store;
  ids: Ids;
  clock: Clock;
  random: Random;
  /** Hashes the numbers of the seeded candidates' consents. */
  phoneHashKey: Uint8Array;
  apiKey: string | undefined;
  seed: 'demo' | 'none';
}): Promise<{ company: Company; apiKey: string | undefined }> => {
  const { store, ids } = deps;
  const now = new Date(deps.clock.now());
  const existing = await store.companies.findFirst();
  const company =
    existing ?? (deps.seed === 'demo' ? await seedDemo(store, { ids, now, phoneHashKey: deps.phoneHashKey }) : await bareCompany(deps, now));
  if (deps.apiKey) {
    if (!(await store.apiKeys.findByHash(hashApiKey(deps.apiKey))))
      await store.apiKeys.create(
        company.id,
        { id: ids.create('apiKey'), name: 'SCREENLINE_API_KEY', ...withoutSecret(keptApiKey(deps.apiKey)) },
        now,
      );
    return { company, apiKey: deps.apiKey };
  }
  if (existing) return { company, apiKey: undefined };
  const made = newApiKey(deps.random);
  await store.apiKeys.create(company.id, { id: ids.create('apiKey'), name: 'first key', ...withoutSecret(made) }, now);
  return { company, apiKey: made.secret };
};

const withoutSecret = ({ hash, hint }: { hash: string; hint: string }) => ({ hash, hint });

const bareCompany = ({ store, ids }: { store: Store; ids: Ids }, now: Date): Promise<Company> =>
  store.companies.create(
    ids.create('company'),
    { name: 'My company', slug: 'my-company', settings: { countries: ['US'], time_zone: 'America/New_York', callback_number: null } },
    now,
  );
