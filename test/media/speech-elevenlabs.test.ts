import t from 'tap';
import { elevenLabsTextToSpeech } from '../../media/speech/elevenlabs.js';
import type { ElevenLabsTimeouts } from '../../media/speech/elevenlabs-options.js';
import { createModemDecoder } from '../../media/speech/modem-decoder.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import { EngineError, type EngineFailure } from '../../schemas/engine-error.js';
import type { SpokenAudio, Voice, VoiceOptions } from '../../schemas/ports/speech.js';
import { type SteerableClock, steerableClock } from '../../server/runtime.js';
import type { ElevenLabsFault, ElevenLabsProfile, ElevenLabsSandbox } from '../../server/sandbox/elevenlabs/sandbox.js';
import { KEY, MODEL, PATIENT, QUICK, startAccount, VOICE_ID } from '../fixtures/elevenlabs/account.js';
import { until } from '../fixtures/twilio/application.js';
import { collect } from './conformance/text-to-speech.js';

type T = { teardown(run: () => unknown): void };

const SENTENCE = 'Good morning, this is the assistant of Acme. Do you have a minute to talk about the warehouse job?';
const never = () => new AbortController().signal;
const textOf = (pieces: readonly SpokenAudio[]) => pieces.flatMap((piece) => piece.words.map((word) => word.text)).join(' ');
const audioOf = (pieces: readonly SpokenAudio[]) => Buffer.concat(pieces.map((piece) => piece.audio));

/** Words as the far end hears them. */
const heardIn = (muLaw: Buffer) => {
  const decoder = createModemDecoder();
  return Array.from({ length: muLaw.length / 160 }, (_, nth) => decoder.push(muLaw.subarray(nth * 160, nth * 160 + 160), nth * 20)).flat();
};
const heardText = (pieces: readonly SpokenAudio[]) =>
  heardIn(audioOf(pieces))
    .map((word) => word.text)
    .join(' ');

/** Words of all pieces in ms from the start of the first. */
const placed = (pieces: readonly SpokenAudio[]) => {
  let from = 0;
  return pieces.flatMap(({ audio, words }) => {
    const shifted = words.map((word) => ({ ...word, start_ms: word.start_ms + from, end_ms: word.end_ms + from }));
    from += audio.length / 8;
    return shifted;
  });
};

interface World {
  clock: SteerableClock;
  sandbox: ElevenLabsSandbox;
  voice: Voice;
  speak(text?: string, signal?: AbortSignal): Promise<SpokenAudio[]>;
  /** What the client sent on the nth socket. */
  received(nth?: number): unknown[];
  texts(nth?: number): unknown[];
}

const setUp = async (
  t: T,
  {
    profile = {},
    options = {},
    timeouts = PATIENT,
    faults = [],
    key = KEY,
  }: {
    profile?: Partial<ElevenLabsProfile>;
    options?: Partial<VoiceOptions>;
    timeouts?: Partial<ElevenLabsTimeouts>;
    faults?: readonly ElevenLabsFault[];
    key?: string;
  } = {},
): Promise<World> => {
  const clock = steerableClock(1);
  const sandbox = await startAccount(t, clock, { profile: { ...QUICK, ...profile } });
  for (const fault of faults) sandbox.faults.add(fault);
  const engine = elevenLabsTextToSpeech({ apiKey: key, baseUrl: sandbox.baseUrl, voiceId: VOICE_ID, model: MODEL, clock, timeouts });
  const voice = engine.open(
    { format: { encoding: 'mulaw', sampleRateHz: 8000 }, language: 'en-US', voice: 'default', speed: 1, ...options },
    never(),
  );
  t.teardown(() => voice.close());
  const received = (nth = 0) => sandbox.sockets()[nth]?.received ?? [];
  return {
    clock,
    sandbox,
    voice,
    speak: (text = SENTENCE, signal = never()) => collect(voice.speak(text, signal)),
    received,
    texts: (nth) =>
      received(nth)
        .flatMap((message) => (isRecord(message) && typeof message['text'] === 'string' ? [message['text'].trim()] : []))
        .filter(Boolean),
  };
};
/** How it failed. */
const failureOf = async (speech: Promise<unknown>) => {
  const error = await speech.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof EngineError ? { failure: error.failure, vendorCode: error.vendorCode, message: error.message } : { error };
};
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

