import { createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { MU_LAW_SILENCE, muLawToPcm } from '../../media/audio/g711.js';
import { muLawToLine, pcmToBytes } from '../../media/audio/line-format.js';
import { resample } from '../../media/audio/resample.js';
import { type DeepgramOptions, deepgramSpeechToText } from '../../media/speech/deepgram.js';
import { createModemDecoder } from '../../media/speech/modem-decoder.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import { createVoiceDetector } from '../../media/vad.js';
import type { AudioFormat, TranscriptEvent } from '../../schemas/ports/speech.js';
import { processRandom, type SteerableClock, steerableClock } from '../../server/runtime.js';
import type { ConnectionFaults } from '../../server/sandbox/deepgram/faults.js';
import { type DeepgramSandbox, startDeepgramSandbox } from '../../server/sandbox/deepgram/sandbox.js';

/*
 * The adapter through the vendor's own SDK to the sandbox on loopback. What depends on the exact millisecond is in speech-deepgram-losses.test.ts.
 */

t.setTimeout(60_000);
t.jobs = 6;

const KEY = 'dg-secret-key';
const MU_LAW: AudioFormat = { encoding: 'mulaw', sampleRateHz: 8000 };
const NOVA = 'nova-3';
const FLUX = 'flux-general-en';
const silence = (ms: number) => Buffer.alloc(ms * 8, MU_LAW_SILENCE);

interface World {
  clock: SteerableClock;
  sandbox: DeepgramSandbox;
  engine(options?: Partial<DeepgramOptions>): ReturnType<typeof deepgramSpeechToText>;
}

/** A vendor of its own. A busy machine may be late by more than the usual time-outs, several times faster than real time. */
const startWorld = async (t: Test, { speed = 4 } = {}): Promise<World> => {
  const clock = steerableClock(speed);
  const sandbox = await startDeepgramSandbox({ clock, random: processRandom(), apiKey: KEY, hear: createModemDecoder });
  t.teardown(() => sandbox.close());
  return {
    clock,
    sandbox,
    engine: ({ timeouts, ...options } = {}) =>
      deepgramSpeechToText({
        ...{ apiKey: KEY, baseUrl: sandbox.baseUrl, model: NOVA, clock, ...options },
        timeouts: { answerMs: 8000, handshakeMs: 20_000, ...timeouts },
      }),
  };
};

/** A call with the engine on its line; `play` never goes faster than the clock, nor makes up for time that a busy machine took. */
const startCall = (
  t: Test,
  world: World,
  options: Partial<DeepgramOptions> & { format?: AudioFormat; keyterms?: string[]; signal?: AbortSignal } = {},
) => {
  const { format = MU_LAW, keyterms = [], signal = new AbortController().signal, ...engine } = options;
  const ear = world.engine(engine).open({ format, language: 'en-US', keyterms }, signal);
  t.teardown(() => ear.close());
  const detector = createVoiceDetector();
  const events: TranscriptEvent[] = [];
  const wake = () => {};
  let ended = false;
  const reading = (async () => {
    for await (const event of ear.events) {
      events.push(event);
      wake();
    }
    ended = true;
    wake();
  })();
  const finals = () => events.flatMap((event) => (event.kind === 'transcript-final' ? [event] : []));
  const text = () =>
    finals()
      .map((final) => final.text)
      .filter((part) => part !== '')
      .join(' ');
  let lineMs = 0;
  const play = async (muLaw: Buffer) => {
    for (let at = 0; at + 160 <= muLaw.length && !ended; at += 160) {
      const frame = muLaw.subarray(at, at + 160);
      ear.push(toLine(frame, format), lineMs);
      for (const event of detector.push(frame, lineMs)) {
        if (event.kind === 'voice-start') ear.speechStarted(event.startedMs);
        else ear.speechEnded(event.endedMs);
      }
      lineMs += 20;
      await world.clock.sleep(20);
    }
  };
  /** Resolves when `isSo` holds; the line goes on silently. Events ending ends it too. */
  const until = async (isSo: () => boolean) => {
    while (!isSo() && !ended) await play(silence(100));
  };
  return { ear, events, finals, text, play, until, end: () => reading, hasEnded: () => ended };
};

const toLine = (muLaw: Buffer, format: AudioFormat): Buffer =>
  format.sampleRateHz === 8000 ? muLawToLine(muLaw, format) : pcmToBytes(resample(muLawToPcm(muLaw), 8000, format.sampleRateHz));

const SAID = 'Yes, I am. I have seven years.';
const speech = (said = SAID) => Buffer.concat([silence(400), encodeWords(said).muLaw]);
const failureOf = (events: readonly TranscriptEvent[]) => events.find((event) => event.kind === 'recognition-failed');

t.before(async () => {
  // The SDK's first connection takes a busy machine longer than a call's backlog lasts at this speed.
  const clock = steerableClock(1);
  const sandbox = await startDeepgramSandbox({ clock, random: processRandom(), apiKey: KEY, hear: createModemDecoder });
  await deepgramSpeechToText({ apiKey: KEY, baseUrl: sandbox.baseUrl, model: NOVA, clock, timeouts: { handshakeMs: 20_000 } }).check(
    new AbortController().signal,
  );
  await sandbox.close();
});

t.test('Nova over v1/listen: query, frames of 40 ms, Finalize, CloseStream', async (t) => {
  const world = await startWorld(t);
  const call = startCall(t, world, { keyterms: ['Acme Health', 'acme health', 'Zoë, R&D'] });
  call.ear.expect({ type: 'open', keyterms: ['night shift'] });
  await call.play(speech());
  await call.until(() => call.text() === SAID && call.events.some((event) => event.kind === 'vendor-end-of-turn'));
  call.ear.close();
  await call.end();
  const query =
    'model=nova-3&language=en-US&encoding=mulaw&sample_rate=8000&channels=1&interim_results=true&smart_format=true&endpointing=300&utterance_end_ms=1000';
  t.strictSame(world.sandbox.handshakes(), [
    { path: `/v1/listen?${query}&keyterm=night%20shift&keyterm=Acme%20Health&keyterm=Zo%C3%AB%20R%26D`, status: 101 },
  ]);
  const [connection] = world.sandbox.connections();
  const lengths = connection?.audioBytes ?? [];
  t.ok(lengths.filter((bytes) => bytes === 320).length >= lengths.length - 3, 'only the end of speech is sent before its frame is whole');
  t.ok(lengths.every((bytes) => bytes > 0 && bytes <= 320));
  while (connection?.isOpen()) await world.clock.sleep(50);
  t.strictSame([...new Set(connection?.texts)], ['{"type":"Finalize"}', '{"type":"CloseStream"}']);
  const kinds = new Set(call.events.map((event) => event.kind));
  t.strictSame([...kinds].sort(), ['transcript-final', 'transcript-interim', 'vendor-end-of-turn']);
});

t.test('Flux over v2/listen: 80 ms messages, Configure one at a time, no message that it does not know', async (t) => {
  const world = await startWorld(t);
  const call = startCall(t, world, { model: FLUX, keyterms: ['Acme Health'] });
  await call.until(() => (world.sandbox.connections()[0]?.audioMs() ?? 0) > 0);
  for (const term of ['Monday', 'Tuesday', 'Friday']) call.ear.expect({ type: 'date', keyterms: [term] });
  await call.play(speech());
  await call.until(() => call.text() === SAID);
  const [connection] = world.sandbox.connections();
  call.ear.close();
  while (connection?.isOpen()) await world.clock.sleep(50);
  t.match(world.sandbox.handshakes(), [
    { path: '/v2/listen?model=flux-general-en&encoding=mulaw&sample_rate=8000&eager_eot_threshold=0.5&keyterm=Acme%20Health' },
  ]);
  t.ok(connection?.audioBytes.every((bytes) => bytes > 0 && bytes <= 640));
  t.strictSame(
    connection?.texts,
    [
      '{"type":"Configure","keyterms":["Monday","Acme Health"]}',
      '{"type":"Configure","keyterms":["Friday","Acme Health"]}',
      '{"type":"CloseStream"}',
    ],
    'the one in between was out of date before its turn came',
  );
  t.equal(failureOf(call.events), undefined);
});

for (const [name, format, query] of [
  ['linear16 of 8 kHz', { encoding: 'pcm16le', sampleRateHz: 8000 }, 'encoding=linear16&sample_rate=8000'],
  ['linear16 of 16 kHz', { encoding: 'pcm16le', sampleRateHz: 16_000 }, 'encoding=linear16&sample_rate=16000'],
] as const) {
  t.test(`${name} is heard by both`, async (t) => {
    for (const model of [NOVA, FLUX]) {
      const world = await startWorld(t);
      const call = startCall(t, world, { model, format });
      await call.play(speech());
      await call.until(() => call.text() === SAID);
      t.match(world.sandbox.handshakes()[0]?.path, query);
      t.equal(call.text(), SAID);
      call.ear.close();
    }
  });
}

const LOSSES: [string, ConnectionFaults][] = [
  ['closed with 1011', { drop: { code: 1011, afterAudioMs: 1200 } }],
  ['closed with 1008', { drop: { code: 1008, afterAudioMs: 1200 } }],
  ['closed without a code', { drop: { code: 1005, afterAudioMs: 1200 } }],
  ['closed normally, though nobody asked for it', { drop: { code: 1000, afterAudioMs: 1200 } }],
  ['broken off', { drop: { code: 1006, afterAudioMs: 1200 } }],
  ['a text that is no UTF-8', { garbage: { kind: 'invalid-utf8', afterAudioMs: 1200 } }],
];
for (const model of [NOVA, FLUX]) {
  for (const [name, faults] of LOSSES) {
    t.test(`${model}, ${name}: connected again, every word once`, async (t) => {
      const world = await startWorld(t);
      world.sandbox.faults.next(faults);
      const call = startCall(t, world, { model });
      await call.play(speech());
      await call.until(() => call.text().length >= SAID.length);
      t.equal(call.text(), SAID);
      t.equal(world.sandbox.connections().length, 2);
      t.equal(failureOf(call.events), undefined, 'and nobody need know');
    });
  }

  t.test(`${model}: what is no JSON is ignored, and what comes twice is told once`, async (t) => {
    const world = await startWorld(t);
    world.sandbox.faults.next({ garbage: { kind: 'non-json', afterAudioMs: 800 }, repeatFinals: true, delayMs: 100 });
    const warnings: string[] = [];
    const call = startCall(t, world, { model, log: { warn: (_, message) => warnings.push(message) } });
    await call.play(speech());
    await call.until(() => call.text().length >= SAID.length);
    await call.play(silence(2500));
    t.equal(call.text(), SAID);
    t.equal(world.sandbox.connections().length, 1);
    t.strictSame(warnings, ['a message of the speech vendor could not be read; it is ignored, as will be others']);
  });
}

const REFUSALS: [string, ConnectionFaults[], 'heard' | string, number][] = [
  ['400', [{ refuse: 400 }], 'bad-request', 1],
  ['401', [{ refuse: 401 }], 'auth', 1],
  ['402', [{ refuse: 402 }], 'quota', 1],
  ['403', [{ refuse: 403 }], 'auth', 1],
  ['429 once', [{ refuse: 429 }], 'heard', 2],
  ['503 four times', [{ refuse: 503 }, { refuse: 503 }, { refuse: 503 }, { refuse: 503 }], 'heard', 5],
  ['503 five times', [{ refuse: 503 }, { refuse: 503 }, { refuse: 503 }, { refuse: 503 }, { refuse: 503 }], 'unavailable', 5],
  ['429 five times', [{ refuse: 429 }, { refuse: 429 }, { refuse: 429 }, { refuse: 429 }, { refuse: 429 }], 'rate-limited', 5],
  ['401 after a loss', [{ drop: { code: 1011, afterAudioMs: 900 } }, { refuse: 401 }], 'auth', 2],
];
for (const [name, faults, outcome, handshakes] of REFUSALS) {
  t.test(`the handshake is answered with ${name}: ${outcome}`, async (t) => {
    const world = await startWorld(t);
    world.sandbox.faults.next(...faults);
    const call = startCall(t, world);
    await call.play(speech());
    await call.until(() => call.text().length >= SAID.length);
    t.equal(world.sandbox.handshakes().length, handshakes);
    if (outcome === 'heard') {
      t.equal(call.text(), SAID);
      t.equal(failureOf(call.events), undefined);
    } else {
      await call.end();
      t.match(call.events.at(-1), { kind: 'recognition-failed', recovering: false, failure: outcome, reason: String });
      t.equal(call.events.filter((event) => event.kind === 'recognition-failed').length, 1);
    }
  });
}

t.test('a handshake that is never answered is given up for another', async (t) => {
  const world = await startWorld(t);
  world.sandbox.faults.next({ hang: true });
  const call = startCall(t, world, { timeouts: { handshakeMs: 2500 } });
  await call.play(speech());
  await call.until(() => call.text().length >= SAID.length);
  t.equal(call.text(), SAID);
  t.equal(world.sandbox.handshakes()[0]?.status, undefined);
});

t.test('a wrong key is named as such, and never repeated', async (t) => {
  const world = await startWorld(t);
  const call = startCall(t, world, { apiKey: 'wrong-key' });
  await call.until(() => false);
  const failure = failureOf(call.events);
  t.match(failure, { failure: 'auth', recovering: false, reason: /401: Invalid credentials/ });
  t.notMatch(JSON.stringify(call.events), /wrong-key/);
  t.equal(world.sandbox.handshakes().length, 1);
});

t.test('nobody there, and a server that is none', async (t) => {
  const world = await startWorld(t);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.end('SSH-2.0-none\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const other = startCall(t, world, { baseUrl: `http://127.0.0.1:${port}` });
  await other.until(() => false);
  t.match(failureOf(other.events), { failure: 'unavailable', recovering: false });
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  const none = startCall(t, world, { baseUrl: `http://127.0.0.1:${port}` });
  await none.until(() => false);
  t.match(failureOf(none.events), { failure: 'unavailable', recovering: false, reason: /ECONNREFUSED/ });
});

t.test('a vendor that falls silent while speech flows is left for a new connection', async (t) => {
  const world = await startWorld(t);
  world.sandbox.faults.next({ stall: { fromAudioMs: 100, forMs: 3_600_000 } });
  const lost: object[] = [];
  const call = startCall(t, world, { timeouts: { silentVendorMs: 3000 }, log: { warn: (data) => lost.push(data) } });
  const said = `${SAID} ${SAID}`;
  await call.play(speech(said));
  await call.until(() => call.text().length >= said.length);
  t.equal(call.text(), said);
  t.match(lost[0], { failure: 'timeout', retryInMs: 0 });
  t.ok(world.sandbox.connections().length >= 2);
});

t.test('silence from the vendor during silence of the candidate is no fault', async (t) => {
  const world = await startWorld(t);
  world.sandbox.faults.next({ stall: { fromAudioMs: 100, forMs: 3_600_000 } });
  const call = startCall(t, world, { timeouts: { silentVendorMs: 1000 } });
  await call.play(silence(5000));
  t.equal(world.sandbox.connections().length, 1);
});

t.test('closing and aborting end the events at once and the connection soon', async (t) => {
  for (const how of ['close', 'abort'] as const) {
    const world = await startWorld(t);
    const abort = new AbortController();
    const call = startCall(t, world, { signal: abort.signal });
    await call.play(speech());
    if (how === 'close') call.ear.close();
    else abort.abort();
    await call.end();
    const [connection] = world.sandbox.connections();
    while (connection?.isOpen()) await world.clock.sleep(50);
    t.equal(connection?.texts.at(-1), '{"type":"CloseStream"}', 'with a goodbye');
  }
  const world = await startWorld(t);
  const call = startCall(t, world, { signal: AbortSignal.abort() });
  await call.end();
  const closed = startCall(t, world);
  closed.ear.close();
  await closed.end();
  t.strictSame(world.sandbox.handshakes(), [], 'what is over before it begins never connects');
});

t.test('a vendor that does not say goodbye is left after its time', async (t) => {
  const world = await startWorld(t);
  world.sandbox.faults.next({ stall: { fromAudioMs: 0, forMs: 3_600_000 } });
  const call = startCall(t, world);
  await call.play(silence(400));
  call.ear.close();
  const [connection] = world.sandbox.connections();
  while (connection?.isOpen()) await world.clock.sleep(50);
  t.equal(connection?.texts.at(-1), '{"type":"CloseStream"}');
});

t.test('many calls at once do not hear each other', async (t) => {
  const world = await startWorld(t, { speed: 2 });
  const calls = Array.from({ length: 12 }, (_, nth) => ({
    said: `caller ${nth} says number-${nth * 7}`,
    call: startCall(t, world, { model: nth % 2 ? NOVA : FLUX }),
  }));
  await Promise.all(
    calls.map(async ({ said, call }) => {
      await call.play(speech(said));
      await call.until(() => call.text().length >= said.length);
    }),
  );
  for (const { said, call } of calls) t.equal(call.text(), said);
  t.equal(world.sandbox.connections().length, 12);
});

t.test('check: connects as a call would and tells how it went', async (t) => {
  const world = await startWorld(t);
  const { signal } = new AbortController();
  for (const model of [NOVA, FLUX]) t.match(await world.engine({ model }).check(signal), { handshakeMs: Number });
  await t.rejects(world.engine({ apiKey: 'wrong-key' }).check(signal), {
    name: 'EngineError',
    engine: 'deepgram',
    failure: 'auth',
    vendorCode: 'INVALID_AUTH',
  });
  await t.rejects(world.engine({ model: 'nova-nine' }).check(signal), { name: 'EngineError', failure: 'bad-request' });
  world.sandbox.faults.next({ hang: true });
  await t.rejects(world.engine({ timeouts: { handshakeMs: 500 } }).check(signal), { name: 'EngineError', failure: 'timeout' });
  world.sandbox.faults.next({ hang: true });
  const abort = new AbortController();
  const waiting = world.engine().check(abort.signal);
  abort.abort(new Error('enough'));
  await t.rejects(waiting, { message: 'enough' });
  await t.rejects(world.engine().check(AbortSignal.abort(new Error('before'))), { message: 'before' });
});
