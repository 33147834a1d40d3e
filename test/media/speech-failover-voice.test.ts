import { setImmediate as turnOfLoop } from 'node:timers/promises';
import t from 'tap';
import { bytesPerMsOf } from '../../media/audio/line-format.js';
import type { EngineServed } from '../../media/speech/engine-bench.js';
import { failoverTextToSpeech } from '../../media/speech/failover-text-to-speech.js';
import { modemTextToSpeech } from '../../media/speech/modem.js';
import { createModemDecoder } from '../../media/speech/modem-decoder.js';
import { createSpokenProgress } from '../../media/speech/spoken-progress.js';
import { toWords } from '../../media/speech/words.js';
import { EngineError } from '../../schemas/engine-error.js';
import type { SpokenAudio, TextToSpeech, VoiceOptions } from '../../schemas/ports/speech.js';
import { processRandom, virtualClock } from '../../server/runtime.js';
import { scriptedVoice, type VoicePlan } from '../fixtures/media/scripted-voice.js';
import { fc, runs } from '../fixtures/properties.js';

const OPTIONS: VoiceOptions = { format: { encoding: 'mulaw', sampleRateHz: 8000 }, language: 'en-US', voice: 'default', speed: 1 };
const TEXT = 'Can you work nights at the warehouse by the river?';

/** A call's voice made of several, in virtual time, with what it told about them. */
const mouthOf = (clock: ReturnType<typeof virtualClock>, engines: TextToSpeech[], more: Partial<Parameters<typeof failoverTextToSpeech>[1]> = {}) => {
  const failures: string[] = [];
  const served: ({ engine: string } & EngineServed)[] = [];
  const call = new AbortController();
  const textToSpeech = failoverTextToSpeech(engines, {
    clock,
    random: processRandom(),
    onFailure: (engine, error) => failures.push(`${engine.name}: ${error instanceof EngineError ? error.failure : String(error)}`),
    onServed: (engine, details) => served.push({ engine: engine.name, ...details }),
    ...more,
  });
  const voice = textToSpeech.open(OPTIONS, call.signal);
  return {
    name: textToSpeech.name,
    voice,
    call,
    failures,
    served,
    /** Says a text to its end, as fast as its audio can be had. */
    async say(text: string, turn = new AbortController()) {
      const pieces: (SpokenAudio & { atMs: number })[] = [];
      const startedMs = clock.monotonic();
      let tookMs = 0;
      let outcome: { error: unknown } | 'said' | undefined;
      const speaking = (async () => {
        try {
          for await (const piece of voice.speak(text, turn.signal)) pieces.push({ ...piece, atMs: clock.monotonic() - startedMs });
          outcome = 'said';
        } catch (error) {
          outcome = { error };
        }
        tookMs = clock.monotonic() - startedMs;
      })();
      await turnOfLoop();
      for (let n = 0; n < 300 && !outcome; n += 1) await clock.advance(250);
      if (!outcome) throw new Error('the voice never came to an end');
      await speaking;
      return {
        error: outcome === 'said' ? undefined : outcome.error,
        pieces,
        tookMs,
        text: textOf(pieces.flatMap((piece) => piece.words)),
        /** What an ear makes of the audio. */
        heard: textOf(decode(Buffer.concat(pieces.map((piece) => piece.audio)))),
        by: [...new Set(pieces.map((piece) => piece.engine))],
      };
    },
  };
};
const textOf = (words: readonly { text: string }[]) => words.map((word) => word.text).join(' ');
const decode = (audio: Buffer) => {
  const decoder = createModemDecoder();
  return Array.from({ length: audio.length / 160 }, (_, nth) => decoder.push(audio.subarray(nth * 160, (nth + 1) * 160), nth * 20)).flat();
};