t.test('the socket is opened before there is anything to say, and says it in one context', async (t) => {
  const { sandbox, speak, received } = await setUp(t, {
    options: { voice: 'voice two/2', speed: 1.9, settings: { stability: 0.4, style: 7, use_speaker_boost: true, similarity_boost: false, pitch: 3 } },
  });
  await until('the warm socket', () => sandbox.requests()[0]?.status === 101);
  t.strictSame(received(), [], 'nothing is asked for');
  await speak('It pays $18/hr.');
  await speak('Fine.');
  const { pathname, searchParams } = new URL(sandbox.sockets()[0]?.path ?? '', 'http://sandbox');
  t.equal(pathname, '/v1/text-to-speech/voice%20two%2F2/multi-stream-input');
  t.strictSame(Object.fromEntries(searchParams), {
    model_id: MODEL,
    output_format: 'ulaw_8000',
    auto_mode: 'true',
    sync_alignment: 'true',
    inactivity_timeout: '180',
    language_code: 'en',
    apply_text_normalization: 'off',
  });
  const settings = { speed: 1.2, stability: 0.4, style: 1, use_speaker_boost: true };
  t.strictSame(received(), [
    { text: ' ', context_id: 'c1', voice_settings: settings },
    { text: 'It pays eighteen dollars an hour. ', context_id: 'c1', flush: true },
    { context_id: 'c1', close_context: true },
    { text: ' ', context_id: 'c2', voice_settings: settings },
    { text: 'Fine. ', context_id: 'c2', flush: true },
    { context_id: 'c2', close_context: true },
  ]);
  t.equal(sandbox.sockets().length, 1, 'one socket a call');
});

t.test('a model with a normaliser keeps it, and is not held to a language', async (t) => {
  const { sandbox } = await setUp(t, {
    options: { model: 'eleven_multilingual_v2', language: 'de-DE', format: { encoding: 'pcm16le', sampleRateHz: 16_000 } },
  });
  await until('the socket', () => sandbox.sockets()[0]);
  const { searchParams } = new URL(sandbox.sockets()[0]?.path ?? '', 'http://sandbox');
  t.strictSame(
    [searchParams.get('output_format'), searchParams.has('language_code'), searchParams.has('apply_text_normalization')],
    ['pcm_16000', false, false],
  );
});

t.test('the ledger keeps the words as they were written', async (t) => {
  const { speak } = await setUp(t);
  const written = 'Pay: $18-20/hr — Mon-Fri, 9am 👍';
  const pieces = await speak(written);
  t.equal(textOf(pieces), written);
  t.equal(heardText(pieces), 'Pay: eighteen to twenty dollars an hour — Monday to Friday, nine AM 👍');
  t.strictSame(
    await speak('— 👍'),
    [{ audio: Buffer.alloc(160, 0xff), words: ['—', '👍'].map((text) => ({ text, start_ms: 0, end_ms: 20 })) }],
    'no sound at all',
  );
});

t.test('words end where they are heard to end, in every way of writing their times', async (t) => {
  const truth = encodeWords(SENTENCE);
  const rows: [Partial<ElevenLabsProfile>, number][] = [
    [{ times: 'relative' }, 25],
    [{ times: 'absolute' }, 25],
    [{ casing: 'snake' }, 25],
    [{ times: 'relative', pieceMs: 90 }, 25],
    [{ times: 'absolute', pieceMs: 90, casing: 'snake' }, 25],
    [{ passes: 'overlapping', times: 'relative' }, 25],
    [{ passes: 'overlapping', times: 'absolute' }, 25],
    [{ alignment: 'sometimes', times: 'relative', pieceMs: 150 }, 150],
    [{ alignment: 'sometimes', times: 'absolute', pieceMs: 150 }, 150],
    [{ alignment: 'never' }, 1500],
  ];
  for (const [profile, tolerance] of rows) {
    const { speak } = await setUp(t, { profile });
    const pieces = await speak();
    const name = JSON.stringify(profile);
    t.equal(textOf(pieces), SENTENCE, name);
    t.ok(audioOf(pieces).equals(truth.muLaw), `${name}: the audio is the vendor's, byte for byte`);
    const off = placed(pieces).map((word, nth) => Math.abs(word.end_ms - (truth.words[nth]?.end_ms ?? Number.NaN)));
    t.ok(Math.max(...off) <= tolerance, `${name}: off by ${Math.max(...off)} ms`);
    t.ok(pieces.length > 2, `${name}: it comes in pieces`);
  }
});

