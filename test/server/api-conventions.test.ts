import type { ServerResponse } from 'node:http';
import t from 'tap';
import { ProviderError } from '../../schemas/errors.js';
import { resolveTimeZone } from '../../server/api/candidate-time-zone.js';
import { requestHash } from '../../server/api/idempotency.js';
import { listen } from '../../server/http-server.js';
import { at, startApi } from './api-world.js';

t.test('an Idempotency-Key', async (t) => {
  const world = await startApi(t);
  const things = await world.furnish(world.a);
  const form = { name: 'F', elements: [] };
  const countForms = async () => (await world.store.forms.list(world.a.companyId, { limit: 100 })).items.length;

  await t.test('makes fifty requests at once into one', async (t) => {
    const before = await countForms();
    const all = await Promise.all(Array.from({ length: 50 }, () => world.a.ask('POST', '/v1/forms', form, { 'Idempotency-Key': 'fifty' })));
    const counts: Record<number, number> = {};
    for (const { status } of all) counts[status] = (counts[status] ?? 0) + 1;
    t.strictSame(counts, { 201: 50 });
    t.equal(new Set(all.map(({ body }) => JSON.stringify(body))).size, 1, 'all with the same answer');
    t.equal(await countForms(), before + 1);
    t.equal(all.filter(({ headers }) => headers.get('idempotency-replayed') === 'true').length, 49);
  });

  await t.test('makes one screening of a repeated request, and another body is refused', async (t) => {
    await world.a.ask('POST', `/v1/screenings/${things.screening}/cancel`);
    const request = { application_id: things.application, priority: 3 };
    const headers = { 'Idempotency-Key': 'call-dana' };
    const all = await Promise.all(Array.from({ length: 5 }, () => world.a.ask('POST', '/v1/screenings', request, headers)));
    t.strictSame(
      all.map(({ status }) => status),
      [202, 202, 202, 202, 202],
    );
    t.equal(new Set(all.map(({ body }) => at(body, 'data.id'))).size, 1);
    const reordered = `{"priority":3,  "application_id":"${things.application}"}`;
    t.equal((await world.a.ask('POST', '/v1/screenings', reordered, headers)).status, 202, 'the order of fields is no difference');
    t.match(await world.a.ask('POST', '/v1/screenings', { ...request, priority: 4 }, headers), {
      status: 409,
      body: { error: { code: 'idempotency_key_reused' } },
    });
    t.match(await world.a.ask('POST', '/v1/forms', form, headers), { status: 409, body: { error: { code: 'idempotency_key_reused' } } });
    t.match(
      await world.a.ask('POST', '/v1/screenings', request),
      { status: 409, body: { error: { code: 'screening_active' } } },
      'without it a second one is refused by the store',
    );
    t.equal((await world.b.ask('POST', '/v1/forms', form, headers)).status, 201, 'another company has keys of its own');
  });

  await t.test('forgets the replies that told of a candidate who is erased, and makes nothing of them again', async (t) => {
    const person = { first_name: 'Ephemera', last_name: 'Quill', email: 'ephemera@example.com', phone: '+14155550177' };
    const post = async (path: string, body: object, key: string) => world.a.ask('POST', path, body, { 'Idempotency-Key': key });
    const created = await post('/v1/candidates', person, 'erased-1');
    const candidate_id = String(at(created.body, 'data.id'));
    const application = { candidate_id, form_id: things.form, values: { email: person.email } };
    const consent = { candidate_id, channel: 'sms', state: 'granted', wording: 'Ephemera Quill agrees to texts.' };
    t.equal((await post('/v1/applications', application, 'erased-2')).status, 201);
    t.equal((await post('/v1/consents', consent, 'erased-3')).status, 201);
    const other = { first_name: 'Perennia', phone: '+14155550178' };
    const kept = await post('/v1/candidates', other, 'kept');
    const keys = async () => JSON.stringify(await world.store.connection.collection('idempotency_keys').find({}).toArray());
    t.match(await keys(), /Ephemera.*Perennia/s);

    t.equal((await world.b.ask('DELETE', `/v1/candidates/${candidate_id}`)).status, 404);
    t.match(await keys(), /Ephemera/, 'not by another company');
    t.equal((await world.a.ask('DELETE', `/v1/candidates/${candidate_id}`)).status, 204);
    const left = await keys();
    for (const trace of ['Ephemera', 'Quill', 'ephemera', '4155550177', candidate_id]) t.notOk(left.includes(trace), `${trace} is gone`);
    t.notMatch(left, new RegExp(requestHash('POST', '/v1/candidates', person)), 'and so is the hash of what was sent, which could be guessed from');

    const again = { status: 409, body: { error: { code: 'conflict', message: /erased.*new Idempotency-Key/ } } };
    t.match(await post('/v1/candidates', person, 'erased-1'), again, 'a late repeat does not make the person anew');
    t.match(await post('/v1/applications', application, 'erased-2'), again);
    t.match(await post('/v1/consents', consent, 'erased-3'), again);
    t.match(await post('/v1/candidates', other, 'erased-1'), again, 'whatever is sent with that key');
    t.match(await world.a.ask('GET', '/v1/candidates?phone=%2B14155550177'), { body: { data: [] } });
    const replayed = await post('/v1/candidates', other, 'kept');
    t.strictSame([replayed.status, replayed.body, replayed.headers.get('idempotency-replayed')], [201, kept.body, 'true'], 'of others it is kept');
  });

  await t.test('replays refusals, hides secrets and must be printable', async (t) => {
    const headers = { 'Idempotency-Key': 'refused' };
    const refused = await world.a.ask('POST', '/v1/candidates', { first_name: 'A', phone: '12' }, headers);
    t.match(refused, { status: 400 });
    const invalid = { first_name: 'A', phone: '+1415555' };
    const first = await world.a.ask('POST', '/v1/candidates', invalid, { 'Idempotency-Key': 'invalid' });
    t.match(first, { status: 422, body: { error: { code: 'candidate_phone_invalid', field: 'phone' } } });
    t.strictSame((await world.a.ask('POST', '/v1/candidates', invalid, { 'Idempotency-Key': 'invalid' })).body, first.body);
    const key = { 'Idempotency-Key': 'a-key' };
    t.match(await world.a.ask('POST', '/v1/api-keys', { name: 'k' }, key), { status: 201, body: { data: { secret: /^sk_/ } } });
    t.match(await world.a.ask('POST', '/v1/api-keys', { name: 'k' }, key), { status: 201, body: { data: { secret: null } } });
    t.match(await world.a.ask('POST', '/v1/forms', form, { 'Idempotency-Key': 'x'.repeat(256) }), {
      status: 400,
      body: { error: { field: 'Idempotency-Key' } },
    });
  });
});

