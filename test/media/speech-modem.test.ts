import t from 'tap';
import { MU_LAW_FRAME_BYTES, MU_LAW_SILENCE, muLawToPcm, pcmToMuLaw } from '../../media/audio/g711.js';
import { resample } from '../../media/audio/resample.js';
import { modemSpeechToText, modemTextToSpeech } from '../../media/speech/modem.js';
import { createModemDecoder, type DecodedWord } from '../../media/speech/modem-decoder.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import { createTranscriptStream } from '../../media/speech/transcript-stream.js';
import { toWords } from '../../media/speech/words.js';
import type { AudioFormat, TranscriptEvent } from '../../schemas/ports/speech.js';
import { fc, runs } from '../fixtures/properties.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';

t.setTimeout(TIME_LIMIT_MS);

const MU_LAW: AudioFormat = { encoding: 'mulaw', sampleRateHz: 8000 };
const PCM: AudioFormat = { encoding: 'pcm16le', sampleRateHz: 8000 };
const silence = (ms: number) => Buffer.alloc(ms * 8, MU_LAW_SILENCE);

const decode = (audio: Buffer, chunkBytes = MU_LAW_FRAME_BYTES, fromMs = 0): DecodedWord[] => {
  const decoder = createModemDecoder();
  const words: DecodedWord[] = [];
  for (let at = 0; at < audio.length; at += chunkBytes) words.push(...decoder.push(audio.subarray(at, at + chunkBytes), fromMs + at / 8));
  return words;
};
const textOf = (words: readonly { text: string }[]) => words.map((word) => word.text).join(' ');

/** Words as people might write them in any script, with punctuation, and arbitrary ones. */
const word = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.constantFrom('yes', 'No,', '$18.50', 'dana.reyes@example.com', 'naïve', '—', '👍🏽', '日本語', 'Ünïcødé!', '"Hi."'),
);
const text = fc.array(word, { maxLength: 8 }).map((words) => words.join(' '));

t.test('any text decodes to exactly itself, at any alignment of frames', async () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 400 }), fc.integer({ min: 40, max: 400 }), (said, shift, chunk) => {
      const { muLaw, words } = encodeWords(said);
      const heard = decode(Buffer.concat([Buffer.alloc(shift, MU_LAW_SILENCE), muLaw]), chunk);
      return textOf(heard) === toWords(said).join(' ') && textOf(words) === textOf(heard) && muLaw.length % MU_LAW_FRAME_BYTES === 0;
    }),
    { numRuns: runs(150) },
  );
});

t.test('the text is kept but for its white space and broken surrogates', async (t) => {
  const cases: [string, string][] = [
    ['', ''],
    [' \t\n ', ''],
    ['  Yes,\n I   can! ', 'Yes, I can!'],
    ['a\ud800b', 'a\ufffdb'],
    ['ﬁ Å e\u0301', 'ﬁ Å e\u0301'],
  ];
  for (const [said, heard] of cases) t.equal(textOf(decode(encodeWords(said).muLaw)), heard);
});

t.test('words longer than a packet are split at borders of characters and come back as one word', async () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 40, maxLength: 120 }),
      fc.constantFrom('', 'x'.repeat(60), 'é'.repeat(31), '👍'.repeat(40)),
      (body, extra) => {
        const long = (body + extra).replace(/\s/gu, '_');
        const { muLaw, words } = encodeWords(`so ${long} then`);
        return textOf(decode(muLaw)) === textOf(words) && words.length === 3;
      },
    ),
    { numRuns: runs(30) },
  );
});

t.test('the pace is that of speech', async (t) => {
  const spans = (said: string, speed = 1) => encodeWords(said, { speed }).words.map((one) => one.end_ms - one.start_ms);
  t.strictSame(spans('a yes interview'), [160, 180, 440], '60 ms and 45 ms a character, at least 180 ms, less the gap');
  t.ok((spans('interview', 2)[0] ?? 0) < 260, 'faster on demand');
  t.ok((spans('extraordinarily-long-word', 4)[0] ?? 0) >= 240, 'but never shorter than the packet');
  const gaps = (said: string) =>
    encodeWords(said)
      .words.map((one, nth, all) => (all[nth + 1]?.start_ms ?? Number.NaN) - one.end_ms)
      .slice(0, -1);
  t.strictSame(gaps('a b, c. d? e; "f." g'), [20, 60, 120, 120, 60, 120], 'short pauses after clauses and sentences');
});

