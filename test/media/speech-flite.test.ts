import t from 'tap';
import { muLawToPcm } from '../../media/audio/g711.js';
import { FLITE_VOICES, fliteTextToSpeech } from '../../media/speech/flite.js';
import { alignWords, parseSoundGroups, parseTimedSounds, toListedText, toSpokenWord } from '../../media/speech/flite-alignment.js';
import { createSynthesisCache } from '../../media/speech/synthesis-cache.js';
import { toSpokenPieces, toWords } from '../../media/speech/words.js';
import { shareWorker, startWorker } from '../../media/speech/worker-start.js';
import { createVoiceDetector } from '../../media/vad.js';
import type { AudioFormat } from '../../schemas/ports/speech.js';
import { fc } from '../fixtures/properties.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';

// Real synthesis: a busy machine needs longer than the default of a file.
t.setTimeout(TIME_LIMIT_MS);

const MU_LAW: AudioFormat = { encoding: 'mulaw', sampleRateHz: 8000 };
const textOf = (words: readonly { text: string }[]) => words.map((word) => word.text).join(' ');

t.test('texts are cut into spoken pieces', async (t) => {
  const cases: [string, number, string[]][] = [
    ['Hello there. How are you?', 200, ['Hello there.', 'How are you?']],
    ['Ask Dr. Smith, e.g. by phone, at 3.5 dollars! Ok', 200, ['Ask Dr. Smith, e.g. by phone, at 3.5 dollars!', 'Ok']],
    ['He said "stop." Then left', 200, ['He said "stop."', 'Then left']],
    ['one two three four', 9, ['one two', 'three', 'four']],
    ['incomprehensibilities so', 5, ['incomprehensibilities', 'so']],
    ['  ', 200, []],
  ];
  for (const [text, max, pieces] of cases) t.strictSame(toSpokenPieces(text, max), pieces);
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 1, max: 50 }),
      (text, max) => toSpokenPieces(text, max).flatMap(toWords).join(' ') === toWords(text).join(' '),
    ),
  );
});

t.test('words are written for flite and matched with its sounds', async (t) => {
  t.test('with the characters that it knows', async (t) => {
    const cases: [string, string][] = [
      ['café', 'cafe'],
      ['don’t', "don't"],
      ['“Yes.”', '"Yes."'],
      ['Łukasz', 'Lukasz'],
      ['€18', 'euro 18'],
      ['—', ''],
      ['👍', ''],
      ['日本', ''],
      ['...', ''],
      ['$18.50', '$18.50'],
    ];
    for (const [text, spoken] of cases) t.strictSame(toSpokenWord(text), { text, spoken });
    t.equal(toListedText(['Hello', 'there,', 'J.', '$5?'].map(toSpokenWord)), 'Hello, there, J, $5,');
  });
  t.test('as flite prints them', async (t) => {
    t.strictSame(parseTimedSounds('pau:0.164 hh:0.255 \n'), [
      { name: 'pau', startMs: 0, endMs: 164 },
      { name: 'hh', startMs: 164, endMs: 255 },
    ]);
    t.strictSame(parseTimedSounds(''), []);
    t.strictSame(parseSoundGroups('pau y eh s pau n ow pau \n'), [
      ['y', 'eh', 's'],
      ['n', 'ow'],
    ]);
  });
  t.test('even where the voices differ in a sound, have one more, or a word is silent', async (t) => {
    const words = ['Dr.', '👍', 'Call', 'me'].map(toSpokenWord);
    const listed = [['d', 'r', 'ay', 'v'], [], ['k', 'ao', 'l'], ['m', 'iy']];
    const sounds = parseTimedSounds('pau:0.1 d:0.2 aa:0.3 k:0.4 t:0.5 er:0.6 k:0.7 aa:0.8 l:0.9 pau:1.1 hh:1.15 m:1.2 iy:1.3 pau:1.5');
    t.strictSame(
      alignWords(words, listed, sounds).map(({ text, start_ms, end_ms }) => [text, Math.round(start_ms), Math.round(end_ms)]),
      [
        ['Dr.', 100, 600],
        ['👍', 600, 600],
        ['Call', 600, 900],
        ['me', 1100, 1300],
      ],
    );
  });
  t.test('and whatever it prints, words keep their order and never overlap', async () => {
    const sound = fc.constantFrom('pau', 'aa', 'k', 's', 'iy', 't');
    fc.assert(
      fc.property(
        fc.array(
          fc.array(
            sound.filter((name) => name !== 'pau'),
            { maxLength: 4 },
          ),
          { maxLength: 6 },
        ),
        fc.array(sound, { maxLength: 20 }),
        (listed, names) => {
          const words = listed.map((_, nth) => toSpokenWord(`w${nth}`));
          const sounds = parseTimedSounds(names.map((name, nth) => `${name}:${(nth + 1) / 10}`).join(' '));
          const placed = alignWords(words, listed, sounds);
          return (
            placed.length === words.length &&
            placed.every((word, nth) => word.end_ms >= word.start_ms && word.start_ms >= (placed[nth - 1]?.end_ms ?? 0))
          );
        },
      ),
    );
  });
});

