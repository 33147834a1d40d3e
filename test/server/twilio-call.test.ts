import t from 'tap';
import { virtualClock } from '../../server/runtime.js';
import type { Line } from '../../server/sandbox/far-end.js';
import { type Application, type Behaviour, lineTo, party, type StreamConnection, startApplication, until } from '../fixtures/twilio/application.js';
import { codes, FRAME, firstStream, open, runCall, statuses, twiml } from '../fixtures/twilio/fast-call.js';

t.test('each side can hang up', async (t) => {
  const table: { name: string; line: Line; behaviour?: Behaviour; expected: Record<string, unknown> }[] = [
    { name: 'the party', line: lineTo(party((lineMs) => ({ hangUp: lineMs === 2000 }))), expected: { status: 'completed', endedBy: 'party' } },
    { name: 'the carrier', line: lineTo(party(), { dropAfterMs: 3000 }), expected: { status: 'completed', endedBy: 'carrier' } },
    { name: 'the time limit', line: lineTo(party()), expected: { status: 'completed', endedBy: 'limit' } },
    {
      name: 'the API',
      line: lineTo(party()),
      behaviour: {
        onMessage: (stream, { event }) => {
          if (event === 'media' && stream.of('media').length === 5) void hangUp(stream);
        },
      },
      expected: { status: 'completed', endedBy: 'api' },
    },
  ];
  let app: Application | undefined;
  const hangUp = (stream: StreamConnection) =>
    app?.provider.hangUp(stream.of('start')[0]?.start?.callSid ?? '', new AbortController().signal).catch((error: unknown) => t.fail(String(error)));
  for (const { name, line, behaviour, expected } of table) {
    app = await open(t, line, behaviour);
    const call = await runCall(app, { maxDurationS: name === 'the time limit' ? 5 : 600 });
    t.match(call, expected, name);
    const stream = firstStream(app);
    await until('the close', () => stream.closeCode);
    t.equal(stream.closeCode, 1000, `${name}: closed`);
    t.match(stream.messages.at(-1), { event: 'stop', stop: { callSid: call.sid } }, `${name}: stop is the last message`);
    t.equal(app.at('recovery').length, 0, `${name}: nothing is fetched for an ended call`);
    t.strictSame(statuses(app).at(-1), 'completed', name);
    const frames = (app.sandbox.truthOf(call.sid)?.left.length ?? 0) / FRAME;
    if (name === 'the party') t.equal(frames, 101);
    if (name === 'the carrier') t.equal(frames, 150);
    if (name === 'the time limit') t.equal(frames, 250);
    t.strictSame(app.sandbox.debuggerEntries(), [], name);
  }
});

t.test('a call that is not answered ends with its own word, the callbacks in order', async (t) => {
  const table: [Line['result'], Partial<Line>, string[], string][] = [
    ['busy', {}, ['initiated', 'busy'], 'busy'],
    ['rejected', {}, ['initiated', 'ringing', 'busy'], 'busy'],
    ['no-answer', { ringMs: 0 }, ['initiated', 'ringing', 'no-answer'], 'no-answer'],
    ['answered', { ringMs: 31_000 }, ['initiated', 'ringing', 'no-answer'], 'no-answer'],
    ['carrier-error', {}, ['initiated', 'failed'], 'failed'],
    ['concurrency-limit', {}, ['initiated', 'failed'], 'failed'],
  ];
  for (const [result, changes, words, state] of table) {
    const app = await open(t, lineTo(party(), { ...changes, result }));
    const call = await runCall(app, { ringTimeoutS: 5 });
    t.strictSame(statuses(app), words, result);
    t.equal(call.status, state, result);
    t.equal(call.answeredAt, undefined);
    t.equal(app.at('answer').length + app.streams.length, 0, 'no TwiML is fetched');
    const last = app.at('call').at(-1);
    t.equal(last && app.provider.parseCallEvent(last.raw)?.state, state);
    t.equal(last?.form['CallDuration'], undefined);
    if (result === 'no-answer') t.ok((call.endedAt ?? 0) - (call.dialedAt ?? 0) >= 4900, 'it rings for the whole Timeout');
  }
  const app = await open(t, lineTo(party(), { result: 'invalid-number' }));
  t.match(await app.place().catch((error: unknown) => error), { outcome: 'refused', vendorCode: '21211' });
  t.equal(app.sandbox.dials(), 1);
});