t.test('an abandoned context is never heard', async (t) => {
  const { speak, voice, sandbox } = await setUp(t, { profile: { timesRealTime: 20 } });
  const turn = new AbortController();
  const before: SpokenAudio[] = [];
  for await (const piece of voice.speak(SENTENCE, turn.signal)) {
    before.push(piece);
    turn.abort();
  }
  t.equal(before.length, 1);
  const after = await speak('Please go on.');
  t.ok(audioOf(after).equals(encodeWords('Please go on.').muLaw), 'the next clause has its own audio only');
  t.equal(sandbox.sockets().length, 1, 'on the same socket');
  await until('the end of the abandoned context', () => sandbox.sockets()[0]?.openContexts === 0);
});

t.test('no more than five contexts are open, however often the agent is interrupted', async (t) => {
  const { speak, voice, sandbox } = await setUp(t, { profile: { timesRealTime: 50 } });
  for (let nth = 0; nth < 9; nth += 1) {
    const turn = new AbortController();
    for await (const _ of voice.speak(SENTENCE, turn.signal)) turn.abort();
  }
  t.equal(heardText(await speak('I am still here.')), 'I am still here.');
  t.strictSame([sandbox.sockets().length, sandbox.sockets()[0]?.contexts, sandbox.sockets()[0]?.closeCode], [1, 10, undefined]);
});

t.test('clauses that are asked for at once wait for their turn', async (t) => {
  const { speak, sandbox } = await setUp(t);
  const texts = Array.from({ length: 8 }, (_, nth) => `This is clause number ${'abcdefgh'[nth]}.`);
  t.strictSame((await Promise.all(texts.map((text) => speak(text)))).map(textOf), texts);
  t.equal(sandbox.sockets().length, 1);
});

t.test('a place that the vendor does not give back is taken back after a second', async (t) => {
  const { clock, speak, voice, sandbox } = await setUp(t, {
    timeouts: { ...PATIENT, contextMs: 1000 },
    faults: Array.from({ length: 5 }, () => ({ kind: 'hang-body' })),
  });
  const turn = new AbortController();
  const abandoned = Array.from({ length: 5 }, () => collect(voice.speak(SENTENCE, turn.signal)));
  await until('five contexts', () => sandbox.sockets()[0]?.openContexts === 5);
  const refused = failureOf(speak('Too many.'));
  clock.jumpTo(clock.now() + 1000);
  t.match(await refused, { failure: 'timeout', message: /no context free/ });
  turn.abort();
  t.strictSame((await Promise.all(abandoned)).flat(), []);
  const next = speak('At last.').catch((error: unknown) => error);
  clock.jumpTo(clock.now() + 1000);
  // The vendor counts the dead ones all the same, ends the socket, and its word is passed on.
  t.match(await next, { failure: 'rate-limited', vendorCode: 'max_active_conversations' });
});

t.test('silence of the vendor is noticed in time', async (t) => {
  const rows: [ElevenLabsFault, Partial<ElevenLabsTimeouts>, number, RegExp][] = [
    [{ kind: 'hang-body' }, { firstAudioMs: 1200 }, 1200, /no audio within 1200 ms/],
    [{ kind: 'stall', afterMs: 900 }, { betweenAudioMs: 1500 }, 1500, /no more audio within 1500 ms/],
  ];
  for (const [fault, timeouts, afterMs, message] of rows) {
    const { clock, speak, sandbox } = await setUp(t, { timeouts: { ...PATIENT, ...timeouts }, faults: [fault], profile: { pieceMs: 200 } });
    const failed = failureOf(speak());
    await until('the text and the audio before the stall', () => {
      const socket = sandbox.sockets()[0];
      return socket?.received.length === 3 && (fault.kind === 'hang-body' || (socket.sentBytes['c1'] ?? 0) >= 900 * 8);
    });
    clock.jumpTo(clock.now() + afterMs);
    t.match(await failed, { failure: 'timeout', message });
    t.equal(heardText(await speak('I am back.')), 'I am back.', 'the next clause has a socket of its own');
    t.equal(sandbox.sockets().length, 2);
  }
});

t.test('a slow start and a pause within the bounds are no failure', async (t) => {
  const { speak } = await setUp(t, {
    faults: [
      { kind: 'slow-first-byte', ms: 300 },
      { kind: 'stall', afterMs: 800, forMs: 300 },
    ],
  });
  t.equal(heardText(await speak()), SENTENCE);
  t.equal(heardText(await speak()), SENTENCE);
});

