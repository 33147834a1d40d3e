import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import { MU_LAW_SILENCE } from '../../media/audio/g711.js';
import { SEGMENT_BYTES, STEREO_FRAME_BYTES } from '../../media/recorder.js';
import { isDeadOwner, registerOwner } from '../../server/lease-owner.js';
import { type AudioPiece, type AudioSource, addGap, assemble } from '../../server/recording/assembly.js';
import type { RecordingGap } from '../../server/recording/contract.js';
import { createShipping, type SegmentBackup, type ShippedSegment } from '../../server/recording/shipping.js';
import { createSpool } from '../../server/recording/spool.js';
import { encodeSpoolHeader, listSpools, openSpoolFile, SPOOL_HEADER_BYTES, spoolPath } from '../../server/recording/spool-file.js';
import { realClock, virtualClock } from '../../server/runtime.js';
import { fc, runs } from '../fixtures/properties.js';
import { until } from '../fixtures/world/server-client.js';

const log = pino({ level: 'silent' });
const segmentOf = (value: number, bytes = SEGMENT_BYTES) => Buffer.alloc(bytes, value);
const headerOf = (callId: string, firstN = 0) =>
  ({
    format: 'screenline-ulaw2',
    version: 1,
    call_id: callId,
    company_id: 'co_aaaaaaaaaaaaaaaaaaaa',
    epoch: 7,
    first_n: firstN,
    started_at_ms: 1,
    sample_rate_hz: 8000,
    channels: 2,
    owner: 'host/1/test',
  }) as const;
const spoolIn = (folder: string, callId = 'cal_one', firstN = 0) => {
  const path = spoolPath(folder, callId, 7);
  return { path, spool: createSpool({ path, header: headerOf(callId, firstN), clock: realClock(), log }) };
};

t.test('a spool file is a header record and whole frames, and reads back by line time', async (t) => {
  const folder = join(t.testdir({}), 'recordings');
  const { path, spool } = spoolIn(folder, 'cal_one', 3);
  spool.append(3, segmentOf(1));
  spool.append(4, segmentOf(2));
  spool.append(4, segmentOf(9));
  spool.append(5, segmentOf(3, 4 * STEREO_FRAME_BYTES));
  await spool.close(5_000);
  t.equal(spool.failed, false);
  t.strictSame([2, 3, 5, 6].map(spool.holds), [false, true, true, false]);
  t.ok((await spool.read(4))?.equals(segmentOf(2)));
  t.equal(await spool.read(6), undefined);

  t.equal(readFileSync(path).length, SPOOL_HEADER_BYTES + 2 * SEGMENT_BYTES + 4 * STEREO_FRAME_BYTES);
  t.strictSame(await listSpools(folder), [{ path, callId: 'cal_one', epoch: 7 }]);
  const file = await openSpoolFile(path);
  t.strictSame(file?.header, headerOf('cal_one', 3));
  t.strictSame([file?.startMs, file?.endMs], [3_000, 5_080]);
  const part = await file?.read(3_980, 9_000);
  t.equal(part?.startMs, 3_980);
  t.strictSame([part?.bytes[0], part?.bytes[319], part?.bytes[320], part?.bytes.at(-1), part?.bytes.length], [1, 1, 2, 3, (5_080 - 3_980) * 16]);
  await file?.close();
});

t.test('segments that never came are silence in the spool', async (t) => {
  const { spool } = spoolIn(t.testdir({}));
  spool.append(0, segmentOf(1));
  spool.append(2, segmentOf(3));
  await spool.close(5_000);
  t.ok((await spool.read(1))?.equals(segmentOf(MU_LAW_SILENCE)));
  t.ok((await spool.read(2))?.equals(segmentOf(3)));
});

t.test('a tail that a crash has cut is cut to a whole frame, and a cut header holds nothing', async (t) => {
  const { path, spool } = spoolIn(t.testdir({}));
  spool.append(0, segmentOf(1));
  await spool.close(5_000);
  appendFileSync(path, randomBytes(STEREO_FRAME_BYTES + 100));
  const file = await openSpoolFile(path);
  t.equal(file?.endMs, 1_020);
  await file?.close();
  truncateSync(path, SPOOL_HEADER_BYTES - 1);
  t.equal(await openSpoolFile(path), undefined);
  writeFileSync(path, Buffer.alloc(2_000, 32));
  t.equal(await openSpoolFile(path), undefined, 'spaces are no header');
});

