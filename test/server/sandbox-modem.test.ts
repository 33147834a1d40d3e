import t from 'tap';
import { resample } from '../../media/audio/resample.js';
import { createModemDecoder as createMediaDecoder } from '../../media/speech/modem-decoder.js';
import { encodeWords as encodeByMedia } from '../../media/speech/modem-encoder.js';
import { toWords } from '../../media/speech/words.js';
import type { Word } from '../../schemas/transcript.js';
import { MU_LAW_FRAME_BYTES, MU_LAW_SILENCE, muLawToPcm, pcmToMuLaw } from '../../server/sandbox/g711.js';
import { createModemDecoder as createSandboxDecoder, type DecodedWord } from '../../server/sandbox/modem/decoder.js';
import { encodeWords as encodeBySandbox } from '../../server/sandbox/modem/encoder.js';
import { findPacket, type Packet, SYNC_BITS, toBits } from '../../server/sandbox/modem/packet.js';
import { createWordJoiner } from '../../server/sandbox/modem/word-joiner.js';
import { seededRandom } from '../../server/sandbox/scenarios/seeded-random.js';
import { addNoise, noiseRms, pinkNoise } from '../../server/sandbox/scenarios/sounds.js';
import { fc } from '../fixtures/properties.js';

const FRAME_MS = 20;
const silence = (ms: number) => Buffer.alloc(ms * 8, MU_LAW_SILENCE);
const textOf = (words: readonly { text: string }[]) => words.map((word) => word.text).join(' ');
const framesOf = (audio: Buffer) => Array.from({ length: audio.length / MU_LAW_FRAME_BYTES }, (_, nth) => audio.subarray(nth * 160, nth * 160 + 160));

type NewDecoder = () => { push(muLaw: Buffer, lineMs: number): DecodedWord[] };
const decode = (newDecoder: NewDecoder, audio: Buffer, chunkBytes = MU_LAW_FRAME_BYTES, fromMs = 0): DecodedWord[] => {
  const decoder = newDecoder();
  const words: DecodedWord[] = [];
  for (let at = 0; at < audio.length; at += chunkBytes) words.push(...decoder.push(audio.subarray(at, at + chunkBytes), fromMs + at / 8));
  return words;
};
const hear = (audio: Buffer) => decode(createSandboxDecoder, audio);

const ENCODERS = { media: encodeByMedia, sandbox: encodeBySandbox };
const DECODERS: Record<'media' | 'sandbox', NewDecoder> = { media: createMediaDecoder, sandbox: createSandboxDecoder };
const PAIRINGS = (['media', 'sandbox'] as const).flatMap((speaker) => (['media', 'sandbox'] as const).map((listener) => ({ speaker, listener })));

const word = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.constantFrom('yes', 'No,', '$18.50', 'dana.reyes@example.com', 'naïve', '—', '👍🏽', '日本語', 'Ünïcødé!', '"Hi."', '-', '"', 'a\ud800b'),
  fc.constantFrom('x'.repeat(60), 'x'.repeat(61), 'é'.repeat(31), '👍'.repeat(40), `https://example.com/${'jobs/'.repeat(40)}`),
);
const text = fc.array(word, { maxLength: 4 }).map((words) => words.join(' '));
const speed = fc.oneof(fc.constantFrom(0.1, 0.25, 1, 4, 9), fc.double({ min: 0.25, max: 4, noNaN: true }));

/** Whether the words came when they were sent, to within a frame. */
const agree = (sent: readonly Word[], heard: readonly DecodedWord[], shiftMs: number) =>
  sent.length === heard.length &&
  sent.every(({ text, start_ms, end_ms }, nth) => {
    const got = heard[nth];
    const near = (ms: number | undefined, wantedMs: number) => ms !== undefined && Math.abs(ms - wantedMs) < FRAME_MS;
    return got?.text === text && near(got.startMs, start_ms + shiftMs) && near(got.endMs, end_ms + shiftMs);
  });

for (const { speaker, listener } of PAIRINGS) {
  t.test(`what ${speaker} says, ${listener} hears: every word, when it was said`, async () => {
    fc.assert(
      fc.property(
        text,
        speed,
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 0, max: 600_000 }),
        (said, speed, shift, chunk, fromMs) => {
          const { muLaw, words } = ENCODERS[speaker](said, { speed });
          const heard = decode(DECODERS[listener], Buffer.concat([Buffer.alloc(shift, MU_LAW_SILENCE), muLaw]), chunk, fromMs);
          return textOf(words) === toWords(said).join(' ') && agree(words, heard, fromMs + shift / 8) && muLaw.length % MU_LAW_FRAME_BYTES === 0;
        },
      ),
      { numRuns: 40 },
    );
  });
}

