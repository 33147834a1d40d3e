import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js';
import t from 'tap';
import WebSocket from 'ws';
import { pcmToMuLaw } from '../../media/audio/g711.js';
import { bytesToPcm } from '../../media/audio/line-format.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import { type SteerableClock, steerableClock } from '../../server/runtime.js';
import { type ElevenLabsSandbox, startElevenLabsSandbox } from '../../server/sandbox/elevenlabs/sandbox.js';
import { KEY, startAccount, VOICE_ID } from '../fixtures/elevenlabs/account.js';
import { seededRandom, until } from '../fixtures/twilio/application.js';

type T = { teardown(run: () => unknown): void };
type Message = Record<string, unknown>;

const QUERY = 'model_id=eleven_flash_v2_5&output_format=ulaw_8000&auto_mode=true&sync_alignment=true';
const TEXT = 'Good morning, how are you?';

/** A client of the multi-context socket that notes everything it is sent. */
const connect = (t: T, sandbox: ElevenLabsSandbox, { query = QUERY, key = KEY, voice = VOICE_ID, endpoint = 'multi-stream-input' } = {}) => {
  const url = `${sandbox.baseUrl.replace('http', 'ws')}/v1/text-to-speech/${voice}/${endpoint}?${query}`;
  const socket = new WebSocket(url, { headers: key ? { 'xi-api-key': key } : {} });
  const messages: Message[] = [];
  const odd: string[] = [];
  let refused: { status: number; body: string } | undefined;
  let closed: { code: number; reason: string } | undefined;
  socket.on('message', (data) => {
    try {
      messages.push(JSON.parse(data.toString()));
    } catch {
      odd.push(data.toString());
    }
  });
  socket.on('unexpected-response', (request, response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('end', () => {
      refused = { status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() };
      request.destroy();
    });
  });
  socket.on('error', () => undefined);
  socket.on('close', (code, reason) => {
    closed = { code, reason: reason.toString() };
  });
  t.teardown(() => socket.terminate());
  return {
    messages,
    odd,
    open: () => until('the open socket', () => socket.readyState === WebSocket.OPEN),
    refused: () => until('a refusal', () => refused),
    closed: () => until('the end of the socket', () => closed),
    message: (fits: (message: Message) => boolean) => until('a message', () => messages.find(fits)),
    send: (...sent: unknown[]) => {
      for (const one of sent) socket.send(typeof one === 'string' || Buffer.isBuffer(one) ? one : JSON.stringify(one));
    },
  };
};
const isFinal = (id: string) => (message: Message) => message['isFinal'] === true && message['contextId'] === id;
const audioOf = (messages: readonly Message[], id: string) =>
  Buffer.concat(
    messages.filter((one) => one['contextId'] === id && typeof one['audio'] === 'string').map((one) => Buffer.from(String(one['audio']), 'base64')),
  );
const say = (id: string, text = TEXT) => [
  { text: ' ', context_id: id, voice_settings: { speed: 1 } },
  { text: `${text} `, context_id: id, flush: true },
];

const start = async (t: T, changes: Parameters<typeof startAccount>[2] = {}) => {
  const clock = steerableClock(1);
  return { clock, sandbox: await startAccount(t, clock, changes) };
};

t.test('a context speaks, and ends when it is closed', async (t) => {
  const { sandbox } = await start(t);
  const client = connect(t, sandbox);
  await client.open();
  client.send(...say('a'));
  const truth = encodeWords(TEXT).muLaw;
  await until('all audio', () => audioOf(client.messages, 'a').length === truth.length);
  t.ok(audioOf(client.messages, 'a').equals(truth));
  t.notOk(client.messages.some(isFinal('a')), 'a flush is no end');
  t.ok(
    client.messages.slice(0, -1).every((one) => Buffer.from(String(one['audio']), 'base64').length % 2 === 1),
    'pieces are never whole frames',
  );
  client.send({ context_id: 'a', close_context: true });
  await client.message(isFinal('a'));
  client.send(...say('a', 'Again.'), { context_id: 'a', close_context: true });
  await until('the second end', () => client.messages.filter(isFinal('a')).length === 2);
  t.match(sandbox.sockets(), [{ contexts: 2, openContexts: 0, closeCode: undefined }], 'an id may be used again');
  client.send({ close_socket: true });
  t.equal((await client.closed()).code, 1000);
});

