import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import express from 'express';
import type { Test } from 'tap';
import type { CallTimelineEvent } from '../../schemas/call-event.js';
import { companySettingsSchema } from '../../schemas/company.js';
import { newApiKey } from '../../server/api/api-key-secret.js';
import { createApi } from '../../server/api/create-api.js';
import type { ApiDeps } from '../../server/api/deps.js';
import { DEMO_BOTS } from '../../server/demo-bots.js';
import { createScreeningDesk } from '../../server/dialer/screening-desk.js';
import { processRandom, randomIds, randomToken, steerableClock } from '../../server/runtime.js';
import { openTestStore } from './store-under-test.js';

/** The clock of these servers runs twenty times as fast, so that waits of the API are short. */
const SPEED = 20;

export interface Answered {
  status: number;
  headers: Headers;
  /** Parsed when it is JSON, else text. */
  body: unknown;
}

/** What stands at a path such as `data.id` in a JSON body; undefined when there is nothing. */
export const at = (body: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((part, name) => (typeof part === 'object' && part !== null ? Reflect.get(part, name) : undefined), body);

type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answered>;

/** An API on loopback with a store of its own and two companies. `a` and `b` ask with their keys, `ask` with none. */
export const startApi = async (t: Test, over: Partial<ApiDeps> = {}) => {
  const store = await openTestStore(t);
  const random = processRandom();
  const ids = randomIds(random);
  const clock = steerableClock(SPEED, Date.UTC(2026, 10, 23, 18));
  const now = () => new Date(clock.now());
  const logged: Record<string, unknown>[] = [];
  const listeners = new Map<string, Set<(event: CallTimelineEvent) => void>>();
  const recordings = new Map<string, Buffer>();
  const hungUp: string[] = [];

  const deps: ApiDeps = {
    store,
    clock,
    random,
    ids,
    log: { error: (data) => logged.push(data) },
    phoneHashKey: Buffer.alloc(32, 3),
    desk: createScreeningDesk({ store, clock, ids, providers: new Map(), liveCalls: { findById: () => undefined }, poke: () => undefined }),
    callControl: {
      async hangUp(_companyId, callId) {
        hungUp.push(callId);
        return true;
      },
    },
    liveCalls: {
      subscribe(callId, _afterSeq, listener) {
        const all = listeners.get(callId) ?? new Set();
        listeners.set(callId, all.add(listener));
        return () => all.delete(listener);
      },
    },
    recordings: {
      async find(_companyId, callId) {
        const bytes = recordings.get(callId);
        if (!bytes) return undefined;
        return { sizeBytes: bytes.length, sha256: 'ab'.repeat(32), open: ({ start, end }) => Readable.from([bytes.subarray(start, end + 1)]) };
      },
    },
    eraseRecording: async (_companyId, callId) => {
      recordings.delete(callId);
    },
    checkQuestion: (text) => (/how old/i.test(text) ? { topic: 'age', advice: 'ask whether the candidate is eighteen or over' } : undefined),
    engines: { report: () => [] },
    previewVoice: async (_bot, text) => Buffer.from(text),
    readiness: async () => ({ ready: true, checks: { store: true } }),
    requestsPerMinute: 100_000,
    ...over,
  };
  const app = express();
  app.use(createApi(deps));
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('not listening');
  const url = `http://127.0.0.1:${address.port}`;

  const askAs =
    (secret: string | undefined): Ask =>
    async (method, path, body, headers = {}) => {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(secret ? { Authorization: `Bearer ${secret}` } : {}),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    };

  const newCompany = async (slug: string) => {
    const company = await store.companies.create(ids.create('company'), { name: slug, slug, settings: companySettingsSchema.parse({}) }, now());
    const { secret, ...kept } = newApiKey(random);
    const key = await store.apiKeys.create(company.id, { id: ids.create('apiKey'), name: 'first', ...kept }, now());
    return { companyId: company.id, keyId: key.id, secret, ask: askAs(secret) };
  };
  const a = await newCompany('a');
  const b = await newCompany('b');

  return {
    url,
    deps,
    store,
    ids,
    now,
    logged,
    recordings,
    hungUp,
    a,
    b,
    ask: askAs(undefined),
    askAs,
    /** Tells the live listeners of a call. */
    publish(callId: string, event: CallTimelineEvent) {
      for (const listener of listeners.get(callId) ?? []) listener(event);
    },
    listenersOf: (callId: string): number => listeners.get(callId)?.size ?? 0,
    /** One of everything for a company: what the routes with ids are tried on. */
    furnish: async ({ ask, companyId }: { ask: Ask; companyId: string }, suffix = '') => {
      const made = async (path: string, body: unknown): Promise<string> => {
        const answered = await ask('POST', path, body);
        if (answered.status >= 300) throw new Error(`${path}: ${JSON.stringify(answered.body)}`);
        return String(at(answered.body, 'data.id'));
      };
      const bot = await made('/v1/bots', { ...DEMO_BOTS[0], slug: `line-cook${suffix}` });
      const form = await made('/v1/forms', {
        name: 'Line cook',
        elements: [
          { slug: 'email', label: 'E-mail', type: 'email' },
          { slug: 'shift', label: 'Shift', type: 'dropdown', options: ['morning', 'night'] },
        ],
      });
      const candidate = await made('/v1/candidates', { first_name: 'Dana', phone: '+14155550123', consents: ['voice'] });
      const application = await made('/v1/applications', { candidate_id: candidate, form_id: form, bot_id: bot });
      const screening = await made('/v1/screenings', { application_id: application });
      const call = ids.create('call');
      const token = randomToken(random);
      const place = {
        screening_id: screening,
        candidate_id: candidate,
        attempt: 1,
        token,
        provider: 'twilio',
        to: '+14155550123',
        from: '+12125550100',
      };
      await store.calls.create(companyId, { id: call, ...place }, now());
      const apiKey = await made('/v1/api-keys', { name: 'second' });
      return { bot, form, candidate, application, screening, call, token, apiKey };
    },
  };
};
