import t from 'tap';
import { createAlignedSpeech, silentPiece } from '../../media/speech/aligned-speech.js';
import { type Alignment, createCharacterTimes } from '../../media/speech/character-times.js';
import { createPace } from '../../media/speech/speaking-pace.js';
import { spokenForm } from '../../media/speech/spoken-form.js';
import type { AudioFormat, SpokenAudio } from '../../schemas/ports/speech.js';
import { fc } from '../fixtures/properties.js';

const MU_LAW: AudioFormat = { encoding: 'mulaw', sampleRateHz: 8000 };

/** Characters one after the other, each of `ms`, from `fromMs`. */
const evenly = (text: string, fromMs: number, ms: number): Alignment => {
  const characters = [...text];
  return { characters, startsMs: characters.map((_, nth) => fromMs + nth * ms), endsMs: characters.map((_, nth) => fromMs + (nth + 1) * ms) };
};

t.test('pieces of timing are put together by what they say and by the audio they came with', async (t) => {
  type Step = [alternatives: Alignment[], fromMs: number, toMs: number];
  const rows: [name: string, text: string, steps: Step[], ends: number[]][] = [
    [
      'times from the start',
      'abcd',
      [
        [[evenly('ab', 0, 100)], 0, 200],
        [[evenly('cd', 200, 100)], 200, 400],
      ],
      [100, 200, 300, 400],
    ],
    [
      'times from each piece',
      'abcd',
      [
        [[evenly('ab', 0, 100)], 0, 200],
        [[evenly('cd', 0, 100)], 200, 400],
      ],
      [100, 200, 300, 400],
    ],
    [
      'silence between two pieces',
      'abcd',
      [
        [[evenly('ab', 0, 100)], 0, 300],
        [[evenly('cd', 50, 100)], 300, 550],
      ],
      [100, 200, 450, 550],
    ],
    [
      'pieces that reach further than their audio',
      'abcd',
      [
        [[evenly('ab', 0, 100)], 0, 150],
        [[evenly('cd', 0, 100)], 150, 400],
      ],
      [100, 200, 300, 400],
    ],
    [
      'pieces that reach less far',
      'abcdef',
      [
        [[evenly('ab', 0, 100)], 0, 400],
        [[evenly('cdef', 0, 100)], 400, 600],
      ],
      [100, 200, 300, 400, 500, 600],
    ],
    ['spaces that come and go', 'a b', [[[evenly(' ab', 0, 100)], 0, 300]], [200, 300]],
    ['another case', 'Ab', [[[evenly('aB', 0, 100)], 0, 200]], [100, 200]],
    [
      'a piece without timing is silence when the next explains only itself',
      'abcdef',
      [
        [[evenly('ab', 0, 100)], 0, 200],
        [[], 200, 400],
        [[evenly('cdef', 0, 50)], 400, 600],
      ],
      [100, 200, 450, 500, 550, 600],
    ],
    [
      'and speech when the next explains it too',
      'abcdef',
      [
        [[evenly('ab', 0, 100)], 0, 200],
        [[], 200, 400],
        [[evenly('cdef', 0, 100)], 400, 600],
      ],
      [100, 200, 300, 400, 500, 600],
    ],
    [
      'a gap in the timing',
      'abcdefgh',
      [
        [[evenly('ab', 0, 100)], 0, 200],
        [[], 200, 400],
        [[evenly('efgh', 0, 50)], 400, 600],
      ],
      [100, 200, 300, 400, 450, 500, 550, 600],
    ],
    [
      'a second pass from the start',
      'abcdef',
      [
        [[evenly('abcd', 0, 100)], 0, 400],
        [[evenly('abcdef', 0, 100)], 400, 600],
      ],
      [100, 200, 300, 400, 500, 600],
    ],
    [
      'a second pass that brings nothing',
      'abcdef',
      [
        [[evenly('abcdef', 0, 100)], 0, 600],
        [[evenly('abcd', 0, 100)], 600, 900],
      ],
      [100, 200, 300, 400, 500, 600],
    ],
    ['the normalised timing where the other is missing', 'ab', [[[evenly('xy', 0, 100), evenly('ab', 0, 100)], 0, 200]], [100, 200]],
    ['rewritten punctuation', '“ab” — c', [[[evenly('"ab" - c', 0, 100)], 0, 800]], [100, 200, 300, 400, 550, 700, 800].slice(0, 6)],
    ['lists of unequal length', 'ab', [[[{ ...evenly('ab', 0, 100), endsMs: [100] }], 0, 200]], []],
    ['times that are none', 'ab', [[[{ ...evenly('ab', 0, 100), startsMs: [0, Number.NaN] }], 0, 200]], [100]],
    ['times that run backwards', 'ab', [[[{ characters: ['a', 'b'], startsMs: [100, 0], endsMs: [200, 50] }], 0, 200]], [200, 200]],
  ];
  for (const [name, text, steps, ends] of rows) {
    const times = createCharacterTimes(text);
    for (const [alternatives, fromMs, toMs] of steps) times.place(alternatives, { fromMs, toMs });
    if (name === 'rewritten punctuation') {
      // The voice's own signs are unknown: those of the text lie between its letters.
      t.strictSame([times.startOf(1), times.endOf(1), times.endOf(2), times.startOf(5)], [100, 200, 300, 700], name);
      t.equal(times.known, times.count, name);
      continue;
    }
    t.strictSame(
      Array.from({ length: times.known }, (_, nth) => times.endOf(nth)),
      ends,
      name,
    );
  }
});