t.test('a context that is closed still says what was flushed, and nothing else', async (t) => {
  const { sandbox } = await start(t);
  const client = connect(t, sandbox, { query: QUERY.replace('auto_mode=true', 'auto_mode=false') });
  await client.open();
  client.send({ text: 'Not flushed. ', context_id: 'a' }, { context_id: 'a', close_context: true });
  await client.message(isFinal('a'));
  t.equal(audioOf(client.messages, 'a').length, 0);
  client.send(...say('b'), { context_id: 'b', close_context: true }, { close_socket: true });
  t.equal((await client.closed()).code, 1000, 'the socket waits for it');
  t.ok(audioOf(client.messages, 'b').equals(encodeWords(TEXT).muLaw));
  const long = 'This text is long enough to be spoken without a flush, because the first item of the schedule is reached by it, and then some. ';
  const other = connect(t, sandbox, { query: QUERY.replace('auto_mode=true', 'auto_mode=false') });
  await other.open();
  other.send({ text: long, context_id: 'c' });
  await other.message((one) => one['contextId'] === 'c');
  other.send({ text: 'Short. ', context_id: 'd' }, { context_id: 'd', flush: true });
  await other.message((one) => one['contextId'] === 'd');
});

t.test('characters are timed', async (t) => {
  for (const times of ['relative', 'absolute'] as const) {
    const { sandbox } = await start(t, { profile: { firstByteMs: 2, timesRealTime: 200, times, pieceMs: 200 } });
    const client = connect(t, sandbox);
    await client.open();
    client.send(...say('a'), { context_id: 'a', close_context: true });
    await client.message(isFinal('a'));
    const pieces = client.messages.filter((one) => one['audio']);
    let fromMs = 0;
    let told = '';
    for (const piece of pieces) {
      const { chars, charStartTimesMs, charDurationsMs } = piece['alignment'] as {
        chars: string[];
        charStartTimesMs: number[];
        charDurationsMs: number[];
      };
      t.ok(chars.length === charStartTimesMs.length && chars.length === charDurationsMs.length);
      const lengthMs = Buffer.from(String(piece['audio']), 'base64').length / 8;
      const base = times === 'absolute' ? fromMs : 0;
      t.ok(
        charStartTimesMs.every((start) => start >= Math.floor(base) && start <= Math.ceil(base + lengthMs)),
        `${times}: within their piece`,
      );
      told += chars.join('');
      fromMs += lengthMs;
    }
    t.equal(told, TEXT);
    t.ok(pieces.length > 4);
  }
  const { sandbox } = await start(t, { profile: { casing: 'snake', alignment: 'sometimes', firstByteMs: 2, timesRealTime: 200 } });
  const client = connect(t, sandbox);
  await client.open();
  client.send(...say('a'), { context_id: 'a', close_context: true });
  await client.message((one) => one['is_final'] === true && one['context_id'] === 'a');
  t.strictSame(
    [client.messages[0]?.['alignment'], Object.keys(client.messages[1]?.['alignment'] ?? {})],
    [null, ['chars', 'char_start_times_ms', 'char_durations_ms']],
  );
});

t.test('speech comes at five times the pace of time, after a first delay', async (t) => {
  const clock = steerableClock(1);
  const sandbox = await startElevenLabsSandbox({
    clock,
    random: seededRandom('pace'),
    apiKey: KEY,
    voices: [{ voice_id: VOICE_ID, name: 'One' }],
    speak: (text, how) => encodeWords(text, how),
  });
  t.teardown(() => sandbox.close());
  const client = connect(t, sandbox);
  await client.open();
  const from = clock.monotonic();
  client.send(...say('a'), { context_id: 'a', close_context: true });
  await client.message((one) => one['contextId'] === 'a');
  t.ok(clock.monotonic() - from >= 180 * 0.75, 'not before the first byte is due');
  await client.message(isFinal('a'));
  t.ok(clock.monotonic() - from >= encodeWords(TEXT).muLaw.length / 8 / 5, 'nor all of it before it can be made');
});