t.test('the cache drops what was used least recently', async (t) => {
  const cache = createSynthesisCache(300);
  const entry = { muLaw: Buffer.alloc(100), words: [] };
  for (const key of ['a', 'b', 'c']) cache.keep(key, entry);
  cache.find('a');
  cache.keep('d', entry);
  cache.keep('d', entry);
  t.strictSame(
    ['a', 'b', 'c', 'd'].map((key) => cache.find(key) !== undefined),
    [true, false, true, true],
  );
});

const worker = (body: string) =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort as port } from 'node:worker_threads'; let ready = () => port.postMessage({ ready: true }); ${body}`)}`,
  );
const ECHO = `port.on('message', ({ id, request }) => {
  if (request === 'die') process.exit(3);
  if (request === 'throw') setImmediate(() => { throw new Error('broken inside'); });
  else if (request === 'refuse') port.postMessage({ id, ok: false, reason: 'not like this' });
  else if (request !== 'hang') port.postMessage({ id, ok: true, value: request });
}); ready();`;

t.test('an engine worker', async (t) => {
  const make = (t: { teardown(run: () => unknown): void }, body = ECHO, deadlineMs = 5000) => {
    const made = startWorker({ name: 'parrot', module: worker(body), deadlineMs });
    t.teardown(() => made.close());
    return made;
  };
  t.test('answers in order, and a refusal is for one request only', async (t) => {
    const parrot = make(t);
    t.equal(parrot.isIdle(), true);
    const answers = Promise.allSettled(['a', 'refuse', 'b'].map((body) => parrot.request(body)));
    t.equal(parrot.isIdle(), false);
    t.match(await answers, [{ value: 'a' }, { reason: { message: /not like this/, crashed: false } }, { value: 'b' }]);
  });
  for (const [how, reason] of [
    ['die', /code 3/],
    ['throw', /broken inside/],
  ] as const) {
    t.test(`that crashes (${how}) fails the request in flight; those that wait go to the next thread`, async (t) => {
      const parrot = make(t);
      t.match(await Promise.allSettled([parrot.request(how), parrot.request('after')]), [
        { reason: { crashed: true, message: reason } },
        { value: 'after' },
      ]);
    });
  }
  t.test('that hangs is ended at the deadline', async (t) => {
    const parrot = make(t, ECHO, 300);
    t.match(await Promise.allSettled([parrot.request('hang'), parrot.request('after')]), [
      { reason: { crashed: true, message: /within 300 ms/ } },
      { value: 'after' },
    ]);
  });
  t.test('that is told to crash does so', async (t) => {
    const parrot = make(t);
    await parrot.warm();
    const open = t.rejects(parrot.request('hang'), { crashed: true, message: /told to crash/ });
    parrot.crash();
    await open;
    t.equal(await parrot.request('again'), 'again');
  });
  t.test('that cannot start fails at once after three tries', async (t) => {
    const parrot = make(t, 'process.exit(1);');
    await t.rejects(parrot.request('a'), { crashed: true, message: /3 times in a row/ });
    await t.rejects(parrot.request('b'), { message: /3 times in a row/ });
    await parrot.warm();
  });
  t.test('drops aborted requests, whether they wait or run', async (t) => {
    const parrot = make(t);
    const [first, second] = [new AbortController(), new AbortController()];
    const told = Promise.allSettled([
      parrot.request('hang', first.signal),
      parrot.request('a', second.signal),
      parrot.request('b', AbortSignal.abort('before')),
    ]);
    first.abort('running');
    second.abort('waiting');
    t.match(await told, [{ reason: 'running' }, { reason: 'waiting' }, { reason: 'before' }]);
  });
  t.test('refuses more than can wait, and rejects what is open when it closes', async (t) => {
    const parrot = make(t);
    const open = Promise.allSettled(Array.from({ length: 80 }, () => parrot.request('hang')));
    await parrot.close();
    const told = await open;
    t.ok(told.every((one) => one.status === 'rejected'));
    t.match(told.at(-1), { reason: { message: /too much to do/, crashed: false } });
    t.equal(await parrot.request('reopened'), 'reopened');
  });
  t.test('is shared by its users and closed by the last', async (t) => {
    const use = shareWorker({ name: 'parrot', module: worker(ECHO), deadlineMs: 5000 });
    const [one, two] = [use(undefined), use(undefined)];
    t.equal(one.worker, two.worker);
    await one.release();
    await one.release();
    t.equal(await two.worker.request('still here'), 'still here');
    await two.release();
    const three = use(undefined);
    t.not(three.worker, one.worker);
    await three.release();
  });
});

