import t from 'tap';
import { elevenLabsHttpTextToSpeech } from '../../media/speech/elevenlabs-http.js';
import type { ElevenLabsTimeouts } from '../../media/speech/elevenlabs-options.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import { EngineError, type EngineFailure } from '../../schemas/engine-error.js';
import type { SpokenAudio, VoiceOptions } from '../../schemas/ports/speech.js';
import { steerableClock } from '../../server/runtime.js';
import type { ElevenLabsFault, ElevenLabsProfile } from '../../server/sandbox/elevenlabs/sandbox.js';
import { KEY, MODEL, PATIENT, QUICK, startAccount, VOICE_ID } from '../fixtures/elevenlabs/account.js';
import { until } from '../fixtures/twilio/application.js';
import { collect } from './conformance/text-to-speech.js';

const SENTENCE = 'Good morning, this is the assistant of Acme. Do you have a minute?';
const never = () => new AbortController().signal;
const textOf = (pieces: readonly SpokenAudio[]) => pieces.flatMap((piece) => piece.words.map((word) => word.text)).join(' ');

/** The SDK leaves a timer of this length behind when a request ends before its headers. */
const SOON = { firstAudioMs: 2500 };

interface Setting {
  profile?: Partial<ElevenLabsProfile>;
  options?: Partial<VoiceOptions>;
  timeouts?: Partial<ElevenLabsTimeouts>;
  faults?: readonly ElevenLabsFault[];
  timestamps?: boolean;
}

const setUp = async (
  t: { teardown(run: () => unknown): void },
  { profile = {}, options = {}, timeouts = {}, faults = [], timestamps = true }: Setting = {},
) => {
  const clock = steerableClock(1);
  const sandbox = await startAccount(t, clock, { profile: { ...QUICK, ...profile } });
  for (const fault of faults) sandbox.faults.add(fault);
  const engine = elevenLabsHttpTextToSpeech({
    apiKey: KEY,
    baseUrl: sandbox.baseUrl,
    voiceId: VOICE_ID,
    model: MODEL,
    clock,
    timeouts: { ...PATIENT, ...timeouts },
    timestamps,
  });
  const voice = engine.open(
    { format: { encoding: 'mulaw', sampleRateHz: 8000 }, language: 'en-US', voice: 'default', speed: 1, ...options },
    never(),
  );
  const pieces: SpokenAudio[] = [];
  const speak = async (text = SENTENCE, signal = never()) => {
    for await (const piece of voice.speak(text, signal)) pieces.push(piece);
    return pieces;
  };
  return { clock, sandbox, voice, speak, pieces };
};

const failureOf = async (speech: Promise<unknown>) => {
  const error = await speech.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof EngineError
    ? { engine: error.engine, failure: error.failure, vendorCode: error.vendorCode, message: error.message }
    : { error };
};

t.test('a clause is one request, in the vendor’s words', async (t) => {
  const { sandbox, speak } = await setUp(t, { options: { settings: { stability: 0.4, similarity_boost: 2, use_speaker_boost: false }, speed: 0.5 } });
  t.equal(textOf(await speak('It pays $18/hr.')), 'It pays $18/hr.');
  const [request, ...others] = sandbox.requests();
  t.strictSame(others, []);
  t.equal(request?.path, `/v1/text-to-speech/${VOICE_ID}/stream/with-timestamps?output_format=ulaw_8000`);
  t.strictSame(JSON.parse(request?.body ?? ''), {
    text: 'It pays eighteen dollars an hour.',
    model_id: MODEL,
    language_code: 'en',
    voice_settings: { speed: 0.7, stability: 0.4, similarity_boost: 1, use_speaker_boost: false },
    apply_text_normalization: 'off',
  });
});

t.test('the audio is the vendor’s, byte for byte, and words end where they are heard to end', async (t) => {
  const truth = encodeWords(SENTENCE);
  for (const times of ['relative', 'absolute'] as const) {
    for (const passes of ['sequential', 'overlapping'] as const) {
      const { speak } = await setUp(t, { profile: { times, passes } });
      const pieces = await speak();
      t.ok(Buffer.concat(pieces.map((piece) => piece.audio)).equals(truth.muLaw), `${times}, ${passes}`);
      let from = 0;
      const ends = pieces.flatMap(({ audio, words }) => {
        const shifted = words.map((word) => word.end_ms + from);
        from += audio.length / 8;
        return shifted;
      });
      t.ok(ends.every((end, nth) => Math.abs(end - (truth.words[nth]?.end_ms ?? Number.NaN)) < 2) && ends.length === truth.words.length);
    }
  }
});