t.test('a folder that cannot be written fails the spool, not the call', async (t) => {
  const folder = join(t.testdir({ file: 'not a folder' }), 'file');
  const { spool } = spoolIn(folder);
  spool.append(0, segmentOf(1));
  await spool.close(5_000);
  t.equal(spool.failed, true);
  t.equal(spool.holds(0), false);
  t.equal(await spool.read(0), undefined);
});

t.test('a file that exists is never written into by another epoch', async (t) => {
  const folder = t.testdir({});
  writeFileSync(spoolPath(folder, 'cal_one', 7), 'precious');
  const { path, spool } = spoolIn(folder);
  spool.append(0, segmentOf(1));
  await spool.close(5_000);
  t.equal(spool.failed, true);
  t.equal(readFileSync(path, 'utf8'), 'precious');
});

t.test('a segment under way is in the file as far as it has come, and only what is new of it is written', async (t) => {
  const { path, spool } = spoolIn(t.testdir({}));
  const segment = Buffer.concat([segmentOf(1, SEGMENT_BYTES / 2), segmentOf(2, SEGMENT_BYTES / 2)]);
  const lengthOf = async () => {
    if (!existsSync(path)) return undefined;
    const file = await openSpoolFile(path);
    await file?.close();
    return file?.endMs;
  };
  spool.append(0, segmentOf(9));
  spool.grow(1, segment.subarray(0, SEGMENT_BYTES / 5));
  await until('a fifth', async () => (await lengthOf()) === 1_200);
  t.strictSame([0, 1].map(spool.holds), [true, false], 'a segment is held when it is whole');
  spool.grow(1, segment.subarray(0, SEGMENT_BYTES / 2));
  spool.grow(1, segment.subarray(0, (SEGMENT_BYTES * 4) / 5));
  await until('four fifths', async () => (await lengthOf()) === 1_800);
  spool.append(1, segment);
  spool.grow(1, segment.subarray(0, SEGMENT_BYTES / 2));
  await spool.close(5_000);
  t.strictSame([0, 1, 2].map(spool.holds), [true, true, false]);
  t.ok(
    readFileSync(path)
      .subarray(SPOOL_HEADER_BYTES)
      .equals(Buffer.concat([segmentOf(9), segment])),
  );
});

t.test('a recording that begins late in its call has all the silence before it in the spool', async (t) => {
  const { path, spool } = spoolIn(t.testdir({}));
  // A recorder gives these out at once, when the yes to the recording comes after five minutes.
  for (let n = 0; n < 300; n += 1) spool.append(n, segmentOf(MU_LAW_SILENCE));
  spool.append(300, segmentOf(1));
  await spool.close(5_000);
  t.equal(spool.failed, false);
  t.equal(readFileSync(path).length, SPOOL_HEADER_BYTES + 301 * SEGMENT_BYTES);
});

t.test('a disk that has taken nothing for half a minute is given up', async (t) => {
  let at = 0;
  const path = spoolPath(t.testdir({}), 'cal_one', 7);
  const spool = createSpool({ path, header: headerOf('cal_one'), clock: { ...realClock(), monotonic: () => at }, log });
  // Nothing is written before this loop ends: the event loop does not turn.
  for (let n = 0; n < 30; n += 1, at += 1_000) spool.append(n, segmentOf(1));
  t.equal(spool.failed, false);
  at += 1;
  spool.append(30, segmentOf(1));
  t.equal(spool.failed, true);
  await spool.close(5_000);
  t.equal(spool.holds(0), false);
});

t.test('a header keeps its length with any name in it', async (t) => {
  t.equal(encodeSpoolHeader({ ...headerOf('cal_é'), owner: 'hôte/1/x' }).length, SPOOL_HEADER_BYTES);
  t.throws(() => encodeSpoolHeader(headerOf('x'.repeat(700))), RangeError);
});

