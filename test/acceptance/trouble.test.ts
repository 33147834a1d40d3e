import t, { type Test } from 'tap';
import type { RestFault } from '../../server/sandbox/twilio/sandbox.js';
import { connectStore } from '../../server/store/connect.js';
import { startEmbeddedStore } from '../../server/store/embedded/index.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';
import { BOT, COMPLETE_FORM } from '../fixtures/world/candidates.js';
import { failingSpeech } from '../fixtures/world/failing-speech.js';
import { until } from '../fixtures/world/server-client.js';
import { type Screened, startTestWorld } from '../fixtures/world/test-world.js';

t.setTimeout(TIME_LIMIT_MS);

const NOTHING = { licence: null, start_date: null };
const COMPLETED = { state: 'completed', disposition: 'completed' };
const HUNG_UP = { ...COMPLETED, ended_by: 'candidate', end_reason: 'candidate-hung-up' };
const LANES = 3;
const SIDE_BY_SIDE = 4;
const RINGS_ON = '{ ring_ms: 600000 }';

t.test('a candidate who hangs up at any moment leaves one clear end, and what they said is kept', async (t) => {
  const speech = failingSpeech();
  // A second attempt is due after the first: what was left open is asked again.
  const world = await startTestWorld(t, { engines: speech, bot: { ...BOT, retry_policy: { attempts: 2 } } });
  const cases: { at: string; first: string[]; line?: string; call: object; form: object; asked?: RegExp; again?: boolean }[] = [
    { at: 'the ringing', first: [], line: '{ result: rejected }', call: { state: 'busy', disposition: 'busy', ended_by: null }, form: NOTHING },
    {
      at: 'the pick-up',
      first: ['{ on: answer, hang_up: true, after_ms: 0 }'],
      call: { ...COMPLETED, ended_by: /^(?:carrier|candidate)$/, short_drop: true },
      form: NOTHING,
    },
    {
      at: 'the greeting',
      first: ['{ on: { heard: "speaking with" }, hang_up: true, interrupt_after_ms: 100 }'],
      call: { ...HUNG_UP, short_drop: true },
      form: NOTHING,
      asked: /hello/i,
    },
    {
      at: 'the compulsory notice',
      first: ['{ on: { heard: "AI assistant" }, hang_up: true, interrupt_after_ms: 100 }'],
      call: { ...HUNG_UP },
      form: NOTHING,
      asked: /AI assistant/,
    },
    {
      at: 'a question',
      first: ['{ on: { question: licence }, hang_up: true, interrupt_after_ms: 300 }'],
      call: { ...HUNG_UP },
      form: NOTHING,
      asked: /all right to record/,
    },
    {
      at: 'the next question',
      first: ['{ on: { question: start_date }, hang_up: true }'],
      call: { ...HUNG_UP },
      form: { licence: true, start_date: null },
      asked: /When could you start/,
    },
    {
      at: 'a confirmation',
      first: ['{ on: { confirm: start_date }, hang_up: true }'],
      call: { ...HUNG_UP },
      form: { licence: true, start_date: '2026-11-30' },
      asked: /November thirtieth/,
    },
    {
      at: 'the goodbye',
      first: ['{ on: { heard: "Thank you. A recruiter" }, hang_up: true, interrupt_after_ms: 300 }'],
      call: COMPLETED,
      form: COMPLETE_FORM,
      asked: /A recruiter/,
      again: false,
    },
  ];
  // Some at a time: more calls than the machine can carry at this pace would end by themselves.
  let screened: Screened[] = [];
  for (const [nth, { at, call: expected, form, asked, again = true }] of cases.entries()) {
    if (nth % SIDE_BY_SIDE === 0) {
      const batch = cases.slice(nth, nth + SIDE_BY_SIDE);
      screened = await Promise.all(batch.map(({ first, line }) => world.screen({ first, ...(line ? { line } : {}) })));
    }
    const one = screened[nth % SIDE_BY_SIDE];
    if (!one) throw new Error('not screened');
    await t.test(`during ${at}`, async (t) => {
      const screening = await world.client.settled(one.screeningId);
      t.match(screening, again ? { state: 'queued', outcome: null, attempts: 1 } : { state: 'closed', outcome: 'completed' });
      if (again) t.ok(Date.parse(screening.run_at) > world.clock.now(), 'the next call is due later, not now');
      const calls = await world.client.calls(one.screeningId);
      t.equal(calls.length, 1);
      t.match(calls[0], expected);
      t.ok(calls[0]?.ended_at, 'the end has its time');
      t.match((await world.client.application(one.applicationId)).values, form, 'the form has what was said');
      if (asked) t.match(one.heard(), asked, 'it was that moment');
      const events = await world.client.events(calls[0]?.id ?? '');
      if (asked) t.equal(events.filter(({ event }) => event.kind === 'ended').length, 1, 'the conversation ended once');
    });
  }
  await until('everything to be let go', () => world.app.liveCalls === 0);
  t.equal(speech.open, 0, 'no ear and no voice is left open');
  t.equal(world.carrier.dials(), cases.length);
});

