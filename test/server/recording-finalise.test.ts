import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mongoose, { type Connection } from 'mongoose';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { MU_LAW_SILENCE } from '../../media/audio/g711.js';
import { parseWav } from '../../media/audio/wav.js';
import { createRecorder } from '../../media/recorder.js';
import { createRecordings, type FinishedRecording, type RecordingSink, type Recordings } from '../../server/recording/index.js';
import { processRandom, randomIds, steerableClock } from '../../server/runtime.js';
import { startEmbeddedStore } from '../../server/store/embedded/index.js';
import { agentFrame, candidateFrame, stereo } from './recording-voice.js';

const COMPANY = 'co_aaaaaaaaaaaaaaaaaaaa';
const OTHER_COMPANY = 'co_bbbbbbbbbbbbbbbbbbbb';
const ids = randomIds(processRandom());
const silence = (ms: number) => Buffer.alloc(ms * 16, MU_LAW_SILENCE);
const newCall = () => ({ id: ids.create('call'), companyId: COMPANY });

/** A wire to the store that can be cut and mended. */
const breakableWire = async (t: Test, target: { host: string; port: number } | { path: string }) => {
  const sockets = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) return near.destroy();
    const far = connect(target);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
    return near;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  t.teardown(() => {
    cut();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    cut,
    mend: () => {
      whole = true;
    },
  };
};

const connectTo = (uri: string): Promise<Connection> =>
  mongoose.createConnection(uri, { serverSelectionTimeoutMS: 500, bufferCommands: false }).asPromise();

const given = process.env['MONGODB_TEST_URI'];
const embedded = given ? undefined : await startEmbeddedStore({ dataDir: t.testdir({}) });
t.teardown(() => embedded?.close());

/** One database and the servers that use it, over a wire of their own. MONGODB_TEST_URI puts a real MongoDB in the place of the embedded store. */
const startWorld = async (t: Test) => {
  const folder = t.testdir({});
  const dbName = `recording_${ids.create('run')}`;
  const { hostname, port } = new URL(given ?? embedded?.uri ?? '');
  const socketPath = decodeURIComponent(hostname);
  const wire = await breakableWire(t, socketPath.startsWith('/') ? { path: socketPath } : { host: hostname, port: Number(port || 27017) });
  const uri = `mongodb://127.0.0.1:${wire.port}/${dbName}?directConnection=true`;
  const connection = await connectTo(uri);
  t.teardown(async () => {
    wire.mend();
    if (given) await connection.dropDatabase();
    await connection.close();
  });
  const startServer = async (name = 'server'): Promise<Recordings> => {
    const own = await connectTo(uri);
    const recordings = createRecordings({
      connection: own,
      dataDir: join(folder, name),
      clock: steerableClock(1),
      ids,
      log: pino({ level: 'silent' }),
    });
    t.teardown(async () => {
      await recordings.close();
      await own.close();
    });
    return recordings;
  };
  const countOf = (collection: string) =>
    connection
      .collection(collection)
      .find({})
      .toArray()
      .then((found) => found.length);
  return { folder, uri, connection, wire, startServer, countOf };
};

/** Records the frames `from` to before `to` of a call. */
const record = (sink: RecordingSink, from: number, to: number, except: (frame: number) => boolean = () => false) => {
  const recorder = createRecorder({
    onSegment: (n, bytes) => sink.segment(n, bytes),
    onPart: (n, bytes) => sink.part(n, bytes),
    fromLineMs: from * 20,
  });
  recorder.start(from * 20);
  for (let frame = from; frame < to; frame += 1) if (!except(frame)) recorder.frame(frame * 20, candidateFrame(frame), agentFrame(frame));
  recorder.advanceTo(to * 20);
  recorder.finish();
};

