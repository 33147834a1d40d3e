import t from 'tap';
import { MU_LAW_FRAME_BYTES as FRAME_BYTES, MU_LAW_SILENCE } from '../../media/audio/g711.js';
import { createLineClock, FRAME_MS, type LineFrame } from '../../media/line-clock.js';
import { fc, runs } from '../fixtures/properties.js';

/** A payload that tells which 20 ms it is; never the silence byte. */
const voice = (index: number, bytes = FRAME_BYTES) => Buffer.alloc(bytes, index % 250);
const lineTimes = (frames: LineFrame[]) => frames.map((frame) => frame.lineMs);
const row = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index * FRAME_MS);
const firstBytes = (frames: LineFrame[]) => frames.map((frame) => (frame.filled ? 'silence' : frame.audio[0]));

t.test('audio in order passes at once, frame by frame', async (t) => {
  const clock = createLineClock();
  for (let index = 0; index < 10; index += 1) {
    t.strictSame(clock.push(index * 20, voice(index)), [{ lineMs: index * 20, audio: voice(index), filled: false }]);
  }
  t.strictSame(clock.flush(), []);
  t.equal(clock.gapMs, 0);
  t.equal(clock.lineMs, 200);
});

t.test('a hole stays open for 60 ms of later audio, then it is silence', async (t) => {
  const clock = createLineClock();
  clock.push(0, voice(1));
  t.strictSame(
    [40, 60, 80].flatMap((at) => clock.push(at, voice(at))),
    [],
    'the piece for 20 ms may still come',
  );
  t.strictSame(firstBytes(clock.push(100, voice(100))), ['silence', 40, 60, 80, 100]);
  t.equal(clock.gapMs, 20);
  t.strictSame(clock.push(20, voice(20)), [], 'too late');
  t.equal(clock.droppedEvents, 1);
  t.strictSame(lineTimes(clock.push(120, voice(120))), [120]);
});

t.test('a late piece fills its own place, a duplicate none', async (t) => {
  const clock = createLineClock();
  const frames = [0, 40, 40, 60, 0, 20, 60, 80].flatMap((at) => clock.push(at, voice(at + 1)));
  t.strictSame(firstBytes(frames), [1, 21, 41, 61, 81]);
  t.strictSame(lineTimes(frames), row(0, 5));
  t.equal(clock.droppedEvents, 3);
  t.equal(clock.gapMs, 0);
});

t.test('payloads of any length come out as whole frames with every sample in place', async (t) => {
  for (const bytes of [1, 37, 80, 159, 161, 320, 800, 20_000]) {
    const clock = createLineClock();
    const count = Math.ceil(4_000 / bytes);
    const sent = Buffer.from(Array.from({ length: count * bytes }, (_, index) => index % 251));
    const frames: LineFrame[] = [];
    for (let index = 0; index < count; index += 1) frames.push(...clock.push((index * bytes) / 8, sent.subarray(index * bytes, (index + 1) * bytes)));
    frames.push(...clock.flush());
    const received = Buffer.concat(frames.map((frame) => frame.audio));
    // Timestamps are whole ms: pieces shorter than that cannot all be told from duplicates.
    if (bytes >= 37) t.ok(received.subarray(0, sent.length).equals(sent), `${bytes} bytes`);
    t.equal(received.length % FRAME_BYTES, 0);
    t.strictSame(lineTimes(frames), row(0, frames.length));
  }
});

t.test('an empty payload is nothing', async (t) => {
  const clock = createLineClock();
  t.strictSame(clock.push(0, Buffer.alloc(0)), []);
  t.strictSame(lineTimes(clock.push(0, voice(1))), [0]);
});

t.test('a clock that jitters by a few ms makes neither holes nor overlaps', async (t) => {
  const clock = createLineClock();
  const frames = [5, 21, 39, 64, 83, 98, 121, 140].flatMap((at, index) => clock.push(at, voice(index)));
  t.strictSame(firstBytes(frames), [0, 1, 2, 3, 4, 5, 6, 7]);
  t.equal(clock.gapMs, 0);
});

t.test('a big jump ahead is filled up to 10 s and the rest is counted', async (t) => {
  const clock = createLineClock();
  clock.push(0, voice(1));
  t.strictSame(clock.push(60_000, voice(2)), [], 'one stamp alone is not believed');
  const frames = [60_020, 60_040, 60_060, 60_080].flatMap((at) => clock.push(at, voice(3)));
  t.equal(frames.length, 500 + 4 - 4 + 5);
  t.strictSame(lineTimes(frames), row(20, 505));
  t.equal(clock.gapMs, 10_000);
  t.equal(clock.skippedMs, 60_000 - 20 - 10_000);
});

t.test('one absurd timestamp costs nothing', async (t) => {
  for (const absurd of [9e15, 1e308, Number.POSITIVE_INFINITY, Number.NaN, -40, 7_200_000]) {
    const clock = createLineClock();
    const frames = [0, 20, absurd, 60, 80].flatMap((at, index) => clock.push(at, voice(index)));
    frames.push(...clock.flush());
    t.strictSame(firstBytes(frames), [0, 1, 2, 3, 4], String(absurd));
    t.equal(clock.gapMs, 0);
  }
});