/** Silences of someone who hears the pieces as they come. */
const silencesOf = (pieces: readonly (SpokenAudio & { atMs: number })[]) => {
  const silences: number[] = [];
  let untilMs = 0;
  for (const piece of pieces.filter(({ audio }) => audio.length > 0)) {
    if (piece.atMs > untilMs) silences.push(piece.atMs - untilMs);
    untilMs = Math.max(untilMs, piece.atMs) + piece.audio.length / 8;
  }
  return silences;
};

t.test('each way to fail, before and after some audio: the next voice says exactly the rest', async (t) => {
  const cases: { name: string; plan: VoicePlan; failure: string; rest: string; byMs: number }[] = [
    { name: 'throws before any audio', plan: { breaks: { afterWords: 0, how: 'throws' } }, failure: 'unavailable', rest: TEXT, byMs: 0 },
    { name: 'gives no audio', plan: { breaks: { afterWords: 0, how: 'ends' } }, failure: 'malformed', rest: TEXT, byMs: 0 },
    { name: 'never begins', plan: { breaks: { afterWords: 0, how: 'stalls' } }, failure: 'timeout', rest: TEXT, byMs: 1200 },
    { name: 'never begins and cannot be stopped', plan: { breaks: { afterWords: 0, how: 'hangs' } }, failure: 'timeout', rest: TEXT, byMs: 1200 },
    { name: 'begins too late', plan: { firstMs: 1300 }, failure: 'timeout', rest: TEXT, byMs: 1200 },
    {
      name: 'throws in the middle',
      plan: { firstMs: 100, breaks: { afterWords: 3, how: 'throws' } },
      failure: 'unavailable',
      rest: 'nights at the warehouse by the river?',
      byMs: 100,
    },
    {
      name: 'throws in a word that it has not named',
      plan: { breaks: { afterWords: 3, how: 'throws', half: 'unnamed' } },
      failure: 'unavailable',
      rest: 'nights at the warehouse by the river?',
      byMs: 0,
    },
    {
      name: 'throws in a word that it has named',
      plan: { breaks: { afterWords: 3, how: 'throws', half: 'named' } },
      failure: 'unavailable',
      rest: 'nights at the warehouse by the river?',
      byMs: 0,
    },
    {
      name: 'stops as if it had said all',
      plan: { wordsPerPiece: 2, breaks: { afterWords: 8, how: 'ends' } },
      failure: 'malformed',
      rest: 'the river?',
      byMs: 0,
    },
    {
      name: 'stops in a word that it has named',
      plan: { breaks: { afterWords: 0, how: 'ends', half: 'named' } },
      failure: 'malformed',
      rest: TEXT,
      byMs: 0,
    },
    {
      name: 'stalls in the middle',
      plan: { firstMs: 200, wordsPerPiece: 2, betweenMs: 100, breaks: { afterWords: 4, how: 'stalls' } },
      failure: 'timeout',
      rest: 'at the warehouse by the river?',
      byMs: 1800,
    },
  ];
  for (const { name, plan, failure, rest, byMs } of cases) {
    const clock = virtualClock();
    const first = scriptedVoice('first', clock, () => plan);
    const second = scriptedVoice('second', clock, () => ({}));
    const mouth = mouthOf(clock, [first, second]);
    const said = await mouth.say(TEXT);
    t.equal(said.error, undefined, name);
    t.equal(said.text, TEXT, `${name}: every word is passed on once`);
    t.equal(said.heard, TEXT, `${name}: and heard once`);
    t.strictSame(second.asked, [rest], `${name}: the second is asked for the rest`);
    t.strictSame(mouth.failures, [`first: ${failure}`], name);
    t.ok(said.tookMs <= byMs, `${name}: as soon as it is known`);
    t.match(
      mouth.served.filter(({ engine }) => engine === 'second'),
      [{ latencyMs: 0, failedBefore: 1 }],
      name,
    );
    t.equal(said.pieces[said.pieces.length - 1]?.engine, 'second', name);
  }
});

