import fc from 'fast-check';
import t from 'tap';
import { realClock, steerableClock, virtualClock } from '../../server/runtime.js';
import type { Line } from '../../server/sandbox/far-end.js';
import { createArrival } from '../../server/sandbox/twilio/arrival.js';
import { startFrameClock } from '../../server/sandbox/twilio/frame-clock.js';
import { twilioAnsweredBy } from '../../server/sandbox/twilio/machine-detection.js';
import { createPlayoutBuffer } from '../../server/sandbox/twilio/playout-buffer.js';
import { startTwilioSandbox } from '../../server/sandbox/twilio/sandbox.js';
import { createTruthRecorder } from '../../server/sandbox/twilio/stereo-truth.js';
import { parseTwiml, TwimlError } from '../../server/sandbox/twilio/twiml.js';
import { ACCOUNT, FROM, lineTo, party, seededRandom, TO } from '../fixtures/twilio/application.js';

t.test('the playout buffer plays in order and gives marks back when all before them was played', async (t) => {
  const buffer = createPlayoutBuffer();
  t.strictSame(buffer.mark('at once'), ['at once'], 'nothing waits');
  buffer.append(Buffer.alloc(100, 1));
  t.strictSame(buffer.mark('a'), []);
  buffer.append(Buffer.alloc(160, 2));
  t.strictSame(buffer.mark('b'), []);
  t.strictSame(buffer.mark('b'), [], 'the same name twice is two marks');
  const first = buffer.takeFrame();
  t.strictSame(first.frame, Buffer.concat([Buffer.alloc(100, 1), Buffer.alloc(60, 2)]));
  t.strictSame([first.marks, first.audioBytes], [['a'], 160]);
  const second = buffer.takeFrame();
  t.strictSame(second.frame, Buffer.concat([Buffer.alloc(100, 2), Buffer.alloc(60, 0xff)]), 'filled up with silence');
  t.strictSame([second.marks, second.audioBytes], [['b', 'b'], 100]);
  t.strictSame(buffer.takeFrame(), { frame: Buffer.alloc(160, 0xff), marks: [], audioBytes: 0 });

  buffer.append(Buffer.alloc(1000, 3));
  buffer.mark('c');
  buffer.append(Buffer.alloc(10, 3));
  buffer.mark('d');
  t.strictSame(buffer.clear(), ['c', 'd'], 'clear gives all pending marks back at once');
  t.equal(buffer.takeFrame().audioBytes, 0, 'and nothing is left to play');
  t.strictSame(buffer.mark('e'), ['e']);
  t.ok(buffer.append(Buffer.alloc(4_800_000)));
  t.notOk(buffer.append(Buffer.alloc(1)), 'ten minutes is the most that waits');
});

t.test('whatever is sent in whatever pieces is played once and in order, and each mark comes back once', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('audio' as const), bytes: fc.nat({ max: 700 }) }),
    fc.record({ kind: fc.constantFrom('mark' as const, 'frame' as const, 'clear' as const), bytes: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const buffer = createPlayoutBuffer();
      let sent = 0;
      let expected: number[] = [];
      const played: number[] = [];
      const pending = new Map<string, number>();
      const back = (names: string[]) => names.every((name) => pending.delete(name));
      let ok = true;
      const frame = () => {
        const { frame, marks, audioBytes } = buffer.takeFrame();
        played.push(...frame.subarray(0, audioBytes));
        // A mark may come only when the audio before it was played.
        ok &&= marks.every((name) => (pending.get(name) ?? Number.POSITIVE_INFINITY) <= played.length) && back(marks);
      };
      steps.forEach(({ kind, bytes }, index) => {
        if (kind === 'frame') frame();
        else if (kind === 'clear') {
          ok &&= back(buffer.clear()) && pending.size === 0;
          expected = expected.slice(0, played.length);
        } else if (kind === 'mark') {
          pending.set(`m${index}`, expected.length);
          ok &&= back(buffer.mark(`m${index}`));
        } else {
          const audio = Buffer.from(Array.from({ length: bytes }, () => sent++ % 251));
          expected.push(...audio);
          buffer.append(audio);
        }
      });
      for (let left = 0; left < 300; left += 1) frame();
      return ok && pending.size === 0 && played.length === expected.length && played.every((byte, at) => byte === expected[at]);
    }),
    { numRuns: 200 },
  );
});