t.test('the sandbox speaks at the pace of speech', async (t) => {
  const spans = (said: string, speed = 1) => encodeBySandbox(said, { speed }).words.map((one) => one.end_ms - one.start_ms);
  t.strictSame(spans('a yes interview'), [160, 180, 440], '60 ms and 45 ms a character, at least 180 ms, less the gap');
  t.strictSame(spans('interview', 2), [220], 'faster on demand');
  t.ok((spans('extraordinarily-long-word', 4)[0] ?? 0) >= 240, 'but never shorter than the packet');
  const gaps = (said: string) =>
    encodeBySandbox(said)
      .words.map((one, nth, all) => (all[nth + 1]?.start_ms ?? Number.NaN) - one.end_ms)
      .slice(0, -1);
  t.strictSame(gaps('a b, c. d? e; "f." " g'), [20, 60, 120, 120, 60, 120, 20], 'short pauses after clauses and sentences');
  t.strictSame(encodeBySandbox(' \n'), { muLaw: Buffer.alloc(0), words: [] });
});

t.test('a held tone has breaks, as speech has, and the packet is whole', async (t) => {
  const { muLaw, words } = encodeBySandbox('x'.repeat(60), { speed: 0.5 });
  const silent = framesOf(muLaw).flatMap((frame, nth) => (frame.every((byte) => byte === MU_LAW_SILENCE) ? [nth] : []));
  t.strictSame(silent, [29, 59, 89, 119, 149, 179, 209, muLaw.length / 160 - 1]);
  t.ok(agree(words, hear(muLaw), 0));
});

t.test('a word is heard if and only if its last frame was played', async (t) => {
  for (const [speaker, encode] of Object.entries(ENCODERS)) {
    const { muLaw, words } = encode('Please wait a moment, extraordinary gentlemen.');
    for (let frames = 0; frames <= muLaw.length / 160; frames += 1) {
      const cut = Buffer.concat([muLaw.subarray(0, frames * 160), silence(100)]);
      t.equal(textOf(hear(cut)), textOf(words.filter((one) => one.end_ms <= frames * FRAME_MS)), `${speaker}, after ${frames} frames`);
    }
  }
});

t.test('a packet ends 1 ms before its word, and the word is told then', async (t) => {
  for (const [speaker, encode] of Object.entries(ENCODERS)) {
    const decoder = createSandboxDecoder();
    const { muLaw, words } = encode('Yes, I certainly can.');
    const told = Array.from(muLaw, (byte, nth) => decoder.push(Buffer.of(byte), nth / 8).map((one) => ({ ...one, toldMs: (nth + 1) / 8 }))).flat();
    t.equal(textOf(told), textOf(words));
    t.strictSame(
      told.map(({ startMs, endMs }) => [startMs, endMs]),
      words.map(({ start_ms, end_ms }) => [start_ms, end_ms]),
      `what ${speaker} says is timed to the millisecond`,
    );
    for (const [nth, { toldMs }] of told.entries()) t.ok(Math.abs(toldMs - ((words[nth]?.end_ms ?? Number.NaN) - 1)) < 0.3);
  }
});

t.test('a word that was cut anywhere does not hide the one after it', async (t) => {
  const cut = encodeBySandbox('incomprehensibilities').muLaw.subarray(0, -2 * MU_LAW_FRAME_BYTES);
  const next = encodeBySandbox('yes').muLaw;
  // In steps of three bits both words lie alike between the samples, so the same clock reads both.
  for (let kept = cut.length % 20; kept <= cut.length; kept += 20)
    t.equal(textOf(hear(Buffer.concat([cut.subarray(0, kept), next]))), 'yes', `${kept} samples of it kept`);
});

const lossy = fc.tuple(text, fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 12 }));
const isSubsequence = (some: readonly { text: string }[], all: readonly { text: string }[]) => {
  let found = 0;
  for (const one of all) if (one.text === some[found]?.text) found += 1;
  return found === some.length;
};
const untouchedBy = (lost: readonly number[], words: readonly Word[]) =>
  words.filter((one) => !lost.some((nth) => nth * FRAME_MS >= one.start_ms && nth * FRAME_MS < one.end_ms));

