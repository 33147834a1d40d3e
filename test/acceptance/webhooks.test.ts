import t from 'tap';
import { type CallState, isFinal, joinCallState } from '../../schemas/call-state.js';
import { signTwilioRequest } from '../../server/sandbox/twilio/signature.js';
import { fc } from '../fixtures/properties.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';
import { COMPLETE_FORM } from '../fixtures/world/candidates.js';
import { until } from '../fixtures/world/server-client.js';
import { ACCOUNT, type Screened, startTestWorld, type TestWorld } from '../fixtures/world/test-world.js';

t.setTimeout(TIME_LIMIT_MS);

/** The candidate's phone rings for as long as the carrier lets it. */
const RINGS_ON = '{ ring_ms: 600000 }';
/** The ring time-out of 40 s must outlast what a test does meanwhile. */
const RINGING_SPEED = 3;

const ringing = async (world: TestWorld, one: Screened) => {
  const token = await until('the phone to ring', () => world.tokenOf(one));
  const call = await world.client.call(one.screeningId);
  await until('the ringing to be stored', async () => (await world.client.call(one.screeningId)).state === 'ringing');
  return { token, callId: call.id, callSid: call.provider_call_id ?? '' };
};

t.test('the whole server answers bad requests with what to do about them', async (t) => {
  const { client } = await startTestWorld(t);
  const phone = { first_name: 'Dana', phone: '555 0123', country: 'US' };
  const cases: [string, [string, string, unknown?, Record<string, string>?], number, string, RegExp][] = [
    ['an invalid phone', ['POST', '/v1/candidates', phone], 422, 'candidate_phone_invalid', /country code, as in \+1/],
    ['an unknown id', ['GET', `/v1/calls/cal_${'a'.repeat(24)}`], 404, 'not_found', /no call here with that id/],
    [
      'a screening for an unknown application',
      ['POST', '/v1/screenings', { application_id: `app_${'a'.repeat(24)}` }],
      404,
      'not_found',
      /application/,
    ],
    ['broken JSON', ['POST', '/v1/screenings', '{"application_id": '], 400, 'malformed_json', /not valid JSON/],
    ['a giant body', ['POST', '/v1/candidates', { first_name: 'x'.repeat(300_000) }], 413, 'body_too_large', /larger than 256 KiB/],
    ['an unknown field', ['POST', '/v1/screenings', { aplication_id: 'x' }], 400, 'validation_failed', /aplication_id|application_id/],
    ['a wrong key', ['GET', '/v1/calls', undefined, { authorization: 'Bearer nonsense' }], 401, 'unauthorized', /Authorization: Bearer/],
    ['an unknown path', ['GET', '/v2/calls'], 404, 'route_not_found', /openapi\.json/],
  ];
  for (const [name, request, status, code, message] of cases) t.match(await client.ask(...request), { status, code, message }, name);
});

