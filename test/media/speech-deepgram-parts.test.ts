import t from 'tap';
import { MU_LAW_SILENCE } from '../../media/audio/g711.js';
import { createAnsweredSpeech } from '../../media/speech/answered-speech.js';
import { createAudioBacklog } from '../../media/speech/audio-backlog.js';
import { type AudioChunk, chunkFrom, createChunkMaker } from '../../media/speech/audio-chunk.js';
import { createAudioLineMap } from '../../media/speech/audio-line-map.js';
import { mayPass, toClosedError, toFatalError, toRefusedError, toSocketError } from '../../media/speech/deepgram-failure.js';
import { createFluxReader } from '../../media/speech/deepgram-flux.js';
import type { Heard } from '../../media/speech/deepgram-heard.js';
import { toKeyterms } from '../../media/speech/deepgram-keyterms.js';
import { createNovaReader } from '../../media/speech/deepgram-nova.js';
import { toListenParameters } from '../../media/speech/deepgram-parameters.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import { startPacedSending } from '../../media/speech/paced-sending.js';
import type { AudioFormat, TranscriptEvent } from '../../schemas/ports/speech.js';
import type { Word } from '../../schemas/transcript.js';
import { fc } from '../fixtures/properties.js';
import { manualClock } from './manual-clock.js';

const MU_LAW: AudioFormat = { encoding: 'mulaw', sampleRateHz: 8000 };
const PCM_16: AudioFormat = { encoding: 'pcm16le', sampleRateHz: 16_000 };

/** Events and readings as short lines, for tables. */
const line = (heard: Heard): string => {
  if (heard.kind === 'words') {
    const marks = [heard.settled ? 'settled' : 'open', `to ${heard.untilMs}`];
    if (heard.decidedMs !== undefined) marks.push(`decided ${heard.decidedMs}`);
    if (heard.flushed) marks.push('flushed');
    return `"${heard.text}" ${marks.join(', ')}`;
  }
  if (heard.kind === 'end-of-turn') return heard.certainty;
  if (heard.kind === 'configured') return `configured ${heard.accepted}`;
  return heard.kind === 'failed' ? `failed ${heard.error.failure}` : heard.kind;
};

const results = (transcript: string, from: number, to: number, more: object = {}, words?: object[]) => ({
  type: 'Results',
  channel_index: [0, 1],
  start: from,
  duration: to - from,
  is_final: false,
  speech_final: false,
  channel: {
    alternatives: [
      {
        transcript,
        confidence: 0.9,
        words:
          words ??
          (transcript === '' ? [] : transcript.split(' ')).map((word, nth) => ({
            word: word.toLowerCase(),
            punctuated_word: word,
            start: from + nth * 0.25,
            end: from + nth * 0.25 + 0.25,
            confidence: 0.9,
          })),
      },
    ],
  },
  metadata: { request_id: 'r' },
  from_finalize: false,
  ...more,
});
const final = { is_final: true };
const speechFinal = { is_final: true, speech_final: true };
const flushed = { is_final: true, from_finalize: true };