t.test('word times are those of the sound', async () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 159 }), fc.integer({ min: 0, max: 600_000 }), (said, shift, fromMs) => {
      const { muLaw, words } = encodeWords(said);
      const heard = decode(Buffer.concat([Buffer.alloc(shift, MU_LAW_SILENCE), muLaw]), 160, fromMs);
      return words.every((one, nth) => {
        const got = heard[nth];
        const near = (a: number | undefined, b: number) => a !== undefined && Math.abs(a - b) <= 2;
        return near(got?.startMs, one.start_ms + fromMs + shift / 8) && near(got?.endMs, one.end_ms + fromMs + shift / 8);
      });
    }),
    { numRuns: runs(60) },
  );
});

t.test('a word is heard if and only if its last frame was played', async (t) => {
  const { muLaw, words } = encodeWords('Please wait a moment, extraordinary gentlemen.');
  for (let frames = 0; frames <= muLaw.length / 160; frames += 1) {
    const cut = Buffer.concat([muLaw.subarray(0, frames * 160), silence(200)]);
    t.equal(textOf(decode(cut)), textOf(words.filter((one) => one.end_ms <= frames * 20)), `after ${frames} frames`);
  }
});

t.test('lost frames lose words and never change one', async (t) => {
  const frames = (audio: Buffer) => Array.from({ length: audio.length / 160 }, (_, i) => audio.subarray(i * 160, i * 160 + 160));
  const isSubsequence = (some: string[], all: string[]) => {
    let at = 0;
    for (const one of all) if (one === some[at]) at += 1;
    return at === some.length;
  };
  const lossy = fc.tuple(text, fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 12 }));
  t.test('when the loss leaves silence', async () => {
    fc.assert(
      fc.property(lossy, ([said, lost]) => {
        const { muLaw, words } = encodeWords(said);
        const heard = decode(Buffer.concat(frames(muLaw).map((frame, nth) => (lost.includes(nth) ? silence(20) : frame))));
        const touched = (one: { start_ms: number; end_ms: number }) => lost.some((nth) => nth * 20 >= one.start_ms && nth * 20 < one.end_ms);
        const untouched = words.filter((one) => !touched(one)).map((one) => one.text);
        return (
          isSubsequence(
            heard.map((one) => one.text),
            words.map((one) => one.text),
          ) &&
          isSubsequence(
            untouched,
            heard.map((one) => one.text),
          )
        );
      }),
      { numRuns: runs(100) },
    );
  });
  t.test('when the loss leaves a hole in line time', async () => {
    fc.assert(
      fc.property(lossy, ([said, lost]) => {
        const { muLaw, words } = encodeWords(said);
        const decoder = createModemDecoder();
        const heard = frames(muLaw).flatMap((frame, nth) => (lost.includes(nth) ? [] : decoder.push(frame, nth * 20)));
        return isSubsequence(
          heard.map((one) => one.text),
          words.map((one) => one.text),
        );
      }),
      { numRuns: runs(100) },
    );
  });
  t.test('when frames are spliced together without a trace', async () => {
    fc.assert(
      fc.property(lossy, ([said, lost]) => {
        const { muLaw, words } = encodeWords(said);
        const heard = decode(Buffer.concat(frames(muLaw).filter((_, nth) => !lost.includes(nth))));
        return isSubsequence(
          heard.map((one) => one.text),
          words.map((one) => one.text),
        );
      }),
      { numRuns: runs(100) },
    );
  });
  t.test('a lost piece of a long word loses the whole word', async (t) => {
    const long = 'abcdefghijklmnopqrst'.repeat(12);
    const { muLaw } = encodeWords(`one ${long} two ${long} three`);
    const total = muLaw.length / 160;
    for (let from = 30; from < total; from += 37) {
      const holed = Buffer.concat(frames(muLaw).map((frame, nth) => (nth >= from && nth < from + 60 ? silence(20) : frame)));
      for (const one of decode(holed)) t.ok(['one', 'two', 'three', long].includes(one.text), `nothing false with ${from} lost`);
    }
  });
});