t.test('lost frames lose the words that they were part of, and change none', async (t) => {
  const losses: Record<string, (frames: Buffer[], lost: number[]) => DecodedWord[]> = {
    'silence in their place': (frames, lost) => hear(Buffer.concat(frames.map((frame, nth) => (lost.includes(nth) ? silence(FRAME_MS) : frame)))),
    'a hole in line time': (frames, lost) => {
      const decoder = createSandboxDecoder();
      return frames.flatMap((frame, nth) => (lost.includes(nth) ? [] : decoder.push(frame, nth * FRAME_MS)));
    },
    'no trace at all': (frames, lost) => hear(Buffer.concat(frames.filter((_, nth) => !lost.includes(nth)))),
  };
  for (const [left, play] of Object.entries(losses)) {
    t.test(`where the loss leaves ${left}`, async () => {
      fc.assert(
        fc.property(lossy, ([said, lost]) => {
          const { muLaw, words } = encodeBySandbox(said);
          const heard = play(framesOf(muLaw), lost);
          return isSubsequence(heard, words) && isSubsequence(untouchedBy(lost, words), heard);
        }),
        { numRuns: 40 },
      );
    });
  }
});

t.test('gaps of up to 40 ms and uneven line times do not move the words around them', async () => {
  const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 1, max: 2 })), { maxLength: 6 });
  fc.assert(
    fc.property(gaps, fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 9 }), (gaps, jitter) => {
      const { muLaw, words } = encodeBySandbox('Yes, I have driven forklifts for eleven years in Leeds and York.');
      const lost = gaps.flatMap(([from, frames]) => Array.from({ length: frames }, (_, nth) => from + nth));
      const decoder = createSandboxDecoder();
      const heard = framesOf(muLaw).flatMap((frame, nth) =>
        lost.includes(nth) ? [] : decoder.push(frame, nth * FRAME_MS + (jitter[nth % jitter.length] ?? 0)),
      );
      return untouchedBy(lost, words).every((one) =>
        agree(
          [one],
          heard.filter((got) => Math.abs(got.endMs - one.end_ms) < FRAME_MS),
          0,
        ),
      );
    }),
    { numRuns: 40 },
  );
});

t.test('a lost piece of a long word loses that word alone', async (t) => {
  const long = 'abcdefghijklmnopqrst'.repeat(12);
  for (const [speaker, encode] of Object.entries(ENCODERS)) {
    const { muLaw } = encode(`one ${long} two ${long} three`);
    for (let from = 30; from < muLaw.length / 160; from += 79) {
      const holed = Buffer.concat(framesOf(muLaw).map((frame, nth) => (nth >= from && nth < from + 60 ? silence(FRAME_MS) : frame)));
      for (const one of hear(holed)) t.ok(['one', 'two', 'three', long].includes(one.text), `${speaker}: nothing false with ${from} lost`);
    }
  }
});

t.test('pieces make a word only in their order, without anything between them, and close together', async (t) => {
  const piece = (number: number, place: 'first' | 'middle' | 'last') => ({
    packet: {
      payload: Buffer.concat([Buffer.of(number), Buffer.from(`${place} `)]),
      durationFrames: 10,
      moreFollows: place !== 'last',
      continues: place !== 'first',
    },
    afterMs: 20,
  });
  const whole = { packet: { payload: Buffer.from('whole'), durationFrames: 10, moreFollows: false, continues: false }, afterMs: 20 };
  const [first, middle, last] = [piece(0, 'first'), piece(1, 'middle'), piece(2, 'last')];
  const cases: [string, (typeof whole)[], string[]][] = [
    ['all in order', [first, middle, last], ['first middle last ']],
    ['two alone', [first, piece(1, 'last')], ['first last ']],
    ['none before', [middle, last], []],
    ['one lost', [first, last], []],
    ['one twice', [first, middle, middle, last], []],
    ['a late one', [first, { ...middle, afterMs: 80 }, last], []],
    ['a word between', [first, { ...whole, afterMs: -190 }, { ...middle, afterMs: 10 }, last], ['whole']],
    ['begun again', [first, middle, first, middle, last], ['first middle last ']],
    ['words alone', [whole, whole], ['whole', 'whole']],
  ];
  for (const [what, packets, wanted] of cases) {
    const join = createWordJoiner();
    let endMs = 0;
    const joined = packets.flatMap(({ packet, afterMs }) => {
      endMs += afterMs + 200;
      return join(packet, endMs - 200, endMs) ?? [];
    });
    t.strictSame(
      joined.map((one) => one.text),
      wanted,
      what,
    );
  }
});