t.test('Nova: what each message tells', async (t) => {
  const cases: { name: string; messages: unknown[]; told: string[] }[] = [
    {
      name: 'an interim may change, a final stays, speech_final ends the utterance',
      messages: [results('Yes', 0, 1), results('Yes, I', 0, 2), results('Yes, I am.', 0, 2.5, speechFinal)],
      told: ['"Yes" open, to 1000', '"Yes, I" open, to 2000', '"Yes, I am." settled, to 2500, decided 2500', 'firm'],
    },
    {
      name: 'finals up to speech_final are one utterance: its end is told once',
      messages: [
        results('I have', 0, 3, final),
        results('seven years.', 3, 5, speechFinal),
        { type: 'UtteranceEnd', channel: [0, 1], last_word_end: 3.5 },
      ],
      told: ['"I have" settled, to 3000, decided 3000', '"seven years." settled, to 5000, decided 5000', 'firm'],
    },
    {
      name: 'UtteranceEnd ends it where noise keeps endpointing from firing',
      messages: [results('I have', 0, 3, final), { type: 'UtteranceEnd', channel: [0, 1], last_word_end: 0.5 }, results('', 3, 4, speechFinal)],
      told: ['"I have" settled, to 3000, decided 3000', 'firm', '"" settled, to 4000, decided 4000'],
    },
    {
      name: 'an end without words is none',
      messages: [results('', 0, 1, speechFinal), { type: 'UtteranceEnd', channel: [0, 1], last_word_end: -1 }],
      told: ['"" settled, to 1000, decided 1000'],
    },
    {
      name: 'the answer to our own Finalize is no end that the vendor found',
      messages: [results('Yes.', 0, 1, { ...flushed, speech_final: true }), results('', 1, 1, flushed)],
      told: ['"Yes." settled, to 1000, decided 1000, flushed', '"" settled, to 1000, decided 1000, flushed'],
    },
    {
      name: 'the same final once more is nothing new',
      messages: [results('Yes.', 0, 1, speechFinal), results('Yes.', 0, 1, speechFinal)],
      told: ['"Yes." settled, to 1000, decided 1000', 'firm'],
    },
    {
      name: 'speech that starts is no words: it may be noise',
      messages: [{ type: 'SpeechStarted', channel: [0, 1], timestamp: 1.5 }],
      told: [],
    },
    { name: 'metadata comes last', messages: [{ type: 'Metadata', request_id: 'r', duration: 1 }], told: ['finished'] },
    {
      name: 'what cannot be read is said to be that',
      messages: ['<html>', null, 7, {}, { type: 'Results' }, results('Yes', 0, 1, { channel: { alternatives: 'none' } })],
      told: ['unreadable', 'unreadable', 'unreadable', 'unreadable', 'unreadable', 'unreadable'],
    },
    { name: 'a type that is not known yet is ignored', messages: [{ type: 'Weather' }], told: [] },
    { name: 'no alternative is silence', messages: [results('', 0, 1, { channel: { alternatives: [] } })], told: ['"" open, to 1000'] },
  ];
  for (const { name, messages, told } of cases) {
    const reader = createNovaReader();
    t.strictSame(messages.flatMap((message) => reader.read(message)).map(line), told, name);
  }
});

t.test('Nova: a word is what the vendor punctuated, with its times; a text without words gets some', async (t) => {
  const reader = createNovaReader();
  const [one] = reader.read(results('Yes, I', 1, 2));
  t.match(one, {
    words: [
      { text: 'Yes,', startMs: 1000, endMs: 1250, confidence: 0.9 },
      { text: 'I', startMs: 1250, endMs: 1500 },
    ],
  });
  const [bare] = reader.read(results('yes', 1, 2, {}, [{ word: 'yes', start: 1, end: 2 }]));
  t.match(bare, { words: [{ text: 'yes', startMs: 1000, endMs: 2000, confidence: 1 }] });
  const [none] = reader.read(results('oh well', 1, 2, {}, []));
  t.match(none, {
    words: [
      { text: 'oh', startMs: 1000, endMs: 1500 },
      { text: 'well', startMs: 1500, endMs: 2000, confidence: 0.9 },
    ],
  });
});

const turn = (event: string, nth: number, to: number, transcript: string, words?: object[]) => ({
  type: 'TurnInfo',
  request_id: 'r',
  sequence_id: 1,
  event,
  turn_index: nth,
  audio_window_start: 0,
  audio_window_end: to,
  transcript,
  words:
    words ?? (transcript === '' ? [] : transcript.split(' ')).map((word, at) => ({ word, confidence: 0.9, start: at * 0.25, end: at * 0.25 + 0.25 })),
  end_of_turn_confidence: 0.1,
});