t.test('the frame clock passes exactly the right number of frames', async (t) => {
  const clock = virtualClock();
  const seen: number[] = [];
  const stop = startFrameClock(clock, (index) => seen.push(index));
  await clock.advance(19);
  t.equal(seen.length, 0);
  await clock.advance(1);
  t.strictSame(seen, [0]);
  await clock.advance(980);
  t.strictSame(
    seen,
    Array.from({ length: 50 }, (_, index) => index),
  );
  stop();
  await clock.advance(1000);
  t.equal(seen.length, 50, 'none after the stop');

  const steerable = steerableClock(1);
  let frames = 0;
  let longest = 0;
  let burst = 0;
  const startedAt = steerable.monotonic();
  const stopBursts = startFrameClock(steerable, () => {
    frames += 1;
    burst += 1;
    longest = Math.max(longest, burst);
    setImmediate(() => {
      burst = 0;
    });
  });
  steerable.jumpTo(steerable.now() + 5000);
  while (frames < 250) await steerable.sleep(1);
  t.ok(longest <= 10, 'late frames come in bursts of 200 ms at most');
  t.ok(frames <= (steerable.monotonic() - startedAt) / 20, 'never more frames than time');
  steerable.jumpTo(steerable.now() + 3_600_000);
  await steerable.sleep(100);
  t.ok(frames < 1000, 'an hour that the process slept through is not made up for');
  stopBursts();
});

t.test('frames arrive late and with losses, but in order', async (t) => {
  const run = (loss: number, jitterMs: number) => {
    const arrival = createArrival(seededRandom('arrival'), { loss, jitterMs });
    const order: number[] = [];
    let latest = 0;
    for (let index = 0; index < 1000; index += 1) {
      const lineMs = index * 20;
      arrival.depart({ lineMs, audio: Buffer.alloc(160) }, lineMs);
      for (const frame of arrival.arrived(lineMs)) {
        latest = Math.max(latest, lineMs - frame.lineMs);
        order.push(frame.lineMs);
      }
    }
    order.push(...arrival.rest().map((frame) => frame.lineMs));
    return { order, latest };
  };
  t.strictSame(
    run(0, 0).order,
    Array.from({ length: 1000 }, (_, index) => index * 20),
  );
  t.equal(run(0, 0).latest, 0);
  const jittered = run(0, 90);
  t.strictSame(jittered.order, run(0, 0).order, 'jitter loses nothing and keeps the order');
  t.ok(jittered.latest > 40 && jittered.latest <= 100, 'it delays within its bound');
  const lossy = run(0.1, 0).order;
  t.ok(lossy.length > 850 && lossy.length < 950, 'a tenth is lost');
  t.strictSame(lossy, run(0.1, 0).order, 'the same ones every time');
});

t.test('the truth grows with the call and is bounded', async (t) => {
  const recorder = createTruthRecorder();
  for (let frame = 0; frame < 4000; frame += 1) recorder.add(Buffer.alloc(160, frame % 256), Buffer.alloc(160, (frame + 1) % 256));
  const { left, right } = recorder.truth();
  t.equal(left.length, 640_000);
  t.ok(left.every((byte, at) => byte === Math.floor(at / 160) % 256 && right[at] === (byte + 1) % 256));
  for (let frame = 0; frame < 60_000; frame += 1) recorder.add(Buffer.alloc(160), Buffer.alloc(160));
  t.equal(recorder.truth().left.length, 20 * 60 * 8000);
  recorder.forget();
  recorder.add(Buffer.alloc(160), Buffer.alloc(160));
  t.equal(recorder.truth().left.length, 0);
});