t.test('a key that asks too often is told when to come back, and others are not held up', async (t) => {
  const world = await startApi(t, { requestsPerMinute: 5 });
  for (let i = 0; i < 5; i++) await world.a.ask('GET', '/v1/company');
  const answered = await world.a.ask('GET', '/v1/company');
  t.match(answered, { status: 429, body: { error: { code: 'rate_limited' } } });
  t.ok(Number(answered.headers.get('retry-after')) > 0);
  t.equal((await world.b.ask('GET', '/v1/company')).status, 200);
});

t.test('health needs no key, and readiness says no with Retry-After', async (t) => {
  let ready = true;
  const world = await startApi(t, { readiness: async () => ({ ready, checks: { store: ready } }) });
  t.match(await world.ask('GET', '/healthz'), { status: 200, body: { data: { status: 'ok' } } });
  t.match(await world.ask('GET', '/readyz'), { status: 200, body: { data: { status: 'ready', checks: { store: true } } } });
  ready = false;
  const answered = await world.ask('GET', '/readyz');
  t.match(answered, { status: 503, body: { error: { code: 'not_ready' } } });
  t.ok(answered.headers.get('retry-after'));
  t.equal((await world.ask('GET', '/healthz')).status, 200);
});

t.test('a defect leaves as internal with the request id, and is logged', async (t) => {
  const world = await startApi(t, {
    desk: {
      request: () => Promise.reject(new TypeError('secret detail of a vendor')),
      cancel: () => Promise.reject(new Error('unused')),
    },
  });
  const things = await world.furnish(world.a).catch(() => undefined);
  t.equal(things, undefined, 'the screening of the furniture fails');
  const request = { application_id: world.ids.create('application') };
  const answered = await world.a.ask('POST', '/v1/screenings', request, { 'X-Request-Id': 'req-7', 'Idempotency-Key': 'again' });
  t.match(answered, { status: 500, body: { error: { code: 'internal', message: /req-7/ } } });
  t.notMatch(JSON.stringify(answered.body), /secret/);
  t.match(world.logged.at(-1), { requestId: 'req-7', code: 'internal', err: { message: 'secret detail of a vendor' } });
  t.equal(
    (await world.a.ask('POST', '/v1/screenings', request, { 'Idempotency-Key': 'again' })).headers.get('idempotency-replayed'),
    null,
    'a failure of ours is tried again',
  );
});