t.test('without timing characters are counted', async (t) => {
  const times = createCharacterTimes('abcdef');
  times.assume(250, 100);
  t.strictSame([times.known, times.knownMs, times.isAssumed], [2, 200, true]);
  times.spread(600);
  t.strictSame([times.known, times.startOf(2), times.endOf(5)], [6, 200, 600]);
  t.notOk(times.place([evenly('f', 0, 100)], { fromMs: 600, toMs: 700 }), 'there is nothing left to place');
});

const wordsOf = (text: string) => spokenForm(text, 'xx').words;
const told = (piece: SpokenAudio | undefined) => piece?.words.map(({ text, start_ms, end_ms }) => [text, start_ms, end_ms]);

t.test('a word is given out with the frame in which it ends, when that has come', async (t) => {
  const speech = createAlignedSpeech({ words: wordsOf('ab cd'), format: MU_LAW, msPerCharacter: 70 });
  t.equal(speech.text, 'ab cd');
  t.equal(speech.add(Buffer.alloc(80 * 8, 1), [evenly('a', 0, 50)]), undefined, 'half a word is held back');
  const first = speech.add(Buffer.alloc(10 * 8, 2), [evenly('b c', 50, 50)]);
  t.equal(first, undefined, 'its end is timed, but its last frame has not come whole');
  const second = speech.add(Buffer.alloc(25 * 8, 3), []);
  t.strictSame(told(second), [['ab', 0, 100]], 'now it has');
  t.equal(second?.audio.length, 100 * 8);
  t.strictSame(
    speech.rest.map((word) => word.written),
    ['cd'],
  );
  speech.add(Buffer.alloc(100 * 8, 4), [evenly('d', 200, 15)]);
  const last = speech.finish();
  t.strictSame(told(last), [['cd', 50, 115]]);
  t.equal(last?.audio.length, 120 * 8, 'filled up to a frame');
  t.strictSame(last?.audio.subarray(-200), Buffer.concat([Buffer.alloc(160, 4), Buffer.alloc(40, 0xff)]), 'with silence');
  t.strictSame(speech.rest, []);
});

t.test('a word whose end is rounded over the edge of a frame ends with the frame', async (t) => {
  for (const { overMs, endMs } of [
    { overMs: 0.4, endMs: 100 },
    { overMs: 2, endMs: 100 },
    { overMs: 3, endMs: 120 },
  ]) {
    const speech = createAlignedSpeech({ words: wordsOf('one two'), format: MU_LAW, msPerCharacter: 65 });
    const first = evenly('one', 0, (100 + overMs) / 3);
    const given = speech.add(Buffer.alloc(1600), [first]);
    t.equal(given && given.audio.length / 8, endMs, `${overMs} ms over`);
    t.equal(given?.words[0]?.end_ms, endMs === 100 ? 100 : 100 + overMs);
  }
});

t.test('speech that ends before its text is no speech of it', async (t) => {
  const rows: [name: string, audioMs: number, alignment: Alignment[], isWhole: boolean][] = [
    ['all of it', 800, [evenly('hello you there', 0, 50)], true],
    ['no audio', 0, [], false],
    ['half of its timing and no audio for the rest', 400, [evenly('hello y', 0, 50)], false],
    ['half of its timing and audio for the rest', 1000, [evenly('hello y', 0, 50)], true],
    ['all of its timing and half its audio', 700, [evenly('hello you there', 0, 100)], false],
    ['no timing and enough audio', 900, [], true],
    ['no timing and too little', 200, [], false],
  ];
  for (const [name, audioMs, alignment, isWhole] of rows) {
    const speech = createAlignedSpeech({ words: wordsOf('hello you there'), format: MU_LAW, msPerCharacter: 70 });
    speech.add(Buffer.alloc(audioMs * 8), alignment);
    t.equal(speech.finish() !== undefined, isWhole, name);
  }
  const endless = createAlignedSpeech({ words: wordsOf('hi'), format: MU_LAW, msPerCharacter: 70 });
  endless.add(Buffer.alloc(10_000 * 8), []);
  t.notOk(endless.isRunaway);
  endless.add(Buffer.alloc(1000 * 8), []);
  t.ok(endless.isRunaway, 'nor is speech that does not end');
});