t.test('before its first sound a text is silent for 2 s at most, since the turn before it was silent already', async (t) => {
  const cases: { name: string; one: VoicePlan; two: VoicePlan; longestMs: number }[] = [
    { name: 'neither begins', one: { breaks: { afterWords: 0, how: 'stalls' } }, two: { breaks: { afterWords: 0, how: 'stalls' } }, longestMs: 2000 },
    { name: 'the second begins in time', one: { breaks: { afterWords: 0, how: 'stalls' } }, two: { firstMs: 700 }, longestMs: 1900 },
    { name: 'one stalls after a word', one: { breaks: { afterWords: 1, how: 'stalls' } }, two: { firstMs: 1100 }, longestMs: 2400 },
  ];
  for (const { name, one, two, longestMs } of cases) {
    const clock = virtualClock();
    const last = scriptedVoice('last', clock, () => ({}));
    const mouth = mouthOf(clock, [scriptedVoice('one', clock, () => one), scriptedVoice('two', clock, () => two), last]);
    const said = await mouth.say(TEXT);
    t.equal(said.text, TEXT, name);
    t.equal(Math.max(...silencesOf(said.pieces)), longestMs, `${name}: ${longestMs} ms`);
    t.equal(last.asked.length, two.breaks ? 1 : 0, name);
  }
});

t.test('a failure after the last word ends the text', async (t) => {
  for (const how of ['throws', 'stalls'] as const) {
    const clock = virtualClock();
    const first = scriptedVoice('first', clock, () => ({ breaks: { afterWords: toWords(TEXT).length, how } }));
    const second = scriptedVoice('second', clock, () => ({}));
    const mouth = mouthOf(clock, [first, second]);
    const said = await mouth.say(TEXT);
    t.equal(said.text, TEXT);
    t.equal(said.error, undefined);
    t.strictSame(second.asked, []);
    t.equal(mouth.failures.length, 1);
  }
});

t.test('a healthy voice does all the work, however unevenly its audio comes', async (t) => {
  const clock = virtualClock();
  const first = scriptedVoice('first', clock, () => ({ firstMs: 1100, wordsPerPiece: 1, betweenMs: 200 }));
  const second = scriptedVoice('second', clock, () => ({}));
  const mouth = mouthOf(clock, [first, second]);
  const said = await mouth.say(TEXT);
  t.equal(mouth.name, 'first/second');
  t.equal(said.heard, TEXT);
  t.strictSame(said.by, ['first']);
  t.strictSame(mouth.failures, []);
  t.strictSame(mouth.served, [{ engine: 'first', latencyMs: 1100, failedBefore: 0 }]);
  t.strictSame([first.voices, second.voices], [1, 0], 'the others are not even opened');
  mouth.voice.close();
  t.equal(first.voices, 0);
});

t.test('a reader that takes its time is no stall', async (t) => {
  const clock = virtualClock();
  const first = scriptedVoice('first', clock, () => ({ wordsPerPiece: 1 }));
  const mouth = mouthOf(clock, [first]);
  const words: string[] = [];
  for await (const piece of mouth.voice.speak(TEXT, new AbortController().signal)) {
    words.push(...piece.words.map((word) => word.text));
    await clock.advance(3000);
  }
  t.equal(words.join(' '), TEXT);
  t.strictSame(mouth.failures, []);
});