const levelDb = (samples: Int16Array) =>
  10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length) / 32_768 ** 2 + 1e-12);

t.test('flite', async (t) => {
  const log: string[] = [];
  const flite = fliteTextToSpeech({ onSynthesis: ({ text, voice }) => log.push(`${voice}: ${text}`) });
  t.teardown(() => flite.close());
  await flite.warm();
  const say = (text: string, voice = 'slt', speed = 1) => flite.synthesise(text, { voice, speed });

  const SENTENCE = 'Hello, this is a test. Call me, please, at 415-555-0123.';
  for (const voice of FLITE_VOICES) {
    t.test(`${voice} speaks at line level, in whole frames, without silence around it`, async (t) => {
      const { muLaw, words } = await say(SENTENCE, voice);
      t.equal(textOf(words), SENTENCE);
      t.equal(muLaw.length % 160, 0);
      const lengthMs = muLaw.length / 8;
      t.ok(lengthMs > 4000 && lengthMs < 14_000);
      const samples = muLawToPcm(muLaw);
      const blocks = Array.from({ length: Math.floor(samples.length / 80) }, (_, i) => levelDb(samples.subarray(i * 80, i * 80 + 80)));
      const isLoud = (db: number) => db > -48;
      t.ok(blocks.findIndex(isLoud) * 10 <= 100, 'begins at once');
      t.ok((blocks.length - blocks.findLastIndex(isLoud)) * 10 <= 100, 'ends at once');
      const loudest = Math.max(...blocks);
      const active = blocks.filter((db) => db > loudest - 30).map((db) => 10 ** (db / 10));
      const speech = 10 * Math.log10(active.reduce((sum, power) => sum + power, 0) / active.length);
      t.ok(Math.abs(speech - -20) < 3, `${speech.toFixed(1)} dBFS`);
    });
    t.test(`${voice} tells true word ends: where the sound pauses, a word has ended`, async (t) => {
      const { muLaw, words } = await say('No, tomorrow, maybe, hello, Dana, now.', voice);
      t.ok(words.every((word, nth) => word.end_ms > word.start_ms && word.start_ms >= (words[nth - 1]?.end_ms ?? 0)));
      t.ok((words.at(-1)?.end_ms ?? 0) <= muLaw.length / 8 && (words.at(-1)?.end_ms ?? 0) >= muLaw.length / 8 - 60);
      const detector = createVoiceDetector({ calibrationMs: 0, endHangMs: 60, minimumWindowMs: 1e9 });
      const padded = Buffer.concat([muLaw, Buffer.alloc(1600, 0xff)]);
      const ends: number[] = [];
      for (let at = 0; at < padded.length; at += 40)
        for (const event of detector.push(padded.subarray(at, at + 40), at / 8)) if (event.kind === 'voice-end') ends.push(event.endedMs);
      t.ok(ends.length >= 2, `${ends.length} pauses were found`);
      const aligned = ends.filter((end) => words.some((word) => Math.abs(word.end_ms - end) <= 40));
      t.ok(aligned.length === ends.length, `pauses at ${ends}, word ends at ${words.map((word) => word.end_ms)}`);
    });
  }

  t.test('voices and speeds', async (t) => {
    const [normal, byDefault, unknown] = await Promise.all([say('Which shift?'), say('Which shift?', 'default'), say('Which shift?', 'nobody')]);
    t.ok(normal.muLaw.equals(byDefault.muLaw) && normal.muLaw.equals(unknown.muLaw), 'slt is the default');
    t.notOk(normal.muLaw.equals((await say('Which shift?', 'rms')).muLaw));
    const [slow, fast] = await Promise.all([say('Which shift?', 'slt', 0.5), say('Which shift?', 'slt', 2)]);
    t.ok(slow.muLaw.length > normal.muLaw.length * 1.7 && fast.muLaw.length < normal.muLaw.length * 0.6);
  });

  t.test('odd text does no harm and stays in the words', async (t) => {
    for (const text of [
      '—',
      '👍',
      '...',
      '日本語',
      '-t',
      '--help',
      '-voice kal',
      '<b>hi</b>',
      'a\0b',
      `"'\`$(x)`,
      '%s%n',
      'x'.repeat(80),
      'naïve 👍 café —',
      '1/2 + 3% & #4 @5',
      'Łódź',
    ]) {
      const { muLaw, words } = await say(text);
      t.equal(textOf(words), toWords(text).join(' '), JSON.stringify(text));
      t.ok(muLaw.length > 0 && muLaw.length % 160 === 0);
      t.ok(words.every((word) => word.end_ms <= muLaw.length / 8));
    }
    t.strictSame(await say('  '), { muLaw: Buffer.alloc(0), words: [] });
  });

  t.test('what was said is logged each time and synthesised once', async (t) => {
    log.length = 0;
    const first = await say('Thank you.', 'default');
    t.equal((await say('Thank you.', 'slt')).muLaw, first.muLaw, 'the same buffer');
    t.strictSame(log, ['slt: Thank you.', 'slt: Thank you.']);
  });

  t.test('a voice on a call', async (t) => {
    const open = (format: AudioFormat, signal = new AbortController().signal) =>
      flite.open({ format, language: 'en-US', voice: 'default', speed: 1 }, signal);
    t.test('speaks sentence by sentence in the format of the line', async (t) => {
      const frames = { mulaw: 160, pcm16le: 320 };
      for (const encoding of ['mulaw', 'pcm16le'] as const) {
        const pieces = [];
        for await (const piece of open({ encoding, sampleRateHz: 8000 }).speak('First one. Second one.', new AbortController().signal))
          pieces.push(piece);
        t.strictSame(
          pieces.map((piece) => textOf(piece.words)),
          ['First one.', 'Second one.'],
        );
        t.ok(pieces.every((piece) => piece.audio.length % frames[encoding] === 0));
      }
      t.throws(() => open({ encoding: 'pcm16le', sampleRateHz: 16_000 }), { code: 'config_invalid' });
    });
    t.test('ends quietly when the turn, the call or the voice is over', async (t) => {
      for (const end of ['turn', 'call', 'voice'] as const) {
        const [turn, call] = [new AbortController(), new AbortController()];
        const voice = open(MU_LAW, call.signal);
        const said: string[] = [];
        for await (const piece of voice.speak(`It is over by the ${end}. Nobody hears this.`, turn.signal)) {
          said.push(textOf(piece.words));
          if (end === 'turn') turn.abort();
          if (end === 'call') call.abort();
          if (end === 'voice') voice.close();
        }
        t.strictSame(said, [`It is over by the ${end}.`]);
      }
      for await (const _ of open(MU_LAW, AbortSignal.abort()).speak('Too late.', new AbortController().signal))
        t.fail('a call that is over says nothing');
    });
    t.test('throws when the thread dies, and the next sentence is spoken by a new one', async (t) => {
      const voice = open(MU_LAW);
      const speak = async (text: string) => {
        for await (const piece of voice.speak(text, new AbortController().signal)) return textOf(piece.words);
        return 'nothing';
      };
      const broken = t.rejects(speak('This sentence is about to be lost in a crash of the thread.'), { name: 'EngineWorkerError', crashed: true });
      flite.crash();
      await broken;
      t.equal(await speak('This one is heard.'), 'This one is heard.');
    });
  });
});