t.test('an end that is never told is no failure when everything was said', async (t) => {
  const { clock, speak, sandbox } = await setUp(t, { timeouts: { ...PATIENT, betweenAudioMs: 1500 }, faults: [{ kind: 'no-final' }] });
  const whole = encodeWords(SENTENCE).muLaw.length;
  const speaking = speak();
  await until('all audio', () => sandbox.sockets()[0]?.sentBytes['c1'] === whole);
  clock.jumpTo(clock.now() + 1500);
  const pieces = await speaking;
  t.equal(textOf(pieces), SENTENCE);
  t.equal(audioOf(pieces).length, whole);
});

t.test('a connection that is lost in the middle is opened again once, and nothing is said twice', async (t) => {
  for (const afterMs of [0, 500, 1100, 2600, 4000]) {
    for (const closeCode of [undefined, 1011]) {
      const { speak, sandbox, texts } = await setUp(t, {
        profile: { pieceMs: 150 },
        faults: [{ kind: 'cut', afterMs, ...(closeCode ? { closeCode } : {}) }],
      });
      const pieces = await speak();
      t.equal(textOf(pieces), SENTENCE, `cut after ${afterMs} ms with ${closeCode}`);
      t.equal(heardText(pieces), SENTENCE, 'as the far end hears it');
      t.equal(sandbox.sockets().length, 2);
      const again = String(texts(1)[0]);
      t.ok(SENTENCE.endsWith(again) && (afterMs < 500 || again.length < SENTENCE.length), `asked again: ${again}`);
    }
  }
  t.test('with the end missing only, nothing is asked again', async (t) => {
    const { speak, sandbox, texts } = await setUp(t, { faults: [{ kind: 'cut', afterMs: 60_000 }] });
    t.equal(heardText(await speak()), SENTENCE);
    t.strictSame(texts(1), []);
    await until('a new warm socket', () => sandbox.sockets().length === 2);
  });
  t.test('a second time it is a failure', async (t) => {
    const { voice, sandbox } = await setUp(t, {
      profile: { pieceMs: 150 },
      faults: [
        { kind: 'cut', afterMs: 600 },
        { kind: 'cut', afterMs: 600 },
      ],
    });
    const pieces: SpokenAudio[] = [];
    const speaking = (async () => {
      for await (const piece of voice.speak(SENTENCE, never())) pieces.push(piece);
    })();
    t.match(await failureOf(speaking), { failure: 'unavailable' });
    t.ok(SENTENCE.startsWith(textOf(pieces)) && pieces.length > 1, 'what was said before stays said');
    t.equal(heardText(pieces), textOf(pieces));
    t.ok(sandbox.sockets().length >= 2);
  });
});

t.test('an idle socket is kept alive, and opened again when it is lost all the same', async (t) => {
  const { clock, sandbox, speak, received } = await setUp(t);
  await speak('Hello.');
  for (let nth = 1; nth <= 3; nth += 1) {
    clock.jumpTo(clock.now() + 10_000);
    await until('a keep-alive', () => received().length === 3 + nth);
  }
  t.strictSame(received().slice(3), [{ text: '' }, { text: '' }, { text: '' }]);
  sandbox.dropSockets();
  await until('the second socket', () => sandbox.sockets().length === 2);
  t.equal(heardText(await speak()), SENTENCE);
  t.equal(sandbox.sockets().length, 2);
});

t.test('what is not of the protocol is ignored', async (t) => {
  const { speak } = await setUp(t, { faults: [{ kind: 'noise' }] });
  t.ok(audioOf(await speak()).equals(encodeWords(SENTENCE).muLaw));
});