t.test('failures have our names, and nothing is tried again', async (t) => {
  const rows: [ElevenLabsFault, EngineFailure, string | undefined][] = [
    [{ kind: 'refuse', status: 401, code: 'invalid_api_key' }, 'auth', 'invalid_api_key'],
    [{ kind: 'refuse', status: 401, code: 'quota_exceeded' }, 'quota', 'quota_exceeded'],
    [{ kind: 'refuse', status: 404, code: 'voice_not_found' }, 'bad-request', 'voice_not_found'],
    [{ kind: 'refuse', status: 422, code: 'missing' }, 'bad-request', 'missing'],
    [{ kind: 'refuse', status: 429, code: 'rate_limit_exceeded' }, 'rate-limited', 'rate_limit_exceeded'],
    [{ kind: 'refuse', status: 429, code: 'concurrent_limit_exceeded' }, 'rate-limited', 'concurrent_limit_exceeded'],
    [{ kind: 'refuse', status: 429, code: 'system_busy' }, 'rate-limited', 'system_busy'],
    [{ kind: 'refuse', status: 500, code: 'internal_server_error' }, 'unavailable', 'internal_server_error'],
    [{ kind: 'refuse', status: 503, code: 'unknown_code' }, 'unavailable', 'unknown_code'],
    [{ kind: 'cut', afterMs: 0 }, 'unavailable', undefined],
    [{ kind: 'cut', afterMs: 900 }, 'unavailable', undefined],
    [{ kind: 'truncate', afterMs: 900 }, 'malformed', undefined],
    [{ kind: 'wrong-format', as: 'pcm' }, 'malformed', undefined],
    [{ kind: 'wrong-format', as: 'wav' }, 'malformed', undefined],
  ];
  for (const timestamps of [true, false]) {
    for (const [fault, failure, vendorCode] of rows) {
      const name = `${JSON.stringify(fault)} ${timestamps ? 'with' : 'without'} times`;
      const { speak, sandbox, pieces } = await setUp(t, { faults: [fault], timestamps });
      const told = await failureOf(speak());
      t.strictSame([told.engine, told.failure, told.vendorCode], ['elevenlabs-http', failure, vendorCode], name);
      t.notMatch(told.message, /Good|Acme|sandbox-key/, 'it does not tell what was said, nor the key');
      t.equal(sandbox.requests().length, 1, 'one request');
      t.ok(SENTENCE.startsWith(textOf(pieces)), 'what was said before stays said');
      if (fault.kind === 'wrong-format') t.strictSame(pieces, [], 'nothing of it is played');
    }
  }
  t.test('a server that is not there', async (t) => {
    const { speak, sandbox } = await setUp(t, { timeouts: SOON });
    await sandbox.close();
    t.match(await failureOf(speak()), { failure: 'unavailable' });
  });
});

t.test('silence of the vendor is noticed in time', async (t) => {
  const rows: [ElevenLabsFault, Partial<ElevenLabsTimeouts>, number, RegExp][] = [
    [{ kind: 'hang-headers' }, { firstAudioMs: 1200 }, 1200, /no audio within 1200 ms/],
    [{ kind: 'hang-body' }, { firstAudioMs: 1200 }, 1200, /no audio within 1200 ms/],
    [{ kind: 'stall', afterMs: 900 }, { betweenAudioMs: 1500 }, 1500, /no more audio within 1500 ms/],
  ];
  for (const [fault, timeouts, afterMs, message] of rows) {
    const { clock, speak, sandbox, pieces } = await setUp(t, { timeouts, faults: [fault], profile: { pieceMs: 200 } });
    const failed = failureOf(speak());
    await until('the request', () => sandbox.requests().length === 1);
    if (fault.kind === 'stall') await until('the audio before the stall', () => pieces.length > 1);
    clock.jumpTo(clock.now() + afterMs);
    t.match(await failed, { failure: 'timeout', message }, fault.kind);
  }
  const { speak } = await setUp(t, { faults: [{ kind: 'slow-first-byte', ms: 300 }] });
  t.equal(textOf(await speak()), SENTENCE, 'a slow start within the bound is none');
});

t.test('an abort ends the request, wherever it is', async (t) => {
  for (const fault of ['hang-headers', 'hang-body', 'stall'] as const) {
    const { speak, sandbox, pieces } = await setUp(t, {
      timeouts: SOON,
      faults: [fault === 'stall' ? { kind: fault, afterMs: 600 } : { kind: fault }],
    });
    const turn = new AbortController();
    const speaking = speak(SENTENCE, turn.signal);
    await until('the request', () => sandbox.requests().length === 1);
    if (fault === 'stall') await until('audio', () => pieces.length > 0);
    turn.abort();
    t.ok(SENTENCE.startsWith(textOf(await speaking)), `${fault}: it ends quietly`);
  }
});

t.test('words without a sound ask for nothing', async (t) => {
  const { voice, sandbox } = await setUp(t);
  t.strictSame(await collect(voice.speak('—', never())), [{ audio: Buffer.alloc(160, 0xff), words: [{ text: '—', start_ms: 0, end_ms: 20 }] }]);
  t.strictSame(sandbox.requests(), []);
});