t.test('a voice that failed rests 15 s, then longer; one that needs a person is out for the call', async (t) => {
  const broken: VoicePlan = { breaks: { afterWords: 0, how: 'throws' } };
  const clock = virtualClock();
  const first = scriptedVoice('first', clock, () => broken);
  const second = scriptedVoice('second', clock, () => ({}));
  const mouth = mouthOf(clock, [first, second], { random: { ...processRandom(), next: () => 0 } });
  const asksFirst = async () => {
    const before = first.asked.length;
    t.equal((await mouth.say('Hello there.')).heard, 'Hello there.');
    return first.asked.length > before;
  };
  t.equal(await asksFirst(), true);
  t.equal(first.voices, 0, 'the broken voice is closed');
  await clock.advance(14_900);
  t.equal(await asksFirst(), false);
  await clock.advance(200);
  t.equal(await asksFirst(), true, 'tried again');
  await clock.advance(29_000);
  t.equal(await asksFirst(), false);
  await clock.advance(1000);
  t.equal(await asksFirst(), true);

  for (const failure of ['auth', 'quota'] as const) {
    const badKey = scriptedVoice('bad key', clock, () => ({ breaks: { afterWords: 0, how: 'throws', failure } }));
    const other = mouthOf(clock, [badKey, second]);
    t.equal((await other.say('Hello there.')).heard, 'Hello there.');
    await clock.advance(600_000);
    t.equal((await other.say('Hello again.')).heard, 'Hello again.');
    t.equal(badKey.asked.length, 1, `${failure}: never again`);
    const alone = mouthOf(clock, [badKey]);
    await alone.say('Hello there.');
    t.match((await alone.say('Hello again.')).error, { name: 'EngineError', failure: 'unavailable' }, 'nobody is asked when nobody is left');
  }
});

t.test('when all fail the last error is thrown, and all are asked again rather than nobody', async (t) => {
  const clock = virtualClock();
  let broken = true;
  const plan = (): VoicePlan => (broken ? { breaks: { afterWords: 2, how: 'throws', failure: 'rate-limited' } } : {});
  const first = scriptedVoice('first', clock, plan);
  const other: TextToSpeech = {
    name: 'other',
    open: () => {
      throw new TypeError('cannot even be opened');
    },
  };
  const mouth = mouthOf(clock, [first, other]);
  const said = await mouth.say('One two three four.');
  t.match(said.error, { name: 'EngineError', engine: 'other', failure: 'unavailable', cause: { name: 'TypeError' } });
  t.equal(said.heard, 'One two', 'what was said stays said');
  t.notMatch(String(said.error), /cannot/, 'the words of a foreign error are kept out of the message');
  broken = false;
  t.equal((await mouth.say('One two three four.')).heard, 'One two three four.');
  t.throws(() => failoverTextToSpeech([], { clock, random: processRandom(), onFailure: () => undefined, onServed: () => undefined }));
});

t.test('engines that are known to be doing badly are asked last', async (t) => {
  const clock = virtualClock();
  const first = scriptedVoice('first', clock, () => ({}));
  const second = scriptedVoice('second', clock, (nth) => (nth === 1 ? { breaks: { afterWords: 3, how: 'throws' } } : {}));
  let usable = ['second'];
  const mouth = mouthOf(clock, [first, second], { isUsable: ({ name }) => usable.includes(name) });
  t.strictSame([first.voices, second.voices], [0, 1]);
  t.strictSame((await mouth.say(TEXT)).by, ['second']);
  const saved = await mouth.say(TEXT);
  t.strictSame([saved.by, saved.heard], [['second', 'first'], TEXT], 'rather a doubtful voice than none');
  usable = [];
  t.strictSame((await mouth.say(TEXT)).by, ['first']);
});

t.test('a voice that has nobody behind it is waited for a little longer', async (t) => {
  const clock = virtualClock();
  const slow = scriptedVoice('slow', clock, () => ({ firstMs: 2000, wordsPerPiece: 5, betweenMs: 1700 }));
  t.equal((await mouthOf(clock, [slow]).say(TEXT)).heard, TEXT);
  const dead = scriptedVoice('dead', clock, () => ({ breaks: { afterWords: 0, how: 'hangs' } }));
  const alone = await mouthOf(clock, [dead]).say(TEXT);
  t.match(alone.error, { failure: 'timeout', engine: 'dead', message: 'no audio within 3900 ms' });
  t.equal(alone.tookMs, 3900);
  const both = await mouthOf(clock, [scriptedVoice('dead too', clock, () => ({ firstMs: 9000 })), dead]).say(TEXT);
  t.match(both.error, { failure: 'timeout', engine: 'dead' });
  t.equal(both.tookMs, 3900, 'all voices together');
});