t.test('a dial that the provider refuses or loses is made once, and what is known of it is said', async (t) => {
  const vendor = (status: number, code: number): RestFault['reply'] => ({ status, code, message: 'as the vendor says' });
  const refused = { state: 'failed', disposition: 'failed', provider_call_id: null, ended_by: 'carrier' };
  const talked = { state: 'completed', disposition: 'completed', ended_by: 'agent', end_reason: 'finished' };
  const cases: { name: string; fault: RestFault; line?: string; call: object; outcome: string; phoneRang: boolean }[] = [
    {
      name: 'wrong credentials (401)',
      fault: { reply: vendor(401, 20003), placed: false },
      call: { ...refused, end_reason: 'provider-refused', vendor_reason: /Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN/ },
      outcome: 'not-responsive',
      phoneRang: false,
    },
    {
      name: 'an invalid number (21211)',
      fault: { reply: vendor(400, 21211), placed: false },
      call: { ...refused, end_reason: 'number-invalid', vendor_reason: /number to call is not valid/ },
      outcome: 'not-responsive',
      phoneRang: false,
    },
    {
      name: 'too many requests (429)',
      fault: { reply: vendor(429, 20429), placed: false },
      call: { ...refused, end_reason: 'provider-refused', vendor_reason: /Too many requests/ },
      outcome: 'not-responsive',
      phoneRang: false,
    },
    {
      name: 'an error (500) without a call',
      fault: { reply: vendor(500, 20500), placed: false },
      call: { ...refused, end_reason: 'never-placed' },
      outcome: 'not-responsive',
      phoneRang: false,
    },
    { name: 'an error (500) with a call', fault: { reply: vendor(500, 20500), placed: true }, call: talked, outcome: 'completed', phoneRang: true },
    {
      name: 'a reset without a call',
      fault: { reply: 'reset', placed: false },
      call: { ...refused, end_reason: 'never-placed' },
      outcome: 'not-responsive',
      phoneRang: false,
    },
    { name: 'a reset with a call', fault: { reply: 'reset', placed: true }, call: talked, outcome: 'completed', phoneRang: true },
    { name: 'no answer, with a call', fault: { reply: 'silence', placed: true }, call: talked, outcome: 'completed', phoneRang: true },
    {
      name: 'no answer and no call',
      fault: { reply: 'silence', placed: false },
      call: { ...refused, end_reason: 'never-placed' },
      outcome: 'not-responsive',
      phoneRang: false,
    },
  ];
  // A fault meets the next request, so each world has one case at a time; three go side by side.
  const lane = async (nth: number) => {
    const world = await startTestWorld(t, { speed: 10 });
    for (const { name, fault, call, outcome, phoneRang } of cases.filter((_, at) => at % LANES === nth)) {
      const posts = () => world.carrier.requests().filter(({ method, path }) => method === 'POST' && path.endsWith('/Calls.json')).length;
      const before = { dials: world.carrier.dials(), posts: posts() };
      world.carrier.failNext(fault);
      const one = await world.screen();
      t.match(await world.client.settled(one.screeningId), { state: 'closed', outcome, attempts: 1 }, `${name}: the screening`);
      t.match(await world.client.calls(one.screeningId), [call], `${name}: the call`);
      t.equal(world.carrier.dials() - before.dials, phoneRang ? 1 : 0, `${name}: dials`);
      t.equal(posts() - before.posts, 1, `${name}: the provider was asked once`);
      t.match((await world.client.application(one.applicationId)).values, phoneRang ? COMPLETE_FORM : NOTHING, `${name}: the form`);
    }
    t.equal(world.app.liveCalls, 0);
  };
  await Promise.all(Array.from({ length: LANES }, (_, nth) => lane(nth)));
});

