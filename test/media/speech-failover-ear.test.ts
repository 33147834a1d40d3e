import { setImmediate as turnOfLoop } from 'node:timers/promises';
import t from 'tap';
import { dialectOf } from '../../media/speech/deepgram-dialect.js';
import { openDeepgramRecognition, RECOGNITION_TIMEOUTS } from '../../media/speech/deepgram-recognition.js';
import type { EngineServed } from '../../media/speech/engine-bench.js';
import { failoverSpeechToText } from '../../media/speech/failover-speech-to-text.js';
import { modemSpeechToText } from '../../media/speech/modem.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import { TURN_DEFAULTS } from '../../media/turn-defaults.js';
import { createVoiceDetector } from '../../media/vad.js';
import { EngineError } from '../../schemas/engine-error.js';
import type { SpeechToText, TranscriptEvent } from '../../schemas/ports/speech.js';
import { processRandom, virtualClock } from '../../server/runtime.js';
import { type EarBreak, type EarPlan, scriptedEar } from '../fixtures/media/scripted-ear.js';
import { fc, runs } from '../fixtures/properties.js';

// Many seconds of speech frame by frame: a busy machine needs longer than the default of a file.
t.setTimeout(100_000);

const FRAME_MS = 20;
const FRAME_BYTES = 160;
const STEP_MS = 200;
type Final = Extract<TranscriptEvent, { kind: 'transcript-final' }>;

/** A call's ear made of several, on a line in virtual time, with a voice detector that tells it of speech as the session does. */
const listening = (
  clock: ReturnType<typeof virtualClock>,
  engines: SpeechToText[],
  more: Partial<Parameters<typeof failoverSpeechToText>[1]> = {},
) => {
  const failures: string[] = [];
  const served: ({ engine: string } & EngineServed)[] = [];
  const events: (TranscriptEvent & { atMs: number })[] = [];
  const asked: number[] = [];
  const call = new AbortController();
  let isOver = false;
  let lineMs = 0;
  const speechToText = failoverSpeechToText(engines, {
    clock,
    random: { ...processRandom(), next: () => 0 },
    onFailure: (engine, error) => failures.push(`${engine.name}: ${error instanceof EngineError ? error.failure : String(error)}`),
    onServed: (engine, details) => served.push({ engine: engine.name, ...details }),
    ...more,
  });
  const ear = speechToText.open({ format: { encoding: 'mulaw', sampleRateHz: 8000 }, language: 'en-US', keyterms: [] }, call.signal);
  const detector = createVoiceDetector();
  const reading = (async () => {
    for await (const event of ear.events) events.push({ ...event, atMs: clock.monotonic() });
    isOver = true;
  })();
  const finals = () => events.filter((event): event is Final & { atMs: number } => event.kind === 'transcript-final');
  return {
    ear,
    call,
    failures,
    served,
    events,
    asked,
    reading,
    finals,
    isOver: () => isOver,
    heard: () =>
      finals()
        .map(({ text }) => text)
        .filter((text) => text !== '')
        .join(' '),
    /** The line carries this audio, at its pace. */
    async carry(audio: Buffer) {
      for (let at = 0; at < audio.length; at += FRAME_BYTES) {
        const frame = audio.subarray(at, at + FRAME_BYTES);
        ear.push(frame, lineMs);
        for (const event of detector.push(frame, lineMs)) {
          if (event.kind === 'voice-start') ear.speechStarted(event.startedMs);
          else {
            asked.push(clock.monotonic());
            ear.speechEnded(event.endedMs);
          }
        }
        lineMs += FRAME_MS;
        // The engines answer between the frames; the clock follows in steps, which is cheaper.
        await turnOfLoop();
        if (lineMs % STEP_MS === 0) await clock.advance(STEP_MS);
      }
    },
  };
};
const silence = (ms: number) => Buffer.alloc((ms / FRAME_MS) * FRAME_BYTES, 0xff);
const speech = (text: string) => encodeWords(text).muLaw;
const framesOf = (audio: Buffer) => audio.length / FRAME_BYTES;

const LOST: EarBreak[] = ['gives-up', 'ends', 'events-throw', 'push-throws', 'deaf'];