const seeded = (seed: number) => {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 0x1_0000_0001;
  };
};
const withNoise = (muLaw: Buffer, snrDb: number, seed: number): Buffer => {
  const next = seeded(seed);
  // RMS of the tone; the noise is white and lies over the whole band, which is harder than pink.
  const gain = (10_000 / Math.SQRT2) * 10 ** (-snrDb / 20);
  return pcmToMuLaw(
    muLawToPcm(muLaw).map((sample) => {
      const noise = gain * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
      return Math.max(-32_768, Math.min(32_767, Math.round(sample + noise)));
    }),
  );
};
const SENTENCE = "Do you have a forklift licence, Ünal? I'd say “yes” — $18.50 an hour.";

t.test('every word survives', async (t) => {
  const { muLaw } = encodeWords(SENTENCE);
  const padded = Buffer.concat([silence(300), muLaw, silence(300)]);
  t.test('noise 10 dB below the tone', async (t) => {
    for (let seed = 1; seed <= 20; seed += 1) t.equal(textOf(decode(withNoise(padded, 10, seed))), SENTENCE);
  });
  for (const rateHz of [16_000, 24_000, 44_100, 48_000]) {
    t.test(`a way through ${rateHz} Hz`, async (t) => {
      const there = resample(resample(muLawToPcm(padded), 8000, rateHz), rateHz, 8000);
      t.equal(textOf(decode(pcmToMuLaw(there))), SENTENCE);
    });
  }
  t.test('another level', async (t) => {
    for (const gain of [0.02, 0.3, 3])
      t.equal(textOf(decode(pcmToMuLaw(muLawToPcm(padded).map((sample) => Math.max(-32_768, Math.min(32_767, sample * gain)))))), SENTENCE);
  });
});

t.test('noise alone says nothing, and strong noise tells no lies', async (t) => {
  t.strictSame(decode(withNoise(silence(60_000), 0, 3)), []);
  const said = toWords(SENTENCE);
  for (let seed = 1; seed <= 30; seed += 1) {
    for (const one of decode(withNoise(encodeWords(SENTENCE).muLaw, 2, seed))) t.ok(said.includes(one.text));
  }
});

/** Everything that the ear tells until it is closed. */
const collect = async (events: AsyncIterable<TranscriptEvent>): Promise<TranscriptEvent[]> => {
  const all: TranscriptEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
};
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const speakAll = async (said: string, format: AudioFormat, speed = 1) => {
  const voice = modemTextToSpeech().open({ format, language: 'en-US', voice: 'default', speed }, new AbortController().signal);
  const pieces = [];
  for await (const piece of voice.speak(said, new AbortController().signal)) pieces.push(piece);
  return pieces;
};

