import t from 'tap';
import { MU_LAW_SILENCE } from '../../media/audio/g711.js';
import { createRecorder, SEGMENT_BYTES, SEGMENT_MS, STEREO_FRAME_BYTES } from '../../media/recorder.js';
import { fc } from '../fixtures/properties.js';

const silence = Buffer.alloc(160, MU_LAW_SILENCE);
const frameOf = (value: number) => Buffer.alloc(160, value);

/** A recorder whose segments are kept as they come. */
const taping = (fromLineMs = 0) => {
  const segments: { n: number; bytes: Buffer }[] = [];
  const recorder = createRecorder({ onSegment: (n, bytes) => segments.push({ n, bytes }), fromLineMs });
  return { recorder, segments, audio: () => Buffer.concat(segments.map(({ bytes }) => bytes)) };
};

/** Left and right sample at a line time. */
const at = (audio: Buffer, lineMs: number) => [audio[lineMs * 16], audio[lineMs * 16 + 1]];

t.test('each second becomes one segment, left the candidate and right the agent', async (t) => {
  const { recorder, segments } = taping();
  recorder.start(0);
  for (let frame = 0; frame < 120; frame += 1) recorder.frame(frame * 20, frameOf(frame % 50), frameOf(100 + (frame % 50)));
  t.strictSame(
    segments.map(({ n, bytes }) => [n, bytes.length]),
    [
      [0, SEGMENT_BYTES],
      [1, SEGMENT_BYTES],
    ],
  );
  t.strictSame([...(segments[0]?.bytes.subarray(0, 4) ?? [])], [0, 100, 0, 100]);
  t.strictSame([...(segments[1]?.bytes.subarray(-4) ?? [])], [49, 149, 49, 149]);
  t.equal(recorder.recordedMs, 2_400);
  recorder.finish();
  t.strictSame([segments[2]?.n, segments[2]?.bytes.length], [2, 20 * STEREO_FRAME_BYTES]);
  recorder.finish();
  recorder.frame(2_400, silence, silence);
  t.equal(segments.length, 3, 'nothing after the end');
});

t.test('a segment under way is told as far as it has come, a fifth of a second at a time', async (t) => {
  const told: [what: string, n: number, ms: number][] = [];
  const parts: Buffer[] = [];
  const recorder = createRecorder({
    onSegment: (n, bytes) => told.push(['whole', n, bytes.length / 16]),
    onPart(n, bytes) {
      told.push(['part', n, bytes.length / 16]);
      parts.push(bytes);
    },
  });
  recorder.start(0);
  for (let frame = 0; frame < 73; frame += 1) recorder.frame(frame * 20, frameOf(frame), frameOf(100 + frame));
  recorder.finish();
  t.strictSame(told, [
    ...[200, 400, 600, 800].map((ms) => ['part', 0, ms]),
    ['whole', 0, 1_000],
    ...[200, 400].map((ms) => ['part', 1, ms]),
    ['whole', 1, 460],
  ]);
  t.strictSame(
    [at(parts[0] ?? silence, 0), at(parts[3] ?? silence, 799)],
    [
      [0, 100],
      [39, 139],
    ],
    'what was told stays as it was',
  );
});

t.test('time before the recording was allowed is silence, and offsets hold from line 0', async (t) => {
  const { recorder, segments, audio } = taping();
  for (let lineMs = 0; lineMs < 2_500; lineMs += 20) recorder.frame(lineMs, frameOf(1), frameOf(2));
  t.equal(segments.length, 0);
  t.equal(recorder.recordedMs, 0);
  recorder.start(2_510);
  t.equal(recorder.recording, true);
  for (let lineMs = 2_520; lineMs < 3_600; lineMs += 20) recorder.frame(lineMs, frameOf(3), frameOf(4));
  recorder.finish();
  t.strictSame(at(audio(), 0), [MU_LAW_SILENCE, MU_LAW_SILENCE]);
  t.strictSame(at(audio(), 2_519), [MU_LAW_SILENCE, MU_LAW_SILENCE]);
  t.strictSame(at(audio(), 2_520), [3, 4]);
  t.equal(audio().length, 3_600 * 16);
});

t.test('a refused recording records nothing', async (t) => {
  const { recorder, segments } = taping();
  for (let lineMs = 0; lineMs < 5_000; lineMs += 20) recorder.frame(lineMs, frameOf(1), frameOf(2));
  recorder.advanceTo(9_000);
  recorder.stop();
  recorder.finish();
  t.strictSame(segments, []);
});