t.test('each way to fail, in the middle of an answer: the next ear hears it all, and the caller gets one final', async (t) => {
  const lead = silence(400);
  for (const how of LOST) {
    const clock = virtualClock();
    const afterFrames = framesOf(lead) + framesOf(speech('Yes, I can work'));
    const first = scriptedEar('first', clock, () => ({ breaks: { afterFrames, how } }));
    const line = listening(clock, [first, modemSpeechToText()]);
    line.ear.expect({ type: 'yes-no' });
    await line.carry(Buffer.concat([lead, speech('Yes, I can work nights if I must.'), silence(2500)]));
    t.equal(line.heard(), 'Yes, I can work nights if I must.', how);
    t.match(line.finals(), [{ confidence: 1, engine: 'modem' }], how);
    t.equal(line.failures.length, 1, how);
    const waitedMs = (line.finals()[0]?.atMs ?? 0) - (line.asked[0] ?? 0);
    t.ok(waitedMs <= (how === 'deaf' ? 1200 : STEP_MS), `${how}: ${waitedMs} ms`);
    t.match(line.served, [{ engine: 'modem', failedBefore: 1 }], how);
    t.equal(first.ears, 0, `${how}: the broken ear is closed`);
    t.notOk(
      line.events.some((event) => event.kind === 'recognition-failed'),
      how,
    );
  }
});

t.test('a vendor that never answers: the next ear is asked before the adapter says that nothing was heard', async (t) => {
  for (const opens of [false, true]) {
    const clock = virtualClock();
    const vendor: SpeechToText = {
      name: 'vendor',
      open: (options, signal) =>
        openDeepgramRecognition({
          ...{ clock, options, signal, log: undefined, timeouts: RECOGNITION_TIMEOUTS, dialect: dialectOf('nova-3') },
          connect(_keyterms, { onOpen }) {
            if (opens) clock.after(50, onOpen);
            return { sendAudio: () => undefined, send: () => undefined, close: () => undefined, bufferedBytes: 0 };
          },
        }),
    };
    const line = listening(clock, [vendor, modemSpeechToText()]);
    await line.carry(Buffer.concat([silence(600), speech('Yes, I can.'), silence(2500)]));
    t.match(line.finals(), [{ text: 'Yes, I can.', engine: 'modem' }]);
    t.ok((line.finals()[0]?.atMs ?? 0) - (line.asked[0] ?? 0) < TURN_DEFAULTS.finalDeadlineMs, 'within the turn');
    t.strictSame(line.failures, ['vendor: timeout']);
    line.ear.close();
  }
});

t.test('an ear that takes over is told what has no final yet: what is expected, the audio from a little before it, the calls', async (t) => {
  const clock = virtualClock();
  const before = Buffer.concat([silence(1000), speech('Good morning.'), silence(3000)]);
  const first = scriptedEar('first', clock, () => ({
    breaks: { afterFrames: framesOf(before) + framesOf(speech('On the fourth')), how: 'gives-up' },
  }));
  const second = scriptedEar('second', clock, () => ({}));
  const line = listening(clock, [first, second]);
  line.ear.expect({ type: 'opening' });
  await line.carry(before);
  line.ear.expect({ type: 'date' });
  await line.carry(Buffer.concat([speech('On the fourth of May.'), silence(1000)]));
  const startMs = before.length / 8;
  t.match(second.told, [['expect date', 'audio', `started ${startMs}`, 'audio', /^ended /, 'audio']]);
  const given = second.given[0] ?? [];
  t.equal(given[0], startMs - 500, 'not from the beginning of the call');
  t.ok(given.length > 100 && given.every((ms, nth) => ms === startMs - 500 + nth * FRAME_MS), 'every frame once, in order');
  t.strictSame(
    line.finals().map(({ text, engine }) => `${text} ${engine}`),
    ['Good morning. first', 'On the fourth of May. second'],
    'what was in a final is not told again',
  );
});

t.test('two answers that nobody has taken come both, in order', async (t) => {
  const clock = virtualClock();
  const first = scriptedEar('first', clock, () => ({ breaks: { afterFrames: 10, how: 'deaf' } }));
  const line = listening(clock, [first, modemSpeechToText()]);
  await line.carry(Buffer.concat([silence(600), speech('Yes.'), silence(700), speech('Well, no.'), silence(2500)]));
  t.strictSame(
    line.finals().map(({ text }) => text),
    ['Yes.', 'Well, no.'],
  );
  t.equal(line.asked.length, 2);
});