t.test('a document that cannot be had or run is replaced by the fallback', async (t) => {
  const table: [string, { status?: number; contentType?: string; body: string }, number][] = [
    ['500', { status: 500, body: '' }, 11_200],
    ['a redirect', { status: 302, body: '' }, 11_200],
    ['JSON', { contentType: 'application/json', body: '{}' }, 12_300],
    ['no XML', { body: 'hello' }, 12_100],
    ['an unknown verb', twiml('<Speak>hi</Speak>'), 12_100],
    ['an unknown element in Connect', twiml('<Connect><Room/></Connect>'), 12_100],
    ['a method that is none', twiml('<Redirect method="PUT">/x</Redirect>'), 12_100],
    ['more than 64 kB', { body: 'x'.repeat(70_000) }, 11_750],
  ];
  for (const [name, broken, code] of table) {
    const app = await open(t, lineTo(party()), { answer: (nth) => (nth === 0 ? broken : twiml('<Pause length="1"/><Hangup/>')) });
    const call = await runCall(app);
    t.strictSame(codes(app), [code], name);
    t.equal(app.at('answer').length, 2, name);
    t.match(app.at('answer')[1]?.form, { ErrorCode: String(code), ErrorUrl: `${app.url}/webhooks/twilio/answer/t0k3n` });
    t.match(call, { status: 'completed', endedBy: 'document' }, name);
  }
  const app = await open(t, lineTo(party()), { answer: () => ({ status: 503, body: '' }) });
  t.match(await runCall(app), { status: 'completed', endedBy: 'document' });
  t.strictSame(codes(app), [11_200, 11_200], 'a fallback that fails too ends the call');
});

t.test('the verbs of a document run one after the other', async (t) => {
  const run = async (inner: string, then = '<Hangup/>') => {
    const app = await open(t, lineTo(party()), { answer: (nth) => twiml(nth === 0 ? inner : then) });
    return { app, call: await runCall(app) };
  };
  const waits = await run('<Pause length="2"/><Say>hello there</Say><Play digits="1w2"/><Redirect>/webhooks/twilio/answer/2</Redirect>');
  t.equal(waits.app.at('answer').length, 2, 'a relative redirect is resolved');
  t.ok((waits.call.endedAt ?? 0) - (waits.call.answeredAt ?? 0) >= 3000);
  t.strictSame(codes(waits.app), [0], 'that Say is not heard is noted');
  const dial = await run('<Dial>+14155550199</Dial><Pause length="0"/>');
  t.match(dial.app.sandbox.debuggerEntries(), [{ level: 'warning', code: 0, text: /<Dial> is not played/ }]);
  t.equal(dial.call.status, 'completed');
  const empty = await run('');
  t.equal(empty.call.endedBy, 'document', 'the end of the document ends the call');
  for (const [url, text] of [
    ['wss://127.0.0.1:1/media?token=1', /query string/],
    ['ws://media.example.com/x', /not wss/],
    ['media', /not a URL/],
    ['ws://127.0.0.1:1/media', /could not be opened/],
  ] as const) {
    const { app, call } = await run(`<Connect><Stream url="${url}"/></Connect><Redirect>/webhooks/twilio/answer/2</Redirect>`);
    t.match(app.sandbox.debuggerEntries(), [{ level: 'error', code: 31_920, text }], url);
    t.equal(app.at('answer').length, 2, 'the next verb runs');
    t.equal(call.status, 'completed');
  }
  const looping = await run('<Redirect/>', '<Redirect/>');
  t.strictSame(codes(looping.app), [11_215], 'redirects are bounded');
  t.equal(looping.app.at('answer').length, 100);
});