t.test('Flux: what each message tells', async (t) => {
  const cases: { name: string; messages: unknown[]; told: string[] }[] = [
    {
      name: 'transcripts replace each other; a stable one decides what ended 300 ms before',
      messages: [
        { type: 'Connected', request_id: 'r', sequence_id: 0 },
        turn('Update', 0, 0.25, ''),
        turn('StartOfTurn', 0, 1, 'Yes,'),
        turn('Update', 0, 1.25, 'Yes, I am.'),
        turn('Update', 0, 1.5, 'Yes, I am.'),
        turn('EndOfTurn', 0, 1.75, 'Yes, I am.'),
        turn('Update', 1, 2, ''),
      ],
      told: [
        '"" open, to 250, decided -50',
        '"Yes," open, to 1000',
        '"Yes, I am." open, to 1250',
        '"Yes, I am." open, to 1500, decided 1200',
        '"Yes, I am." settled, to 1750, decided 1750',
        'firm',
        '"" open, to 2000, decided 1700',
      ],
    },
    {
      name: 'an eager end is a guess; the turn may go on',
      messages: [
        turn('StartOfTurn', 0, 1, 'I'),
        turn('EagerEndOfTurn', 0, 1.5, 'I'),
        turn('TurnResumed', 0, 1.6, 'I'),
        turn('Update', 0, 2, 'I have'),
      ],
      told: ['"I" open, to 1000', '"I" open, to 1500, decided 1200', 'eager', '"I" open, to 1600, decided 1300', '"I have" open, to 2000'],
    },
    {
      name: 'a turn that is over stays over',
      messages: [turn('EndOfTurn', 0, 1, 'Yes.'), turn('EndOfTurn', 0, 1, 'Yes.'), turn('Update', 0, 1.25, 'Yes.')],
      told: ['"Yes." settled, to 1000, decided 1000', 'firm'],
    },
    { name: 'an end of nothing is none', messages: [turn('EndOfTurn', 0, 1, '')], told: ['"" settled, to 1000, decided 1000'] },
    { name: 'an event that is not known yet still carries the words', messages: [turn('TurnHeld', 0, 1, 'Yes.')], told: ['"Yes." open, to 1000'] },
    {
      name: 'answers to Configure, errors, and what cannot be read',
      messages: [
        { type: 'ConfigureSuccess', sequence_id: 1 },
        { type: 'ConfigureFailure', sequence_id: 2 },
        { type: 'Error', sequence_id: 3, code: 'INTERNAL_SERVER_ERROR', description: 'x' },
        { type: 'Error', code: 'UNPARSABLE_CLIENT_MESSAGE' },
        { type: 'Error' },
        { type: 'TurnInfo', event: 'Update' },
        '{',
      ],
      told: ['configured true', 'configured false', 'failed unavailable', 'failed bad-request', 'failed unavailable', 'unreadable', 'unreadable'],
    },
  ];
  for (const { name, messages, told } of cases) {
    const reader = createFluxReader();
    t.strictSame(messages.flatMap((message) => reader.read(message)).map(line), told, name);
  }
});

t.test('Flux: a turn is open from its first word to its end', async (t) => {
  const reader = createFluxReader();
  t.equal(reader.turnOpen, false);
  reader.read(turn('StartOfTurn', 0, 1, 'Yes.'));
  t.equal(reader.turnOpen, true);
  reader.read(turn('EndOfTurn', 0, 1.5, 'Yes.'));
  t.equal(reader.turnOpen, false);
});

t.test('Flux: words without times stay where they were first seen', async (t) => {
  const reader = createFluxReader();
  const words = (...texts: string[]) => texts.map((word) => ({ word, confidence: 0.8 }));
  reader.read(turn('Update', 0, 1, ''));
  const [first] = reader.read(turn('StartOfTurn', 0, 1.5, 'I have', words('I', 'have')));
  const [second] = reader.read(turn('Update', 0, 2, 'I had one', words('I', 'had', 'one')));
  t.match(first, {
    words: [
      { text: 'I', startMs: 1000, endMs: 1250 },
      { text: 'have', startMs: 1250, endMs: 1500 },
    ],
  });
  t.match(second, {
    words: [
      { text: 'I', startMs: 1000, endMs: 1250 },
      { text: 'had', startMs: 1250, endMs: 1500 },
      { text: 'one', startMs: 1500, endMs: 2000, confidence: 0.8 },
    ],
  });
});

t.test('key terms: each once, plain, the most specific first, within the limit', async (t) => {
  t.strictSame(toKeyterms(['Acme Health', ' acme  health', 'night, shift;', '', ' \n ', 'R&D\nteam', 'Zoë']), [
    'Acme Health',
    'night shift',
    'R&D team',
    'Zoë',
  ]);
  const long = Array.from({ length: 300 }, (_, nth) => `term${nth} word`);
  t.strictSame(toKeyterms(long), long.slice(0, 100), 'at most a hundred');
  const huge = 'x'.repeat(1999);
  t.strictSame(toKeyterms([huge, 'ab', 'cde']), [huge], 'five hundred tokens are full');
  t.strictSame(toKeyterms(['y'.repeat(4000), 'ab']), ['ab'], 'one that is too long does not keep out others');
});