t.test('webhooks are believed only with the signature of the account', async (t) => {
  const world = await startTestWorld(t, { speed: RINGING_SPEED });
  const one = await world.screen({ line: RINGS_ON });
  const { token, callId, callSid } = await ringing(world, one);
  const before = { call: await world.client.call(one.screeningId), events: await world.client.events(callId) };
  const form = { CallSid: callSid, CallStatus: 'completed', AccountSid: ACCOUNT.accountSid };
  const route = `/webhooks/twilio/call/${token}`;
  const forgeries = {
    missing: { signature: null },
    empty: { signature: '' },
    forged: { signature: Buffer.alloc(20, 7).toString('base64') },
    'of another account': { token: 'token-of-another-account' },
    'of another URL': { signature: signTwilioRequest(ACCOUNT.authToken, `${world.app.url}${route}`, form) },
    'of another body': { signature: signTwilioRequest(ACCOUNT.authToken, `${world.path.url}${route}`, { ...form, CallStatus: 'ringing' }) },
  };
  for (const [name, sign] of Object.entries(forgeries)) {
    for (const kind of ['call', 'amd', 'answer']) {
      const answered = await world.postWebhook(`/webhooks/twilio/${kind}/${token}`, form, sign);
      t.match(
        answered,
        { status: 403, code: 'signature_invalid', message: /signature is missing or does not match/ },
        `${kind} with a signature ${name}`,
      );
    }
  }
  t.same({ call: await world.client.call(one.screeningId), events: await world.client.events(callId) }, before, 'nothing has changed');

  const unknown = 'a'.repeat(32);
  t.match(await world.postWebhook(`/webhooks/twilio/call/${unknown}`, form), { status: 404, code: 'not_found' }, 'an unknown token');
  t.match(await world.postWebhook(`/webhooks/twilio/amd/${unknown}`, { ...form, AnsweredBy: 'human' }), { status: 404 });
  t.match(await world.postWebhook(`/webhooks/twilio/answer/${unknown}`, form), { status: 200, body: /<Hangup\/>/ }, 'a call of nobody is hung up');
  t.match(await world.postWebhook(`/webhooks/twilio/nonsense/${token}`, form), { status: 404, code: 'route_not_found' }, 'an unknown kind');
  t.match(await world.postWebhook(`/webhooks/nobody/call/${token}`, form), { status: 404, code: 'route_not_found' }, 'an unknown provider');
  const giant = await world.postWebhook(route, { ...form, Padding: 'x'.repeat(100_000) });
  t.match(giant, { status: 413, code: 'body_too_large', message: /larger than 64 KiB/ }, 'a giant body');
  t.equal((await world.client.call(one.screeningId)).state, 'ringing', 'still nothing has changed');
  t.equal(world.carrier.dials(), 1);
});

t.test('one Idempotency-Key under twenty requests at once makes one screening and one dial', async (t) => {
  const world = await startTestWorld(t);
  const first = await world.screen({ line: RINGS_ON });
  const again = await world.client.ask('POST', '/v1/screenings', { application_id: first.applicationId });
  t.match(again, { status: 409, code: 'screening_active', message: first.screeningId }, 'a second screening while one is open');

  t.match(await world.client.ask('POST', `/v1/screenings/${first.screeningId}/cancel`), { status: 200 });
  t.match(await world.client.settled(first.screeningId), { state: 'closed', outcome: 'canceled' });
  const dials = world.carrier.dials();
  const twenty = await Promise.all(
    Array.from({ length: 20 }, () =>
      world.client.ask('POST', '/v1/screenings', { application_id: first.applicationId }, { 'idempotency-key': 'the-same-key' }),
    ),
  );
  t.same([...new Set(twenty.map(({ status }) => status))], [202]);
  const ids = new Set(twenty.map(({ body }) => /scr_\w+/.exec(JSON.stringify(body))?.[0]));
  t.equal(ids.size, 1, 'one screening');
  const [id = ''] = ids;
  await until('the dial', async () => (await world.client.calls(id))[0]?.state === 'ringing');
  t.equal(world.carrier.dials(), dials + 1, 'one dial');
  t.equal((await world.client.calls(id)).length, 1);
});

const REPORTS = ['dialing', 'ringing', 'in-progress', 'completed'] as const satisfies readonly CallState[];

