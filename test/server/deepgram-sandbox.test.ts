import { request } from 'node:http';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { MU_LAW_SILENCE } from '../../media/audio/g711.js';
import { muLawToLine } from '../../media/audio/line-format.js';
import { createModemDecoder } from '../../media/speech/modem-decoder.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import { processRandom, type SteerableClock, steerableClock } from '../../server/runtime.js';
import { type DeepgramSandbox, startDeepgramSandbox } from '../../server/sandbox/deepgram/sandbox.js';

/*
 * The sandbox against the vendor's documentation, by a plain WebSocket: what it refuses, what it says and when. No SDK and no adapter of ours.
 */

t.setTimeout(60_000);

const KEY = 'dg-key';
const SPEED = 10;
const V1 = { model: 'nova-3', encoding: 'mulaw', sample_rate: '8000' };
const TALK = { ...V1, interim_results: 'true', endpointing: '300', utterance_end_ms: '1000', vad_events: 'true', smart_format: 'true' };
const V2 = { model: 'flux-general-en', encoding: 'mulaw', sample_rate: '8000' };
type Query = Record<string, string | string[]>;
type Message = Record<string, unknown>;

const silence = (ms: number) => Buffer.alloc(ms * 8, MU_LAW_SILENCE);
const noise = (ms: number) => Buffer.from(Array.from({ length: ms * 8 }, (_, nth) => (nth % 3 ? 0x10 : 0x90)));

interface World {
  clock: SteerableClock;
  sandbox: DeepgramSandbox;
}

const startWorld = async (t: Test): Promise<World> => {
  const clock = steerableClock(SPEED);
  const sandbox = await startDeepgramSandbox({ clock, random: processRandom(), apiKey: KEY, hear: createModemDecoder });
  t.teardown(() => sandbox.close());
  return { clock, sandbox };
};

const urlOf = (world: World, path: string, query: Query) => {
  const url = new URL(path, world.sandbox.baseUrl.replace('http', 'ws'));
  for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) url.searchParams.append(name, one);
  return url.toString();
};

/** A connection with everything that came over it. */
const connect = async (world: World, path: string, query: Query, authorization = `Token ${KEY}`) => {
  const ws = new WebSocket(urlOf(world, path, query), { headers: authorization === '' ? {} : { authorization } });
  const messages: Message[] = [];
  let wake = () => {};
  let closed: { code: number; reason: string } | undefined;
  ws.on('message', (data) => {
    messages.push(JSON.parse(data.toString()));
    wake();
  });
  ws.on('close', (code, reason) => {
    closed = { code, reason: reason.toString() };
    wake();
  });
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve);
    ws.once('error', reject);
  });
  const until = async (isSo: () => boolean) => {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    ws,
    messages,
    of: (type: string) => messages.filter((message) => message['type'] === type),
    /** Audio in messages of 20 ms, as fast as it goes: the vendor's time is that of the audio. */
    play(audio: Buffer) {
      for (let at = 0; at < audio.length; at += 160) ws.send(audio.subarray(at, at + 160));
    },
    tell(message: object | string) {
      ws.send(typeof message === 'string' ? message : JSON.stringify(message));
    },
    until,
    async untilClosed() {
      await until(() => closed !== undefined);
      return closed;
    },
    async untilFlushed() {
      await until(() => closed !== undefined || messages.some((message) => message['type'] === 'Metadata'));
    },
  };
};

/** The answer to a handshake that is refused. */
const refused = (world: World, path: string, query: Query, authorization = `Token ${KEY}`) =>
  new Promise<{ status: number; headers: Message; body: Message }>((resolve, reject) => {
    const ws = new WebSocket(urlOf(world, path, query), { headers: authorization === '' ? {} : { authorization } });
    ws.on('unexpected-response', (_, response) => {
      let text = '';
      response.on('data', (part: Buffer) => {
        text += part.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) }));
    });
    ws.on('open', () => reject(new Error('it was accepted')));
    ws.on('error', reject);
  });

const transcripts = (messages: Message[], isFinal: boolean) =>
  messages.filter((message) => message['type'] === 'Results' && message['is_final'] === isFinal).map((message) => transcriptOf(message));
const transcriptOf = (message: Message): string => {
  const channel = message['channel'] as { alternatives: { transcript: string }[] };
  return channel.alternatives[0]?.transcript ?? '';
};