t.test('the query of a connection', async (t) => {
  const of = (model: string, format = MU_LAW, language = 'en-US', keyterms: string[] = ['Acme']) =>
    toListenParameters({ model, format, language, keyterms });
  t.strictSame(of('nova-3'), {
    version: 'v1',
    query: {
      ...{ model: 'nova-3', language: 'en-US', encoding: 'mulaw', sample_rate: 8000, channels: 1, interim_results: 'true', smart_format: 'true' },
      ...{ endpointing: 300, utterance_end_ms: 1000, keyterm: ['Acme'] },
    },
  });
  t.match(of('nova-3-medical', PCM_16, 'multi'), { query: { encoding: 'linear16', sample_rate: 16_000, endpointing: 100, keyterm: ['Acme'] } });
  t.notOk('keyterm' in of('nova-2').query, 'older models refuse them');
  t.notOk('keyterm' in of('nova-3', MU_LAW, 'en', []).query, 'none, none');
  t.strictSame(of('flux-general-en'), {
    version: 'v2',
    query: { model: 'flux-general-en', encoding: 'mulaw', sample_rate: 8000, eager_eot_threshold: 0.5, keyterm: ['Acme'] },
  });
  for (const [bot, asked] of [
    ['en-IN', 'en-IN'],
    ['en-IE', 'en'],
    ['es-MX', 'es'],
    ['hi', 'hi'],
  ] as const)
    t.match(of('nova-3', MU_LAW, bot), { query: { language: asked } }, `nova knows no other tag for ${bot}`);
  t.match(of('flux-general-multi', MU_LAW, 'es-MX'), { query: { language_hint: ['es-MX'] } });
  t.notOk('language_hint' in of('flux-general-multi', MU_LAW, 'multi').query);
});

t.test('failures in our words', async (t) => {
  const refused: [number, string, boolean][] = [
    [400, 'bad-request', false],
    [401, 'auth', false],
    [402, 'quota', false],
    [403, 'auth', false],
    [404, 'bad-request', false],
    [408, 'timeout', true],
    [429, 'rate-limited', true],
    [500, 'unavailable', true],
    [503, 'unavailable', true],
    [0, 'unavailable', true],
  ];
  for (const [status, failure, passes] of refused) {
    const error = toRefusedError({ status, reason: 'why', code: undefined });
    t.match(error, { engine: 'deepgram', failure, vendorCode: String(status), message: /why/ }, `${status}`);
    t.equal(mayPass(error), passes, `${status} may pass`);
  }
  t.match(toRefusedError({ status: 401, reason: undefined, code: 'INVALID_AUTH' }), { vendorCode: 'INVALID_AUTH', message: /401: INVALID_AUTH/ });
  const closed: [number, string, string, string][] = [
    [1011, 'NET-0001: no audio', 'timeout', 'NET-0001'],
    [1011, 'see dpgr.am/net-0000', 'unavailable', 'NET-0000'],
    [1008, 'DATA-0000', 'bad-request', 'DATA-0000'],
    [1006, '', 'unavailable', '1006'],
    [1000, '', 'unavailable', '1000'],
  ];
  for (const [code, reason, failure, vendorCode] of closed) t.match(toClosedError(code, reason), { failure, vendorCode });
  t.match(toFatalError('INACTIVE_CLIENT', 'idle'), { failure: 'unavailable', vendorCode: 'INACTIVE_CLIENT' });
  t.match(toSocketError(Object.assign(new Error('bad'), { code: 'WS_ERR_INVALID_UTF8' })), { failure: 'malformed' });
  t.match(toSocketError(Object.assign(new Error(''), { code: 'ECONNREFUSED' })), { failure: 'unavailable', message: /ECONNREFUSED/ });
  t.ok(toSocketError(new Error('x'.repeat(10_000))).message.length < 300, 'prose of strangers is bounded');
});

