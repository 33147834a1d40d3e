import { createServer } from 'node:net';
import t from 'tap';
import { ProviderError } from '../../schemas/errors.js';
import type { PlaceCall, RawWebhook } from '../../schemas/ports/telephony.js';
import { PROVIDERS } from '../../server/providers/registry.js';
import { twilioVoice } from '../../server/providers/twilio/voice.js';
import { realClock, steerableClock } from '../../server/runtime.js';
import type { Line } from '../../server/sandbox/far-end.js';
import { startTwilioSandbox } from '../../server/sandbox/twilio/sandbox.js';
import { ACCOUNT, FROM, lineTo, party, seededRandom, TO } from '../fixtures/twilio/application.js';

const PUBLIC_URL = 'https://calls.example.com';
const never = () => new AbortController().signal;
const call = (changes: Partial<PlaceCall> = {}): PlaceCall => ({
  to: TO,
  from: FROM,
  token: 't0k3n',
  ringTimeoutS: 25,
  maxDurationS: 900,
  detectMachine: false,
  ...changes,
});
const webhook = (form: Record<string, string>, changes: Partial<RawWebhook> = {}): RawWebhook => ({
  method: 'POST',
  url: `${PUBLIC_URL}/webhooks/twilio/call/t0k3n`,
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
  body: Buffer.from(new URLSearchParams(form).toString()),
  ...changes,
});

/** A sandbox whose far end rings for ever, so that nothing is fetched from the public URL while the test looks. */
const startSandbox = async (t: { teardown(close: () => Promise<void>): unknown }, line: Partial<Line> = {}) => {
  const sandbox = await startTwilioSandbox({
    ...ACCOUNT,
    clock: realClock(),
    random: seededRandom('voice'),
    callsPerSecond: 0.001,
    farEnd: { dial: () => lineTo(party(), { ringMs: 600_000, ...line }) },
  });
  t.teardown(() => sandbox.close());
  return sandbox;
};

const failureOf = async (attempt: Promise<unknown>): Promise<ProviderError> => {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error('it did not fail');
};

t.test('a call is placed with the form that the vendor takes', async (t) => {
  const sandbox = await startSandbox(t);
  const provider = twilioVoice({ ...ACCOUNT, baseUrl: `${sandbox.baseUrl}/`, publicUrl: `${PUBLIC_URL}/` });
  const { providerCallId } = await provider.placeCall(call({ detectMachine: true }), never());
  t.match(providerCallId, /^CA[0-9a-f]{32}$/);
  const [request] = sandbox.requests();
  t.match(request, { method: 'POST', path: `/2010-04-01/Accounts/${ACCOUNT.accountSid}/Calls.json`, status: 201 });
  const form = new URLSearchParams(request?.body);
  t.strictSame(form.getAll('StatusCallbackEvent'), ['initiated', 'ringing', 'answered', 'completed']);
  form.delete('StatusCallbackEvent');
  t.strictSame(Object.fromEntries(form), {
    To: TO,
    From: FROM,
    Url: `${PUBLIC_URL}/webhooks/twilio/answer/t0k3n`,
    Method: 'POST',
    FallbackUrl: `${PUBLIC_URL}/webhooks/twilio/answer/t0k3n`,
    FallbackMethod: 'POST',
    StatusCallback: `${PUBLIC_URL}/webhooks/twilio/call/t0k3n`,
    StatusCallbackMethod: 'POST',
    Timeout: '25',
    TimeLimit: '900',
    MachineDetection: 'Enable',
    AsyncAmd: 'true',
    AsyncAmdStatusCallback: `${PUBLIC_URL}/webhooks/twilio/amd/t0k3n`,
    AsyncAmdStatusCallbackMethod: 'POST',
  });
  await provider.placeCall(call(), never());
  t.notMatch(sandbox.requests()[1]?.body, /Amd|Machine/, 'no machine detection unless asked for');
  t.equal(sandbox.dials(), 2);
});

t.test('calls are found by their numbers and time, and hung up', async (t) => {
  const sandbox = await startSandbox(t);
  const provider = twilioVoice({ ...ACCOUNT, baseUrl: sandbox.baseUrl, publicUrl: PUBLIC_URL });
  const first = await provider.placeCall(call(), never());
  const second = await provider.placeCall(call(), never());
  const since = new Date(sandbox.calls()[0]?.createdAt ?? 0);
  const found = await provider.findCalls({ to: TO, from: FROM, since }, never());
  t.strictSame(found.map((one) => one.providerCallId).sort(), [first.providerCallId, second.providerCallId].sort());
  t.ok(found.every((one) => one.to === TO && one.from === FROM && one.createdAt instanceof Date));
  // The second one waits for its slot.
  t.strictSame(
    found.map((one) => one.state),
    ['dialing', 'ringing'],
  );
  t.strictSame(await provider.findCalls({ to: FROM, from: TO, since }, never()), []);
  t.strictSame(await provider.findCalls({ to: TO, from: FROM, since: new Date(since.getTime() + 3_600_000) }, never()), []);

  await provider.hangUp(first.providerCallId, never());
  t.equal(sandbox.calls()[0]?.status, 'canceled');
  await t.resolves(provider.hangUp(first.providerCallId, never()), 'an ended call is no failure');
  await t.resolves(provider.hangUp(`CA${'0'.repeat(32)}`, never()), 'nor an unknown one');
});