t.test('without timestamps the order of arrival counts', async (t) => {
  const clock = createLineClock();
  const frames = row(0, 30).flatMap((_, index) => clock.push(Number.NaN, voice(index)));
  t.strictSame(
    firstBytes(frames),
    row(0, 30).map((_, index) => index),
  );
});

t.test('a first timestamp with another origin, such as the epoch, is line 0', async (t) => {
  const clock = createLineClock();
  t.strictSame(lineTimes(clock.push(1_705_312_200_000, voice(1))), [0]);
  t.strictSame(lineTimes(clock.push(1_705_312_200_020, voice(2))), [20]);
});

t.test('a carrier clock that was set back, or stands still, does not make the call deaf', async (t) => {
  const setBack = createLineClock();
  for (const at of row(0, 50)) setBack.push(at, voice(1));
  const afterwards = row(0, 50).flatMap((at) => setBack.push(at, voice(2)));
  t.strictSame(lineTimes(afterwards), row(1_000, afterwards.length));
  t.ok(afterwards.length >= 38, `${afterwards.length} of 50`);

  const still = createLineClock();
  const frames = row(0, 200).flatMap(() => still.push(0, voice(3)));
  t.strictSame(lineTimes(frames), row(0, frames.length));
  t.ok(frames.length >= 150, `${frames.length} of 200`);
});

t.test('a second stream of a call begins at its line time', async (t) => {
  const clock = createLineClock({ startLineMs: 7_213 });
  t.strictSame(lineTimes(clock.push(0, voice(1))), [7_200]);
  t.strictSame(lineTimes(clock.push(20, voice(2))), [7_220]);
});

t.test('silence steps in when frames stop, and what comes late for that time is dropped', async (t) => {
  const clock = createLineClock();
  clock.push(0, voice(1));
  t.strictSame(firstBytes(clock.fillTo(105)), ['silence', 'silence', 'silence', 'silence']);
  t.strictSame(clock.push(40, voice(2)), []);
  t.strictSame(lineTimes(clock.push(100, voice(3))), [100]);
  t.equal(clock.fillTo(3_600_000).length, 500, 'bounded');
});

t.test('a flush gives out what was held back and completes the last frame', async (t) => {
  const clock = createLineClock();
  clock.push(0, voice(1));
  clock.push(40, voice(2, 80));
  const frames = clock.flush();
  t.strictSame(firstBytes(frames), ['silence', 2]);
  t.equal(frames[1]?.audio[79], 2);
  t.equal(frames[1]?.audio[80], MU_LAW_SILENCE);
  t.equal(frames[1]?.audio.length, FRAME_BYTES);
});

t.test('any order within 60 ms, with losses and duplicates, comes out even, gapless and in place', async (t) => {
  const piece = fc.record({ lost: fc.boolean(), rare: fc.nat(5), delayMs: fc.integer({ min: 0, max: 60 }), copies: fc.integer({ min: 1, max: 3 }) });
  const property = fc.property(fc.array(piece, { minLength: 1, maxLength: 200 }), (pieces) => {
    const arrivals = pieces
      .map((each, index) => ({ ...each, index, kept: index === 0 || !(each.lost && each.rare === 0) }))
      .filter(({ kept }) => kept)
      .flatMap(({ index, delayMs, copies }) => Array.from({ length: copies }, () => ({ index, at: index * FRAME_MS + delayMs })))
      .sort((a, b) => a.at - b.at);
    const clock = createLineClock();
    const frames = arrivals.flatMap(({ index }) => clock.push(index * FRAME_MS, voice(index)));
    frames.push(...clock.flush());
    const received = new Set(arrivals.map(({ index }) => index));
    const last = Math.max(...received);
    if (frames.length !== last + 1) return false;
    return frames.every(
      (frame, index) =>
        frame.lineMs === index * FRAME_MS &&
        frame.filled === !received.has(index) &&
        frame.audio.equals(received.has(index) ? voice(index) : Buffer.alloc(FRAME_BYTES, MU_LAW_SILENCE)),
    );
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: runs(300) }));
});

t.test('no input whatever breaks the evenness of the line', async (t) => {
  const stamp = fc.oneof(fc.integer({ min: -100, max: 20_000 }), fc.double(), fc.integer());
  const property = fc.property(fc.array(fc.tuple(stamp, fc.integer({ min: 0, max: 900 })), { maxLength: 150 }), (events) => {
    const clock = createLineClock();
    const frames = events.flatMap(([at, bytes]) => clock.push(at, voice(7, bytes)));
    frames.push(...clock.flush());
    return frames.every((frame, index) => frame.lineMs === index * FRAME_MS && frame.audio.length === FRAME_BYTES);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: runs(300) }));
});