t.test('audio time and line time: gaps, and silence of our own', async (t) => {
  const map = createAudioLineMap();
  t.equal(map.endToLine(100), 0, 'nothing sent yet');
  map.append(40, 1000);
  map.append(40, 1040);
  map.append(40, 5000);
  map.append(80);
  map.append(40, 5040);
  const cases: [number, number, number][] = [
    [0, 1000, 1000],
    [79, 1079, 1079],
    [80, 5000, 1080],
    [120, 5040, 5040],
    [160, 5040, 5040],
    [200, 5040, 5040],
    [220, 5060, 5060],
    [9999, 5080, 5080],
    [-5, 1000, 1000],
  ];
  for (const [audioMs, start, end] of cases) {
    t.equal(map.startToLine(audioMs), start, `begins at ${audioMs}`);
    t.equal(map.endToLine(audioMs), end, `ends at ${audioMs}`);
  }
});

t.test('frames become messages of one length, without a gap inside', async (t) => {
  const frame = (value: number) => Buffer.alloc(160, value);
  const maker = createChunkMaker(MU_LAW, 40);
  t.strictSame(maker.push(frame(1), 0), []);
  t.match(maker.push(frame(2), 20), [{ lineMs: 0, ms: 40, audio: Buffer.concat([frame(1), frame(2)]) }]);
  maker.push(frame(3), 40);
  t.match(maker.push(frame(4), 500), [{ lineMs: 40, ms: 20 }], 'a gap ends the one before');
  t.match(maker.flush(), { lineMs: 500, ms: 20 });
  t.equal(maker.flush(), undefined, 'never an empty one');
  t.match(maker.push(Buffer.alloc(800), 1000), [{ lineMs: 1000 }, { lineMs: 1040 }], 'long frames are cut');
  t.strictSame(maker.push(Buffer.alloc(0), 1100), []);
  t.match(maker.flush(), { lineMs: 1080, ms: 20 });
  const voiced = (audio: Buffer, format = MU_LAW) => createChunkMaker(format, 20).push(audio, 0)[0]?.voiced;
  t.equal(voiced(frame(MU_LAW_SILENCE)), false);
  t.equal(voiced(encodeWords('yes').muLaw.subarray(0, 160)), true);
  t.equal(voiced(Buffer.alloc(640), PCM_16), false);
  t.equal(voiced(Buffer.from(Int16Array.from({ length: 320 }, (_, nth) => (nth % 2 ? 3000 : -3000)).buffer), PCM_16), true);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 30 }), (lengths) => {
      const chunks = createChunkMaker(MU_LAW, 80);
      let at = 0;
      const all = lengths.flatMap((length) => {
        const made = chunks.push(Buffer.alloc(length, at & 0xff), at / 8);
        at += length;
        return made;
      });
      const rest = chunks.flush();
      const bytes = [...all, ...(rest ? [rest] : [])].reduce((sum, one) => sum + one.audio.length, 0);
      return all.every((one, nth) => one.audio.length === 640 && one.lineMs === nth * 80) && bytes === at;
    }),
  );
});

const chunk = (lineMs: number, voiced = true, ms = 40): AudioChunk => ({
  audio: Buffer.alloc(ms * 8, voiced ? 0 : MU_LAW_SILENCE),
  lineMs,
  ms,
  voiced,
});

t.test('the backlog keeps what must be sent again, and knows what it lost', async (t) => {
  const backlog = createAudioBacklog(MU_LAW, 200);
  t.equal(backlog.next(), undefined);
  for (let ms = 0; ms < 200; ms += 40) backlog.push(chunk(ms));
  t.equal(backlog.next()?.lineMs, 0);
  backlog.advance();
  backlog.advance();
  backlog.push(chunk(200));
  t.equal(backlog.firstMs, 40);
  t.equal(backlog.lostVoiceUntilMs, 40, 'it was sent, but cannot be again');
  t.equal(backlog.unsentVoiceLostUntilMs, Number.NEGATIVE_INFINITY);
  t.equal(backlog.next()?.lineMs, 80, 'the place is kept');
  backlog.rewind(100);
  t.match(backlog.next(), { lineMs: 100, ms: 20 }, 'cut to the ms');
  for (let ms = 240; ms < 320; ms += 40) backlog.push(chunk(ms, false));
  t.equal(backlog.unsentVoiceLostUntilMs, 120);
  for (let ms = 320; ms < 1000; ms += 40) backlog.push(chunk(ms, false));
  t.equal(backlog.unsentVoiceLostUntilMs, 240, 'silence is no loss');
  backlog.rewind(5000);
  t.equal(backlog.next(), undefined);
  t.equal(backlog.firstMs, 1000, 'where the next would begin');
  t.equal(chunkFrom({ ...chunk(0), audio: Buffer.alloc(1280), ms: 40 }, 0.04, PCM_16)?.audio.length, 1278, 'between two samples');
  t.equal(chunkFrom(chunk(0), 39.99, MU_LAW), undefined, 'never an empty one');
});