t.test('what the vendor refuses at the handshake', async (t) => {
  const world = await startWorld(t);
  const long = Array.from({ length: 60 }, (_, nth) => `internationalisation ${nth} characteristics`);
  const without = (query: Query, name: string): Query => Object.fromEntries(Object.entries(query).filter(([key]) => key !== name));
  const cases: [string, string, Query, string | undefined, number, string][] = [
    ['no key', '/v1/listen', V1, '', 401, 'INVALID_AUTH'],
    ['a wrong key', '/v1/listen', V1, 'Token other', 401, 'INVALID_AUTH'],
    ['a key without its scheme', '/v2/listen', V2, KEY, 401, 'INVALID_AUTH'],
    ['no model', '/v1/listen', without(V1, 'model'), undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['a model that is none', '/v1/listen', { ...V1, model: 'nova-nine' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['Flux on v1', '/v1/listen', { ...V1, model: 'flux-general-en' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['Nova on v2', '/v2/listen', { ...V2, model: 'nova-3' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['keywords with nova-3', '/v1/listen', { ...V1, keywords: 'nurse:2' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['key terms with nova-2', '/v1/listen', { ...V1, model: 'nova-2', keyterm: 'nurse' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['key terms in one value', '/v1/listen', { ...V1, keyterm: 'nurse,doctor' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['more than 500 tokens of them', '/v1/listen', { ...V1, keyterm: long }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['the same on v2', '/v2/listen', { ...V2, keyterm: long }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['raw audio without an encoding', '/v1/listen', without(V1, 'encoding'), undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['an encoding without a rate', '/v1/listen', without(V1, 'sample_rate'), undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['an encoding that is none', '/v2/listen', { ...V2, encoding: 'pcmu' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['a boolean that is none', '/v1/listen', { ...V1, interim_results: 'yes' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['utterance_end_ms without interims', '/v1/listen', { ...V1, utterance_end_ms: '1000' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['utterance_end_ms too short', '/v1/listen', { ...TALK, utterance_end_ms: '300' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['a language that is none', '/v1/listen', { ...V1, language: 'english!' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['Nova parameters on v2', '/v2/listen', { ...V2, smart_format: 'true' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['a parameter that nobody knows', '/v1/listen', { ...V1, mood: 'happy' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['an eager threshold above the firm one', '/v2/listen', { ...V2, eager_eot_threshold: '0.8' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['a threshold out of range', '/v2/listen', { ...V2, eot_threshold: '0.2' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['an English that it does not know', '/v1/listen', { ...V1, language: 'en-IE' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['a language hint for the English model', '/v2/listen', { ...V2, language_hint: 'es' }, undefined, 400, 'INVALID_QUERY_PARAMETER'],
    ['a path that is none', '/v3/listen', V1, undefined, 404, 'NOT_FOUND'],
  ];
  for (const [name, path, query, key, status, code] of cases) {
    const answer = await refused(world, path, query, key);
    t.match(answer, { status, body: { err_code: code, err_msg: String, request_id: /^[0-9a-f-]{36}$/ } }, name);
    t.equal(answer.headers['dg-error'], answer.body['err_msg'], 'the reason stands in a header too');
    t.equal(answer.headers['dg-request-id'], answer.body['request_id']);
  }
  t.strictSame(
    world.sandbox.handshakes().map(({ status }) => status),
    cases.map(([, , , , status]) => status),
  );
  const plain = await new Promise<number>((resolve, reject) => {
    request(`${world.sandbox.baseUrl}/v1/listen`, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
  t.equal(plain, 404, 'there is no batch endpoint');
});

t.test('what the vendor accepts', async (t) => {
  const world = await startWorld(t);
  const cases: [string, Query, string?][] = [
    ['/v1/listen', { ...TALK, keyterm: ['night shift', 'Acme'], language: 'en-IN', channels: '1' }],
    ['/v1/listen', { ...V1, endpointing: 'false', language: 'multi' }, `Bearer ${KEY}`],
    ['/v1/listen', { ...V1, model: 'nova-2-phonecall', keywords: 'nurse:2' }],
    ['/v2/listen', { ...V2, eot_threshold: '0.9', eager_eot_threshold: '0.4', eot_timeout_ms: '3000', keyterm: 'Acme' }],
    ['/v2/listen', { ...V2, model: 'flux-general-multi', language_hint: ['en', 'es-MX'] }],
  ];
  for (const [path, query, key] of cases) {
    const line = await connect(world, path, query, key);
    line.ws.terminate();
  }
  t.equal(world.sandbox.connections().length, cases.length);
});

t.test('v1: interims, finals, the ends of utterances, and a goodbye', async (t) => {
  const world = await startWorld(t);
  const line = await connect(world, '/v1/listen', TALK);
  line.play(Buffer.concat([silence(500), encodeWords('Yes, I am.').muLaw, silence(2500)]));
  line.tell({ type: 'CloseStream' });
  t.match(await line.untilClosed(), { code: 1000 });
  t.equal(
    transcripts(line.messages, true)
      .filter((text) => text !== '')
      .join(' '),
    'Yes, I am.',
  );
  t.ok(transcripts(line.messages, false).length >= 3, 'an interim a second');
  t.match(
    line.messages.find((message) => message['speech_final'] === true),
    {
      is_final: true,
      from_finalize: false,
      start: 0,
      channel_index: [0, 1],
      channel: {
        alternatives: [
          {
            transcript: 'Yes, I am.',
            confidence: Number,
            words: [{ word: 'Yes,', punctuated_word: 'Yes,', start: 0.5, end: 0.72 }, {}, { word: 'am.', end: 1.14 }],
          },
        ],
      },
      metadata: { request_id: String, model_info: { arch: 'nova-3' } },
    },
  );
  t.match(line.of('SpeechStarted'), [{ channel: [0, 1], timestamp: 0.5 }]);
  t.match(line.of('UtteranceEnd'), [{ channel: [0, 1], last_word_end: 1.14 }]);
  t.match(line.messages.at(-1), { type: 'Metadata', channels: 1, duration: 3.76, request_id: String });
});

t.test('v1: a slow sentence comes back as several finals, a long one is settled on the way', async (t) => {
  const world = await startWorld(t);
  const slow = await connect(world, '/v1/listen', TALK);
  const parts = ['This is something that', 'I am testing to', 'make sure.'];
  slow.play(Buffer.concat(parts.flatMap((part) => [encodeWords(part).muLaw, silence(600)])));
  slow.tell({ type: 'CloseStream' });
  await slow.untilClosed();
  const ends = slow.messages.filter((message) => message['speech_final'] === true);
  t.strictSame(ends.map(transcriptOf), parts);
  const long = await connect(world, '/v1/listen', TALK);
  const said = Array.from({ length: 30 }, (_, nth) => `number-${nth}`).join(' ');
  long.play(Buffer.concat([encodeWords(said).muLaw, silence(600)]));
  long.tell({ type: 'CloseStream' });
  await long.untilClosed();
  const finals = long.messages.filter((message) => message['is_final'] === true);
  t.ok(finals.length >= 3 && finals[0]?.['speech_final'] === false);
  t.equal(
    finals
      .map(transcriptOf)
      .filter((text) => text !== '')
      .join(' '),
    said,
  );
  let untilS = 0;
  for (const final of finals) {
    t.ok(Math.abs(Number(final['start']) - untilS) < 0.001, 'each final goes on where the one before it ended');
    untilS = Number(final['start']) + Number(final['duration']);
  }
});

t.test('v1: noise starts speech but brings no words; without their parameters neither events nor interims come', async (t) => {
  const world = await startWorld(t);
  const noisy = await connect(world, '/v1/listen', TALK);
  noisy.play(Buffer.concat([silence(600), noise(400), silence(1500)]));
  noisy.tell({ type: 'CloseStream' });
  await noisy.untilClosed();
  t.equal(noisy.of('SpeechStarted').length, 1);
  t.equal(noisy.of('UtteranceEnd').length, 0);
  t.strictSame([...new Set(noisy.of('Results').map(transcriptOf))], ['']);
  const bare = await connect(world, '/v1/listen', V1);
  bare.play(Buffer.concat([silence(600), encodeWords('Yes.').muLaw, silence(1500)]));
  bare.tell({ type: 'CloseStream' });
  await bare.untilClosed();
  t.strictSame([...new Set(bare.messages.map((message) => message['type']))], ['Results', 'Metadata']);
  t.ok(bare.of('Results').every((message) => message['is_final'] === true));
  t.notOk(JSON.stringify(bare.messages).includes('punctuated_word'));
});

t.test('v1: Finalize decides what is there, and is not answered without audio', async (t) => {
  const world = await startWorld(t);
  const line = await connect(world, '/v1/listen', { ...TALK, endpointing: 'false' });
  line.tell({ type: 'Finalize' });
  line.play(Buffer.concat([encodeWords('seven years').muLaw, silence(100)]));
  line.tell({ type: 'Finalize' });
  await line.until(() => line.messages.some((message) => message['from_finalize'] === true));
  t.equal(line.messages.filter((message) => message['is_final'] === true).length, 1);
  t.match(line.messages.at(-1), { is_final: true, from_finalize: true, channel: { alternatives: [{ transcript: 'seven years' }] } });
  line.ws.terminate();
});

t.test('v1: linear16 is heard at both rates', async (t) => {
  const world = await startWorld(t);
  for (const rate of [8000, 16_000] as const) {
    const line = await connect(world, '/v1/listen', { ...TALK, encoding: 'linear16', sample_rate: String(rate) });
    const pcm = muLawToLine(Buffer.concat([encodeWords('Yes, I am.').muLaw, silence(500)]), { encoding: 'pcm16le', sampleRateHz: 8000 });
    const audio =
      rate === 8000
        ? pcm
        : Buffer.concat(
            Array.from({ length: pcm.length / 2 }, (_, nth) =>
              Buffer.concat([pcm.subarray(nth * 2, nth * 2 + 2), pcm.subarray(nth * 2, nth * 2 + 2)]),
            ),
          );
    line.play(audio);
    line.tell({ type: 'CloseStream' });
    await line.untilClosed();
    t.equal(
      transcripts(line.messages, true)
        .filter((text) => text !== '')
        .join(' '),
      'Yes, I am.',
      `${rate} Hz`,
    );
  }
});

t.test('what ends a connection', async (t) => {
  const world = await startWorld(t);
  const closedBy = async (path: string, query: Query, run: (line: Awaited<ReturnType<typeof connect>>) => void) => {
    const line = await connect(world, path, query);
    run(line);
    return { closed: await line.untilClosed(), last: line.messages.at(-1) };
  };
  const nova = (run: Parameters<typeof closedBy>[2], query: Query = TALK) => closedBy('/v1/listen', query, run);
  const flux = (run: Parameters<typeof closedBy>[2]) => closedBy('/v2/listen', V2, run);

  t.match(await nova((line) => line.ws.send(Buffer.alloc(0))), { closed: { code: 1000 }, last: { type: 'Metadata' } }, 'an empty frame is a goodbye');
  t.match(await nova((line) => line.tell('hello')), { closed: { code: 1008, reason: /^DATA-0000/ } }, 'text where audio is due');
  t.match(await nova((line) => line.tell({ type: 'ForceEndTurn' })), { closed: { code: 1008 } });
  const pcm = { ...TALK, encoding: 'linear16' };
  t.match(await nova((line) => line.ws.send(Buffer.alloc(321)), pcm), { closed: { code: 1008, reason: /^DATA-0000/ } }, 'half a sample');
  const unknown = { closed: { code: 1005 }, last: { type: 'Error', code: 'UNPARSABLE_CLIENT_MESSAGE', sequence_id: 1 } };
  t.match(await flux((line) => line.tell({ type: 'KeepAlive' })), unknown, 'Flux knows no KeepAlive');
  t.match(await flux((line) => line.tell({ type: 'Finalize' })), unknown);
  t.match(await flux((line) => line.tell({ type: 'ForceEndTurn' })), unknown, 'it is not enabled');
  t.match(await flux((line) => line.tell('{')), unknown);
  t.match(await flux((line) => line.ws.send(Buffer.alloc(0))), unknown);
  t.match(await flux((line) => line.tell({ type: 'CloseStream' })), { closed: { code: 1005 }, last: { type: 'Connected' } });
});

t.test('idle connections are ended after 10 s; KeepAlive holds them once there was audio', async (t) => {
  const world = await startWorld(t);
  const beat = async (line: Awaited<ReturnType<typeof connect>>, times: number) => {
    for (let nth = 0; nth < times && line.ws.readyState === WebSocket.OPEN; nth += 1) {
      line.tell({ type: 'KeepAlive' });
      await world.clock.sleep(4000);
    }
  };
  const [idle, deaf, kept, flux] = await Promise.all([
    connect(world, '/v1/listen', TALK),
    connect(world, '/v1/listen', TALK),
    connect(world, '/v1/listen', TALK),
    connect(world, '/v2/listen', V2),
  ]);
  kept.play(silence(20));
  await Promise.all([beat(deaf, 3), beat(kept, 5)]);
  t.match(await idle.untilClosed(), { code: 1011, reason: /^NET-0001: Deepgram did not receive audio data or a text message/ });
  t.match(await deaf.untilClosed(), { code: 1011, reason: /^NET-0001/ }, 'text alone does not do');
  t.match(await flux.untilClosed(), { code: 1005 });
  t.match(flux.messages.at(-1), { type: 'Error', code: 'INACTIVE_CLIENT' });
  t.equal(kept.ws.readyState, WebSocket.OPEN);
  kept.ws.terminate();
});

t.test('v2: the turn and its messages', async (t) => {
  const world = await startWorld(t);
  const line = await connect(world, '/v2/listen', { ...V2, eager_eot_threshold: '0.4' });
  line.play(Buffer.concat([silence(500), encodeWords('Yes, I am.').muLaw, silence(2000), encodeWords('I have').muLaw, silence(2000)]));
  line.tell({ type: 'CloseStream' });
  t.match(await line.untilClosed(), { code: 1005 });
  line.messages.forEach((message, nth) => {
    t.equal(message['sequence_id'], nth, 'every message is counted');
  });
  t.match(line.messages[0], { type: 'Connected', request_id: String });
  const turns = line.of('TurnInfo');
  const told = turns.filter((turn) => turn['event'] !== 'Update').map((turn) => `${turn['turn_index']} ${turn['event']} "${turn['transcript']}"`);
  t.strictSame(
    told.filter((one) => !one.includes('TurnResumed')).filter((one, nth, all) => all.indexOf(one) === nth),
    [
      '0 StartOfTurn "Yes,"',
      '0 EagerEndOfTurn "Yes, I am."',
      '0 EndOfTurn "Yes, I am."',
      '1 StartOfTurn "I"',
      '1 EagerEndOfTurn "I have"',
      '1 EndOfTurn "I have"',
    ],
  );
  t.match(
    turns.find((turn) => turn['event'] === 'EndOfTurn'),
    {
      trigger: 'model',
      audio_window_start: 0,
      words: [{ word: 'Yes,', start: 0.5, end: 0.72, confidence: Number }, {}, {}],
    },
  );
  for (const [nth, turn] of turns.entries()) {
    const beforeS = Number(turns[nth - 1]?.['audio_window_end'] ?? 0);
    const stepS = Number(turn['audio_window_end']) - beforeS;
    t.ok(stepS > 0 && stepS <= 0.2401, `an update each 0.24 s of audio, not ${stepS}`);
  }
});

t.test('v2: without an eager threshold no eager ends; a turn without more audio stays open; a time-out ends it', async (t) => {
  const world = await startWorld(t);
  const line = await connect(world, '/v2/listen', { ...V2, eot_threshold: '1.0', eot_timeout_ms: '1000' });
  line.play(Buffer.concat([silence(500), encodeWords('Yes.').muLaw, silence(800)]));
  await line.until(() => line.of('TurnInfo').some((turn) => Number(turn['audio_window_end']) > 1.3));
  await world.clock.sleep(4000);
  t.notOk(line.of('TurnInfo').some((turn) => String(turn['event']).endsWith('EndOfTurn')));
  line.play(silence(500));
  await line.until(() => line.of('TurnInfo').some((turn) => turn['event'] === 'EndOfTurn'));
  t.match(
    line.of('TurnInfo').find((turn) => turn['event'] === 'EndOfTurn'),
    { trigger: 'timeout', transcript: 'Yes.' },
  );
  line.ws.terminate();
});

t.test('v2: Configure, one at a time', async (t) => {
  const world = await startWorld(t);
  const line = await connect(world, '/v2/listen', { ...V2, keyterm: 'Acme' });
  line.tell({ type: 'Configure', keyterms: ['night shift'], thresholds: { eot_threshold: 0.8 } });
  line.tell({ type: 'Configure', keyterms: ['too early'] });
  await line.until(() => line.messages.length >= 3);
  line.tell({ type: 'Configure', keyterms: ['a,b'] });
  await line.until(() => line.messages.length >= 4);
  line.tell({ type: 'Configure', thresholds: { eot_threshold: 7 } });
  await line.until(() => line.messages.length >= 5);
  line.tell({ type: 'Configure', thresholds: { eot_timeout_ms: 3000 } });
  await line.until(() => line.messages.length >= 6);
  t.match(line.messages.slice(1), [
    { type: 'ConfigureSuccess', keyterms: ['night shift'], thresholds: { eot_threshold: 0.8, eot_timeout_ms: 5000 } },
    { type: 'ConfigureFailure' },
    { type: 'ConfigureFailure' },
    { type: 'ConfigureFailure' },
    { type: 'ConfigureSuccess', keyterms: ['night shift'], thresholds: { eot_timeout_ms: 3000 } },
  ]);
  line.ws.terminate();
});

t.test('faults come when they are asked for', async (t) => {
  const world = await startWorld(t);
  for (const status of [400, 401, 402, 403, 429, 503] as const) {
    world.sandbox.faults.next({ refuse: status });
    t.match(await refused(world, '/v1/listen', V1), { status, body: { err_code: String } });
  }
  world.sandbox.faults.always({ refuse: 503 });
  t.match(await refused(world, '/v1/listen', V1), { status: 503 });
  t.match(await refused(world, '/v1/listen', V1), { status: 503 });
  world.sandbox.faults.always(undefined);

  for (const code of [1000, 1005, 1006, 1008, 1011] as const) {
    world.sandbox.faults.next({ drop: { code, afterAudioMs: 100 } });
    const line = await connect(world, '/v1/listen', TALK);
    line.play(silence(80));
    line.play(silence(20));
    t.match(await line.untilClosed(), { code });
    t.equal(world.sandbox.connections().at(-1)?.audioMs(), 100, `${code} at its time`);
  }

  const late = await connect(world, '/v1/listen', TALK);
  world.sandbox
    .connections()
    .at(-1)
    ?.inject({ drop: { code: 1011, afterAudioMs: 0 } });
  t.match(await late.untilClosed(), { code: 1011 }, 'at run time too');

  world.sandbox.faults.next({ stall: { fromAudioMs: 0, forMs: 3000 }, repeatFinals: true });
  const stalled = await connect(world, '/v1/listen', TALK);
  const startedMs = world.clock.monotonic();
  stalled.play(Buffer.concat([encodeWords('Yes.').muLaw, silence(500)]));
  await stalled.until(() => transcripts(stalled.messages, true).length >= 2);
  t.ok(world.clock.monotonic() - startedMs >= 3000, 'held back, then all of it');
  t.strictSame(transcripts(stalled.messages, true), ['Yes.', 'Yes.'], 'finals twice');
  stalled.ws.terminate();

  const texts: string[] = [];
  world.sandbox.faults.next({ garbage: { kind: 'non-json', afterAudioMs: 20 } });
  const garbled = new WebSocket(urlOf(world, '/v1/listen', TALK), { headers: { authorization: `Token ${KEY}` } });
  const gotText = new Promise<void>((resolve) => {
    garbled.on('message', (data) => {
      texts.push(data.toString());
      resolve();
    });
  });
  await new Promise<void>((resolve) => garbled.once('open', resolve));
  garbled.send(silence(20));
  await gotText;
  t.match(texts[0], /^</);
  garbled.terminate();

  world.sandbox.faults.next({ garbage: { kind: 'invalid-utf8', afterAudioMs: 20 } });
  const broken = new WebSocket(urlOf(world, '/v2/listen', V2), { headers: { authorization: `Token ${KEY}` } });
  const failure = new Promise<Error>((resolve) => broken.on('error', resolve));
  await new Promise<void>((resolve) => broken.once('open', resolve));
  broken.send(silence(20));
  t.match(await failure, { code: 'WS_ERR_INVALID_UTF8' });

  world.sandbox.faults.next({ hang: true });
  const hanging = new WebSocket(urlOf(world, '/v1/listen', V1), { headers: { authorization: `Token ${KEY}` } });
  const over = new Promise<void>((resolve) => hanging.on('error', () => resolve()));
  await world.clock.sleep(5000);
  t.equal(hanging.readyState, WebSocket.CONNECTING);
  hanging.terminate();
  await over;
});
