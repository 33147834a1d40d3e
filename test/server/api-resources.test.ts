import t from 'tap';
import { DEMO_BOTS } from '../../server/demo-bots.js';
import { hashPhone } from '../../server/store/phone-hash.js';
import { at, startApi } from './api-world.js';

t.test('the resources', async (t) => {
  const world = await startApi(t);
  const { a, store } = world;
  const { ask, companyId } = a;

  await t.test('a candidate is upserted by e-mail, with the phone in any form', async (t) => {
    const phones: [phone: string, country: string | undefined, stored: string | undefined, storedCountry?: string][] = [
      ['+1 (415) 555-0123', undefined, '+14155550123', 'US'],
      ['(415) 555-0123', 'US', '+14155550123', 'US'],
      ['0044 7400 123456', 'GB', '+447400123456', 'GB'],
      ['+44 7911 123456', 'GB', '+447911123456', 'GB'], // Guernsey by its number
      ['098765 43210', 'IN', '+919876543210', 'IN'],
      ['+91 98765 43210', 'US', '+919876543210', 'IN'], // the call goes to India, whatever was declared
      ['+14155550123', 'ZZ', '+14155550123', 'US'],
      ['(415) 555-0123', undefined, undefined],
      ['+1 415 555 012', undefined, undefined],
      ['+1 415 555 0123 ext. 5', undefined, undefined],
      ['not a number', 'US', undefined],
      ['911', 'US', undefined],
    ];
    for (const [phone, given, stored, country] of phones) {
      const { status, body } = await ask('POST', '/v1/candidates', { first_name: 'P', phone, ...(given ? { country: given } : {}) });
      if (stored) t.match({ status, body }, { status: 201, body: { data: { phone: stored, country } } }, phone);
      else t.match({ status, body }, { status: 422, body: { error: { code: 'candidate_phone_invalid', field: 'phone' } } }, phone);
    }
    const dana = { first_name: 'Dana', last_name: 'Reyes', email: 'Dana@Example.com', phone: '+14155550123', time_zone: 'America/Denver' };
    const created = await ask('POST', '/v1/candidates', { ...dana, consents: ['voice', 'recording'] });
    t.match(created, {
      status: 201,
      body: { data: { email: 'dana@example.com', country: 'US', time_zone: 'America/Denver', time_zone_source: 'declared' } },
    });
    const id = String(at(created.body, 'data.id'));
    const updated = await ask('POST', '/v1/candidates', {
      first_name: 'Dana',
      email: 'DANA@example.com',
      phone: '+13125550142',
      consents: ['voice'],
    });
    t.match(updated, {
      status: 200,
      body: { data: { id, last_name: 'Reyes', phone: '+13125550142', time_zone: 'America/Denver', consents: ['voice'] } },
    });
    t.match(await ask('GET', '/v1/candidates?email=dana%40EXAMPLE.com'), { body: { data: [{ id }], next_cursor: null } });
    const records = await ask('GET', `/v1/consents?candidate_id=${id}`);
    t.strictSame([0, 1, 2].map((index) => `${at(records.body, `data.${index}.channel`)} ${at(records.body, `data.${index}.state`)}`).sort(), [
      'recording granted',
      'recording revoked',
      'voice granted',
    ]);
    t.match(await ask('PATCH', `/v1/candidates/${id}`, { time_zone: null, phone: '(212) 555-0187' }), {
      status: 200,
      body: { data: { phone: '+12125550187', time_zone: 'America/New_York', time_zone_source: 'area_code', last_name: 'Reyes' } },
    });
    t.match(await ask('PATCH', `/v1/candidates/${id}`, { time_zone: 'Mars/Base' }), { status: 400, body: { error: { field: 'time_zone' } } });
    t.match(await ask('PATCH', `/v1/candidates/${id}`, { email: null }), { body: { data: { email: null } } });
  });

  await t.test('deleting a candidate erases, and the number stays suppressed', async (t) => {
    const made = await ask('POST', '/v1/candidates', { first_name: 'Gone', phone: '+13125550199' });
    const id = String(at(made.body, 'data.id'));
    t.equal((await ask('DELETE', `/v1/candidates/${id}`)).status, 204);
    t.equal((await ask('GET', `/v1/candidates/${id}`)).status, 404);
    t.equal((await ask('DELETE', `/v1/candidates/${id}`)).status, 404);
    t.equal((await store.suppressions.findFor(companyId, hashPhone(world.deps.phoneHashKey, '+13125550199'), 'voice')).length, 1);
    t.match(await ask('GET', '/v1/suppressions?phone=%2B13125550199'), {
      body: { data: [{ reason: 'legal', source: 'erasure', channels: ['voice', 'sms'] }] },
    });
    t.match(await ask('GET', '/v1/suppressions?phone=%2B13125550198'), { body: { data: [] } });
    t.match(await ask('POST', '/v1/suppressions', { phone: '(312) 555-0198', country: 'US', reason: 'dnd', channels: ['voice'] }), {
      status: 201,
      body: { data: { reason: 'dnd' } },
    });
    t.match(await ask('GET', '/v1/suppressions?phone=%2B13125550198'), { body: { data: [{ channels: ['voice'] }] } });
  });

  await t.test('a bot is checked as a whole at every save, and keeps its versions', async (t) => {
    const bot = { ...DEMO_BOTS[1], slug: 'checked' };
    const script = { ...bot.script, questions: [...(bot.script?.questions ?? [])] };
    const saved = await ask('POST', '/v1/bots', bot);
    t.match(saved, { status: 201, body: { data: { version: 1, max_duration_s: 420, retry_policy: { attempts: 3 } } } });
    const id = String(at(saved.body, 'data.id'));
    const ageQuestion = {
      ...script,
      questions: script.questions.map((question, index) => (index === 1 ? { ...question, text: 'How old are you?' } : question)),
    };
    const refused: [body: object, expected: object][] = [
      [
        { script: { ...script, questions: script.questions.slice(1) } },
        { status: 422, body: { error: { code: 'bot_invalid', field: 'output_variables.0.name' } } },
      ],
      [{ script: ageQuestion }, { status: 422, body: { error: { code: 'question_not_allowed', field: 'script.questions.1.text', message: /age/ } } }],
      [
        { script: { ...script, closing: 'Bye {{candidate_nickname}}' } },
        { status: 422, body: { error: { code: 'bot_invalid', field: 'script.closing' } } },
      ],
      [{ colour: 'red' }, { status: 400, body: { error: { code: 'validation_failed', field: 'colour' } } }],
      [{ max_duration_s: 5 }, { status: 400, body: { error: { field: 'max_duration_s' } } }],
    ];
    for (const [change, expected] of refused) {
      t.match(await ask('PATCH', `/v1/bots/${id}`, change), expected);
      t.match(await ask('POST', '/v1/bots', { ...bot, slug: 'never', ...change }), expected);
    }
    t.match(await ask('POST', '/v1/bots', bot), { status: 409, body: { error: { code: 'conflict', field: 'slug' } } });
    t.match(await ask('PATCH', `/v1/bots/${id}`, { name: 'Packer', script: { ...script, closing: 'Bye {{candidate_first_name}}.' } }), {
      status: 200,
      body: { data: { version: 2, name: 'Packer', slug: 'checked' } },
    });
    t.match(await ask('GET', `/v1/bots/${id}/versions?limit=1`), { body: { data: [{ version: 2, name: 'Packer' }], next_cursor: '2' } });
    t.match(await ask('GET', `/v1/bots/${id}/versions?limit=1&cursor=2`), { body: { data: [{ version: 1 }], next_cursor: null } });
    t.match(await ask('GET', `/v1/bots/${id}/versions/1`), { body: { data: { name: 'Warehouse associate' } } });
    t.match(await ask('GET', `/v1/bots/${id}/versions/9`), { status: 404 });
    t.match(await ask('GET', '/v1/bots?slug=checked'), { body: { data: [{ id }] } });
  });

  await t.test('an application takes typed values of the right kind, and a recruiter settles conflicts', async (t) => {
    const things = await world.furnish(a, '-app');
    const input = { candidate_id: things.candidate, form_id: things.form };
    for (const [values, field] of [
      [{ nothing: 'x' }, 'values.nothing'],
      [{ email: 'no e-mail' }, 'values.email'],
      [{ shift: 'noon' }, 'values.shift'],
    ] as const)
      t.match(await ask('POST', '/v1/applications', { ...input, values }), { status: 400, body: { error: { code: 'validation_failed', field } } });
    const made = await ask('POST', '/v1/applications', { ...input, values: { email: 'typed@example.com' } });
    t.match(made, {
      status: 201,
      body: {
        data: { status: 'NEW', values: { email: 'typed@example.com' }, elements: [{ source: 'candidate', status: 'confirmed', answer_id: null }] },
      },
    });
    const id = String(at(made.body, 'data.id'));
    const answer_id = world.ids.create('answer');
    await store.applications.applyElements(
      companyId,
      id,
      [
        { element_slug: 'email', value: 'heard@example.com', source: 'call', status: 'confirmed', answer_id },
        { element_slug: 'shift', value: 'night', source: 'call', status: 'confirmed', answer_id },
      ],
      things.screening,
      world.now(),
    );
    t.match(await ask('GET', `/v1/applications/${id}`), {
      body: {
        data: {
          values: { email: 'typed@example.com', shift: 'night' },
          elements: [
            { element_slug: 'email', status: 'conflict', proposed: 'heard@example.com', answer_id },
            { element_slug: 'shift', source: 'call', answer_id },
          ],
        },
      },
    });
    const settled = await ask('PATCH', `/v1/applications/${id}`, {
      values: { email: 'heard@example.com', shift: null },
      status: 'COMPLETED',
      reason: 'checked',
    });
    t.match(settled, {
      status: 200,
      body: {
        data: {
          status: 'COMPLETED',
          values: { email: 'heard@example.com', shift: null },
          elements: [{ source: 'recruiter', status: 'confirmed', proposed: null }, { status: 'missing' }],
          transition_history: [{ from: 'NEW', to: 'COMPLETED', actor: a.keyId, reason: 'checked' }],
        },
      },
    });
    t.match(await ask('GET', `/v1/applications?candidate_id=${things.candidate}&status=COMPLETED`), { body: { data: [{ id }] } });
    t.match(await ask('DELETE', `/v1/forms/${things.form}`), { status: 409 }, 'a form in use stays');
    t.match(await ask('PATCH', `/v1/forms/${things.form}`, { name: 'New' }), {
      status: 200,
      body: { data: { name: 'New', elements: [{ slug: 'email' }, {}] } },
    });
    t.match(
      await ask('PATCH', `/v1/forms/${things.form}`, {
        elements: [
          { slug: 'a', label: 'A', type: 'text' },
          { slug: 'a', label: 'A', type: 'text' },
        ],
      }),
      {
        status: 400,
        body: { error: { field: 'elements.1.slug' } },
      },
    );
  });

  await t.test('a screening is accepted, shown with its answers, and canceled', async (t) => {
    const things = await world.furnish(a, '-scr');
    const path = `/v1/screenings/${things.screening}`;
    const answer = { variable: 'shift', status: 'confirmed' as const, value: 'night', confidence: 0.9 };
    const where = { id: world.ids.create('answer'), screening_id: things.screening, application_id: things.application, call_id: things.call };
    await store.answers.upsert(companyId, where, answer, world.now());
    t.match(await ask('GET', path), {
      body: {
        data: { state: 'queued', outcome: null, held_because: null, attempts: 0, answers: [{ ...answer, history: [] }], call_ids: [things.call] },
      },
    });
    t.match(await ask('DELETE', `/v1/bots/${things.bot}`), { status: 409 }, 'a bot with open screenings stays');
    t.match(await ask('POST', '/v1/screenings', { application_id: things.application }), {
      status: 409,
      body: { error: { code: 'screening_active', message: new RegExp(things.screening) } },
    });
    t.match(await ask('POST', `${path}/cancel`), { status: 200, body: { data: { state: 'closed', outcome: 'canceled' } } });
    t.match(await ask('POST', `${path}/cancel`), { status: 200, body: { data: { outcome: 'canceled' } } }, 'twice is no harm');
    t.equal((await ask('DELETE', `/v1/bots/${things.bot}`)).status, 204);
    t.match(await ask('POST', '/v1/screenings', { application_id: things.application }), { status: 404, body: { error: { field: 'bot_id' } } });
    const plain = await ask('POST', '/v1/applications', { candidate_id: things.candidate, form_id: things.form });
    t.match(await ask('POST', '/v1/screenings', { application_id: at(plain.body, 'data.id') }), {
      status: 400,
      body: { error: { field: 'bot_id' } },
    });
    const [bot] = (await store.bots.list(companyId, {}, { limit: 1 })).items;
    const later = '2027-01-04T15:00:00+01:00';
    t.match(await ask('POST', '/v1/screenings', { application_id: at(plain.body, 'data.id'), bot_id: bot?.id, not_before: later, priority: 9 }), {
      status: 202,
      body: { data: { state: 'queued', run_at: '2027-01-04T14:00:00.000Z', priority: 9 } },
    });
  });

  await t.test('what was held for want of a consent is looked at again when it comes', async (t) => {
    const things = await world.furnish(a, '-held');
    for (;;) {
      const claimed = await store.screenings.claimDue(world.now(), 'test', 60_000);
      if (!claimed) break;
      await store.screenings.hold(claimed.screening.companyId, claimed.lease, { reason: 'no_consent', nextAllowedAt: null }, world.now());
    }
    t.match(await ask('GET', `/v1/screenings/${things.screening}`), {
      body: { data: { state: 'held', held_because: 'no_consent', next_allowed_at: null } },
    });
    const consent = { candidate_id: things.candidate, channel: 'recording', state: 'granted', wording: 'You may record the call.' };
    t.match(await ask('POST', '/v1/consents', { ...consent, source: 'recruiter', captured_at: '2026-11-20T10:00:00Z' }), {
      status: 201,
      body: { data: { channel: 'recording', source: 'recruiter', captured_at: '2026-11-20T10:00:00.000Z' } },
    });
    t.match(await ask('GET', `/v1/candidates/${things.candidate}`), { body: { data: { consents: ['voice', 'recording'] } } });
    t.equal((await store.screenings.claimDue(world.now(), 'test', 60_000))?.screening.id, things.screening);
  });

  await t.test('the company sets what holds for all its bots', async (t) => {
    t.match(await ask('PATCH', '/v1/company', { settings: { countries: ['US', 'IN'] } }), {
      status: 200,
      body: { data: { settings: { countries: ['US', 'IN'], time_zone: 'America/New_York', callback_number: null } } },
    });
    t.match(await ask('PATCH', '/v1/company', { settings: { countries: ['usa'] } }), {
      status: 400,
      body: { error: { field: 'settings.countries.0' } },
    });
    t.match(await ask('PATCH', '/v1/company', { settings: { colour: 1 } }), { status: 400, body: { error: { field: 'settings.colour' } } });
    t.match(await ask('PATCH', '/v1/company', { name: 'Northwind' }), {
      body: { data: { name: 'Northwind', settings: { countries: ['US', 'IN'] } } },
    });
  });

  await t.test('a key that is revoked opens nothing', async (t) => {
    const made = await ask('POST', '/v1/api-keys', { name: 'script' });
    const secret = String(at(made.body, 'data.secret'));
    t.equal((await world.askAs(secret)('GET', '/v1/company')).status, 200);
    t.match(await ask('DELETE', `/v1/api-keys/${a.keyId}`), { status: 409 }, 'not itself');
    t.equal((await ask('DELETE', `/v1/api-keys/${at(made.body, 'data.id')}`)).status, 204);
    t.equal((await world.askAs(secret)('GET', '/v1/company')).status, 401);
    t.notOk(JSON.stringify((await ask('GET', '/v1/api-keys')).body).includes(secret));
  });

  await t.test('a spoken answer is understood as in a call', async (t) => {
    const interpret = (body: object) => ask('POST', '/v1/interpret', { locale: 'en-US', ...body });
    t.match(await interpret({ type: 'yes-no', said: "No wait, no, I can't do nights." }), {
      status: 200,
      body: { data: { status: 'confirmed', value: false } },
    });
    t.match(await interpret({ type: 'date', said: 'tomorrow', now: '2026-11-23T20:00:00Z', time_zone: 'America/Los_Angeles' }), {
      body: { data: { value: '2026-11-24' } },
    });
    t.match(await interpret({ type: 'choice', said: 'nights please', options: [{ value: 'night', synonyms: ['nights'] }, { value: 'day' }] }), {
      body: { data: { value: 'night' } },
    });
    t.match(await interpret({ type: 'yes-no', said: 'purple' }), { body: { data: { status: 'missing', value: null } } });
    t.match(await interpret({ type: 'choice', said: 'nights' }), { status: 400, body: { error: { field: 'options' } } });
  });
});
