import t from 'tap';
import { z } from 'zod';
import { openApiDocument } from '../../server/api/openapi.js';
import type { Route } from '../../server/api/route.js';
import { routeTable } from '../../server/api/route-table.js';
import { at, startApi } from './api-world.js';

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

/** Paths whose answer is JSON of a schema: all but the recording and the live stream. */
const hasJsonAnswer = (path: string): boolean => !path.endsWith('/recording') && !path.endsWith('/live');

/** The thing of a path, or '' for paths without an id. */
const idIn = (route: Route, things: Furniture): string => (route.path.includes('{id}') ? thingOf(route.path, things) : '');

/** The part of an OpenAPI document that every operation must have. */
const documentSchema = z.looseObject({
  openapi: z.literal('3.1.0'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(
      z.enum(['get', 'post', 'patch', 'delete']),
      z.looseObject({
        operationId: z.string().regex(/^[a-z]\w+$/),
        summary: z.string().min(1),
        parameters: z.array(z.looseObject({ name: z.string(), in: z.enum(['path', 'query', 'header']), schema: z.looseObject({}) })).default([]),
        requestBody: z
          .object({ required: z.boolean(), content: z.object({ 'application/json': z.object({ schema: z.looseObject({}) }) }) })
          .optional(),
        responses: z.record(z.string().regex(/^[2-5]\d\d$/), z.looseObject({ description: z.string().min(1) })),
      }),
    ),
  ),
});

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
        } = await world.ask(route.method.toUpperCase(), pathOf(route, idIn(route, things)), undefined, headers);
        if (status !== 401 || at(body, 'error.code') !== 'unauthorized' || !answered.get('www-authenticate'))
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
      for (const id of ['x', '%00', 'a'.repeat(300)]) {
        const { status, body } = await world.a.ask(route.method.toUpperCase(), pathOf(route, id), route.body ? {} : undefined);
        if (status !== 404) t.fail(`${route.method} ${route.path} with ${id}: ${status} ${JSON.stringify(body)}`);
      }
    t.match(await world.a.ask('GET', '/v1/candidates/%E0%A4%A'), { status: 400, body: { error: { code: 'validation_failed' } } });
    t.match(await world.a.ask('GET', '/v1/nothing'), { status: 404, body: { error: { code: 'route_not_found' } } });
    t.match(await world.a.ask('PUT', '/v1/candidates'), { status: 404, body: { error: { code: 'route_not_found' } } });
  });

  await t.test('refuses unknown fields in query and body by name', async (t) => {
    for (const route of keyed) {
      const method = route.method.toUpperCase();
      const path = pathOf(route, idIn(route, things));
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
      const path = pathOf(route, idIn(route, things));
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
    t.strictSame(Object.keys(body ?? {}), ['error']);
    t.strictSame(Object.keys(at(body, 'error') ?? {}), ['code', 'message']);
    t.notMatch(at(body, 'error.message'), /SyntaxError|Unexpected|position| at /);
    t.equal(headers.get('x-request-id'), 'mine-1');
    const odd = await world.a.ask('GET', '/v1/company', undefined, { 'X-Request-Id': 'a b"<script>' });
    t.match(odd.headers.get('x-request-id'), /^[a-z0-9]{32}$/);
    t.equal(odd.headers.get('x-powered-by'), null);
    t.equal(odd.headers.get('x-content-type-options'), 'nosniff');
  });

  await t.test('is in the document, and its answers are what the document says', async (t) => {
    const answered = await world.ask('GET', '/openapi.json');
    t.equal(answered.status, 200);
    const { paths } = documentSchema.parse(answered.body);
    const operations = new Set<string>();
    for (const route of table) {
      const operation = paths[route.path]?.[route.method];
      if (!operation) return t.fail(`${route.method} ${route.path} is not documented`);
      operations.add(operation.operationId);
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      const named = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      t.strictSame(inPath, named, route.path);
      t.equal('401' in operation.responses, route.access === 'key', `${route.path} documents 401 when it needs a key`);
      t.equal(operation.requestBody !== undefined, route.body !== undefined, `${route.path} documents its body when it has one`);
    }
    t.equal(operations.size, table.length, 'operation ids are unique');
    t.equal(Object.values(paths).flatMap(Object.keys).length, table.length, 'and nothing else is documented');
    t.strictSame(answered.body, JSON.parse(JSON.stringify(openApiDocument(table))));
    const references = [...JSON.stringify(answered.body).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, reference = '']) => reference);
    for (const reference of new Set(references)) t.ok(at(answered.body, reference.replaceAll('/', '.')), `${reference} leads somewhere`);
    for (const route of keyed.filter(({ method, path }) => method === 'get' && hasJsonAnswer(path))) {
      const schema = route.replies[200]?.schema ?? z.never();
      const { body } = await world.a.ask('GET', pathOf(route, idIn(route, things)));
      const parsed = schema.safeParse(body);
      t.ok(parsed.success, `${route.path} ${JSON.stringify(parsed.error?.issues)}`);
      t.strictSame(parsed.data, body, `${route.path} has no field that is not documented`);
    }
    const page = await world.ask('GET', '/docs');
    t.match(page.headers.get('content-type'), /^text\/html/);
    for (const { path } of table) if (!String(page.body).includes(path)) t.fail(`/docs does not show ${path}`);
    t.notMatch(page.body, /<script|https?:\/\/(?!www\.w3\.org)[a-z]/, 'nothing comes from elsewhere');
  });
});