t.test('what waited goes 1.25 times as fast as it was spoken, and long silences not at all', async (t) => {
  const clock = manualClock();
  const backlog = createAudioBacklog(MU_LAW, 10_000);
  const sent: { lineMs: number; atMs: number }[] = [];
  let bufferedMs = 0;
  let pumped = 0;
  for (let ms = 0; ms < 2000; ms += 40) backlog.push(chunk(ms));
  const sending = startPacedSending({
    clock,
    backlog,
    bufferedMs: () => bufferedMs,
    send: ({ lineMs }) => sent.push({ lineMs, atMs: clock.monotonic() }),
    onPumped: () => {
      pumped += 1;
    },
  });
  sending.pump();
  t.equal(sent.length, 1, 'the first at once');
  clock.advance(1000);
  t.equal(sent.length, 1 + 31, '1250 ms of audio in 1000 ms');
  t.equal(sending.sentMs, 32 * 40);
  for (const { lineMs, atMs } of sent) t.ok(lineMs <= atMs * 1.25 + 2, `${lineMs} at ${atMs}`);
  for (let ms = 2000; ms < 5000; ms += 40) backlog.push(chunk(ms, false));
  backlog.push(chunk(5000));
  clock.advance(2000);
  t.equal(sending.sentMs, 5040, 'the silence was left out');
  const silent = sent.filter(({ lineMs }) => lineMs >= 2000 && lineMs < 5000);
  t.ok(silent.length >= 10 && silent.length <= 12, `but for what ends an utterance: ${silent.length} chunks`);
  const before = sent.length;
  for (let ms = 5040; ms < 6000; ms += 40) backlog.push(chunk(ms, false));
  sending.pump();
  t.equal(sent.length - before, 24, 'once it has caught up all goes at once, silence too');
  bufferedMs = 1001;
  backlog.push(chunk(6000));
  sending.pump();
  t.equal(sending.sentMs, 6000, 'a slow socket gets no more');
  bufferedMs = 0;
  clock.advance(40);
  t.equal(sending.sentMs, 6040);
  t.ok(pumped > 3);
  bufferedMs = 1001;
  backlog.push(chunk(6040));
  sending.pump();
  sending.stop();
  t.equal(clock.pending, 0);
});

const word = (text: string, start_ms: number, end_ms: number, confidence = 0.9): Word => ({ text, start_ms, end_ms, confidence });
const startAnswers = () => {
  const clock = manualClock();
  const told: string[] = [];
  const emit = (event: TranscriptEvent) => {
    if (event.kind === 'vendor-end-of-turn') told.push(event.certainty);
    else if (event.kind === 'recognition-failed') told.push(`failed ${event.failure}${event.recovering ? ', recovering' : ''}`);
    else told.push(`${event.kind === 'transcript-final' ? 'final' : 'interim'}: ${event.text}`);
  };
  const answers = createAnsweredSpeech({ clock, emit, answerMs: 1500, unaskedMs: 600 });
  const open = (untilMs: number, ...words: Word[]) => answers.hear({ text: words.map((one) => one.text).join(' '), words, untilMs, settled: false });
  const settled = (untilMs: number, ...words: Word[]) =>
    answers.hear({ text: words.map((one) => one.text).join(' '), words, untilMs, settled: true, decidedMs: untilMs });
  return { clock, answers, open, settled, told: () => told.splice(0) };
};

t.test('answers: one final for each question, as soon as its speech is decided', async (t) => {
  const { clock, answers, open, settled, told } = startAnswers();
  answers.started();
  open(1000, word('Yes', 500, 700));
  open(1100, word('Yes', 500, 700));
  answers.ended(1000);
  t.equal(answers.askedMs, 1000);
  t.strictSame(told(), ['interim: Yes'], 'the same words are told once');
  settled(1100, word('Yes,', 500, 700), word('sir.', 700, 950));
  t.strictSame(told(), ['final: Yes, sir.']);
  t.equal(answers.askedMs, undefined);
  answers.ended(1050);
  t.strictSame(told(), ['final: '], 'all is decided: at once');
  clock.advance(5000);
  t.strictSame(told(), []);
  t.equal(clock.pending, 0);
});