t.test('the engines', async (t) => {
  for (const format of [MU_LAW, PCM]) {
    t.test(`speak and hear over ${format.encoding}, an interim a word, one final a stretch`, async (t) => {
      const ear = modemSpeechToText().open({ format, language: 'en-US', keyterms: [] }, new AbortController().signal);
      const events = collect(ear.events);
      const [piece] = await speakAll('Yes, I can.', format);
      if (!piece) return t.fail('no audio');
      const frameBytes = format.encoding === 'mulaw' ? 160 : 320;
      t.equal(piece.audio.length % frameBytes, 0);
      ear.speechStarted(1000);
      for (let at = 0; at < piece.audio.length; at += frameBytes) {
        ear.push(piece.audio.subarray(at, at + frameBytes), 1000 + (at / frameBytes) * 20);
        await settle();
      }
      ear.speechEnded(2000);
      ear.speechEnded(3000);
      ear.close();
      const told = await events;
      t.strictSame(
        told.map((event) => ('text' in event ? `${event.kind}: ${event.text}` : event.kind)),
        [
          'transcript-interim: Yes,',
          'transcript-interim: Yes, I',
          'transcript-interim: Yes, I can.',
          'transcript-final: Yes, I can.',
          'transcript-final: ',
        ],
      );
      const final = told[3];
      if (final?.kind !== 'transcript-final') return t.fail('a final was expected');
      t.equal(final.confidence, 1);
      t.strictSame(
        final.words,
        piece.words.map((one) => ({ ...one, start_ms: one.start_ms + 1000, end_ms: one.end_ms + 1000 })),
      );
      t.match(told[4], { confidence: 0, words: [] });
    });
  }
  t.test('words that the voice detector missed come with the next final', async (t) => {
    const ear = modemSpeechToText().open({ format: MU_LAW, language: 'en-US', keyterms: [] }, new AbortController().signal);
    const events = collect(ear.events);
    const { muLaw } = encodeWords('hold on');
    for (let at = 0; at < muLaw.length; at += 160) ear.push(muLaw.subarray(at, at + 160), at / 8);
    ear.speechEnded(5000);
    ear.close();
    t.match((await events).at(-1), { kind: 'transcript-final', text: 'hold on' });
  });
  t.test('a long text comes in pieces whose words follow each other', async (t) => {
    const said = Array.from({ length: 40 }, (_, i) => `word${i}`).join(' ');
    const pieces = await speakAll(said, MU_LAW, 2);
    t.equal(pieces.length, 4);
    t.equal(textOf(pieces.flatMap((piece) => piece.words)), said);
    t.equal(textOf(decode(Buffer.concat(pieces.map((piece) => piece.audio)))), said);
    t.ok(pieces.every((piece) => piece.words[0]?.start_ms === 0));
    t.strictSame(await speakAll('', MU_LAW), []);
  });
  t.test('aborting ends the voice quietly between pieces, and the ear', async (t) => {
    const call = new AbortController();
    const turn = new AbortController();
    const voice = modemTextToSpeech().open({ format: MU_LAW, language: 'en-US', voice: 'default', speed: 1 }, call.signal);
    const heard: string[] = [];
    for await (const piece of voice.speak('one two three four five six seven eight nine ten eleven twelve thirteen', turn.signal)) {
      heard.push(textOf(piece.words));
      turn.abort();
    }
    t.equal(heard.length, 1);
    const ear = modemSpeechToText().open({ format: MU_LAW, language: 'en-US', keyterms: [] }, call.signal);
    call.abort();
    ear.speechEnded(1);
    t.strictSame(await collect(ear.events), []);
    for await (const _ of voice.speak('hello', new AbortController().signal)) t.fail('a call that is over says nothing');
  });
  t.test('16 kHz is refused with the reason', async (t) => {
    const format: AudioFormat = { encoding: 'pcm16le', sampleRateHz: 16_000 };
    const { signal } = new AbortController();
    t.throws(() => modemTextToSpeech().open({ format, language: 'en', voice: 'default', speed: 1 }, signal), { code: 'config_invalid' });
    t.throws(() => modemSpeechToText().open({ format, language: 'en', keyterms: [] }, signal), { code: 'config_invalid' });
  });
});

t.test('a transcript that is not read stays bounded: the newest interim, every final', async (t) => {
  const stream = createTranscriptStream();
  for (let i = 0; i < 1000; i += 1) stream.emit({ kind: 'transcript-interim', text: `so far ${i}`, words: [] });
  stream.emit({ kind: 'transcript-final', text: 'done', words: [], confidence: 1 });
  stream.emit({ kind: 'transcript-interim', text: 'next', words: [] });
  for (let i = 0; i < 1000; i += 1) stream.emit({ kind: 'transcript-final', text: `${i}`, words: [], confidence: 1 });
  stream.end();
  const told = await collect(stream.events);
  t.equal(told.length, 256);
  t.match(told.at(-1), { text: '999' });
});