t.test('a screening that is cancelled while its dial is in doubt is hung up as soon as the call is found', async (t) => {
  const world = await startTestWorld(t);
  world.path.webhookFate = ({ kind }) => (kind === 'call' ? 'lose' : 'pass');
  world.carrier.failNext({ reply: 'reset', placed: true });
  const one = await world.screen({ line: RINGS_ON });
  await until('the doubt', async () => (await world.client.calls(one.screeningId))[0]?.state === 'unknown');
  t.match(await world.client.ask('POST', `/v1/screenings/${one.screeningId}/cancel`), { status: 200 });
  t.match(await world.client.settled(one.screeningId), { state: 'closed', outcome: 'canceled' });
  t.match(world.carrier.calls(), [{ status: 'canceled', endedBy: 'api' }], 'the phone has stopped ringing');
});

t.test('a recruiter who hangs up has ended the screening: nobody calls again, and what was said is kept', async (t) => {
  const world = await startTestWorld(t, { bot: { ...BOT, retry_policy: { attempts: 3 } } });
  const thinking = '{ on: { question: start_date }, say: "Let me think.", after_ms: 600000 }';
  const [ringing, talking, ending] = await Promise.all([world.screen({ line: RINGS_ON }), world.screen({ first: [thinking] }), world.screen()]);
  const hangUp = async (one: Screened) => world.client.ask('POST', `/v1/calls/${(await world.client.call(one.screeningId)).id}/hang-up`);
  const recruiter = { ended_by: 'recruiter', end_reason: 'recruiter-hung-up', short_drop: false };
  const canceled = { state: 'closed', outcome: 'canceled', attempts: 1 };

  await t.test('while the phone rings', async (t) => {
    await until('the ringing', async () => (await world.client.call(ringing.screeningId)).state === 'ringing');
    t.match(await hangUp(ringing), { status: 202 });
    t.match(await world.client.settled(ringing.screeningId), canceled);
    t.match(await world.client.calls(ringing.screeningId), [{ state: 'canceled', disposition: 'canceled', ...recruiter }]);
  });
  await t.test('in the conversation', async (t) => {
    await until('the second question', () => talking.heard().includes('When could you start'));
    t.match(await hangUp(talking), { status: 202 });
    t.match(await world.client.settled(talking.screeningId), canceled);
    t.match(await world.client.calls(talking.screeningId), [{ ...COMPLETED, ...recruiter }]);
    t.match((await world.client.application(talking.applicationId)).values, { licence: true, start_date: null });
  });
  await t.test('after the interview had come to its end', async (t) => {
    await until('the goodbye', () => ending.heard().includes('A recruiter will write'));
    await hangUp(ending);
    t.match(await world.client.settled(ending.screeningId), { state: 'closed', outcome: 'completed', attempts: 1 });
    t.match((await world.client.application(ending.applicationId)).values, COMPLETE_FORM);
  });
  t.equal(world.carrier.dials(), 3);
});

t.test('a call that a recruiter ended while its dial was in doubt is hung up when it is found', async (t) => {
  const world = await startTestWorld(t, { bot: { ...BOT, retry_policy: { attempts: 3 } } });
  world.path.webhookFate = ({ kind }) => (kind === 'call' ? 'lose' : 'pass');
  world.carrier.failNext({ reply: 'reset', placed: true });
  const one = await world.screen({ line: RINGS_ON });
  await until('the doubt', async () => (await world.client.calls(one.screeningId))[0]?.state === 'unknown');
  const { id } = await world.client.call(one.screeningId);
  t.match(await world.client.ask('POST', `/v1/calls/${id}/hang-up`), { status: 202 });
  t.match(await world.client.call(one.screeningId), { ended_by: 'recruiter' }, 'it is written down, whatever becomes of this server');
  t.match(await world.client.settled(one.screeningId), { state: 'closed', outcome: 'canceled', attempts: 1 });
  t.match(world.carrier.calls(), [{ status: 'canceled', endedBy: 'api' }]);
});

t.test('who will not talk to an AI is not called by one again', async (t) => {
  const world = await startTestWorld(t);
  const one = await world.screen({ first: ['{ on: { question: licence }, say: "I do not want to talk to a robot." }'] });
  t.match(await world.client.settled(one.screeningId), { state: 'closed', outcome: 'ai-opt-out' });
  const again = await world.client.requestScreening(one.applicationId);
  t.match(await world.client.settled(again), { state: 'held', held_because: 'no_consent', next_allowed_at: null, attempts: 0 });
  t.equal(world.carrier.dials(), 1);
});