t.test('a media socket that the application refuses, and one that wants the action URL', async (t) => {
  const refused = await open(t, lineTo(party()), {
    answer: () => twiml(`<Connect><Stream url="${refused.url.replace('http', 'ws')}/media/wrong"/></Connect>`),
  });
  await runCall(refused);
  t.match(refused.sandbox.debuggerEntries(), [{ code: 31_920, text: /400/ }]);
  const action = await open(t, lineTo(party()), {
    answer: () =>
      twiml(`<Connect action="/webhooks/twilio/recovery/a"><Stream url="${action.url.replace('http', 'ws')}/media/t0k3n"/></Connect><Dial/>`),
    onStream: (stream) => stream.socket.close(1000),
  });
  await runCall(action);
  t.equal(action.at('recovery').length, 1);
  t.strictSame(codes(action), [], 'the rest of the document is left');
});

t.test('a call in progress is redirected by the API', async (t) => {
  const app = await open(t, lineTo(party()), {
    onMessage: (stream, { event }) => {
      if (event !== 'media' || stream.of('media').length !== 5) return;
      const { accountSid = '', callSid = '' } = stream.of('start')[0]?.start ?? {};
      fetch(`${app.sandbox.baseUrl}/2010-04-01/Accounts/${accountSid}/Calls/${callSid}.json`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${accountSid}:sandbox-token`).toString('base64')}`, connection: 'close' },
        body: new URLSearchParams({ Twiml: '<Response><Pause length="1"/></Response>' }),
      }).then(
        (response) => t.equal(response.status, 200),
        (error: unknown) => t.fail(String(error)),
      );
    },
  });
  const call = await runCall(app);
  const stream = firstStream(app);
  t.match(stream.messages.at(-1), { event: 'stop' });
  t.equal(app.at('recovery').length, 0, 'the old document is left');
  t.match(call, { status: 'completed', endedBy: 'document' });
});

t.test('machine detection reports by callback, or holds the call back', async (t) => {
  const amd = { verdict: 'voicemail' as const, afterMs: 1500 };
  const app = await open(t, lineTo(party(), { amd, dropAfterMs: 4000 }));
  const call = await runCall(app, { detectMachine: true });
  const [report] = app.at('amd');
  t.match(report?.form, { CallSid: call.sid, AnsweredBy: 'machine_start', MachineDetectionDuration: '1500' });
  t.ok(report?.signed);
  t.match(report && app.provider.parseCallEvent(report.raw), { providerCallId: call.sid, state: undefined, answeredBy: 'voicemail' });
  t.equal(call.answeredBy, 'machine_start');
  t.equal(app.at('answer')[0]?.form['AnsweredBy'], undefined, 'the answer did not wait for it');

  const unasked = await open(t, lineTo(party(), { amd, dropAfterMs: 4000 }));
  await runCall(unasked);
  t.equal(unasked.at('amd').length, 0);
  const early = await open(t, lineTo(party(), { amd: { ...amd, afterMs: 25_000 }, dropAfterMs: 1000 }));
  await runCall(early, { detectMachine: true });
  t.equal(early.at('amd').length, 0, 'no verdict on an ended call');

  const held = await open(t, lineTo(party(), { amd: { verdict: 'human', afterMs: 1000 } }), { answer: () => twiml('<Hangup/>') });
  const response = await fetch(`${held.sandbox.baseUrl}/2010-04-01/Accounts/AC${'0'.repeat(31)}1/Calls.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`AC${'0'.repeat(31)}1:sandbox-token`).toString('base64')}`, connection: 'close' },
    body: new URLSearchParams({
      To: '+14155550123',
      From: '+14155550100',
      Url: `${held.url}/webhooks/twilio/answer/t0k3n`,
      MachineDetection: 'Enable',
    }),
  });
  t.equal(response.status, 201);
  await until('the answer', () => held.at('answer')[0]);
  t.equal(held.at('answer')[0]?.form['AnsweredBy'], 'human');
});