t.test('a stop keeps what was recorded; a new start leaves silence of true length between', async (t) => {
  const { recorder, audio } = taping();
  recorder.start(0);
  for (let lineMs = 0; lineMs < 1_500; lineMs += 20) recorder.frame(lineMs, frameOf(1), frameOf(2));
  recorder.stop();
  for (let lineMs = 1_500; lineMs < 2_500; lineMs += 20) recorder.frame(lineMs, frameOf(9), frameOf(9));
  t.equal(recorder.recordedMs, 1_500);
  recorder.start(2_500);
  recorder.frame(2_500, frameOf(5), frameOf(6));
  recorder.finish();
  t.strictSame(at(audio(), 1_499), [1, 2]);
  t.strictSame(at(audio(), 1_500), [MU_LAW_SILENCE, MU_LAW_SILENCE]);
  t.strictSame(at(audio(), 2_500), [5, 6]);
});

t.test('after a broken media socket the gap is silence of true length', async (t) => {
  const { recorder, audio } = taping();
  recorder.start(0);
  recorder.frame(0, frameOf(1), frameOf(2));
  recorder.advanceTo(3_333);
  t.equal(recorder.recordedMs, 3_320);
  recorder.frame(3_340, frameOf(3), frameOf(4));
  recorder.finish();
  t.strictSame(at(audio(), 20), [MU_LAW_SILENCE, MU_LAW_SILENCE]);
  t.strictSame(at(audio(), 3_339), [MU_LAW_SILENCE, MU_LAW_SILENCE]);
  t.strictSame(at(audio(), 3_340), [3, 4]);
});

t.test('a process that takes over a call begins with the segment of its line time', async (t) => {
  const { recorder, segments } = taping(7_240);
  recorder.start(7_240);
  recorder.frame(7_240, frameOf(3), frameOf(4));
  recorder.finish();
  t.strictSame(
    segments.map(({ n, bytes }) => [n, bytes.length]),
    [[7, 260 * 16]],
  );
});

t.test('line times out of all bounds and frames of the wrong length harm nothing', async (t) => {
  const { recorder, segments, audio } = taping();
  recorder.start(Number.NaN);
  recorder.frame(Number.POSITIVE_INFINITY, silence, silence);
  recorder.frame(-20, silence, silence);
  recorder.frame(9e15, silence, silence);
  t.equal(segments.length, 0);
  recorder.frame(0, Buffer.alloc(3, 1), Buffer.alloc(400, 2));
  recorder.finish();
  t.equal(audio().length, STEREO_FRAME_BYTES);
  t.strictSame([...audio().subarray(0, 8)], [1, 2, 1, 2, 1, 2, MU_LAW_SILENCE, 2]);
});

t.test('whatever frames are lost or repeated, every frame stands at its line time', async (t) => {
  const property = fc.property(
    fc.nat(120),
    fc.array(fc.record({ skip: fc.nat(3), twice: fc.boolean() }), { minLength: 1, maxLength: 200 }),
    (startFrame, steps) => {
      const { recorder, segments, audio } = taping();
      recorder.start(startFrame * 20);
      let frame = startFrame;
      const played = new Map<number, number>();
      for (const { skip, twice } of steps) {
        frame += skip;
        recorder.frame(frame * 20, frameOf(frame % 120), frameOf(120 + (frame % 120)));
        if (twice) recorder.frame(frame * 20, frameOf(254), frameOf(254));
        played.set(frame, frame % 120);
        frame += 1;
      }
      recorder.finish();
      const whole = segments.slice(0, -1).every(({ n, bytes }, index) => n === index && bytes.length === (SEGMENT_MS / 20) * STEREO_FRAME_BYTES);
      const bytes = audio();
      return (
        whole &&
        bytes.length === frame * STEREO_FRAME_BYTES &&
        Array.from({ length: frame }, (_, index) => index).every((index) => {
          const value = played.get(index);
          const [left, right] = at(bytes, index * 20);
          return value === undefined ? left === MU_LAW_SILENCE && right === MU_LAW_SILENCE : left === value && right === 120 + value;
        })
      );
    },
  );
  t.doesNotThrow(() => fc.assert(property));
});
