import t from 'tap';
import { checkQuestion } from '../../agents/never-ask.js';
import { e164Schema } from '../../schemas/phone.js';
import { checkBot } from '../../server/api/bot-checks.js';
import { processRandom, randomIds, randomToken } from '../../server/runtime.js';
import { seedDemo } from '../../server/seed.js';
import { eraseCandidate } from '../../server/store/erase-candidate.js';
import { hashPhone } from '../../server/store/phone-hash.js';
import { openTestStore } from './store-under-test.js';

const ids = randomIds(processRandom());
const AT = Date.UTC(2026, 10, 23, 18);
const at = (seconds: number) => new Date(AT + seconds * 1000);
const KEY = Buffer.alloc(32, 7);
const PHONE = e164Schema.parse('+14155550123');

t.test('the people of a company', async (t) => {
  const store = await openTestStore(t);
  const company = ids.create('company');
  const other = ids.create('company');
  const person = { first_name: 'Dana', phone: PHONE, email: 'dana@example.com' };

  await t.test('candidates are one per e-mail and company, also when they come at once', async (t) => {
    const upserts = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        store.candidates.upsert(company, ids.create('candidate'), { ...person, last_name: `R${index}` }, at(index)),
      ),
    );
    t.equal(upserts.filter(({ created }) => created).length, 1);
    t.equal(new Set(upserts.map(({ candidate }) => candidate.id)).size, 1);
    const { candidate } = await store.candidates.upsert(company, ids.create('candidate'), { ...person, country: 'US' }, at(20));
    t.match(candidate, { last_name: /^R\d$/, country: 'US', consents: [] }, 'what is not given stays');
    const elsewhere = await store.candidates.upsert(other, ids.create('candidate'), person, at(0));
    t.equal(elsewhere.created, true);
    for (const _ of [1, 2]) {
      const { created } = await store.candidates.upsert(company, ids.create('candidate'), { first_name: 'No', phone: PHONE }, at(30));
      t.equal(created, true, 'without an e-mail there is nothing to be the same by');
    }
    const second = await store.candidates.upsert(company, ids.create('candidate'), { ...person, email: 'b@example.com' }, at(40));
    await t.rejects(store.candidates.update(company, second.candidate.id, { email: 'dana@example.com' }, at(41)), {
      code: 'conflict',
      field: 'email',
    });
    t.match(await store.candidates.update(company, second.candidate.id, { email: null }, at(42)), { email: null });
    t.match(await store.candidates.update(company, second.candidate.id, { email: 'b@example.com' }, at(42)), { email: 'b@example.com' });
    t.equal(await store.candidates.update(other, second.candidate.id, { first_name: 'X' }, at(43)), undefined);
    t.equal(await store.candidates.remove(other, second.candidate.id), false);
  });

  await t.test('suppressions know a number by its hash, per channel', async (t) => {
    const add = (channels: ('voice' | 'sms')[]) =>
      store.suppressions.add(
        company,
        { id: ids.create('suppression'), phone_hash: hashPhone(KEY, PHONE), channels, reason: 'stop', source: 'call' },
        at(0),
      );
    await Promise.all([add(['sms']), add(['sms']), add(['sms'])]);
    t.strictSame(await store.suppressions.findFor(company, hashPhone(KEY, PHONE), 'voice'), []);
    await add(['voice']);
    t.match(await store.suppressions.findFor(company, hashPhone(KEY, PHONE), 'voice'), [{ channels: ['sms', 'voice'], reason: 'stop' }]);
    t.strictSame(await store.suppressions.findFor(other, hashPhone(KEY, PHONE), 'voice'), []);
    t.not(hashPhone(Buffer.alloc(32, 8), PHONE), hashPhone(KEY, PHONE), 'the hash needs the key');
  });

  await t.test('erasing a candidate leaves nothing that names the person, and keeps the number from being called', async (t) => {
    const tenant = ids.create('company');
    const { candidate } = await store.candidates.upsert(tenant, ids.create('candidate'), person, at(0));
    const form = ids.create('form');
    const application = await store.applications.create(
      tenant,
      { id: ids.create('application'), candidate_id: candidate.id, form_id: form, bot_id: null, source: null, elements: [] },
      at(0),
    );
    const screening = await store.screenings.create(
      tenant,
      {
        id: ids.create('screening'),
        application_id: application.id,
        bot_id: ids.create('bot'),
        bot_version: 1,
        candidate_id: candidate.id,
        run_at: at(0),
        priority: 5,
      },
      at(0),
    );
    const { call } = await store.calls.create(
      tenant,
      {
        id: ids.create('call'),
        screening_id: screening.id,
        candidate_id: candidate.id,
        attempt: 1,
        token: randomToken(processRandom()),
        provider: 'twilio',
        to: PHONE,
        from: '+12125550100',
      },
      at(0),
    );
    const where = { id: ids.create('answer'), screening_id: screening.id, application_id: application.id, call_id: call.id };
    await store.answers.upsert(tenant, where, { variable: 'email', status: 'confirmed', value: 'dana@example.com', confidence: 1 }, at(0));
    await store.callEvents.appendMany(tenant, call.id, [
      { seq: 1, at: AT, event: { kind: 'transcript-interim', speaker: 'candidate', text: 'I am Dana' } },
    ]);
    await store.consents.append(
      tenant,
      {
        id: ids.create('consent'),
        candidate_id: candidate.id,
        phone_hash: hashPhone(KEY, PHONE),
        channel: 'recording',
        state: 'granted',
        wording: 'Is it all right to record?',
        source: 'call',
        call_id: call.id,
        turn_id: 't2',
        quote: 'Yes, Dana agrees',
        captured_at: at(0),
      },
      at(0),
    );
    const claimed = await store.screenings.claimDue(at(0), 'dialer', 1000);
    if (claimed) await store.screenings.schedule(tenant, claimed.lease, at(5), at(0), call.id);
    const account = { summary: 'Dana said yes.', outcome_reason: 'Dana hung up.', done: false };
    t.ok(await store.screenings.saveLookBack(tenant, { screeningId: screening.id, callId: call.id, outcome: screening.outcome }, account, at(0)));
    const erased: string[] = [];
    const means = {
      ids,
      phoneHashKey: KEY,
      cancelScreening: (companyId: string, id: string) => store.screenings.cancel(companyId, id, at(1)),
      async eraseRecording(_companyId: string, callId: string) {
        erased.push(callId);
      },
    };
    await t.rejects(eraseCandidate(store, tenant, candidate.id, means, at(1)), { code: 'conflict' }, 'not while a call is under way');
    await t.rejects(eraseCandidate(store, other, candidate.id, means, at(1)), { code: 'not_found' });
    await store.calls.joinState(tenant, call.id, 'completed', { at: at(1) });
    await eraseCandidate(store, tenant, candidate.id, means, at(2));

    const left: unknown[] = [];
    for (const collection of (await store.connection.db?.collections()) ?? []) left.push(...(await collection.find({ companyId: tenant }).toArray()));
    const text = JSON.stringify(left);
    for (const trace of ['Dana', 'dana', PHONE]) t.notOk(text.includes(trace), `${trace} is gone`);
    t.strictSame(erased, [call.id]);
    t.match(await store.screenings.find(tenant, screening.id), { state: 'closed', outcome: 'canceled', summary: null, outcome_reason: null });
    t.strictSame(await store.screenings.listToLookBack(10), [], 'nobody looks back at it any more');
    t.match((await store.consents.list(tenant, {}, { limit: 10 })).items, [{ channel: 'recording', state: 'granted', quote: null }]);
    t.equal((await store.suppressions.findFor(tenant, hashPhone(KEY, PHONE), 'voice')).length, 1);
    await t.rejects(eraseCandidate(store, tenant, candidate.id, means, at(3)), { code: 'not_found' });
  });

  await t.test('the demo company is complete and written last', async (t) => {
    const seeded = await seedDemo(store, { ids, now: at(0), phoneHashKey: KEY });
    t.strictSame(await store.companies.findBySlug('northwind-staffing'), seeded);
    const bots = (await store.bots.list(seeded.id, {}, { limit: 10 })).items;
    for (const { definition } of bots)
      checkBot(definition, (text) => {
        const verdict = checkQuestion(text);
        return verdict.allowed ? undefined : verdict;
      });
    t.strictSame(bots.map(({ definition }) => definition.slug).sort(), ['delivery-driver', 'line-cook', 'warehouse-associate']);
    const forms = (await store.forms.list(seeded.id, { limit: 10 })).items;
    const applications = (await store.applications.list(seeded.id, {}, { limit: 10 })).items;
    t.equal(applications.length, 3);
    for (const { form_id, bot_id, candidate_id } of applications) {
      const bot = bots.find(({ id }) => id === bot_id);
      const form = forms.find(({ id }) => id === form_id);
      const variables = bot?.definition.output_variables ?? [];
      t.strictSame(
        form?.elements.map(({ slug }) => slug),
        variables.map(({ name }) => name),
        'element slugs are the variable names',
      );
      t.match(await store.candidates.find(seeded.id, candidate_id), {
        phone: /^\+1\d{3}55501\d\d$/,
        consents: ['voice', 'sms', 'recording', 'ai_processing'],
      });
    }
    t.strictSame(
      (await store.bots.findBySlug(seeded.id, 'line-cook'))?.definition.output_variables.map(({ type }) => type),
      ['yes-no', 'yes-no', 'number', 'choice', 'money'],
    );
  });

  await t.test('a key is found by its hash until it is revoked', async (t) => {
    const key = { id: ids.create('apiKey'), name: 'n', hash: 'h'.repeat(64), hint: 'abcd' };
    await store.apiKeys.create(company, key, at(0));
    t.match(await store.apiKeys.create(company, { ...key, id: ids.create('apiKey') }, at(1)), { id: key.id }, 'the same secret is the same key');
    t.match(await store.apiKeys.findByHash(key.hash), { id: key.id, companyId: company });
    t.equal(await store.apiKeys.revoke(other, key.id, at(2)), undefined);
    await store.apiKeys.revoke(company, key.id, at(2));
    t.match(await store.apiKeys.revoke(company, key.id, at(9)), { revoked_at: at(2) });
    t.equal(await store.apiKeys.findByHash(key.hash), undefined);
  });
});