t.test('callbacks in any order and number join into the same state', async (t) => {
  const reports = fc.array(fc.constantFrom(...REPORTS), { minLength: 0, maxLength: 12 });
  fc.assert(
    fc.property(reports, fc.infiniteStream(fc.nat()), (some, draws) => {
      const all = [...REPORTS, ...some];
      for (let at = all.length - 1; at > 0; at -= 1) {
        const other = (draws.next().value ?? 0) % (at + 1);
        [all[at], all[other]] = [all[other] ?? 'dialing', all[at] ?? 'dialing'];
      }
      let state: CallState = 'queued';
      const states = all.map((report) => {
        state = joinCallState(state, report);
        return state;
      });
      const final = states.findIndex((state) => isFinal(state));
      return states.at(-1) === 'completed' && states.slice(final).every((state) => state === 'completed');
    }),
  );

  const world = await startTestWorld(t, { speed: RINGING_SPEED });
  // The carrier's own callbacks are lost after the first: the test is the carrier.
  world.path.webhookFate = ({ kind, form }) => (kind === 'call' && form['CallStatus'] !== 'initiated' ? 'lose' : 'pass');
  const orders: string[][] = [
    ['initiated', 'ringing', 'in-progress', 'completed'],
    ['completed', 'in-progress', 'ringing', 'initiated'],
    ['ringing', 'completed', 'ringing', 'initiated', 'completed', 'in-progress'],
    ['in-progress', 'initiated', 'in-progress', 'completed', 'completed', 'ringing'],
    ['completed', 'completed', 'completed'],
    ['initiated', 'completed', 'nonsense', 'in-progress', 'busy', 'failed', 'no-answer'],
  ];
  const ended = await Promise.all(
    orders.map(async (order) => {
      const one = await world.screen({ line: RINGS_ON });
      const token = await until('the first callback', () => world.tokenOf(one));
      const sid = (await until('the call id', async () => (await world.client.call(one.screeningId)).provider_call_id)) ?? '';
      for (const CallStatus of order) {
        const { status } = await world.postWebhook(`/webhooks/twilio/call/${token}`, { CallSid: sid, CallStatus, To: one.phone });
        t.equal(status, 204, `${CallStatus} is taken`);
      }
      const screening = await world.client.settled(one.screeningId);
      const { state, disposition, end_reason, ended_by, answered_by, short_drop } = await world.client.call(one.screeningId);
      const { form } = { form: (await world.client.application(one.applicationId)).values };
      return { screening: [screening.state, screening.outcome], state, disposition, end_reason, ended_by, answered_by, short_drop, form };
    }),
  );
  for (const [nth, end] of ended.entries()) t.same(end, ended[0], `order ${orders[nth]?.join(', ')}`);
  t.match(ended[0], {
    state: 'completed',
    disposition: 'completed',
    ended_by: 'carrier',
    end_reason: 'no-stream',
    screening: ['closed', 'not-responsive'],
  });
  t.equal(world.carrier.dials(), orders.length);
  t.equal(world.app.liveCalls, 0);
});

t.test('a screening goes on and closes although the carrier’s callbacks are lost', async (t) => {
  const world = await startTestWorld(t);
  const lost = { completed: ['completed'], all: ['initiated', 'ringing', 'in-progress', 'completed', 'busy'] };
  const silentPhones = new Map<string, readonly string[]>();
  world.path.webhookFate = ({ kind, form }) =>
    kind === 'call' && silentPhones.get(form['To'] ?? '')?.includes(form['CallStatus'] ?? '') ? 'lose' : 'pass';
  const [noCompleted, none, busy] = await Promise.all([world.screen(), world.screen(), world.screen({ line: '{ result: busy }' })]);
  silentPhones.set(noCompleted.phone, lost.completed).set(none.phone, lost.all).set(busy.phone, lost.all);
  for (const one of [noCompleted, none]) {
    t.match(await world.client.settled(one.screeningId), { state: 'closed', outcome: 'completed' });
    t.match(await world.client.call(one.screeningId), { state: 'completed', disposition: 'completed', ended_by: 'agent', end_reason: 'finished' });
    t.match((await world.client.application(one.applicationId)).values, COMPLETE_FORM);
  }
  t.match(await world.client.settled(busy.screeningId), { state: 'closed', outcome: 'not-responsive' });
  t.match(await world.client.call(busy.screeningId), { state: 'busy', disposition: 'busy' });
  t.equal(world.carrier.dials(), 3, 'nobody was called twice');
  t.equal(world.app.liveCalls, 0);
});