t.test('a long answer to a deaf ear is kept', async (t) => {
  const clock = virtualClock();
  const long = Array.from({ length: 46 }, (_, nth) => `number${nth}`).join(' ');
  const ears = ['first', 'second'].map((name) => scriptedEar(name, clock, () => ({ breaks: { afterFrames: 10, how: 'deaf' } })));
  const line = listening(clock, [...ears, modemSpeechToText()]);
  const answer = encodeWords(long, { speed: 2 }).muLaw;
  t.ok(answer.length / 8 > 9000 && answer.length / 8 < 13_000, `${answer.length / 8} ms`);
  await line.carry(Buffer.concat([silence(600), answer, silence(7000)]));
  t.equal(line.heard(), long);
  t.ok((line.finals()[0]?.atMs ?? 0) - (line.asked[0] ?? 0) <= 2400, 'each deaf ear costs one deadline');
});

t.test('where the audio is gone, the interim words of the ear before stand in, to be confirmed', async (t) => {
  const clock = virtualClock();
  const long = Array.from({ length: 90 }, (_, nth) => `number${nth}`).join(' ');
  const answer = speech(long);
  t.ok(answer.length / 8 > 30_000, 'longer than what is kept');
  const first = scriptedEar('first', clock, () => ({ breaks: { afterFrames: framesOf(answer) - 100, how: 'gives-up' } }));
  const line = listening(clock, [first, modemSpeechToText()]);
  await line.carry(Buffer.concat([silence(600), answer, silence(1000)]));
  t.equal(line.heard(), long);
  t.match(line.finals(), [{ confidence: 0.5, engine: 'modem' }]);
  const interims = line.events.filter((event) => event.kind === 'transcript-interim');
  t.ok(long.startsWith(interims[interims.length - 1]?.text ?? 'nothing'), 'interims go on as one text');
});

t.test('an ear that understands nothing does not take back what the one before had heard', async (t) => {
  const clock = virtualClock();
  const lead = silence(600);
  const afterFrames = framesOf(lead) + framesOf(speech('Yes, I can')) + 2;
  const first = scriptedEar('first', clock, () => ({ breaks: { afterFrames, how: 'gives-up' } }));
  const dull = scriptedEar('dull', clock, () => ({ isDull: true, isTerse: true }));
  const line = listening(clock, [first, dull]);
  await line.carry(Buffer.concat([lead, speech('Yes, I can work.'), silence(1000), speech('And more.'), silence(1000)]));
  t.match(line.finals(), [
    { text: 'Yes, I can', confidence: 0.5, engine: 'first' },
    { text: '', confidence: 0, engine: 'dull' },
  ]);
});

t.test('when the last ear fails the caller is told, once, and the events end', async (t) => {
  for (const hows of [
    ['gives-up', 'gives-up'],
    ['open-throws', 'deaf'],
    ['open-throws', 'open-throws'],
    ['deaf', 'events-throw'],
  ] as const) {
    const clock = virtualClock();
    const ears = hows.map((how, nth) => scriptedEar(`ear ${nth}`, clock, () => ({ breaks: { afterFrames: 60 * nth, how, failure: 'auth' } })));
    const line = listening(clock, ears);
    await line.carry(Buffer.concat([silence(600), speech('Yes, I can.'), silence(7000)]));
    t.equal(line.isOver(), true);
    t.match(line.events.pop(), { kind: 'recognition-failed', recovering: false });
    t.strictSame(line.finals(), []);
    t.equal(line.failures.length, 2);
    t.strictSame(
      ears.map((ear) => ear.ears),
      [0, 0],
    );
    line.ear.speechEnded(1);
    line.ear.close();
  }
});

t.test('the reason of the last failure is passed on in our words', async (t) => {
  const clock = virtualClock();
  const line = listening(clock, [scriptedEar('only', clock, () => ({ breaks: { afterFrames: 0, how: 'gives-up', failure: 'quota' } }))]);
  await line.carry(silence(100));
  t.match(line.events, [{ kind: 'recognition-failed', recovering: false, reason: 'the socket was dropped', failure: 'quota' }]);
});

