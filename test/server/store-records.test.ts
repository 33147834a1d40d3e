import t from 'tap';
import type { Answer } from '../../schemas/answer.js';
import type { CallTimelineEvent } from '../../schemas/call-event.js';
import { callerBotSchema } from '../../schemas/caller-bot.js';
import type { ElementSubmission } from '../../schemas/form.js';
import type { Turn } from '../../schemas/transcript.js';
import { fillForm } from '../../server/calls/form-filling.js';
import { DEMO_BOTS } from '../../server/demo-bots.js';
import { processRandom, randomIds } from '../../server/runtime.js';
import { connectStore } from '../../server/store/connect.js';
import { type ElementChange, mergeElement } from '../../server/store/element-merge.js';
import { withoutUndefined } from '../../server/store/plain-value.js';
import { isStoreUnavailable } from '../../server/store/store-errors.js';
import { fc } from '../fixtures/properties.js';
import { openTestStore } from './store-under-test.js';

const ids = randomIds(processRandom());
const AT = Date.UTC(2026, 10, 23, 18);
const at = (seconds: number) => new Date(AT + seconds * 1000);

t.test('what stands in a form element after a change', async (t) => {
  const element = (over: Partial<ElementSubmission>): ElementSubmission => ({
    element_slug: 'email',
    value: 'old@example.com',
    source: 'call',
    status: 'confirmed',
    answer_id: 'ans_1',
    proposed: null,
    ...over,
  });
  const change = (over: Partial<ElementChange>): ElementChange => {
    const { proposed: _, ...rest } = element({ value: 'new@example.com', answer_id: 'ans_2' });
    return { ...rest, ...over };
  };
  const typed = { source: 'candidate', answer_id: null } as const;
  const cases: [told: string, current: ElementSubmission | undefined, change: ElementChange, after: Partial<ElementSubmission>][] = [
    ['an empty element takes a value from a call', undefined, change({}), { value: 'new@example.com', source: 'call', answer_id: 'ans_2' }],
    ['a missing answer is noted in an empty element', undefined, change({ value: null, status: 'missing' }), { value: null, status: 'missing' }],
    ['a later call replaces an earlier one', element({}), change({}), { value: 'new@example.com', status: 'confirmed', answer_id: 'ans_2' }],
    ['a later call without a value leaves the earlier one', element({}), change({ value: null, status: 'missing' }), { value: 'old@example.com' }],
    [
      'an answer that lost its value loses it in the form',
      element({}),
      change({ value: null, status: 'missing', answer_id: 'ans_1' }),
      { value: null, status: 'missing' },
    ],
    [
      'a call never replaces what the candidate typed',
      element(typed),
      change({}),
      { value: 'old@example.com', source: 'candidate', status: 'conflict', proposed: 'new@example.com', answer_id: 'ans_2' },
    ],
    ['nor what a recruiter set', element({ ...typed, source: 'recruiter' }), change({}), { value: 'old@example.com', status: 'conflict' }],
    [
      'a call that says the same confirms it',
      element(typed),
      change({ value: 'old@example.com' }),
      { source: 'candidate', status: 'confirmed', answer_id: 'ans_2', proposed: null },
    ],
    [
      'a declined answer leaves what was typed',
      element(typed),
      change({ value: null, status: 'declined' }),
      { value: 'old@example.com', status: 'confirmed' },
    ],
    [
      'a recruiter settles a conflict',
      element({ ...typed, status: 'conflict', proposed: 'x@example.com' }),
      change({ source: 'recruiter', answer_id: null }),
      { value: 'new@example.com', source: 'recruiter', status: 'confirmed', proposed: null },
    ],
    [
      'a conflict whose answer lost its value is over',
      element({ ...typed, status: 'conflict', proposed: 'x@example.com', answer_id: 'ans_2' }),
      change({ value: null, status: 'missing' }),
      { value: 'old@example.com', status: 'confirmed', proposed: null, answer_id: null },
    ],
    [
      'equal money is equal whatever made it',
      element({ ...typed, value: { amount: 18, currency: 'USD', period: 'hour' } }),
      change({ value: { amount: 18, currency: 'USD', period: 'hour' } }),
      { status: 'confirmed' },
    ],
    [
      'capitals, spaces and order make no conflict',
      element({ ...typed, value: ['Night ', 'day'] }),
      change({ value: ['day', 'night'] }),
      { value: ['Night ', 'day'], status: 'confirmed', proposed: null },
    ],
    ['a blank is not a value', element({ ...typed, value: '' }), change({}), { value: 'new@example.com', source: 'call', status: 'confirmed' }],
  ];
  for (const [told, current, given, after] of cases) t.match(mergeElement(current, given), after, told);

  const value = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: null });
  const machineChange = fc.record({
    element_slug: fc.constant('email'),
    value,
    source: fc.constantFrom('call' as const, 'automation' as const),
    status: fc.constantFrom('confirmed' as const, 'inferred' as const, 'missing' as const, 'declined' as const),
    answer_id: fc.constantFrom('ans_1', 'ans_2', null),
  });
  fc.assert(
    fc.property(fc.constantFrom('candidate' as const, 'recruiter' as const), fc.array(machineChange, { maxLength: 12 }), (source, changes) => {
      const start = element({ source, value: 'typed', answer_id: null });
      const end = changes.reduce<ElementSubmission>((current, next) => mergeElement(current, next), start);
      return end.value === 'typed' && end.source === source && (end.status === 'conflict') === (end.proposed !== null);
    }),
  );
});