t.test('what the vendor refuses is refused', async (t) => {
  const open = { text: ' ', context_id: 'a', voice_settings: { speed: 1 } };
  const rows: [name: string, sent: unknown[], error: string][] = [
    [
      'the sixth context',
      ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({ text: ' ', context_id: id, voice_settings: {} })),
      'max_active_conversations',
    ],
    ['settings in a later message', [{ text: 'Hello ', context_id: 'a' }, open], 'invalid_input_message'],
    ['settings with a text', [{ ...open, text: 'Hello ' }], 'invalid_input_message'],
    ['camel case', [{ text: 'Hello ', contextId: 'a' }], 'invalid_input_message'],
    ['a speed that is out of range', [{ ...open, voice_settings: { speed: 1.5 } }], 'invalid_input_message'],
    ['a setting that does not exist', [{ ...open, voice_settings: { pitch: 1 } }], 'invalid_input_message'],
    ['nothing', [{ context_id: 'a' }], 'invalid_input_message'],
    ['no JSON', ['hello'], 'invalid_input_message'],
    ['a binary frame', [Buffer.from('{}')], 'invalid_input_message'],
  ];
  const { sandbox } = await start(t);
  for (const [name, sent, error] of rows) {
    const client = connect(t, sandbox);
    await client.open();
    client.send(...sent);
    t.equal((await client.closed()).code, 1008, name);
    t.match(client.messages.at(-1), { error, code: 1008, message: String }, name);
  }
  const stranger = connect(t, sandbox, { voice: 'nobody' });
  t.equal((await stranger.closed()).code, 1008);
  t.match(stranger.messages, [{ error: 'voice_id_does_not_exist', code: 1008 }]);
});

t.test('an idle socket is closed, and an empty text keeps it', async (t) => {
  const { clock, sandbox } = await start(t);
  const client = connect(t, sandbox, { query: `${QUERY}&inactivity_timeout=30` });
  await client.open();
  client.send({ text: '' });
  await until('the keep-alive', () => sandbox.sockets()[0]?.received.length === 1);
  jump(clock, 20_000);
  client.send({ text: '' }, { text: '', context_id: 'a' });
  await until('the keep-alive', () => sandbox.sockets()[0]?.received.length === 3);
  jump(clock, 20_000);
  t.equal(sandbox.sockets()[0]?.closeCode, undefined);
  jump(clock, 10_000);
  t.strictSame(await client.closed(), {
    code: 1008,
    reason: 'Have not received a new text input within the timeout of 30 seconds. Streaming input terminated.',
  });
});
const jump = (clock: SteerableClock, ms: number) => clock.jumpTo(clock.now() + ms);

t.test('upgrades are checked', async (t) => {
  const rows: [name: string, how: Parameters<typeof connect>[2], status: number, code: string][] = [
    ['a wrong key', { key: 'wrong' }, 401, 'invalid_api_key'],
    ['no key', { key: '' }, 401, 'invalid_api_key'],
    ['a model that sockets do not serve', { query: QUERY.replace('eleven_flash_v2_5', 'eleven_v3') }, 403, 'model_access_denied'],
    ['a model that does not exist', { query: QUERY.replace('eleven_flash_v2_5', 'eleven_new') }, 400, 'model_not_found'],
    ['a format that telephones do not have', { query: QUERY.replace('ulaw_8000', 'mp3_44100_128') }, 400, 'invalid_parameters'],
    ['a longer patience than there is', { query: `${QUERY}&inactivity_timeout=181` }, 400, 'invalid_parameters'],
    ['a parameter that does not exist', { query: `${QUERY}&modelId=x` }, 400, 'invalid_parameters'],
    ['a normaliser that Flash does not have', { query: `${QUERY}&apply_text_normalization=on` }, 400, 'invalid_parameters'],
    [
      'a language for a model that takes none',
      { query: `${QUERY.replace('flash_v2_5', 'multilingual_v2')}&language_code=de` },
      400,
      'invalid_parameters',
    ],
    ['the single-context socket', { endpoint: 'stream-input' }, 404, 'not_found'],
  ];
  const { sandbox } = await start(t);
  for (const [name, how, status, code] of rows) {
    const { body, status: answered } = await connect(t, sandbox, how).refused();
    t.equal(answered, status, name);
    t.match(JSON.parse(body), { detail: { code, status: code, message: String, request_id: String } }, name);
  }
});