t.test('an ear that recovers by itself goes on listening; what it lost is not owed any more', async (t) => {
  const clock = virtualClock();
  const answer = Buffer.concat([silence(600), speech('Yes, I can.'), silence(220)]);
  const first = scriptedEar('first', clock, () => ({ delayMs: 400, breaks: { afterFrames: framesOf(answer), how: 'recovers' } }));
  const line = listening(clock, [first, modemSpeechToText()]);
  await line.carry(Buffer.concat([answer, silence(100)]));
  t.match(line.events.at(-1), { kind: 'recognition-failed', recovering: true });
  await clock.advance(10_000);
  t.strictSame(line.failures, [], 'no final is waited for');
  t.equal(first.ears, 1);
});

t.test('the better ear is gone back to after its rest, when nobody speaks', async (t) => {
  const clock = virtualClock();
  const first = scriptedEar('first', clock, (nth) => (nth === 0 ? { breaks: { afterFrames: 20, how: 'gives-up' } } : {}));
  const line = listening(clock, [first, modemSpeechToText()]);
  const say = async (text: string) => line.carry(Buffer.concat([silence(600), speech(text), silence(600)]));
  await say('One.');
  await line.carry(silence(14_000));
  await say('Two.');
  await say('Three.');
  t.strictSame(
    line.finals().map(({ text, engine }) => `${text} ${engine}`),
    ['One. modem', 'Two. modem', 'Three. first'],
  );
  t.equal(first.told.length, 2);

  const badKey = scriptedEar('bad key', clock, () => ({ breaks: { afterFrames: 0, how: 'gives-up', failure: 'auth' } }));
  const other = listening(clock, [badKey, modemSpeechToText()]);
  await other.carry(Buffer.concat([silence(20_000), speech('One.'), silence(600), speech('Two.'), silence(600)]));
  t.equal(other.heard(), 'One. Two.');
  t.equal(badKey.told.length, 1, 'no second try with a key that is refused');
});

t.test('an ear is not changed while somebody speaks', async (t) => {
  const clock = virtualClock();
  const first = scriptedEar('first', clock, (nth) => (nth === 0 ? { breaks: { afterFrames: 0, how: 'gives-up' } } : {}));
  const line = listening(clock, [first, scriptedEar('second', clock, () => ({ delayMs: 700 }))]);
  await line.carry(Buffer.concat([silence(16_000), speech('One.'), silence(500), speech('Two, which is longer.'), silence(1500)]));
  await line.carry(Buffer.concat([speech('Three.'), silence(600)]));
  t.strictSame(
    line.finals().map(({ text, engine }) => `${text} ${engine}`),
    ['One. second', 'Two, which is longer. second', 'Three. first'],
  );
});

t.test('an ear whose rest is over is asked again before the caller is told that nobody listens', async (t) => {
  const clock = virtualClock();
  const first = scriptedEar('first', clock, (nth) => (nth === 0 ? { breaks: { afterFrames: 0, how: 'gives-up' } } : {}));
  const second = scriptedEar('second', clock, () => ({ breaks: { afterFrames: 1000, how: 'gives-up' } }));
  const line = listening(clock, [first, second]);
  await line.carry(Buffer.concat([silence(21_000), speech('Yes.'), silence(600)]));
  t.strictSame(
    line.finals().map(({ text, engine }) => `${text} ${engine}`),
    ['Yes. first'],
  );
});

t.test('speech that has begun and was not yet found by the detector is heard by the ear that takes over', async (t) => {
  const clock = virtualClock();
  const lead = silence(2000);
  const first = scriptedEar('first', clock, () => ({ breaks: { afterFrames: framesOf(lead) + 2, how: 'gives-up' } }));
  const second = scriptedEar('second', clock, () => ({}));
  const line = listening(clock, [first, second]);
  await line.carry(Buffer.concat([lead, speech('Yes.'), silence(600)]));
  t.ok((second.given[0]?.[0] ?? Number.NaN) <= 2000 - 300, 'with what came before it');
  t.equal(line.heard(), 'Yes.');
});

t.test('words that nobody asked for are told at once, and not again by the ear that takes over', async (t) => {
  const clock = virtualClock();
  const lead = silence(600);
  const unaskedAfterFrames = framesOf(lead) + framesOf(speech('Yes, I')) + 5;
  const breaks = { afterFrames: unaskedAfterFrames + 10, how: 'gives-up' } as const;
  const hasty = scriptedEar('hasty', clock, () => ({ unaskedAfterFrames, breaks }));
  const line = listening(clock, [hasty, modemSpeechToText()]);
  await line.carry(Buffer.concat([lead, speech('Yes, I can work.'), silence(600)]));
  t.strictSame(
    line.finals().map(({ text, engine }) => `${text} ${engine}`),
    ['Yes, I hasty', 'can work. modem'],
  );
  const quiet = listening(clock, [scriptedEar('quiet', clock, () => ({ unaskedAfterFrames: 5 }))]);
  await quiet.carry(silence(600));
  t.strictSame(quiet.events, [], 'unless there are none');
});