t.test('undefined fields are not stored, null and dates are', async (t) => {
  const date = at(0);
  t.strictSame(withoutUndefined({ a: undefined, b: null, c: [{ d: undefined, e: 1 }], date }), { b: null, c: [{ e: 1 }], date });
});

t.test('a store that does not answer is told as unavailable, in bounded time', async (t) => {
  const error = await connectStore('mongodb://127.0.0.1:1/?directConnection=true', 200).catch((cause: unknown) => cause);
  t.ok(isStoreUnavailable(error), String(error));
});

t.test('the records of a company', async (t) => {
  const store = await openTestStore(t);
  const company = ids.create('company');
  const other = ids.create('company');

  await t.test('bots keep every version, and saves that collide are both kept', async (t) => {
    const bot = callerBotSchema.parse(DEMO_BOTS[0]);
    const { id } = await store.bots.create(company, ids.create('bot'), bot, at(0));
    await t.rejects(store.bots.create(company, ids.create('bot'), bot, at(0)), { code: 'conflict', field: 'slug' });
    await store.bots.create(other, ids.create('bot'), bot, at(0));
    await Promise.all([1, 2, 3].map((n) => store.bots.update(company, id, (current) => ({ ...current, name: `${current.name} ${n}` }), at(n))));
    const current = await store.bots.find(company, id);
    t.equal(current?.version, 4);
    t.match(current?.definition.name, /^Line cook( [123]){3}$/, 'no save was lost');
    t.strictSame(
      (await store.bots.listVersions(company, id, 10))?.map(({ version }) => version),
      [4, 3, 2, 1],
    );
    t.strictSame(
      (await store.bots.listVersions(company, id, 2, 4))?.map(({ version }) => version),
      [3, 2],
    );
    t.equal((await store.bots.findVersion(company, id, 1))?.definition.name, 'Line cook');
    t.strictSame((await store.bots.findVersion(company, id, 4))?.definition, current?.definition);
    t.equal(await store.bots.findVersion(company, id, 5), undefined);
    t.equal(await store.bots.findVersion(other, id, 1), undefined);
    t.equal((await store.bots.findBySlug(company, 'line-cook'))?.id, id);
  });

  await t.test('a call fills the empty elements, and disputes a value that was typed', async (t) => {
    const bot = callerBotSchema.parse({
      slug: 'clerk',
      name: 'Clerk',
      language: 'en-US',
      script: { questions: ['shift', 'job', 'town'].map((variable) => ({ variable, text: `Which ${variable}?` })) },
      output_variables: ['shift', 'job', 'town'].map((name) => ({ name, type: 'text', capture_prompt: name, element_slug: name })),
    });
    const typed = (element_slug: string, value: string): ElementSubmission => ({
      element_slug,
      value,
      source: 'candidate',
      status: 'confirmed',
      answer_id: null,
      proposed: null,
    });
    const elements = [typed('shift', 'day'), typed('job', 'Cook')];
    const candidate_id = ids.create('candidate');
    const input = { candidate_id, form_id: ids.create('form'), bot_id: null, source: null, elements };
    const application = await store.applications.create(company, { id: ids.create('application'), ...input }, at(0));
    const place = { application_id: application.id, bot_id: ids.create('bot'), bot_version: 1, candidate_id, run_at: at(0), priority: 5 };
    const screening = await store.screenings.create(company, { id: ids.create('screening'), ...place }, at(0));
    const route = { attempt: 1, token: 'token-of-the-form', provider: 'twilio', to: '+14155550123', from: '+12125550100' };
    const { call } = await store.calls.create(company, { id: ids.create('call'), screening_id: screening.id, candidate_id, ...route }, at(0));
    const said = { shift: 'night', job: 'cook', town: 'Austin' };
    const turns: Turn[] = Object.values(said).map((text, nth) => ({
      id: `t${nth + 1}`,
      speaker: 'candidate',
      text,
      start_ms: nth * 1000,
      end_ms: nth * 1000 + 500,
      words: [],
      interrupted: false,
    }));
    const answerIds = new Map<string, string>();
    for (const [nth, [variable, value]] of Object.entries(said).entries()) {
      const evidence = { quote: value, turn_ids: [`t${nth + 1}`], start_ms: nth * 1000, end_ms: nth * 1000 + 500 };
      const where = { id: ids.create('answer'), screening_id: screening.id, application_id: application.id, call_id: call.id };
      await store.answers.upsert(company, where, { variable, value, status: 'confirmed', confidence: 0.9, evidence }, at(1));
      answerIds.set(variable, where.id);
    }
    for (const time of ['once', 'repeated']) {
      await fillForm(store, { call, screening, bot, turns, now: at(2) });
      t.strictSame(
        (await store.applications.find(company, application.id))?.elements,
        [
          { ...typed('shift', 'day'), status: 'conflict', answer_id: answerIds.get('shift'), proposed: 'night' },
          { ...typed('job', 'Cook'), answer_id: answerIds.get('job') },
          { ...typed('town', 'Austin'), source: 'call', answer_id: answerIds.get('town') },
        ],
        time,
      );
    }
    // Typed while the call went on: the newer value stays.
    const change: ElementChange = { element_slug: 'town', value: 'Dallas', source: 'candidate', status: 'confirmed', answer_id: null };
    await store.applications.applyElements(company, application.id, [change], 'key_1', at(3));
    await fillForm(store, { call, screening, bot, turns, now: at(4) });
    t.match((await store.applications.find(company, application.id))?.elements[2], { value: 'Dallas', status: 'conflict', proposed: 'Austin' });
  });

  await t.test('applications take values from several writers without losing one', async (t) => {
    const typed: ElementSubmission = {
      element_slug: 'email',
      value: 'a@example.com',
      source: 'candidate',
      status: 'confirmed',
      answer_id: null,
      proposed: null,
    };
    const input = { candidate_id: ids.create('candidate'), form_id: ids.create('form'), bot_id: null, source: null, elements: [typed] };
    const { id } = await store.applications.create(company, { id: ids.create('application'), ...input }, at(0));
    const change = (element_slug: string, value: string): ElementChange => ({
      element_slug,
      value,
      source: 'call',
      status: 'confirmed',
      answer_id: 'ans_1',
    });
    const writers = ['a', 'b', 'c', 'd', 'e'].map((slug) => store.applications.applyElements(company, id, [change(slug, slug)], 'scr_1', at(1)));
    await Promise.all([...writers, store.applications.applyElements(company, id, [change('email', 'b@example.com')], 'scr_1', at(1))]);
    const after = await store.applications.update(
      company,
      id,
      { status: 'IN_PROGRESS', current_stage: 'Phone', actor: 'key_1', reason: 'called' },
      at(2),
    );
    t.strictSame(after?.elements.map(({ element_slug }) => element_slug).sort(), ['a', 'b', 'c', 'd', 'e', 'email']);
    t.match(
      after?.elements.find(({ element_slug }) => element_slug === 'email'),
      { value: 'a@example.com', status: 'conflict', proposed: 'b@example.com' },
    );
    t.strictSame(after?.transition_history, [
      { from: 'NEW', to: 'IN_PROGRESS', at: at(2), actor: 'key_1', reason: 'called' },
      { from: null, to: 'Phone', at: at(2), actor: 'key_1', reason: 'called' },
    ]);
    t.strictSame(await store.applications.find(company, id), after);
    t.equal(await store.applications.applyElements(other, id, [change('a', 'x')], 'scr_1', at(3)), undefined);
  });

  await t.test('answers keep what they said before', async (t) => {
    const screening_id = ids.create('screening');
    const where = () => ({ id: ids.create('answer'), screening_id, application_id: ids.create('application'), call_id: ids.create('call') });
    const answer: Answer = {
      variable: 'shift',
      status: 'confirmed',
      value: 'night',
      confidence: 0.9,
      evidence: { quote: 'nights', turn_ids: ['t3'], start_ms: 10, end_ms: 20 },
    };
    const first = await store.answers.upsert(company, where(), answer, at(0));
    t.strictSame((await store.answers.upsert(company, where(), { ...answer, normalized_from: undefined } as Answer, at(1))).history, []);
    const second = await store.answers.upsert(company, where(), { ...answer, value: 'morning' }, at(2));
    t.equal(second.id, first.id);
    t.match(second, { answer: { value: 'morning' }, history: [{ answer: { value: 'night' }, call_id: first.call_id, replaced_at: at(2) }] });
    const values = ['a', 'b', 'c'].map((value) => store.answers.upsert(company, where(), { ...answer, variable: 'other', value }, at(3)));
    await Promise.all(values);
    const listed = await store.answers.listByScreening(company, screening_id);
    t.strictSame(
      listed.map(({ answer: { variable }, history }) => [variable, history.length]),
      [
        ['shift', 1],
        ['other', 2],
      ],
    );
    t.strictSame(await store.answers.listByScreening(other, screening_id), []);
  });

  await t.test('a timeline takes every event once and gives the transcript', async (t) => {
    const call = ids.create('call');
    const turn = (id: string, start_ms: number, text: string): Turn => ({
      id,
      speaker: 'agent',
      text,
      start_ms,
      end_ms: start_ms + 100,
      words: [],
      interrupted: false,
    });
    const events: CallTimelineEvent[] = [
      { seq: 1, at: AT, event: { kind: 'call-state', state: 'ringing' } },
      { seq: 2, at: AT + 5, line_ms: 0, event: { kind: 'stream-started' } },
      { seq: 3, at: AT + 9, line_ms: 400, event: { kind: 'turn', turn: turn('t2', 400, 'Second') } },
      { seq: 4, at: AT + 9, line_ms: 500, event: { kind: 'turn', turn: turn('t1', 10, 'First, too long') } },
      { seq: 5, at: AT + 9, line_ms: 600, event: { kind: 'turn', turn: turn('t1', 10, 'First') } },
    ];
    await Promise.all([store.callEvents.appendMany(company, call, events.slice(0, 4)), store.callEvents.appendMany(company, call, events.slice(2))]);
    await store.callEvents.appendMany(company, call, events);
    t.strictSame(await store.callEvents.list(company, call), events);
    t.strictSame(
      (await store.callEvents.list(company, call, 2, 2)).map(({ seq }) => seq),
      [3, 4],
    );
    t.strictSame(
      (await store.callEvents.getTranscript(company, call)).map(({ text }) => text),
      ['First', 'Second'],
    );
    t.strictSame(await store.callEvents.list(other, call), []);
    t.strictSame(await store.callEvents.getTranscript(other, call), []);
  });

  await t.test('pages neither repeat nor skip while others are added', async (t) => {
    const tenant = ids.create('company');
    const add = (seconds: number) => store.forms.create(tenant, ids.create('form'), { name: 'F', elements: [] }, at(seconds));
    const before = [];
    // Several of the same instant: the id decides.
    for (const seconds of [1, 1, 1, 2, 2, 3, 3]) before.push((await add(seconds)).id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.forms.list(tenant, { limit: 2, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
      await add(9);
    } while (cursor);
    t.strictSame([...seen].sort(), [...before].sort());
    for (const bad of ['x', '', 'WzEsMl0', Buffer.from('[1]').toString('base64url')])
      await t.rejects(store.forms.list(tenant, { limit: 2, cursor: bad }), { code: 'validation_failed', field: 'cursor' });
  });

  await t.test('an idempotency key runs once, then replays; a lost first request is taken over', async (t) => {
    const { idempotencyKeys } = store;
    const begun = await Promise.all(Array.from({ length: 10 }, () => idempotencyKeys.begin(company, 'k', 'hash', at(0))));
    t.strictSame(begun.map(({ kind }) => kind).sort(), ['run', ...Array.from({ length: 9 }, () => 'running')]);
    t.match(await idempotencyKeys.begin(company, 'k', 'other hash', at(1)), { kind: 'reused' });
    t.match(await idempotencyKeys.begin(other, 'k', 'other hash', at(1)), { kind: 'run' });
    const takers = await Promise.all(Array.from({ length: 5 }, () => idempotencyKeys.begin(company, 'k', 'hash', at(61))));
    t.equal(takers.filter(({ kind }) => kind === 'run').length, 1);
    await idempotencyKeys.complete(company, 'k', { status: 202, body: '{}' }, ['can_1', 'can_2']);
    t.strictSame(await idempotencyKeys.begin(company, 'k', 'hash', at(200)), { kind: 'replay', status: 202, body: '{}' });
    await idempotencyKeys.release(other, 'k');
    t.match(await idempotencyKeys.begin(other, 'k', 'hash', at(201)), { kind: 'run' });

    await idempotencyKeys.forget(other, 'can_1');
    await idempotencyKeys.forget(company, 'can_3');
    t.match(await idempotencyKeys.begin(company, 'k', 'hash', at(202)), { kind: 'replay' }, 'it is about others');
    await idempotencyKeys.forget(company, 'can_2');
    for (const hash of ['hash', 'other hash']) t.strictSame(await idempotencyKeys.begin(company, 'k', hash, at(300)), { kind: 'erased' });
    await idempotencyKeys.release(company, 'k');
    t.strictSame(await idempotencyKeys.begin(company, 'k', 'hash', at(300)), { kind: 'erased' });
  });
});