const bytesOf = async (recording: FinishedRecording | undefined, range?: { start: number; end: number }): Promise<Buffer> => {
  if (!recording) throw new Error('there is no recording');
  const chunks: Buffer[] = [];
  for await (const chunk of recording.open(range)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const audioOf = async (recording: FinishedRecording | undefined): Promise<Buffer> => parseWav(await bytesOf(recording)).audio;

const spoolsIn = (folder: string) => (existsSync(join(folder, 'recordings')) ? readdirSync(join(folder, 'recordings')) : []);

t.test('a call becomes one WAV file in the store, sample by sample what was recorded', async (t) => {
  const world = await startWorld(t);
  const server = await world.startServer();
  const call = newCall();
  const sink = server.open(call);
  record(sink, 0, 2_010);
  sink.segment(0, silence(1_000));
  t.equal(await server.reader.find(COMPANY, call.id), undefined, 'not before it is finalised');
  await sink.close(40_215);

  const recording = await server.reader.find(COMPANY, call.id);
  const file = await bytesOf(recording);
  const wav = parseWav(file);
  t.match(wav, { encoding: 'mulaw', channels: 2, sampleRateHz: 8000 });
  t.ok(wav.audio.equals(stereo(0, 2_010)));
  t.strictSame(
    { ...recording, open: undefined },
    {
      id: recording?.id,
      channels: 2,
      sizeBytes: 58 + 40_200 * 16,
      sha256: createHash('sha256').update(file).digest('hex'),
      durationMs: 40_200,
      gaps: [],
      open: undefined,
    },
  );
  t.match(recording?.id, /^rec_[a-z0-9]{16,32}$/);
  t.equal(file.length, recording?.sizeBytes);
  t.equal(await server.reader.findStatus(COMPANY, call.id), 'ready');

  t.strictSame(spoolsIn(join(world.folder, 'server')), []);
  t.equal(await world.countOf('recording_segments'), 0);
  t.equal(await world.countOf('recordings.files'), 1);

  t.test('byte ranges, across the chunks of the store', async (t) => {
    for (const [start, end] of [
      [0, 0],
      [0, 57],
      [58, 61],
      [261_100, 261_200],
      [200_000, 600_000],
      [file.length - 1, file.length - 1],
      [0, file.length - 1],
    ] as const) {
      t.ok((await bytesOf(recording, { start, end: end + 1 })).equals(file.subarray(start, end + 1)), `${start}-${end}`);
    }
  });

  t.test('another company has no such recording', async (t) => {
    t.equal(await server.reader.find(OTHER_COMPANY, call.id), undefined);
    t.equal(await server.reader.findStatus(OTHER_COMPANY, call.id), undefined);
    t.equal(await server.reader.findStatus(COMPANY, newCall().id), undefined);
  });

  t.test('finalising again, by anybody, changes nothing', async (t) => {
    await sink.close(99_000);
    t.equal(await server.recoverCrashed(), 0);
    t.equal(await (await world.startServer('another')).recoverCrashed(), 0);
    t.ok((await bytesOf(await server.reader.find(COMPANY, call.id))).equals(file));
  });
});

t.test('a refused recording leaves nothing but the word that there is none', async (t) => {
  const world = await startWorld(t);
  const server = await world.startServer();
  const call = newCall();
  await server.open(call).close(65_000);
  t.equal(await server.reader.findStatus(COMPANY, call.id), 'none');
  t.equal(await server.reader.find(COMPANY, call.id), undefined);
  t.strictSame(spoolsIn(join(world.folder, 'server')), []);
  for (const collection of ['recording_segments', 'recordings.files', 'recordings.chunks']) t.equal(await world.countOf(collection), 0, collection);
});

/** Starts the child, and kills it (SIGKILL) when it has recorded up to `lineMs`. Gives the line time that it reported last. */
const recordAndKill = async (t: Test, childArguments: string[], lineMs: number): Promise<number> => {
  const here = fileURLToPath(import.meta.url);
  const child: ChildProcess = fork(join(here, `../recording-child${extname(here)}`), childArguments, {
    execArgv: extname(here) === '.ts' ? ['--import', 'tsx'] : [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let reported = 0;
  child.on('message', (message) => {
    reported = Number(message);
    if (reported >= lineMs) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'exit');
  t.equal(signal, 'SIGKILL');
  return reported;
};

for (const { killedAtMs, storeAway, title } of [
  { killedAtMs: 1_700, storeAway: false, title: 'in the middle of a second' },
  { killedAtMs: 2_980, storeAway: false, title: 'at the end of a second' },
  { killedAtMs: 1_700, storeAway: true, title: 'with the store away' },
]) {
  t.test(`a server killed with -9 ${title} loses at most half a second of what it had recorded, and the next start makes the file`, async (t) => {
    const world = await startWorld(t);
    const call = newCall();
    const uri = storeAway ? 'mongodb://127.0.0.1:1/none' : world.uri;
    const reachedMs = await recordAndKill(t, [join(world.folder, 'server'), uri, call.id, '1', '0'], killedAtMs);
    t.equal(spoolsIn(join(world.folder, 'server')).length, 1);

    // Two servers start at once on the same folder: one of them makes the file.
    const servers = [await world.startServer(), await world.startServer()];
    const made = await Promise.all(servers.map((server) => server.recoverCrashed()));
    t.strictSame(made.sort(), [0, 1]);

    const recording = await servers[0]?.reader.find(COMPANY, call.id);
    const audio = await audioOf(recording);
    t.ok(reachedMs - audio.length / 16 <= 500, `lost ${reachedMs - audio.length / 16} ms`);
    t.ok(audio.length >= 1_000 * 16);
    t.ok(audio.equals(stereo(0, audio.length / 320)), 'what is there is what was recorded');
    t.strictSame(recording?.gaps, []);
    t.strictSame(spoolsIn(join(world.folder, 'server')), []);
    t.equal(await world.countOf('recording_segments'), 0);
  });
}

t.test('a call that goes on after the crash ends as one file, with the break as a gap', async (t) => {
  const world = await startWorld(t);
  const call = newCall();
  await recordAndKill(t, [join(world.folder, 'server'), world.uri, call.id, '4', '0'], 2_500);
  const server = await world.startServer();
  t.equal(await server.recoverCrashed(), 1);
  const before = await audioOf(await server.reader.find(COMPANY, call.id));
  const lostFromMs = before.length / 16;

  const sink = server.open(call);
  record(sink, 360, 460);
  t.equal(await server.recoverCrashed(), 0, 'a live call is not a crashed one');
  await sink.close(9_200);
  const recording = await server.reader.find(COMPANY, call.id);
  const audio = await audioOf(recording);
  t.equal(recording?.durationMs, 9_200);
  t.ok(audio.subarray(0, before.length).equals(before));
  t.ok(audio.subarray(before.length, 7_200 * 16).equals(silence(7_200 - lostFromMs)));
  t.ok(audio.subarray(7_200 * 16).equals(stereo(360, 460)));
  t.strictSame(recording?.gaps, [{ start_ms: lostFromMs, end_ms: 7_000 }]);
  t.equal(await world.countOf('recordings.files'), 1, 'the first file is gone');
  t.strictSame(spoolsIn(join(world.folder, 'server')), []);
});

t.test('a call of a lost machine is made from the segments in the store', async (t) => {
  const world = await startWorld(t);
  const call = newCall();
  const lost = await world.startServer('lost');
  record(lost.open(call), 0, 260);
  // No frame is ever taken from the folder of the lost machine again.
  for (let tries = 0; (await world.countOf('recording_segments')) < 6 && tries < 500; tries += 1) await new Promise(setImmediate);
  const finder = await world.startServer('finder');
  t.equal(await finder.recoverCrashed(), 0, 'its owner lives');
  t.equal(await finder.reader.findStatus(COMPANY, call.id), 'recording');

  await world.connection.collection('recording_segments').deleteOne({ call_id: call.id, n: 1 });
  await world.connection.collection('recording_segments').updateOne({ call_id: call.id, n: 3 }, { $set: { crc32: 1 } });
  await lost.close();
  t.equal(await finder.recoverCrashed(), 1);
  const recording = await finder.reader.find(COMPANY, call.id);
  t.strictSame(recording?.gaps, [
    { start_ms: 1_000, end_ms: 2_000 },
    { start_ms: 3_000, end_ms: 4_000 },
  ]);
  const expected = Buffer.concat([stereo(0, 50), silence(1_000), stereo(100, 150), silence(1_000), stereo(200, 260)]);
  t.ok((await audioOf(recording)).equals(expected));
  t.equal(await world.countOf('recording_segments'), 0);

  t.test('and the machine, when it comes back, adds what only it had', async (t) => {
    const back = await world.startServer('lost');
    t.equal(await back.recoverCrashed(), 1);
    const whole = await back.reader.find(COMPANY, call.id);
    t.strictSame(whole?.gaps, []);
    t.ok((await audioOf(whole)).equals(stereo(0, 260)));
    t.strictSame(spoolsIn(join(world.folder, 'lost')), []);
  });
});

t.test('a store that goes away and comes back has the whole recording in the end', async (t) => {
  const world = await startWorld(t);
  const server = await world.startServer();
  const call = newCall();
  const sink = server.open(call);
  record(sink, 0, 100);
  world.wire.cut();
  for (let n = 2; n < 12; n += 1) sink.segment(n, stereo(n * 50, (n + 1) * 50));
  await sink.close(12_000);
  t.equal(spoolsIn(join(world.folder, 'server')).length, 1, 'the spool holds it');
  world.wire.mend();
  t.equal(await server.recoverCrashed(), 1);
  t.ok((await audioOf(await server.reader.find(COMPANY, call.id))).equals(stereo(0, 600)));
  t.equal(server.lostMs, 0);
  t.equal(await world.countOf('recording_segments'), 0);
});

t.test('with a folder that cannot be used the store alone keeps the recording', async (t) => {
  const world = await startWorld(t);
  writeFileSync(join(world.folder, 'file'), 'not a folder');
  const server = await world.startServer('file');
  const call = newCall();
  const sink = server.open(call);
  record(sink, 0, 170);
  await sink.close(3_400);
  const recording = await server.reader.find(COMPANY, call.id);
  t.ok((await audioOf(recording)).equals(stereo(0, 170)));
  t.strictSame(recording?.gaps, []);
  t.equal(server.lostMs, 0);
});

t.test('what an upload that was cut short left behind is replaced', async (t) => {
  const world = await startWorld(t);
  const server = await world.startServer();
  const call = newCall();
  const fileId = new mongoose.mongo.ObjectId(createHash('sha256').update(call.id).digest().subarray(0, 12));
  for (const n of [0, 1]) {
    await world.connection.collection('recordings.chunks').insertOne({ files_id: fileId, n, data: new mongoose.mongo.Binary(Buffer.alloc(100, 1)) });
  }
  const sink = server.open(call);
  record(sink, 0, 60);
  await sink.close(1_200);
  t.ok((await audioOf(await server.reader.find(COMPANY, call.id))).equals(stereo(0, 60)));
  t.equal(await world.countOf('recordings.chunks'), 1);
});

t.test('an erased recording is gone for good, and so is what turns up of it later', async (t) => {
  const world = await startWorld(t);
  const server = await world.startServer();
  const finished = newCall();
  const sink = server.open(finished);
  record(sink, 0, 100);
  await sink.close(2_000);
  await server.erase(OTHER_COMPANY, finished.id);
  t.equal(await server.reader.findStatus(COMPANY, finished.id), 'ready', 'not by another company');

  const crashed = newCall();
  await recordAndKill(t, [join(world.folder, 'elsewhere'), world.uri, crashed.id, '8', '0'], 1_500);
  for (const { id } of [finished, crashed]) {
    await server.erase(COMPANY, id);
    await server.erase(COMPANY, id);
    t.equal(await server.reader.findStatus(COMPANY, id), 'none');
    t.equal(await server.reader.find(COMPANY, id), undefined);
  }
  t.equal(await (await world.startServer('elsewhere')).recoverCrashed(), 0);
  t.strictSame(spoolsIn(join(world.folder, 'elsewhere')), []);
  for (const collection of ['recording_segments', 'recordings.files', 'recordings.chunks']) t.equal(await world.countOf(collection), 0, collection);
});

t.test('line times survive losses: every frame of the file is at its place', async (t) => {
  const world = await startWorld(t);
  const server = await world.startServer();
  const call = newCall();
  const sink = server.open(call);
  const lost = (frame: number) => frame % 7 === 3 || (frame > 200 && frame < 260);
  record(sink, 0, 400, lost);
  await sink.close(8_000);
  const audio = await audioOf(await server.reader.find(COMPANY, call.id));
  const wrong = Array.from({ length: 400 }, (_, frame) => frame).filter(
    (frame) => !audio.subarray(frame * 320, (frame + 1) * 320).equals(lost(frame) ? silence(20) : stereo(frame, frame + 1)),
  );
  t.strictSame(wrong, []);
});