t.test('nobody goes on speaking after an abort, and nothing is taken for a failure', async (t) => {
  for (const how of ['stalls', 'hangs'] as const) {
    for (const who of ['turn', 'call', 'close'] as const) {
      const clock = virtualClock();
      const first = scriptedVoice('first', clock, () => ({ breaks: { afterWords: 1, how } }));
      const second = scriptedVoice('second', clock, () => ({}));
      const mouth = mouthOf(clock, [first, second]);
      const turn = new AbortController();
      clock.after(500, () => (who === 'turn' ? turn.abort() : who === 'call' ? mouth.call.abort() : mouth.voice.close()));
      const said = await mouth.say(TEXT, turn);
      t.equal(said.error, undefined);
      t.ok(said.tookMs <= 500);
      t.strictSame([second.asked, mouth.failures], [[], []]);
    }
  }
});

t.test('a reader that leaves stops the voice behind it', async (t) => {
  const clock = virtualClock();
  const first = scriptedVoice('first', clock, () => ({ wordsPerPiece: 1 }));
  const mouth = mouthOf(clock, [first]);
  for await (const _ of mouth.voice.speak(TEXT, new AbortController().signal)) break;
  await turnOfLoop();
  t.equal(first.speaking, 0);
  t.strictSame(mouth.failures, []);
});

t.test('texts said at the same time do not take the voice from each other', async (t) => {
  const clock = virtualClock();
  const first = scriptedVoice('first', clock, (nth) =>
    nth === 0 ? { wordsPerPiece: 1, betweenMs: 500 } : { breaks: { afterWords: 1, how: 'throws' } },
  );
  const second = scriptedVoice('second', clock, () => ({}));
  const mouth = mouthOf(clock, [first, second]);
  const [slow, broken, too] = await Promise.all([mouth.say('One two three four five.'), mouth.say(TEXT), mouth.say(TEXT)]);
  t.equal(slow?.heard, 'One two three four five.');
  t.strictSame(slow?.by, ['first'], 'it was being served and is served to its end');
  for (const said of [broken, too]) t.equal(said?.heard, TEXT);
  t.strictSame(mouth.failures, ['first: unavailable'], 'one voice has failed once');
  t.equal(first.voices, 0);
});

t.test('texts without a sound of their own are no failure', async (t) => {
  const clock = virtualClock();
  const mute = scriptedVoice('mute', clock, () => ({ breaks: { afterWords: 0, how: 'ends' } }));
  const second = scriptedVoice('second', clock, () => ({}));
  const mouth = mouthOf(clock, [mute, second]);
  for (const text of ['', '  ', '—', '👍']) t.equal((await mouth.say(text)).error, undefined);
  t.strictSame(mouth.failures, []);
});

t.test('audio is measured in the format of the call', async (t) => {
  const encodings = [
    ['mulaw', 8000, 8],
    ['pcm16le', 8000, 16],
    ['pcm16le', 16_000, 32],
  ] as const;
  for (const [encoding, sampleRateHz, bytes] of encodings) t.equal(bytesPerMsOf({ encoding, sampleRateHz }), bytes);
});