t.test('HTTP streams are the same speech in every format', async (t) => {
  const { sandbox } = await start(t);
  const truth = encodeWords(TEXT).muLaw;
  const ask = (path: string, body: unknown, key = KEY) =>
    fetch(`${sandbox.baseUrl}/v1/text-to-speech/${path}`, {
      method: 'POST',
      headers: { 'xi-api-key': key, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const body = { text: TEXT, model_id: 'eleven_flash_v2_5', voice_settings: { speed: 1 } };
  for (const [format, shrink] of [
    ['ulaw_8000', (bytes: Buffer) => bytes],
    ['pcm_8000', (bytes: Buffer) => pcmToMuLaw(bytesToPcm(bytes))],
    ['pcm_16000', (bytes: Buffer) => pcmToMuLaw(bytesToPcm(bytes).filter((_, nth) => nth % 2 === 0))],
  ] as const) {
    const reply = await ask(`${VOICE_ID}/stream?output_format=${format}`, body);
    t.ok(shrink(Buffer.from(await reply.arrayBuffer())).equals(truth), format);
  }
  const reply = await ask(`${VOICE_ID}/stream/with-timestamps?output_format=ulaw_8000`, body);
  const text = await reply.text();
  t.ok(text.endsWith('\n'));
  const lines = text
    .trim()
    .split('\n')
    .map((line): Message => JSON.parse(line));
  t.ok(Buffer.concat(lines.map((line) => Buffer.from(String(line['audio_base64']), 'base64'))).equals(truth));
  t.strictSame(Object.keys(lines[0]?.['alignment'] ?? {}), ['characters', 'character_start_times_seconds', 'character_end_times_seconds']);

  const rows: [name: string, path: string, body: unknown, status: number, expected: unknown][] = [
    ['an unknown voice', 'nobody/stream?output_format=ulaw_8000', body, 404, { detail: { code: 'voice_not_found' } }],
    [
      'an unknown name',
      `${VOICE_ID}/stream?output_format=ulaw_8000`,
      { ...body, modelId: 'x' },
      422,
      { detail: [{ loc: ['body', String], msg: String, type: String }] },
    ],
    ['no text', `${VOICE_ID}/stream?output_format=ulaw_8000`, { model_id: 'eleven_flash_v2_5' }, 422, { detail: [{}] }],
    ['no JSON', `${VOICE_ID}/stream?output_format=ulaw_8000`, '{', 422, { detail: [{}] }],
    ['no format', `${VOICE_ID}/stream`, body, 400, { detail: { code: 'invalid_parameters' } }],
    [
      'too much text',
      `${VOICE_ID}/stream?output_format=ulaw_8000`,
      { ...body, text: 'a'.repeat(40_001) },
      400,
      { detail: { code: 'max_character_limit_exceeded' } },
    ],
    ['another endpoint', VOICE_ID, body, 404, { detail: { code: 'not_found' } }],
  ];
  for (const [name, path, sent, status, expected] of rows) {
    const refused = await ask(path, sent);
    t.equal(refused.status, status, name);
    t.match(await refused.json(), expected, name);
  }
  t.equal((await ask(`${VOICE_ID}/stream?output_format=ulaw_8000`, body, 'wrong')).status, 401);
});

t.test('the vendor’s own client finds the account behind a key', async (t) => {
  const { sandbox } = await start(t);
  const client = new ElevenLabsClient({ apiKey: KEY, baseUrl: sandbox.baseUrl, maxRetries: 0 });
  t.match(await client.voices.getAll(), { voices: [{ voiceId: VOICE_ID, name: 'One' }, { voiceId: 'voice two/2' }] });
  t.match(await client.user.get(), { subscription: { characterLimit: Number } });
  const stranger = new ElevenLabsClient({ apiKey: 'wrong', baseUrl: sandbox.baseUrl, maxRetries: 0 });
  t.match(await stranger.user.get().catch((error: unknown) => error), { statusCode: 401 });
});

t.test('faults are met once each, in order, where they belong', async (t) => {
  const { sandbox } = await start(t);
  sandbox.faults.add({ kind: 'refuse', status: 429, code: 'system_busy', at: 'http' });
  sandbox.faults.add({ kind: 'refuse', status: 500, code: 'internal_server_error' }, 2);
  sandbox.faults.add({ kind: 'accept-then-close' });
  sandbox.faults.add({ kind: 'noise' });
  for (let times = 0; times < 2; times += 1) t.equal((await connect(t, sandbox).refused()).status, 500);
  t.equal((await connect(t, sandbox).closed()).code, 1008);
  const client = connect(t, sandbox);
  await client.open();
  client.send(...say('a'), { context_id: 'a', close_context: true });
  await client.message(isFinal('a'));
  t.strictSame(client.odd, ['this is not JSON']);
  t.match(client.messages[0], { type: 'flush_done' });
  t.match(client.messages[1], { contextId: 'nobody' });
  sandbox.faults.clear();
  sandbox.faults.add({ kind: 'error', afterMs: 0, code: 'system_busy' });
  client.send(...say('b'));
  t.equal((await client.closed()).code, 1008);
  t.match(client.messages.at(-1), { error: 'system_busy' });
  t.match(
    sandbox.requests().map((request) => request.status),
    [500, 500, 101, 101],
  );
});