t.test('an owner is dead only when that is certain', async (t) => {
  const self = registerOwner('now');
  t.equal(isDeadOwner(self.name), false);
  t.equal(isDeadOwner(self.name.replace('now', 'before')), true, 'an earlier process with our id');
  t.equal(isDeadOwner(self.name.replace(`/${process.pid}/`, `/${process.ppid}/`)), false, 'a process that lives');
  t.equal(isDeadOwner(self.name.replace(`/${process.pid}/`, '/4194305/')), true, 'an id that no process can have');
  t.equal(isDeadOwner('elsewhere/1/x'), false, 'another host');
  t.equal(isDeadOwner('nonsense'), false);
  self.retire();
  t.equal(isDeadOwner(self.name), true);
});

/** A store that can go away, and remembers what arrived. */
const flakyStore = () => {
  const arrived: ShippedSegment[] = [];
  const state = { away: false, busy: 0, mostBusy: 0, largestBatch: 0, tries: 0 };
  const insert = async (batch: ShippedSegment[]) => {
    state.tries += 1;
    state.busy += 1;
    state.mostBusy = Math.max(state.mostBusy, state.busy);
    state.largestBatch = Math.max(state.largestBatch, batch.length);
    await new Promise((resolve) => setImmediate(resolve));
    state.busy -= 1;
    if (state.away) throw new Error('away');
    arrived.push(...batch);
  };
  return { arrived, state, insert };
};
const shipped = (n: number, callId = 'cal_one'): ShippedSegment => ({ companyId: 'co', callId, epoch: 1, n, bytes: segmentOf(n % 250, 320) });
const noBackup: SegmentBackup = { holds: () => false, read: async () => undefined };

t.test('segments go to the store in batches, two at a time, and all arrive', async (t) => {
  const clock = virtualClock();
  const store = flakyStore();
  const shipping = createShipping({ insert: store.insert, clock, log });
  for (let n = 0; n < 200; n += 1) shipping.ship(shipped(n), noBackup);
  await clock.advance(50);
  t.equal(await shipping.settle(1_000), true);
  t.strictSame(
    store.arrived.map(({ n }) => n).sort((a, b) => a - b),
    Array.from({ length: 200 }, (_, n) => n),
  );
  t.equal(store.state.mostBusy, 2);
  t.equal(store.state.largestBatch, 16);
});

t.test('while the store is away segments wait, tries are few, and the rest comes from the spool', async (t) => {
  const clock = virtualClock();
  const store = flakyStore();
  const shipping = createShipping({ insert: store.insert, clock, log });
  const read: number[] = [];
  const backup: SegmentBackup = {
    holds: () => true,
    async read(n) {
      read.push(n);
      return shipped(n).bytes;
    },
  };
  store.state.away = true;
  for (let n = 0; n < 1_200; n += 1) {
    shipping.ship(shipped(n), backup);
    if (n % 10 === 0) await clock.advance(1_000);
  }
  t.equal(store.arrived.length, 0);
  t.ok(store.state.tries < 25, `${store.state.tries} tries in two minutes`);
  store.state.away = false;
  await clock.advance(60_000);
  t.equal(await shipping.settle(1_000), true);
  t.strictSame(
    store.arrived.map(({ n, bytes }) => [n, bytes[0]]).sort(([a = 0], [b = 0]) => a - b),
    Array.from({ length: 1_200 }, (_, n) => [n, n % 250]),
  );
  t.ok(read.length >= 1_200 - 512, 'memory held no more than its bound');
  t.equal(shipping.lostSegments, 0);
});

t.test('with neither store nor spool memory stays bounded and the loss is counted', async (t) => {
  const clock = virtualClock();
  const store = flakyStore();
  store.state.away = true;
  const shipping = createShipping({ insert: store.insert, clock, log });
  for (let n = 0; n < 700; n += 1) shipping.ship(shipped(n), noBackup);
  await clock.advance(10);
  store.state.away = false;
  await clock.advance(60_000);
  t.equal(await shipping.settle(1_000), true);
  t.equal(shipping.lostSegments + store.arrived.length, 700);
  t.ok(shipping.lostSegments >= 100, `${shipping.lostSegments} lost`);
});

t.test('what waits of a finished call is forgotten, other calls go on', async (t) => {
  const clock = virtualClock();
  const store = flakyStore();
  store.state.away = true;
  const shipping = createShipping({ insert: store.insert, clock, log });
  for (let n = 0; n < 40; n += 1) shipping.ship(shipped(n, n % 2 === 0 ? 'cal_even' : 'cal_odd'), noBackup);
  await clock.advance(5);
  await shipping.drop('cal_even', 1_000);
  store.state.away = false;
  await clock.advance(30_000);
  t.equal(await shipping.settle(1_000), true);
  t.strictSame(new Set(store.arrived.map(({ callId }) => callId)), new Set(['cal_odd']));
  t.equal(store.arrived.length, 20);
});