t.test('words are told with the piece in which they end, whatever the voice does', async (t) => {
  const piece = (ms: number, ...words: [string, number, number][]): SpokenAudio => ({
    audio: Buffer.alloc(ms * 8, 0xff),
    words: words.map(([text, start_ms, end_ms]) => ({ text, start_ms, end_ms })),
  });
  t.test('a word that outlasts its piece', async (t) => {
    const progress = createSpokenProgress('one two three', 8);
    t.strictSame(progress.take(piece(300, ['one', 0, 200], ['two', 220, 420])).words, [{ text: 'one', start_ms: 0, end_ms: 200 }]);
    t.equal(progress.rest(), 'two three');
    t.strictSame(progress.take(piece(300, ['three', 140, 320])).words, [
      { text: 'two', start_ms: -80, end_ms: 120 },
      { text: 'three', start_ms: 140, end_ms: 300 },
    ]);
    t.equal(progress.rest(), '');
    t.strictSame(progress.finish(), []);
  });
  t.test('word times that reach beyond the last audio', async (t) => {
    const progress = createSpokenProgress('one two', 8);
    t.strictSame(progress.take(piece(300, ['one', 0, 200], ['two', 220, 900])).words.length, 1);
    t.strictSame(progress.finish(), [{ text: 'two', start_ms: -80, end_ms: 0 }]);
    t.equal(progress.rest(), '');
    t.equal(progress.isCutShort, false);
  });
  t.test('a voice that spells out what is written: rather twice than lost', async (t) => {
    const cases: [string, string[], string][] = [
      ['It pays $18 an hour', ['It', 'pays', 'eighteen'], '$18 an hour'],
      ['It pays $18 an hour', ['It', 'pays', 'eighteen', 'dollars', 'an'], 'hour'],
      ['Call 2 people to ask', ['call', 'to'], '2 people to ask'],
      ['Call 2 people to ask', ['call', 'to', 'people'], 'to ask'],
      ['Well — yes', ['Well', 'yes'], ''],
      ['"Yes," he said', ['yes', 'He'], 'said'],
    ];
    for (const [text, named, rest] of cases) {
      const progress = createSpokenProgress(text, 8);
      progress.take(piece(1000, ...named.map((word): [string, number, number] => [word, 0, 10])));
      t.equal(progress.rest(), rest);
      progress.finish();
      t.equal(progress.isCutShort, rest === 'said', 'only one that names the words as they are written is known to have stopped too early');
    }
  });
});

const breaks = (words: number) =>
  fc.record(
    {
      firstMs: fc.integer({ min: 0, max: 1500 }),
      betweenMs: fc.integer({ min: 0, max: 1800 }),
      wordsPerPiece: fc.integer({ min: 1, max: 5 }),
      breaks: fc.record(
        {
          afterWords: fc.integer({ min: 0, max: words }),
          how: fc.constantFrom('throws' as const, 'stalls' as const, 'hangs' as const, 'ends' as const),
          half: fc.constantFrom('named' as const, 'unnamed' as const),
        },
        { requiredKeys: ['afterWords', 'how'] },
      ),
    },
    { requiredKeys: [] },
  );
const spokenWord = fc.oneof(
  fc.constantFrom('yes', 'No,', 'the', 'the', '$18.50', 'dana.reyes@example.com', 'naïve', 'nights?', 'Ünïcødé!', '"Hi."', '24/7'),
  fc.string({ unit: fc.constantFrom(...'abcdefghij'), minLength: 1, maxLength: 14 }),
);

t.test('whatever two voices do, a third says what they left out: every word once, less than 4 s of silence in sum', async (t) => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc
        .array(spokenWord, { minLength: 1, maxLength: 14 })
        .chain((words) => fc.tuple(fc.constant(words.join(' ')), fc.tuple(breaks(words.length), breaks(words.length)))),
      async ([text, [one, two]]) => {
        const clock = virtualClock();
        const engines = [scriptedVoice('one', clock, () => one), scriptedVoice('two', clock, () => two), modemTextToSpeech()];
        const mouth = mouthOf(clock, engines);
        const said = await mouth.say(text);
        for (const failure of mouth.failures) seen.add(failure);
        const askedOnce = new Set(mouth.served.map(({ engine }) => engine)).size === mouth.served.length;
        // Someone who hears each piece as it comes, and someone who hears it when the next has come (agent-speech.ts).
        const late = said.pieces.map((piece, nth) => ({ ...piece, atMs: said.pieces[nth + 1]?.atMs ?? piece.atMs }));
        const silenceMs = Math.max(...[said.pieces, late].map((pieces) => silencesOf(pieces).reduce((sum, ms) => sum + ms, 0)));
        return !said.error && said.text === text && said.heard === text && silenceMs < 4000 && askedOnce;
      },
    ),
    { numRuns: runs(120) },
  );
  t.ok(seen.size >= 6, `the runs met failures of both voices: ${[...seen].sort().join(', ')}`);
});