t.test('failures have our names', async (t) => {
  const rows: [ElevenLabsFault, EngineFailure, string | undefined][] = [
    [{ kind: 'refuse', status: 401, code: 'invalid_api_key' }, 'auth', 'invalid_api_key'],
    [{ kind: 'refuse', status: 401, code: 'quota_exceeded' }, 'quota', 'quota_exceeded'],
    [{ kind: 'refuse', status: 403, code: 'model_access_denied' }, 'auth', 'model_access_denied'],
    [{ kind: 'refuse', status: 422, code: 'missing' }, 'bad-request', 'missing'],
    [{ kind: 'refuse', status: 429, code: 'rate_limit_exceeded' }, 'rate-limited', 'rate_limit_exceeded'],
    [{ kind: 'refuse', status: 429, code: 'concurrent_limit_exceeded' }, 'rate-limited', 'concurrent_limit_exceeded'],
    [{ kind: 'refuse', status: 429, code: 'system_busy' }, 'rate-limited', 'system_busy'],
    [{ kind: 'accept-then-close' }, 'auth', '1008'],
    [{ kind: 'accept-then-close', reason: 'quota_exceeded' }, 'quota', 'quota_exceeded'],
    [{ kind: 'error', afterMs: 0, code: 'invalid_input_message' }, 'bad-request', 'invalid_input_message'],
    [{ kind: 'error', afterMs: 300, code: 'system_busy' }, 'rate-limited', 'system_busy'],
    [{ kind: 'cut', afterMs: 0, closeCode: 1008 }, 'auth', '1008'],
    [{ kind: 'cut', afterMs: 500, closeCode: 1008 }, 'bad-request', '1008'],
    [{ kind: 'cut', afterMs: 500, closeCode: 1009 }, 'malformed', '1009'],
    [{ kind: 'truncate', afterMs: 900 }, 'malformed', undefined],
    [{ kind: 'wrong-format', as: 'pcm' }, 'malformed', undefined],
    [{ kind: 'wrong-format', as: 'wav' }, 'malformed', undefined],
  ];
  for (const [fault, failure, vendorCode] of rows) {
    const { voice } = await setUp(t, { faults: [fault] });
    const pieces: SpokenAudio[] = [];
    const listen = async () => {
      for await (const piece of voice.speak(SENTENCE, never())) pieces.push(piece);
    };
    const error = await listen().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof EngineError)) return t.fail(`${JSON.stringify(fault)} is no EngineError`);
    t.strictSame([error.engine, error.failure, error.vendorCode], ['elevenlabs', failure, vendorCode], JSON.stringify(fault));
    if (fault.kind === 'wrong-format') t.strictSame(pieces, [], 'nothing of it is played');
    t.notMatch(error.message, /Good|Acme|sandbox-key/, 'it does not tell what was said, nor the key');
  }
  t.test('a server that is there and fails, at every try', async (t) => {
    const fault: ElevenLabsFault = { kind: 'refuse', status: 500, code: 'internal_server_error' };
    const { speak, sandbox } = await setUp(t, { faults: [fault, fault, fault, fault] });
    t.match(await failureOf(speak()), { failure: 'unavailable', vendorCode: 'internal_server_error' });
    t.ok(sandbox.requests().length <= 3, 'tries are bounded');
  });
  t.test('an upgrade that is not answered', async (t) => {
    const { clock, speak, sandbox } = await setUp(t, { timeouts: { ...PATIENT, connectMs: 1500 }, faults: [{ kind: 'hang-headers' }] });
    await until('the upgrade', () => sandbox.requests().length === 1);
    const failed = failureOf(speak());
    clock.jumpTo(clock.now() + 1500);
    t.match(await failed, { failure: 'timeout', message: /no connection within 1500 ms/ });
  });
});

t.test('a key that is refused is not tried again in this call', async (t) => {
  const { speak, sandbox } = await setUp(t, { key: 'wrong' });
  for (let tries = 0; tries < 3; tries += 1) t.match(await failureOf(speak()), { failure: 'auth', vendorCode: 'invalid_api_key' });
  t.equal(sandbox.requests().length, 1);
});

t.test('a voice that the account does not have is our mistake', async (t) => {
  const { speak } = await setUp(t, { options: { voice: 'nobody' } });
  t.match(await failureOf(speak()), { failure: 'bad-request', vendorCode: 'voice_id_does_not_exist' });
});

t.test('closing says goodbye to the vendor, and ends a clause without an error', async (t) => {
  const { voice, sandbox, received } = await setUp(t, { profile: { timesRealTime: 20 } });
  const pieces: SpokenAudio[] = [];
  for await (const piece of voice.speak(SENTENCE, never())) {
    pieces.push(piece);
    voice.close();
  }
  t.equal(pieces.length, 1);
  await until('the end of the socket', () => sandbox.sockets()[0]?.closeCode !== undefined);
  t.strictSame(received().at(-1), { close_socket: true });
  t.equal(sandbox.sockets()[0]?.closeCode, 1000);
});