t.test('answers: what may still change is given when a question cannot wait, and does not come twice', async (t) => {
  const { clock, answers, open, settled, told } = startAnswers();
  open(1200, word('I', 500, 700), word('have', 700, 1000), word('next', 1200, 1400));
  answers.ended(1000);
  clock.advance(1499);
  t.strictSame(told(), ['interim: I have next']);
  clock.advance(1);
  t.strictSame(told(), ['final: I have'], 'without the words of what follows');
  settled(1500, word('I', 510, 690), word('had', 690, 1010), word('next.', 1210, 1410));
  t.strictSame(told(), ['interim: next.'], 'the same words, though heard otherwise now');
  clock.advance(600);
  t.strictSame(told(), ['final: next.'], 'nobody asked about it');
});

t.test('answers: words that nobody asks about wait for a question, but not for ever', async (t) => {
  const { clock, answers, settled, told } = startAnswers();
  settled(1000, word('Hello?', 500, 900));
  t.strictSame(told(), ['interim: Hello?']);
  clock.advance(599);
  t.strictSame(told(), []);
  clock.advance(1);
  t.strictSame(told(), ['final: Hello?']);
  settled(2000, word('Is', 1500, 1700));
  answers.started();
  clock.advance(5000);
  t.strictSame(told(), ['interim: Is'], 'voice is on: it will be asked about');
  settled(3000, word('this', 2500, 2700));
  answers.ended(2900);
  t.strictSame(told(), ['interim: Is this', 'final: Is this']);
});

t.test('answers: after a loss nothing is told twice and what cannot be heard again is kept', async (t) => {
  const { answers, open, settled, told } = startAnswers();
  settled(1000, word('I', 500, 700));
  open(3000, word('have', 1100, 1300), word('seven', 2000, 2300), word('years', 2400, 2700));
  t.equal(answers.resume(500), 700, 'from the last word that is sure: the silence after it is heard again, 300 ms of it at most');
  t.equal(answers.resume(1200), 1300, 'but what is gone from the backlog stays as it was heard');
  t.equal(answers.coveredMs, 3000);
  told();
  answers.ended(2900);
  open(2500, word('have', 1110, 1290), word('seven', 2010, 2310));
  t.strictSame(told(), [], 'what the engine has not come to again is still known');
  settled(3100, word('seven', 2000, 2300), word('years.', 2400, 2700));
  t.strictSame(told(), ['final: I have seven years.']);
  settled(3100, word('years.', 2400, 2700));
  t.strictSame(told(), []);
});

t.test('answers: a question that cannot wait for what is heard again gets it as it was heard before', async (t) => {
  const { clock, answers, open, settled, told } = startAnswers();
  open(3000, word('I', 500, 700), word('have', 1100, 1300), word('seven', 2000, 2300), word('years', 2400, 2700));
  answers.resume(0);
  answers.ended(2700);
  told();
  open(1250, word('I', 510, 710));
  open(2400, word('I', 510, 710), word('had', 1100, 1310));
  t.strictSame(told(), ['interim: I had seven years']);
  clock.advance(1500);
  t.strictSame(told(), ['final: I had seven years']);
  settled(3000, word('I', 510, 710), word('had', 1100, 1310), word('seven', 2010, 2310), word('years', 2410, 2690));
  open(3600);
  clock.advance(1000);
  t.strictSame(told(), [], 'and never again');
});

t.test('answers: a failure gives what was heard before it, and is the answer to all questions', async (t) => {
  const { clock, answers, open, told } = startAnswers();
  open(1000, word('I', 500, 700), word('have', 700, 900));
  told();
  answers.ended(900);
  answers.ended(950);
  answers.fail(true, toClosedError(1006, ''));
  t.strictSame(told(), ['final: I have', 'failed unavailable, recovering']);
  answers.fail(false, toRefusedError({ status: 401, reason: undefined, code: undefined }));
  t.strictSame(told(), ['failed auth']);
  clock.advance(5000);
  t.strictSame(told(), []);
  answers.endOfTurn('eager');
  answers.ended(2000);
  answers.close();
  t.strictSame(told(), ['eager']);
  t.equal(clock.pending, 0);
});