t.test('a provider that fails is told as such, without its words', async (t) => {
  const at = { provider: 'twilio', operation: 'hang up', outcome: 'unknown', retryable: true } as const;
  const hangUp = () => Promise.reject(new ProviderError(at, 'secret detail of a vendor'));
  const world = await startApi(t, { callControl: { hangUp } });
  const things = await world.furnish(world.a);
  const answered = await world.a.ask('POST', `/v1/calls/${things.call}/hang-up`);
  t.match(answered, { status: 503, body: { error: { code: 'provider_unavailable', message: /telephone provider/ } } });
  t.ok(answered.headers.get('retry-after'));
  t.notMatch(JSON.stringify(answered.body), /secret/);
});

t.test('a server that closes takes no new requests, lets those under way end, and cuts those that never do', async (t) => {
  const http = await listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${http.port}/`;
  const answers: { response: ServerResponse; path: string | undefined }[] = [];
  t.equal((await fetch(url)).status, 503, 'before it serves');
  http.serve((request, response) => answers.push({ response, path: request.url }));
  const [good, stuck] = [fetch(`${url}good`), fetch(`${url}stuck`)];
  stuck.catch(() => undefined);
  while (answers.length < 2) await new Promise((resolve) => setImmediate(resolve));
  let gone = false;
  const closing = http.close().then(() => {
    gone = true;
  });
  await t.rejects(fetch(url), 'nobody listens');
  t.equal(gone, false, 'it waits');
  answers.find(({ path }) => path === '/good')?.response.end('done');
  t.equal(await (await good).text(), 'done');
  await closing;
  await t.rejects(stuck);
  await http.close();
});

t.test('a store that is away is told as such', async (t) => {
  const world = await startApi(t);
  await world.store.connection.close();
  const gone = await world.a.ask('GET', '/v1/company');
  t.match(gone, { status: 503, body: { error: { code: 'store_unavailable' } } });
  t.ok(gone.headers.get('retry-after'));
});

t.test("a candidate's zone is declared, or follows from the number, or is unknown", async (t) => {
  const cases: [declared: string | undefined, phone: string, country: string | null, zone: string | null, source: string | null][] = [
    ['Europe/Paris', '+14155550123', 'US', 'Europe/Paris', 'declared'],
    [undefined, '+14155550123', 'US', 'America/Los_Angeles', 'area_code'],
    [undefined, '+13125550123', 'US', 'America/Chicago', 'area_code'],
    [undefined, '+12125550123', 'US', 'America/New_York', 'area_code'],
    [undefined, '+16025550123', 'US', 'America/Phoenix', 'area_code'],
    [undefined, '+18085550123', 'US', 'Pacific/Honolulu', 'area_code'],
    [undefined, '+16045550123', 'CA', 'America/Vancouver', 'area_code'],
    [undefined, '+19075550123', 'US', null, null], // Alaska has two
    [undefined, '+12085550123', 'US', null, null], // Idaho too
    [undefined, '+18005550123', 'US', null, null], // toll-free is nowhere
    [undefined, '+447400123456', 'GB', 'Europe/London', 'country'],
    [undefined, '+6281234567890', 'ID', null, null], // Jakarta to Jayapura
    [undefined, '+6281234567890', null, null, null],
    [undefined, '+6281234567890', 'XX', null, null],
  ];
  for (const [declared, phone, country, zone, source] of cases)
    t.strictSame(resolveTimeZone(declared, phone, country), { time_zone: zone, time_zone_source: source }, `${phone} ${country}`);
  t.equal(resolveTimeZone(undefined, '+919876543210', 'IN').time_zone_source, 'country');
});