const withWhiteNoise = (muLaw: Buffer, snrDb: number, seed: string): Buffer => {
  const random = seededRandom(seed);
  const rms = (10_000 / Math.SQRT2) * 10 ** (-snrDb / 20);
  return addNoise(muLaw, () => rms * Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next()));
};
const withPinkNoise = (muLaw: Buffer, snrDb: number, seed: string): Buffer =>
  addNoise(muLaw, pinkNoise(noiseRms(10_000 / Math.SQRT2, snrDb), seededRandom(seed)));
const SENTENCE = "Do you have a forklift licence, Ünal? I'd say “yes” — $18.50 an hour.";

t.test('every word survives', async (t) => {
  const { muLaw } = encodeBySandbox(SENTENCE);
  const padded = Buffer.concat([silence(300), muLaw, silence(300)]);
  const scaled = (gain: number) => pcmToMuLaw(muLawToPcm(padded).map((sample) => Math.max(-32_768, Math.min(32_767, sample * gain))));
  t.test('pink noise 15 dB below the tone, and white noise 10 dB below', async (t) => {
    for (let seed = 1; seed <= 10; seed += 1) {
      t.equal(textOf(hear(withPinkNoise(padded, 15, `pink ${seed}`))), SENTENCE);
      t.equal(textOf(hear(withWhiteNoise(padded, 10, `white ${seed}`))), SENTENCE);
    }
  });
  for (const rateHz of [16_000, 24_000, 44_100, 48_000]) {
    t.test(`a way through ${rateHz} Hz`, async (t) => {
      t.equal(textOf(hear(pcmToMuLaw(resample(resample(muLawToPcm(padded), 8000, rateHz), rateHz, 8000)))), SENTENCE);
    });
  }
  t.test('another level, also one that is clipped', async (t) => {
    for (const gain of [0.02, 0.3, 3, 6]) t.equal(textOf(hear(scaled(gain))), SENTENCE, `times ${gain}`);
  });
});

t.test('both decoders give the same words the same times, in noise too', async (t) => {
  const { muLaw } = encodeByMedia(SENTENCE);
  for (let seed = 1; seed <= 10; seed += 1) {
    const noisy = withPinkNoise(Buffer.concat([silence(seed), muLaw, silence(100)]), 15, `${seed}`);
    const byMedia = decode(createMediaDecoder, noisy);
    const sent = byMedia.map((one) => ({ text: one.text, start_ms: one.startMs, end_ms: one.endMs }));
    t.ok(agree(sent, hear(noisy), 0) && textOf(sent) === SENTENCE, `seed ${seed}`);
  }
});

t.test('noise alone says nothing, and strong noise tells no lies', async (t) => {
  t.strictSame(hear(withWhiteNoise(silence(60_000), 0, 'alone')), []);
  const said = toWords(SENTENCE);
  for (let seed = 1; seed <= 30; seed += 1)
    for (const one of hear(withWhiteNoise(encodeBySandbox(SENTENCE).muLaw, 3, `strong ${seed}`))) t.ok(said.includes(one.text));
});

t.test('a packet is what its checksum, its duration and its text all allow', async (t) => {
  const packet: Packet = { payload: Buffer.from('né'), durationFrames: 9, moreFollows: false, continues: false };
  const body = (of: Packet) => toBits(of).slice(SYNC_BITS);
  t.strictSame(findPacket(body(packet)), packet);
  const piece = { ...packet, payload: Buffer.from([200, 0x61]), continues: true };
  t.strictSame(findPacket(body(piece)), piece, 'the number of a piece is no text');
  t.equal(findPacket(body({ ...packet, payload: Buffer.from([200, 0x61]) })), undefined, 'bytes that are no text');
  t.equal(findPacket(body({ ...packet, durationFrames: 0 })), undefined, 'a word that takes no time');
  const bits = body(packet);
  for (let wrong = 0; wrong < bits.length; wrong += 1)
    t.equal(findPacket(bits.map((bit, nth) => (nth === wrong ? 1 - bit : bit))), undefined, `bit ${wrong} wrong`);
});