t.test('TwiML is read, and what is not TwiML is refused', async (t) => {
  const read = parseTwiml(
    `<?xml version="1.0" encoding="UTF-8"?>\n<!-- hi --><Response><Connect>\n <Stream url='wss://x/a>b' name = "n"><Parameter name="a" value="1 &amp; &lt;2&gt; &#65;&#x42;"/></Stream>
     </Connect><Say><![CDATA[a < b]]> &amp; c</Say><Hangup/></Response>\n`,
  );
  t.strictSame(
    read.children.map((verb) => verb.name),
    ['Connect', 'Say', 'Hangup'],
  );
  const stream = read.children[0]?.children[0];
  t.strictSame(
    [...(stream?.attributes ?? [])],
    [
      ['url', 'wss://x/a>b'],
      ['name', 'n'],
    ],
  );
  t.equal(stream?.children[0]?.attributes.get('value'), '1 & <2> AB');
  t.equal(read.children[1]?.text, 'a < b & c');

  const refused: Record<string, string> = {
    nothing: '',
    'no XML': 'hello',
    JSON: '{"a":1}',
    'an open element': '<Response><Say>',
    'crossed elements': '<Response><Say></Response></Say>',
    'a second root': '<Response/><Response/>',
    'another root': '<response/>',
    'text outside': '<Response/>x',
    'a bare ampersand': '<Response><Redirect>http://x/?a=1&b=2</Redirect></Response>',
    'an unknown entity': '<Response>&nbsp;</Response>',
    'an entity of its own': '<!DOCTYPE x [<!ENTITY a "b">]><Response>&a;</Response>',
    'a character out of range': '<Response>&#1114112;</Response>',
    'an attribute twice': '<Response><Stream url="a" url="b"/></Response>',
    'an attribute without quotes': '<Response><Stream url=a/></Response>',
    'deep nesting': `<Response>${'<a>'.repeat(20)}${'</a>'.repeat(20)}</Response>`,
    'more than 64 kB': `<Response>${' '.repeat(70_000)}</Response>`,
  };
  for (const [name, text] of Object.entries(refused)) t.throws(() => parseTwiml(text), TwimlError, name);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '/', 'Response', '"', '=', ' ', '&', ';', 'a', '<!--', ']]>', '<![CDATA[') }), (text) => {
      try {
        return parseTwiml(text).name === 'Response';
      } catch (error) {
        return error instanceof TwimlError;
      }
    }),
    { numRuns: 500 },
  );
});

t.test('machine detection speaks the vendor words', async (t) => {
  t.equal(twilioAnsweredBy('human', 'Enable'), 'human');
  t.equal(twilioAnsweredBy('voicemail', 'Enable'), 'machine_start');
  t.equal(twilioAnsweredBy('voicemail', 'DetectMessageEnd'), 'machine_end_beep');
  t.equal(twilioAnsweredBy('ivr', 'Enable'), 'machine_start');
  t.equal(twilioAnsweredBy('fax', 'Enable'), 'fax');
  t.equal(twilioAnsweredBy('silence', 'Enable'), 'unknown');
});