t.test('every failure says whether the phone may have rung', async (t) => {
  const sandbox = await startSandbox(t);
  const at = { ...ACCOUNT, baseUrl: sandbox.baseUrl, publicUrl: PUBLIC_URL };
  const provider = twilioVoice(at);
  const reply = (status: number, code: number) => ({ status, code, message: 'no' });

  const failures: { name: string; fault: Parameters<typeof sandbox.failNext>[0]; expected: Partial<ProviderError> }[] = [
    {
      name: 'an invalid number',
      fault: { reply: reply(400, 21_211), placed: false },
      expected: { outcome: 'refused', retryable: false, vendorCode: '21211' },
    },
    { name: '408', fault: { reply: reply(408, 20_408), placed: true }, expected: { outcome: 'unknown', retryable: true, vendorCode: '20408' } },
    { name: '429', fault: { reply: reply(429, 20_429), placed: false }, expected: { outcome: 'refused', retryable: true, vendorCode: '20429' } },
    { name: '500', fault: { reply: reply(500, 20_500), placed: false }, expected: { outcome: 'unknown', retryable: true, vendorCode: '20500' } },
    { name: '503 of a call that is placed', fault: { reply: reply(503, 20_503), placed: true }, expected: { outcome: 'unknown', retryable: true } },
    { name: 'a reset', fault: { reply: 'reset', placed: true }, expected: { outcome: 'unknown', retryable: true, vendorCode: 'ECONNRESET' } },
  ];
  for (const { name, fault, expected } of failures) {
    sandbox.failNext(fault);
    const before = sandbox.requests().length;
    t.match(await failureOf(provider.placeCall(call(), never())), { provider: 'twilio', operation: 'place a call', ...expected }, name);
    t.equal(sandbox.requests().length, before + 1, `${name}: sent once`);
  }
  t.equal(sandbox.dials(), 3, 'three of them rang');

  const wrongKey = await failureOf(twilioVoice({ ...at, authToken: 'wrong' }).placeCall(call(), never()));
  t.match(wrongKey, { outcome: 'refused', retryable: false, vendorCode: '20003', message: /TWILIO_AUTH_TOKEN/ });
  t.match(
    await failureOf(twilioVoice({ ...at, accountSid: 'XX1' }).placeCall(call(), never())),
    { outcome: 'refused' },
    'an account id that is none',
  );

  sandbox.failNext({ reply: 'silence', placed: true });
  const slow = twilioVoice({ ...at, clock: steerableClock(50) });
  t.match(await failureOf(slow.placeCall(call(), never())), { outcome: 'unknown', retryable: true }, 'no answer within 10 s of the clock');

  const aborted = AbortSignal.abort(new Error('given up'));
  t.match(await failureOf(provider.placeCall(call(), aborted)), { outcome: 'refused' }, 'given up before it was sent');
  sandbox.failNext({ reply: 'silence', placed: true });
  const controller = new AbortController();
  const attempt = failureOf(provider.placeCall(call(), controller.signal));
  const sent = sandbox.requests().length;
  const clock = realClock();
  while (sandbox.requests().length === sent) await clock.sleep(2);
  controller.abort(new Error('given up'));
  t.match(await attempt, { outcome: 'unknown' }, 'given up after it was sent');

  // A port that was free a moment ago may be another test's by now; nobody listens on port 1.
  const nobody = twilioVoice({ ...at, baseUrl: 'http://127.0.0.1:1' });
  t.match(await failureOf(nobody.placeCall(call(), never())), { outcome: 'refused', retryable: true, vendorCode: 'ECONNREFUSED' });
  sandbox.failNext({ reply: reply(500, 20_500), placed: false });
  t.match(await failureOf(provider.findCalls({ to: TO, from: FROM, since: new Date(0) }, never())), { operation: 'list calls', retryable: true });
  sandbox.failNext({ reply: reply(500, 20_500), placed: false });
  t.match(await failureOf(provider.hangUp(`CA${'0'.repeat(32)}`, never())), { operation: 'hang up', retryable: true });
});

