import t from 'tap';
import { realClock } from '../../server/runtime.js';
import type { Line } from '../../server/sandbox/far-end.js';
import { startTwilioSandbox } from '../../server/sandbox/twilio/sandbox.js';
import { ACCOUNT, FROM, lineTo, party, seededRandom, TO } from '../fixtures/twilio/application.js';

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