t.test('an ear that is known to be doing badly is asked last', async (t) => {
  const clock = virtualClock();
  const [first, second] = [
    scriptedEar('first', clock, () => ({})),
    scriptedEar('second', clock, () => ({ breaks: { afterFrames: 10, how: 'ends' } })),
  ];
  const line = listening(clock, [first, second], { isUsable: ({ name }) => name === 'second' });
  t.strictSame([first.told.length, second.told.length], [0, 1]);
  await line.carry(Buffer.concat([silence(600), speech('Yes.'), silence(600)]));
  t.match(line.finals(), [{ text: 'Yes.', engine: 'first' }]);
});

t.test('abort and close end everything at once', async (t) => {
  for (const how of ['call', 'close'] as const) {
    const clock = virtualClock();
    const first = scriptedEar('first', clock, () => ({ breaks: { afterFrames: 10, how: 'deaf' } }));
    const second = scriptedEar('second', clock, () => ({}));
    const line = listening(clock, [first, second]);
    await line.carry(Buffer.concat([silence(600), speech('Yes.'), silence(400)]));
    if (how === 'call') line.call.abort();
    else line.ear.close();
    await clock.advance(10_000);
    await line.reading;
    t.strictSame([first.ears, second.told.length, line.failures.length, line.finals().length], [0, 0, 0, 0]);
  }
  const clock = virtualClock();
  const first = scriptedEar('first', clock, () => ({}));
  const gone = failoverSpeechToText([first], { clock, random: processRandom(), onFailure: () => undefined, onServed: () => undefined });
  const events: TranscriptEvent[] = [];
  for await (const event of gone.open({ format: { encoding: 'mulaw', sampleRateHz: 8000 }, language: 'en', keyterms: [] }, AbortSignal.abort())
    .events)
    events.push(event);
  t.strictSame([events, first.told], [[], []]);
});

const plan = fc.record(
  {
    delayMs: fc.constantFrom(0, 100, 300, 900),
    isTerse: fc.boolean(),
    breaks: fc.record({
      afterFrames: fc.integer({ min: 0, max: 500 }),
      how: fc.constantFrom<EarBreak[]>(...LOST, 'open-throws'),
    }),
  },
  { requiredKeys: [] },
);
const answers = fc.array(
  fc.record({
    words: fc.array(fc.constantFrom('yes', 'No,', 'I', 'can', 'nights.', 'twenty-four', 'naïve', 'Monday,'), { minLength: 1, maxLength: 8 }),
    pauseMs: fc.integer({ min: 15, max: 90 }).map((frames) => frames * FRAME_MS),
  }),
  { minLength: 1, maxLength: 4 },
);

t.test('whatever two ears do, words heard are the words said: each once, one final for each stretch, in bounded time', async (t) => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(answers, fc.array(plan, { minLength: 4, maxLength: 4 }), async (said, plans: EarPlan[]) => {
      const clock = virtualClock();
      const ears = ['one', 'two'].map((name, at) => scriptedEar(name, clock, (nth) => plans[(at + 2 * nth) % plans.length]));
      const line = listening(clock, [...ears, modemSpeechToText()]);
      await line.carry(
        Buffer.concat([silence(600), ...said.flatMap(({ words, pauseMs }) => [speech(words.join(' ')), silence(pauseMs)]), silence(400)]),
      );
      await clock.advance(12_000);
      for (const failure of line.failures) seen.add(failure);
      const finals = line.finals();
      const isPunctual = finals.every(({ atMs }, nth) => atMs - (line.asked[nth] ?? Number.NaN) <= 2 * 1200 + 900 + STEP_MS);
      const hasFailed = line.events.some((event) => event.kind === 'recognition-failed');
      return line.heard() === said.flatMap(({ words }) => words).join(' ') && finals.length === line.asked.length && isPunctual && !hasFailed;
    }),
    { numRuns: runs(50) },
  );
  t.ok(seen.size >= 5, `the runs met failures of both ears: ${[...seen].sort().join(', ')}`);
});