t.test('an answer without a call id leaves the outcome open', async (t) => {
  const server = createServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.teardown(() => server.close());
  const address = server.address();
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const provider = twilioVoice({ ...ACCOUNT, baseUrl, publicUrl: PUBLIC_URL });
  t.match(await failureOf(provider.placeCall(call(), never())), { outcome: 'unknown', retryable: false });
});

t.test('the documents are TwiML', async (t) => {
  const provider = twilioVoice({ ...ACCOUNT, publicUrl: PUBLIC_URL });
  const target = { mediaUrl: 'wss://calls.example.com/media/t', recoveryUrl: `${PUBLIC_URL}/r?a=1&b=2`, parameters: { run: '"1" & <2>' } };
  t.match(provider.answerDocument(target).contentType, /^text\/xml/);
  t.equal(
    provider.answerDocument(target).body,
    '<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="wss://calls.example.com/media/t"><Parameter name="run" value="&quot;1&quot; &amp; &lt;2>"/></Stream></Connect>' +
      '<Redirect method="POST">https://calls.example.com/r?a=1&amp;b=2</Redirect></Response>',
  );
  t.equal(provider.hangUpDocument().body, '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>');
});

t.test('callbacks are told in our words', async (t) => {
  const provider = twilioVoice({ ...ACCOUNT, publicUrl: PUBLIC_URL });
  const read = (form: Record<string, string>) => provider.parseCallEvent(webhook({ CallSid: 'CA1', ...form }));
  const states: [string, string | undefined][] = [
    ['queued', 'dialing'],
    ['initiated', 'dialing'],
    ['ringing', 'ringing'],
    ['in-progress', 'in-progress'],
    ['completed', 'completed'],
    ['busy', 'busy'],
    ['no-answer', 'no-answer'],
    ['failed', 'failed'],
    ['canceled', 'canceled'],
    ['teleported', undefined],
    ['constructor', undefined],
  ];
  for (const [word, state] of states) t.equal(read({ CallStatus: word })?.state, state, word);
  const verdicts: [string, string | undefined][] = [
    ['human', 'human'],
    ['machine_start', 'voicemail'],
    ['machine_end_beep', 'voicemail'],
    ['machine_end_silence', 'voicemail'],
    ['machine_end_other', 'voicemail'],
    ['fax', 'fax'],
    ['unknown', 'unknown'],
    ['ghost', undefined],
  ];
  for (const [word, answeredBy] of verdicts) t.equal(read({ AnsweredBy: word })?.answeredBy, answeredBy, word);
  t.strictSame(read({ CallStatus: 'busy', SequenceNumber: '3', CallDuration: '0', SipResponseCode: '486' }), {
    providerCallId: 'CA1',
    state: 'busy',
    sequence: 3,
    durationS: 0,
    reason: 'busy (SIP 486)',
    raw: { CallSid: 'CA1', CallStatus: 'busy', SequenceNumber: '3', CallDuration: '0', SipResponseCode: '486' },
  });
  t.strictSame(read({ CallStatus: 'ghosted', SequenceNumber: 'x', CallDuration: '-1' }), {
    providerCallId: 'CA1',
    state: undefined,
    raw: { CallSid: 'CA1', CallStatus: 'ghosted', SequenceNumber: 'x', CallDuration: '-1' },
  });
  t.equal(provider.parseCallEvent(webhook({ CallStatus: 'busy' })), undefined, 'no call id');
  t.equal(
    provider.parseCallEvent(webhook({}, { headers: { 'content-type': 'application/json' }, body: Buffer.from('{"CallSid":"CA1"}') })),
    undefined,
    'no form',
  );
  const twice = provider.parseCallEvent(webhook({}, { body: Buffer.from('CallSid=CA1&CallSid=CA2&__proto__=x') }));
  t.equal(twice?.providerCallId, 'CA1', 'of a repeated field the first counts');
});

t.test('the registry knows the provider and its variables', async (t) => {
  t.strictSame(PROVIDERS.twilio.credentials, ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN']);
  const sandbox = await startSandbox(t);
  const account: Record<string, string> = { TWILIO_ACCOUNT_SID: ACCOUNT.accountSid, TWILIO_AUTH_TOKEN: ACCOUNT.authToken };
  const provider = PROVIDERS.twilio.openVoice((name) => account[name] ?? '', { publicUrl: PUBLIC_URL, baseUrl: sandbox.baseUrl });
  t.match(provider, { name: 'twilio', capabilities: { machineDetection: 'binary', signedWebhooks: true }, codec: { name: 'twilio' } });
  await provider.placeCall(call(), never());
  t.equal(sandbox.dials(), 1);
});