t.test('a server that is closed in a conversation ends it, and keeps what it came to', async (t) => {
  const world = await startTestWorld(t);
  const talking = await world.screen({ first: ['{ on: { question: start_date }, say: "Let me think.", after_ms: 600000 }'] });
  const ringing = await world.screen({ line: RINGS_ON });
  await until('the second question', () => talking.heard().includes('When could you start'));
  await until('the ringing', async () => (await world.client.calls(ringing.screeningId))[0]?.state === 'ringing');
  await world.app.close();
  t.match(world.carrier.calls(), [{ status: 'completed' }, { status: 'ringing' }]);
  await t.rejects(world.client.ask('GET', '/healthz'), 'it takes no more requests');

  const engine = await startEmbeddedStore({ dataDir: world.app.dataDir });
  t.teardown(() => engine.close());
  const store = await connectStore(engine.uri);
  t.teardown(() => store.close());
  const company = (await store.companies.findFirst())?.id ?? '';
  t.match(await store.screenings.find(company, talking.screeningId), { state: 'closed', outcome: 'not-responsive' }, 'its only attempt was made');
  const [call] = await store.calls.listByScreening(company, talking.screeningId);
  t.match(call, { state: 'completed', ended_by: 'limit', end_reason: 'server-stopping' });
  t.match((await store.applications.find(company, talking.applicationId))?.elements, [{ element_slug: 'licence', value: true }]);
  t.ok((await store.callEvents.list(company, call?.id ?? '')).some(({ event }) => event.kind === 'ended'));
  t.match(await store.screenings.find(company, ringing.screeningId), { state: 'calling' }, 'left to the next server');
  t.match(await store.calls.listByScreening(company, ringing.screeningId), [{ state: 'ringing', ended_by: null }]);
});

t.test('a voice that breaks down costs an apology, one that stays broken the call', async (t) => {
  const { world, speech, failures } = await startFailingWorld(t);
  let broke = 0;
  speech.voiceBreaksOn = (text) => /forklift/.test(text) && broke++ === 0;
  const lucky = await world.screen();
  t.match(await world.client.settled(lucky.screeningId), { outcome: 'completed' });
  t.match((await world.client.application(lucky.applicationId)).values, COMPLETE_FORM);
  t.match(lucky.heard(), /sorry.*forklift/i, 'apologised, then asked');
  t.match(await failures(lucky), [{ event: { engine: 'failing voice', reason: 'the voice broke down' } }]);

  let broken = false;
  speech.voiceBreaksOn = () => broken;
  const unlucky = await world.screen();
  await until('the notice', () => unlucky.heard().includes('record'));
  broken = true;
  t.match(await world.client.settled(unlucky.screeningId), { state: 'closed', outcome: 'not-responsive' });
  t.match(await world.client.call(unlucky.screeningId), { ...COMPLETED, ended_by: 'limit', end_reason: 'voice-engine-failed' });
  t.equal((await failures(unlucky)).length, 3, 'it was tried three times');
  await until('everything to be let go', () => world.app.liveCalls === 0);
  t.equal(speech.open, 0);
});

t.test('an ear that breaks down costs an apology, one that stays broken leaves the keypad', async (t) => {
  const { world, speech, failures } = await startFailingWorld(t);
  const lucky = await world.screen();
  await until('the question', () => lucky.heard().includes('forklift'));
  speech.breakEars({ recovering: true });
  t.match(await world.client.settled(lucky.screeningId), { outcome: 'completed' });
  t.match((await world.client.application(lucky.applicationId)).values, COMPLETE_FORM);
  t.match(lucky.heard(), /sorry/i);
  t.match(await failures(lucky), [{ event: { engine: 'failing ear', reason: 'the ear broke down' } }]);

  const unlucky = await world.screen();
  await until('the question', () => unlucky.heard().includes('forklift'));
  speech.breakEars({ recovering: false });
  t.match(await world.client.settled(unlucky.screeningId), { state: 'closed' });
  t.match(await world.client.call(unlucky.screeningId), { ...COMPLETED, ended_by: 'agent', end_reason: 'silence' });
  t.match(unlucky.heard(), /keypad.*goodbye/i, 'the keypad is offered before the end');
  await until('everything to be let go', () => world.app.liveCalls === 0);
  t.equal(speech.open, 0);
});

const startFailingWorld = async (t: Test) => {
  const speech = failingSpeech();
  const world = await startTestWorld(t, { engines: speech, speed: 10 });
  const failures = async (one: Screened) => {
    const { id } = await world.client.call(one.screeningId);
    return (await world.client.events(id)).filter(({ event }) => event.kind === 'engine-failed');
  };
  return { world, speech, failures };
};
