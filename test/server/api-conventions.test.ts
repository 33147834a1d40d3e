import t from 'tap';
import { z } from 'zod';
import { openApiDocument } from '../../server/api/openapi.js';
import type { Route } from '../../server/api/route.js';
import { routeTable } from '../../server/api/route-table.js';
import { startApi } from './api-world.js';

type Furniture = Awaited<ReturnType<Awaited<ReturnType<typeof startApi>>['furnish']>>;

/** Which of a company's things a path's id names. */
const thingOf = (path: string, things: Furniture): string => {
  const [, , collection] = path.split('/');
  switch (collection) {
    case 'candidates':
      return things.candidate;
    case 'forms':
      return things.form;
    case 'bots':
      return things.bot;
    case 'applications':
      return things.application;
    case 'screenings':
      return things.screening;
    case 'calls':
      return things.call;
    case 'api-keys':
      return things.apiKey;
    default:
      throw new Error(`name the thing of ${path} here`);
  }
};

const pathOf = (route: Route, id: string): string => route.path.replace('{id}', id).replace('{version}', '1');

t.test('every route of the table', async (t) => {
  const world = await startApi(t);
  const table = routeTable(world.deps);
  const keyed = table.filter(({ access }) => access === 'key');
  const things = await world.furnish(world.a);
  const others = await world.furnish(world.b);

  await t.test('needs a key', async (t) => {
    for (const route of keyed)
      for (const headers of [{}, { Authorization: 'Bearer sk_wrong' }, { Authorization: world.a.secret }, { Authorization: 'Basic eDp5' }]) {
        const {
          status,
          body,
          headers: answered,
        } = await world.ask(route.method.toUpperCase(), pathOf(route, thingOf0(route, things)), undefined, headers);
        if (status !== 401 || body.error.code !== 'unauthorized' || !answered.get('www-authenticate'))
          t.fail(`${route.method} ${route.path}: ${status}`);
      }
    t.ok(keyed.length > 30);
  });

  await t.test('knows nothing of another company', async (t) => {
    for (const route of keyed) {
      const method = route.method.toUpperCase();
      if (route.path.includes('{id}')) {
        const answered = await world.b.ask(method, pathOf(route, thingOf(route.path, things)), route.body ? {} : undefined);
        t.match({ status: answered.status, body: answered.body }, { status: 404, body: { error: { code: 'not_found' } } }, `${method} ${route.path}`);
      } else if (route.method === 'get') {
        const { status, body } = await world.b.ask(method, route.path);
        t.equal(status, 200, route.path);
        const text = JSON.stringify(body);
        for (const id of [...Object.values(things), world.a.companyId, world.a.keyId]) if (text.includes(id)) t.fail(`${route.path} shows ${id}`);
      }
    }
    const foreign = { candidate_id: things.candidate, form_id: others.form };
    t.match(await world.b.ask('POST', '/v1/applications', foreign), { status: 404, body: { error: { code: 'not_found', field: 'candidate_id' } } });
    t.match(await world.b.ask('POST', '/v1/applications', { ...foreign, candidate_id: others.candidate, form_id: things.form }), {
      status: 404,
      body: { error: { field: 'form_id' } },
    });
    t.match(await world.b.ask('POST', '/v1/screenings', { application_id: things.application }), {
      status: 404,
      body: { error: { field: 'application_id' } },
    });
    t.match(await world.b.ask('POST', '/v1/screenings', { application_id: others.application, bot_id: things.bot }), {
      status: 404,
      body: { error: { field: 'bot_id' } },
    });
    t.match(await world.b.ask('POST', '/v1/consents', { candidate_id: things.candidate, channel: 'sms', state: 'granted', wording: 'w' }), {
      status: 404,
    });
    t.match(
      await world.a.ask('GET', `/v1/candidates/${things.candidate}`),
      { status: 200, body: { data: { consents: ['voice'] } } },
      'and nothing was changed',
    );
    t.match(await world.a.ask('GET', `/v1/screenings/${things.screening}`), { body: { data: { state: 'queued' } } });
    t.strictSame(world.hungUp, []);
  });

  await t.test('answers 404 to an id of nothing', async (t) => {
    for (const route of keyed.filter(({ path }) => path.includes('{id}')))
      for (const id of ['x', 'can_aaaaaaaaaaaaaaaaaaaaaaaa', '%00', '$ne', 'a'.repeat(300)]) {
        const { status, body } = await world.a.ask(route.method.toUpperCase(), pathOf(route, id), route.body ? {} : undefined);
        if (status !== 404) t.fail(`${route.method} ${route.path} with ${id}: ${status} ${JSON.stringify(body)}`);
      }
    t.match(await world.a.ask('GET', '/v1/candidates/%E0%A4%A'), { status: 400, body: { error: { code: 'validation_failed' } } });
    t.match(await world.a.ask('GET', '/v1/nothing'), { status: 404, body: { error: { code: 'route_not_found' } } });
    t.match(await world.a.ask('PUT', '/v1/candidates'), { status: 404, body: { error: { code: 'route_not_found' } } });
  });

  await t.test('refuses unknown fields in query and body by name', async (t) => {
    for (const route of keyed.filter(({ path }) => !path.endsWith('/live'))) {
      const method = route.method.toUpperCase();
      const path = pathOf(route, thingOf0(route, things));
      const inQuery = await world.a.ask(method, `${path}?colour=red`);
      t.match(
        { status: inQuery.status, body: inQuery.body },
        { status: 400, body: { error: { code: 'validation_failed', field: 'colour' } } },
        `${method} ${path}`,
      );
      if (method === 'GET' || method === 'DELETE') continue;
      const { status, body } = await world.a.ask(method, path, { colour: 'red' });
      t.equal(status, 400, `${method} ${path} ${JSON.stringify(body)}`);
    }
    for (const [path, body, field] of [
      ['/v1/candidates', { first_name: 'A', phone: '+14155550123', colour: 1 }, 'colour'],
      ['/v1/forms', { name: 'F', elements: [{ slug: 'a', label: 'A', type: 'text', colour: 1 }] }, 'elements.0.colour'],
      ['/v1/forms', { name: 'F', elements: [{ slug: 'A b', label: 'A', type: 'text' }] }, 'elements.0.slug'],
      ['/v1/screenings', { application_id: things.application, priority: 10 }, 'priority'],
      ['/v1/screenings', { application_id: 'app_1' }, 'application_id'],
      ['/v1/interpret', { type: 'yes-no', locale: 'en-US', said: 1 }, 'said'],
    ] as const)
      t.match(await world.a.ask('POST', path, body), { status: 400, body: { error: { code: 'validation_failed', field } } }, `${path} ${field}`);
  });

  await t.test('refuses bodies that are no JSON, too large or of another type, and says so', async (t) => {
    const json = { 'Content-Type': 'application/json' };
    for (const route of keyed.filter(({ body }) => body)) {
      const method = route.method.toUpperCase();
      const path = pathOf(route, thingOf0(route, things));
      t.match(await world.a.ask(method, path, '{"a":', json), { status: 400, body: { error: { code: 'malformed_json' } } }, path);
      t.match(await world.a.ask(method, path, '"text"', json), { status: 400, body: { error: { code: 'malformed_json' } } }, path);
      t.match(await world.a.ask(method, path, '[]', json), { status: 400 }, path);
      t.match(
        await world.a.ask(method, path, `{"a":"${'x'.repeat(256 * 1024)}"}`, json),
        { status: 413, body: { error: { code: 'body_too_large', message: /256 KiB/ } } },
        path,
      );
      t.match(
        await world.a.ask(method, path, 'a=1', { 'Content-Type': 'application/x-www-form-urlencoded' }),
        { status: 415, body: { error: { code: 'unsupported_media_type' } } },
        path,
      );
      t.match(await world.a.ask(method, path, '{}', { ...json, 'Content-Encoding': 'zip' }), { status: 415 }, path);
    }
    t.match(await world.ask('POST', '/v1/forms', 'x'.repeat(300_000), json), { status: 401 }, 'who has no key has no body read');
  });

  await t.test('shows neither stack nor vendor words, and names the request', async (t) => {
    const { body, headers } = await world.a.ask('POST', '/v1/forms', '{"a":', { 'Content-Type': 'application/json', 'X-Request-Id': 'mine-1' });
    t.strictSame(Object.keys(body), ['error']);
    t.strictSame(Object.keys(body.error), ['code', 'message']);
    t.notMatch(body.error.message, /SyntaxError|Unexpected|position| at /);
    t.equal(headers.get('x-request-id'), 'mine-1');
    const odd = await world.a.ask('GET', '/v1/company', undefined, { 'X-Request-Id': 'a b"<script>' });
    t.match(odd.headers.get('x-request-id'), /^[a-z0-9]{32}$/);
    t.equal(odd.headers.get('x-powered-by'), null);
    t.equal(odd.headers.get('x-content-type-options'), 'nosniff');
  });

  await t.test('is in the document, and its answers are what the document says', async (t) => {
    const { status, body: document } = await world.ask('GET', '/openapi.json');
    t.equal(status, 200);
    t.equal(document.openapi, '3.1.0');
    const operations = new Set<string>();
    for (const route of table) {
      const operation = document.paths[route.path]?.[route.method];
      if (!operation) t.fail(`${route.method} ${route.path} is not documented`);
      operations.add(operation.operationId);
      const parameters = (operation.parameters ?? [])
        .filter((parameter: { in: string }) => parameter.in === 'path')
        .map(({ name }: { name: string }) => name);
      t.strictSame(
        parameters,
        [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
        route.path,
      );
      if (route.access === 'key' && !operation.responses['401']) t.fail(`${route.path} does not document 401`);
      if (route.body && !operation.requestBody?.content['application/json'].schema) t.fail(`${route.path} does not document its body`);
    }
    t.equal(operations.size, table.length, 'operation ids are unique');
    t.equal(
      Object.values(document.paths).flatMap((methods) => Object.keys(methods as object)).length,
      table.length,
      'and nothing else is documented',
    );
    t.strictSame(document, JSON.parse(JSON.stringify(openApiDocument(table))));
    // Every reference leads somewhere, and every schema is one that a validator can be made of.
    for (const [, reference] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = (reference ?? '').split('/').reduce((at, part) => at?.[part], document);
      if (target === undefined) t.fail(`${reference} leads nowhere`);
    }
    for (const route of keyed.filter(({ method, path }) => method === 'get' && route200(path))) {
      const schema = route.replies[200]?.schema ?? z.never();
      const { body } = await world.a.ask('GET', pathOf(route, thingOf0(route, things)));
      const parsed = schema.safeParse(body);
      t.ok(parsed.success, `${route.path} ${JSON.stringify(parsed.error?.issues)}`);
      t.strictSame(parsed.data, body, `${route.path} has no field that is not documented`);
    }
    const page = await world.ask('GET', '/docs');
    t.match(page.headers.get('content-type'), /^text\/html/);
    for (const { path } of table) if (!page.body.includes(path)) t.fail(`/docs does not show ${path}`);
    t.notMatch(page.body, /<script|https?:\/\/(?!www\.w3\.org)[a-z]/, 'nothing comes from elsewhere');
  });
});

/** Paths whose answer is JSON of a schema: all but the recording and the live stream. */
const route200 = (path: string): boolean => !path.endsWith('/recording') && !path.endsWith('/live');

/** The thing of a path, or '' for paths without an id. */
const thingOf0 = (route: Route, things: Furniture): string => (route.path.includes('{id}') ? thingOf(route.path, things) : '');

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
    t.equal(new Set(all.map(({ body }) => body.data.id)).size, 1);
    const reordered = '{"priority":3,  "application_id":"' + things.application + '"}';
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

  await t.test('replays refusals, hides secrets and must be printable', async (t) => {
    const headers = { 'Idempotency-Key': 'refused' };
    const refused = await world.a.ask('POST', '/v1/candidates', { first_name: 'A', phone: '12' }, headers);
    t.match(refused, { status: 400 });
    const invalid = { first_name: 'A', phone: '+1415555' };
    const first = await world.a.ask('POST', '/v1/candidates', invalid, { 'Idempotency-Key': 'invalid' });
    t.match(first, { status: 422, body: { error: { code: 'candidate_phone_invalid', field: 'phone' } } });
    t.strictSame((await world.a.ask('POST', '/v1/candidates', invalid, { 'Idempotency-Key': 'invalid' })).body, first.body);
    const key = { 'Idempotency-Key': 'a-key' };
    t.match((await world.a.ask('POST', '/v1/api-keys', { name: 'k' }, key)).body.data.secret, /^sk_/);
    t.equal((await world.a.ask('POST', '/v1/api-keys', { name: 'k' }, key)).body.data.secret, null);
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

t.test('a defect leaves as internal with the request id and is logged; a store that is away as 503', async (t) => {
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

  const away = await startApi(t);
  await away.store.connection.close();
  const gone = await away.a.ask('GET', '/v1/company');
  t.match(gone, { status: 503, body: { error: { code: 'store_unavailable' } } });
  t.ok(gone.headers.get('retry-after'));
});