t.test('a status callback that fails is sent once more, the same, before the next', async (t) => {
  const app = await open(t, lineTo(party(), { dropAfterMs: 1000 }), { callStatus: (nth) => (nth === 1 || nth >= 4 ? 500 : 200) });
  await runCall(app);
  t.strictSame(statuses(app), ['initiated', 'ringing', 'ringing', 'in-progress', 'completed', 'completed']);
  const token = (nth: number) => app.at('call')[nth]?.raw.headers['i-twilio-idempotency-token'];
  t.equal(token(1), token(2));
  t.not(token(0), token(1));
  t.strictSame(codes(app), [11_200], 'given up after the second time');
  t.match(
    app.sandbox.webhooks().filter(({ form }) => form['CallStatus'] === 'ringing'),
    [
      { attempt: 1, status: 500 },
      { attempt: 2, status: 200 },
    ],
  );
});

t.test('calls leave the queue at the account rate', async (t) => {
  const clock = virtualClock();
  const app = await startApplication({ clock, line: () => lineTo(party(), { ringMs: 600_000 }), callsPerSecond: 1 });
  t.teardown(() => app.close());
  for (let count = 0; count < 3; count += 1) await app.place();
  const states = () => app.sandbox.calls().map(({ status }) => status);
  t.strictSame(
    app.sandbox.calls().map(({ queueTimeMs }) => queueTimeMs),
    [0, 1000, 2000],
  );
  await clock.advance(999);
  t.strictSame(states(), ['ringing', 'queued', 'queued']);
  await clock.advance(1);
  t.strictSame(states(), ['ringing', 'ringing', 'queued']);
  await clock.advance(1000);
  t.strictSame(states(), ['ringing', 'ringing', 'ringing']);
  await clock.advance(3_600_000);
  t.strictSame(states(), ['no-answer', 'no-answer', 'no-answer']);
  await app.place();
  t.equal(app.sandbox.calls()[3]?.queueTimeMs, 0, 'an idle account does not wait');
});

t.test('closing the sandbox ends everything at once and quietly', async (t) => {
  const ear = party();
  const app = await open(t, (nth) => (nth === 0 ? lineTo(ear) : lineTo(party(), { ringMs: 600_000 })));
  await app.place();
  await until('the stream', () => app.streams[0]?.of('media')[3]);
  await app.place({ token: 'ringing' });
  const before = app.webhooks.length;
  await app.sandbox.close();
  t.match(app.sandbox.calls(), [
    { status: 'failed', endedBy: 'sandbox' },
    { status: 'failed', endedBy: 'sandbox' },
  ]);
  const frames = ear.heard.length;
  await until('the socket', () => app.streams[0]?.closeCode !== undefined);
  t.equal(ear.heard.length, frames, 'no frame passes any more');
  t.equal(ear.endedAt.length, 1);
  t.ok(
    app.webhooks.slice(before).every(({ form }) => form['CallStatus'] !== 'failed'),
    'no last callback',
  );
  await t.resolves(app.sandbox.close(), 'a second time does nothing');
});

t.test('a far end that fails ends its call and nothing else', async (t) => {
  const broken: Line[] = [
    lineTo(party(() => ({ audio: Buffer.alloc(7) }))),
    lineTo(
      party(() => {
        throw new Error('a defect');
      }),
    ),
    {
      ...lineTo(party()),
      answer: () => {
        throw new Error('a defect');
      },
    },
    lineTo(party(), { dropAfterMs: 1000 }),
  ];
  const app = await open(t, (nth) => broken[nth] ?? lineTo(party()));
  for (const expected of ['failed', 'failed', 'failed', 'completed']) t.equal((await runCall(app)).status, expected);
  t.strictSame(codes(app), [0, 0, 0]);
});