/** A source that has these frames, each filled with its value. */
const sourceOf = (epoch: number, frames: ReadonlyMap<number, number>): AudioSource => ({
  epoch,
  startMs: Math.min(0, ...frames.keys()) * 20,
  endMs: (Math.max(-1, ...frames.keys()) + 1) * 20,
  async read(fromMs, toMs) {
    const pieces: AudioPiece[] = [];
    for (const [frame, value] of frames) {
      if (frame * 20 >= fromMs && frame * 20 < toMs) pieces.push({ startMs: frame * 20, bytes: Buffer.alloc(STEREO_FRAME_BYTES, value) });
    }
    return pieces;
  },
});

const assembled = async (sources: AudioSource[], totalMs: number) => {
  const parts: Buffer[] = [];
  const gaps: RecordingGap[] = [];
  for await (const window of assemble(sources, totalMs)) {
    parts.push(window.bytes);
    for (const gap of window.gaps) addGap(gaps, gap);
  }
  return { audio: Buffer.concat(parts), gaps };
};

t.test('missing audio is silence of true length and is listed, across windows too', async (t) => {
  const frames = new Map([0, 1, 2_000, 2_001].map((frame) => [frame, 5]));
  const { audio, gaps } = await assembled([sourceOf(1, frames)], 40_040);
  t.equal(audio.length, 40_040 * 16);
  t.strictSame(gaps, [{ start_ms: 40, end_ms: 40_000 }]);
  t.strictSame([audio[39 * 16], audio[40 * 16], audio[40_000 * 16]], [5, MU_LAW_SILENCE, 5]);
});

t.test('the later epoch wins where it has sound', async (t) => {
  const first = sourceOf(1, new Map([0, 1, 2].map((frame) => [frame, 1])));
  const second = sourceOf(
    2,
    new Map([
      [1, MU_LAW_SILENCE],
      [2, 2],
      [3, MU_LAW_SILENCE],
    ]),
  );
  const { audio, gaps } = await assembled([first, second], 80);
  t.strictSame(
    [0, 1, 2, 3].map((frame) => audio[frame * STEREO_FRAME_BYTES]),
    [1, 1, 2, MU_LAW_SILENCE],
  );
  t.strictSame(gaps, []);
});

t.test('whatever the sources hold, every frame stands at its line time', async (t) => {
  const frames = fc.dictionary(fc.nat(120).map(String), fc.nat(200), { maxKeys: 60 });
  await fc.assert(
    fc.asyncProperty(frames, frames, async (one, two) => {
      const maps = [one, two].map((each) => new Map(Object.entries(each).map(([frame, value]) => [Number(frame), value])));
      const total = 121;
      const { audio, gaps } = await assembled(
        maps.map((map, index) => sourceOf(index, map)),
        total * 20,
      );
      const inGap = (frame: number) => gaps.some((gap) => gap.start_ms <= frame * 20 && frame * 20 < gap.end_ms);
      for (let frame = 0; frame < total; frame += 1) {
        const expected = maps[1]?.get(frame) ?? maps[0]?.get(frame);
        const piece = audio.subarray(frame * STEREO_FRAME_BYTES, (frame + 1) * STEREO_FRAME_BYTES);
        if (!piece.equals(Buffer.alloc(STEREO_FRAME_BYTES, expected ?? MU_LAW_SILENCE)) || inGap(frame) !== (expected === undefined)) {
          throw new Error(`frame ${frame}`);
        }
      }
    }),
    { numRuns: runs(50) },
  );
  t.pass('50 random pairs of sources');
});

t.test('no file but spools is taken for one', async (t) => {
  const folder = t.testdir({ 'cal_one.7.ulaw2': '', 'cal_one.ulaw2': '', 'notes.txt': '', 'cal_one.7.ulaw2.tmp': '' });
  t.strictSame(
    (await listSpools(folder)).map(({ callId, epoch }) => [callId, epoch]),
    [['cal_one', 7]],
  );
});