t.test('the REST API is as strict as the vendor', async (t) => {
  let line: Partial<Line> = { ringMs: 600_000 };
  const sandbox = await startTwilioSandbox({
    ...ACCOUNT,
    clock: realClock(),
    random: seededRandom('rest'),
    callsPerSecond: 0.001,
    farEnd: { dial: () => lineTo(party(), line) },
  });
  t.teardown(() => sandbox.close());
  const basic = `Basic ${Buffer.from(`${ACCOUNT.accountSid}:${ACCOUNT.authToken}`).toString('base64')}`;
  const collection = `/2010-04-01/Accounts/${ACCOUNT.accountSid}/Calls.json`;
  const ask = async (method: string, path: string, init: { form?: string; json?: unknown; authorization?: string | undefined } = {}) => {
    const body = init.json === undefined ? init.form : JSON.stringify(init.json);
    const response = await fetch(sandbox.baseUrl + path, {
      method,
      headers: {
        ...('authorization' in init ? (init.authorization ? { authorization: init.authorization } : {}) : { authorization: basic }),
        ...(init.json === undefined ? { 'content-type': 'application/x-www-form-urlencoded' } : { 'content-type': 'application/json' }),
        connection: 'close',
      },
      ...(body === undefined ? {} : { body }),
    });
    const reply: Record<string, unknown> = JSON.parse(await response.text());
    return { status: response.status, reply };
  };
  const good = { To: TO, From: FROM, Url: 'http://127.0.0.1:9/answer' };
  const form = (changes: Record<string, string | undefined> = {}) => {
    const fields = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...good, ...changes })) if (value !== undefined) fields.set(name, value);
    return fields.toString();
  };

  const refusals: [string, number, number, Parameters<typeof ask>[2]][] = [
    ['no authorization', 401, 20_003, { form: form(), authorization: undefined }],
    ['a wrong token', 401, 20_003, { form: form(), authorization: `Basic ${Buffer.from(`${ACCOUNT.accountSid}:x`).toString('base64')}` }],
    ['a JSON body', 400, 21_201, { json: good }],
    ['lower-case names', 400, 20_001, { form: 'to=%2B14155550123&from=%2B14155550100&url=http%3A%2F%2Fx%2F' }],
    ['an unknown parameter', 400, 20_001, { form: form({ CallerName: 'x' }) }],
    ['no To', 400, 21_201, { form: form({ To: undefined }) }],
    ['an invalid To', 400, 21_211, { form: form({ To: '4155550123' }) }],
    ['no From', 400, 21_213, { form: form({ From: undefined }) }],
    ['an invalid From', 400, 21_212, { form: form({ From: '+0' }) }],
    ['no Url', 400, 21_205, { form: form({ Url: undefined }) }],
    ['a relative Url', 400, 21_205, { form: form({ Url: '/answer' }) }],
    ['a Url with another scheme', 400, 21_205, { form: form({ Url: 'ftp://x/' }) }],
    ['an underscore in the callback host', 400, 21_609, { form: form({ StatusCallback: 'http://my_host/' }) }],
    ['another method', 400, 21_209, { form: form({ Method: 'PUT' }) }],
    ['Timeout 0', 400, 21_208, { form: form({ Timeout: '0' }) }],
    ['Timeout above 600', 400, 21_208, { form: form({ Timeout: '601' }) }],
    ['Timeout that is no number', 400, 21_208, { form: form({ Timeout: '30s' }) }],
    ['TimeLimit 0', 400, 20_001, { form: form({ TimeLimit: '0' }) }],
    ['an unknown status event', 400, 21_626, { form: form({ StatusCallbackEvent: 'in-progress' }) }],
    ['an unknown MachineDetection', 400, 21_207, { form: form({ MachineDetection: 'true' }) }],
    ['AsyncAmd as a word', 400, 20_001, { form: form({ MachineDetection: 'Enable', AsyncAmd: 'yes' }) }],
    ['AsyncAmd without its callback', 400, 21_262, { form: form({ MachineDetection: 'Enable', AsyncAmd: 'true' }) }],
    ['invalid SendDigits', 400, 21_206, { form: form({ SendDigits: 'call me' }) }],
    ['giant Twiml', 400, 20_001, { form: form({ Url: undefined, Twiml: 'x'.repeat(5000) }) }],
    ['a giant body', 413, 20_001, { form: `To=${'1'.repeat(100_000)}` }],
  ];
  for (const [name, status, code, init] of refusals) {
    const { status: got, reply } = await ask('POST', collection, init);
    t.match({ got, ...reply }, { got: status, status, code, message: String, more_info: `https://www.twilio.com/docs/errors/${code}` }, name);
  }
  t.equal(sandbox.dials(), 0, 'none of them rang');

  const { status, reply } = await ask('POST', collection, { form: form() });
  t.equal(status, 201);
  t.match(reply, {
    sid: /^CA[0-9a-f]{32}$/,
    account_sid: ACCOUNT.accountSid,
    status: 'queued',
    direction: 'outbound-api',
    queue_time: '0',
    duration: null,
    price: null,
    start_time: null,
    date_created: /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/,
    uri: `/2010-04-01/Accounts/${ACCOUNT.accountSid}/Calls/${String(reply['sid'])}.json`,
  });
  const one = String(reply['uri']);
  t.match((await ask('GET', one)).reply, { sid: reply['sid'], status: 'ringing' });
  const others: [string, string, string, number, number, Parameters<typeof ask>[2]?][] = [
    ['GET', one.replace(/CA[0-9a-f]{32}/, `CA${'0'.repeat(32)}`), 'an unknown call', 404, 20_404],
    ['GET', `${one}/x`, 'an unknown path', 404, 20_404],
    ['GET', '/', 'the root', 404, 20_404],
    ['GET', collection.replace('Calls', 'calls'), 'a path in lower case', 404, 20_404],
    ['GET', collection.replace('0001', '0002'), 'another account', 404, 20_404],
    ['GET', `${collection}?to=1`, 'a filter in lower case', 400, 20_001],
    ['GET', `${collection}?PageSize=0`, 'an empty page', 400, 20_001],
    ['GET', `${collection}?StartTime%3E=noon`, 'a time that is none', 400, 20_001],
    ['DELETE', collection, 'another method', 405, 20_004],
    ['POST', one, 'an update of nothing', 400, 20_001, { form: '' }],
    ['POST', one, 'an unknown status', 400, 20_001, { form: 'Status=busy' }],
    ['POST', one, 'a redirect before the answer', 400, 21_220, { form: 'Url=http%3A%2F%2Fx%2F' }],
  ];
  for (const [method, path, name, expected, code, init] of others) {
    const answer = await ask(method, path, init);
    t.match({ got: answer.status, code: answer.reply['code'] }, { got: expected, code }, name);
  }

  for (let count = 0; count < 3; count += 1) await ask('POST', collection, { form: form() });
  const queued = (await ask('GET', `${collection}?Status=queued`)).reply;
  t.match(queued, { page: 0, page_size: 50, start: 0, end: 2, next_page_uri: null });
  const page = (await ask('GET', `${collection}?PageSize=3&To=${encodeURIComponent(TO)}`)).reply;
  t.match(page, { page_size: 3, next_page_uri: /Page=1/ });
  t.match(
    (await ask('GET', String(page['next_page_uri']))).reply,
    { page: 1, calls: [{ sid: reply['sid'] }], next_page_uri: null },
    'the first call comes last',
  );
  const startedSince = (since: number) => `${collection}?StartTime%3E=${encodeURIComponent(new Date(since).toISOString())}`;
  const started = sandbox.calls()[0]?.dialedAt ?? 0;
  t.match((await ask('GET', startedSince(started - 2000))).reply, { calls: [{ sid: reply['sid'] }], end: 0 }, 'a queued call has no start');
  t.match((await ask('GET', startedSince(started + 2000))).reply, { calls: [] });

  t.match(await ask('POST', one, { form: 'Status=canceled' }), { status: 200, reply: { status: 'canceled', duration: '0' } });
  t.match(await ask('POST', one, { form: 'Status=completed' }), { status: 404, reply: { code: 20_404 } }, 'it has ended');
  line = { result: 'invalid-number' };
  t.match(await ask('POST', collection, { form: form() }), { status: 400, reply: { code: 21_211 } }, 'a number that the network does not know');
  t.equal(sandbox.dials(), 5);
  t.equal(sandbox.calls().length, 4);
  t.match(sandbox.requests().at(-1), { method: 'POST', path: collection, status: 400 });
});

t.test('a taken port is told as such', async (t) => {
  const parts = { ...ACCOUNT, clock: realClock(), random: seededRandom('port'), farEnd: { dial: () => lineTo(party()) } };
  const first = await startTwilioSandbox(parts);
  t.teardown(() => first.close());
  await t.rejects(startTwilioSandbox({ ...parts, port: Number(new URL(first.baseUrl).port) }), { code: 'port_taken' });
});
