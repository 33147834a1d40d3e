import t from 'tap';
import { processRandom } from '../../server/runtime.js';
import { startTwilioSandbox } from '../../server/sandbox/twilio/sandbox.js';
import { connectStore, type Store } from '../../server/store/connect.js';
import { startEmbeddedStore } from '../../server/store/embedded/index.js';
import { BOT } from '../fixtures/world/candidates.js';
import { until } from '../fixtures/world/server-client.js';
import { ACCOUNT, type Screened, startTestWorld, type TestWorld } from '../fixtures/world/test-world.js';

/*
 * A server that finds calls of one that is gone. It looks at the provider and never dials to find out.
 */

/** What a phone does here must not be over before the first server is closed. */
const SLOW = 3;
const HOUR_MS = 3_600_000;

/**
 * Closes the server and works on what it left. The lease on the screening is made to run for hours: whatever the next server does before that, it does because
 * it knows that the owner is gone.
 */
const closed = async (
  world: TestWorld,
  one: Screened,
  work: (store: Store, companyId: string, callId: string) => Promise<unknown> = async () => {},
) => {
  const { id } = await world.client.call(one.screeningId);
  await world.app.close();
  const engine = await startEmbeddedStore({ dataDir: world.app.dataDir });
  const store = await connectStore(engine.uri);
  try {
    const companyId = (await store.companies.findFirst())?.id ?? '';
    t.match(await store.screenings.find(companyId, one.screeningId), { state: 'calling' });
    const lease_until = new Date(world.clock.now() + 10 * HOUR_MS);
    await store.connection.collection<{ _id: string }>('screenings').updateOne({ _id: one.screeningId }, { $set: { lease_until } });
    await work(store, companyId, id);
  } finally {
    await store.close();
    await engine.close();
  }
};

t.test('a call that ended while no server was there is settled as soon as one is', async (t) => {
  const world = await startTestWorld(t, { speed: SLOW, bot: { ...BOT, retry_policy: { attempts: 2 } } });
  const one = await world.screen({ line: '{ ring_ms: 30000 }' });
  await until('the ringing', async () => (await world.client.call(one.screeningId)).state === 'ringing');
  await closed(world, one, async (store, companyId, callId) => {
    // What a server that was killed in the conversation has stored of it.
    const quote = { quote: 'Yes, I do', turn_ids: ['t1'], start_ms: 9000, end_ms: 9600 };
    const words = ['Yes,', 'I', 'do.'].map((text, nth) => ({ text, start_ms: 9000 + 200 * nth, end_ms: 9200 + 200 * nth }));
    const turn = { id: 't1', speaker: 'candidate', text: 'Yes, I do.', start_ms: 9000, end_ms: 9600, words, interrupted: false } as const;
    const answer = { variable: 'licence', status: 'inferred', value: true, confidence: 0.95, evidence: quote } as const;
    const at = world.clock.now();
    const last = (await store.callEvents.list(companyId, callId)).at(-1)?.seq ?? 0;
    await store.callEvents.appendMany(companyId, callId, [
      { seq: last + 1, at, line_ms: 0, event: { kind: 'stream-started' } },
      { seq: last + 2, at, line_ms: 9600, event: { kind: 'turn', turn } },
    ]);
    const where = { id: `ans_${'a'.repeat(24)}`, screening_id: one.screeningId, application_id: one.applicationId, call_id: callId };
    await store.answers.upsert(companyId, where, answer, new Date(at));
    await store.calls.joinState(companyId, callId, 'in-progress', { at: new Date(at) });
  });
  await until('the end at the carrier', () => world.carrier.calls()[0]?.status === 'completed');
  await world.startNext();
  const screening = await world.client.settled(one.screeningId);
  t.match(screening, { state: 'queued', attempts: 1 }, 'to be called again, later');
  t.ok(Date.parse(screening.run_at) > world.clock.now());
  const lost = { state: 'completed', ended_by: 'limit', end_reason: 'server-lost', duration_ms: 9600 };
  t.match(await world.client.calls(one.screeningId), [lost]);
  t.match((await world.client.application(one.applicationId)).values, { licence: true, start_date: null }, 'what was said is kept');
  t.equal(world.carrier.dials(), 1);
});

t.test('a call that the provider does not know any more is given up, not dialed again to find out', async (t) => {
  const world = await startTestWorld(t, { speed: SLOW });
  const one = await world.screen({ line: '{ ring_ms: 600000 }' });
  await until('the ringing', async () => (await world.client.call(one.screeningId)).state === 'ringing');
  await closed(world, one);
  // As with a sandbox that lived in the server that is gone: it tells nobody any more how the call ended.
  await world.carrier.close();
  const other = await startTwilioSandbox({
    clock: world.clock,
    random: processRandom(),
    farEnd: {
      dial: () => {
        throw new Error('nobody is to be dialed');
      },
    },
    ...ACCOUNT,
  });
  t.teardown(() => other.close());
  await world.startNext(other);
  t.match(await world.client.settled(one.screeningId), { state: 'closed', outcome: 'not-responsive', attempts: 1 });
  t.match(await world.client.calls(one.screeningId), [{ state: 'failed', ended_by: 'carrier', end_reason: 'provider-lost' }]);
  t.equal(other.dials(), 0);
  const asked = other.requests().map(({ method, path }) => `${method} ${path.replace(/^.*\/Calls/, '')}`);
  t.ok(asked.filter((request) => request.startsWith('GET .json')).length > 3, 'it was looked for more than once');
  t.match(asked.at(-1), /^POST \/CA\w+\.json$/, 'and hung up, if it should be there all the same');
});