t.test('whatever comes in whatever pieces, every word is told once, in order, within the audio', async () => {
  const alignment = fc.record({
    characters: fc.array(fc.constantFrom('a', 'b', 'ab', ' ', '.', 'é', ''), { maxLength: 6 }),
    startsMs: fc.array(fc.integer({ min: -100, max: 3000 }), { maxLength: 6 }),
    endsMs: fc.array(fc.double({ noNaN: false }), { maxLength: 6 }),
  });
  const fair = fc.record({ from: fc.nat({ max: 8 }), length: fc.nat({ max: 8 }), atMs: fc.nat({ max: 2000 }), ms: fc.nat({ max: 120 }) });
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'ab', 'a.b', '—', 'ba', 'é'), { minLength: 1, maxLength: 6 }),
      fc.array(fc.record({ bytes: fc.nat({ max: 4000 }), odd: fc.array(alignment, { maxLength: 2 }), fair: fc.option(fair) }), { maxLength: 12 }),
      fc.constantFrom<AudioFormat>(MU_LAW, { encoding: 'pcm16le', sampleRateHz: 8000 }, { encoding: 'pcm16le', sampleRateHz: 16_000 }),
      (written, chunks, format) => {
        const words = wordsOf(written.join(' '));
        const speech = createAlignedSpeech({ words, format, msPerCharacter: 70 });
        const frameBytes = (format.sampleRateHz / 50) * (format.encoding === 'mulaw' ? 1 : 2);
        const pieces: SpokenAudio[] = [];
        let sent = Buffer.alloc(0);
        for (const { bytes, odd, fair } of chunks) {
          const audio = Buffer.alloc(bytes, pieces.length + 1);
          sent = Buffer.concat([sent, audio]);
          const sure = fair ? [evenly(speech.text.slice(fair.from, fair.from + fair.length), fair.atMs, fair.ms)] : [];
          const piece = speech.add(audio, [...odd, ...sure]);
          if (piece) pieces.push(piece);
        }
        const before = speech.rest.length;
        const last = speech.finish();
        if (last) pieces.push(last);
        const text = pieces.flatMap((piece) => piece.words.map((word) => word.text));
        const expected = written.slice(0, last ? written.length : written.length - before);
        const audio = Buffer.concat(pieces.map((piece) => piece.audio));
        const marks = (piece: SpokenAudio) => [
          0,
          ...piece.words.flatMap((word) => [word.start_ms, word.end_ms]),
          (piece.audio.length / frameBytes) * 20,
        ];
        return (
          text.join(' ') === expected.join(' ') &&
          pieces.every((piece) => piece.audio.length % frameBytes === 0) &&
          pieces.every((piece) => marks(piece).every((mark, nth, all) => mark >= (all[nth - 1] ?? 0))) &&
          (last ? audio.subarray(0, sent.length).equals(sent) : sent.subarray(0, audio.length).equals(audio))
        );
      },
    ),
    { numRuns: 400 },
  );
});

t.test('words without a sound have a frame of their own', async (t) => {
  const words = wordsOf('— 👍');
  t.notOk(createAlignedSpeech({ words, format: MU_LAW, msPerCharacter: 70 }).sounds);
  const piece = silentPiece(words, MU_LAW);
  t.strictSame(told(piece), [
    ['—', 0, 20],
    ['👍', 0, 20],
  ]);
  t.strictSame(piece.audio, Buffer.alloc(160, 0xff));
});

t.test('the pace of a voice is learnt from what it has said', async (t) => {
  const pace = createPace(1.2);
  t.ok(Math.abs(pace.msPerCharacter - 70 / 1.2) < 1e-9);
  pace.learn({ msPerCharacter: undefined });
  t.ok(Math.abs(pace.msPerCharacter - 70 / 1.2) < 1e-9, 'a short word teaches nothing');
  const speech = createAlignedSpeech({ words: wordsOf('abcdefghij klmnopqrst'), format: MU_LAW, msPerCharacter: 70 });
  speech.add(Buffer.alloc(1000 * 8), [evenly('abcdefghijklmnopqrst', 0, 50)]);
  pace.learn(speech);
  t.equal(pace.msPerCharacter, 50);
});
