import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import mongoose from 'mongoose';
import t from 'tap';
import { realClock } from '../../../server/runtime.js';
import { startEmbeddedStore } from '../../../server/store/embedded/index.js';
import { releaseOwnership, takeOwnership } from '../../../server/store/embedded/ownership.js';
import { openStorage } from '../../../server/store/embedded/storage.js';
import { factKey } from '../../../server/store/embedded/storage-keys.js';
import { temporaryFolder } from './store-targets.js';

interface Pair {
  _id: number;
  place: number;
  moved?: number;
}

const open = async (dataDir: string) => {
  const store = await startEmbeddedStore({ dataDir });
  const connection = await mongoose.createConnection(store.uri).asPromise();
  return {
    store,
    connection,
    pairs: connection.collection<Pair>('pairs'),
    close: async () => {
      await connection.close();
      await store.close();
    },
  };
};

const startChild = (dataDir: string, from: number): ChildProcess => {
  const isSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(isSource ? './crash-child.ts' : './crash-child.js', import.meta.url));
  const loader = isSource ? ['--import', import.meta.resolve('tsx')] : [];
  return spawn(process.execPath, [...loader, file, dataDir, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] });
};

/** What the child said was acknowledged until `count` lines had come; then it is killed in the middle of its work. */
const acknowledgedUntilKilled = async (child: ChildProcess, count: number): Promise<{ inserted: number[]; moved: number[] }> => {
  const inserted: number[] = [];
  const moved: number[] = [];
  if (!child.stdout) throw new Error('no output');
  let lines = 0;
  for await (const line of createInterface(child.stdout)) {
    const [kind, number] = line.split(' ');
    (kind === 'inserted' ? inserted : moved).push(Number(number));
    lines += 1;
    if (lines === count) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { inserted, moved };
};

await t.test('a killed process loses no acknowledged write, its lock is taken over, and the indexes agree', async (t) => {
  const dataDir = await temporaryFolder(t);
  let from = 0;
  for (const count of [40, 131]) {
    const { inserted, moved } = await acknowledgedUntilKilled(startChild(dataDir, from), count);
    t.ok(inserted.length + moved.length >= count, `${inserted.length} inserts and ${moved.length} updates were acknowledged`);
    const { pairs, close } = await open(dataDir);
    const stored = await pairs.find().toArray();
    const byId = new Map(stored.map((pair) => [pair._id, pair]));
    t.strictSame(
      inserted.filter((number) => !byId.has(number)),
      [],
      'no insert is lost',
    );
    t.strictSame(
      moved.filter((number) => byId.get(number)?.moved !== number),
      [],
      'no update is lost',
    );
    const byPlace = await pairs.find({ place: { $gte: Number.NEGATIVE_INFINITY } }).toArray();
    t.strictSame(byPlace.map(({ _id }) => _id).sort(), stored.map(({ _id }) => _id).sort(), 'the unique index has every document once');
    const byMoved = await pairs
      .find({ moved: { $gte: 0 } })
      .sort({ moved: -1 })
      .toArray();
    t.strictSame(
      byMoved.map(({ _id }) => _id).sort(),
      stored
        .filter((pair) => pair.moved !== undefined)
        .map(({ _id }) => _id)
        .sort(),
      'so has the other',
    );
    for (const { _id, place } of stored) if ((await pairs.findOne({ place }))?._id !== _id) t.fail(`document ${_id} is not at its place`);
    from = Math.max(...byId.keys()) + 1;
    await close();
  }
});

await t.test('what was written is there after a restart, with its indexes and order', async (t) => {
  const dataDir = await temporaryFolder(t);
  const first = await open(dataDir);
  await first.pairs.createIndex({ place: 1 }, { unique: true });
  await first.pairs.insertMany([
    { _id: 2, place: 20 },
    { _id: 1, place: 10 },
  ]);
  await first.close();
  const second = await open(dataDir);
  t.strictSame(await second.pairs.find().toArray(), [
    { _id: 2, place: 20 },
    { _id: 1, place: 10 },
  ]);
  await t.rejects(second.pairs.insertOne({ _id: 3, place: 10 }), { code: 11000 });
  await second.pairs.insertOne({ _id: 0, place: 5 });
  t.strictSame(
    (await second.pairs.find().toArray()).map(({ _id }) => _id),
    [2, 1, 0],
    'new documents come after the old',
  );
  await second.close();
});

await t.test('a second server on the same folder is refused while the first lives', async (t) => {
  const dataDir = await temporaryFolder(t);
  const child = startChild(dataDir, 0);
  if (!child.stdout) throw new Error('no output');
  await once(child.stdout, 'data');
  await t.rejects(startEmbeddedStore({ dataDir }), { code: 'data_dir_in_use', message: new RegExp(`process ${child.pid}`) });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const store = await startEmbeddedStore({ dataDir });
  await t.rejects(startEmbeddedStore({ dataDir }), { code: 'data_dir_in_use' }, 'also in one process');
  await store.close();
  const again = await startEmbeddedStore({ dataDir });
  await again.close();
});

const startedTicks = async (pid: number): Promise<string | undefined> =>
  (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')[19];

await t.test('whose lock is taken over, and whose is not', async (t) => {
  const folder = await temporaryFolder(t);
  const storage = openStorage(folder);
  const socketPath = join(folder, 'engine.sock');
  const take = () => takeOwnership(storage, socketPath, realClock());
  const record = () => JSON.parse(storage.get(factKey('owner'))?.toString() ?? '{}');
  t.equal(await take(), undefined);
  const self = record();
  t.match(self, { pid: process.pid });
  const leave = (owner: object) => storage.transaction(() => storage.put(factKey('owner'), Buffer.from(JSON.stringify({ ...self, ...owner }))));
  const parent = process.ppid;
  const isLinux = self.bootId !== undefined;
  const cases: [title: string, owner: object, taken: boolean, linuxOnly: boolean][] = [
    ['this process itself, started again in its place', {}, true, false],
    ['a number that nobody has', { pid: 2 ** 22 + 1, startedTicks: isLinux ? '1' : undefined }, true, false],
    ['a number that a later process got', { pid: parent, startedTicks: '1' }, true, true],
    ['a living process', { pid: parent, startedTicks: isLinux ? await startedTicks(parent) : undefined }, false, false],
    ['a process from before the last boot', { pid: parent, bootId: 'another' }, true, true],
    ['another container that is gone', { pid: parent, pidNamespace: 'another' }, true, true],
  ];
  for (const [title, owner, taken, linuxOnly] of cases) {
    if (linuxOnly && !isLinux) continue;
    leave(owner);
    const holder = await take();
    t.equal(holder === undefined, taken, title);
    t.equal(record().pid, taken ? process.pid : parent);
  }
  const server = createServer().listen(socketPath);
  await once(server, 'listening');
  if (isLinux) {
    leave({ pid: parent, pidNamespace: 'another' });
    t.match(await take(), { pid: parent }, 'another container that still listens');
  }
  releaseOwnership(storage);
  t.equal(storage.get(factKey('owner')), undefined);
  server.close();
  await storage.close();
});

await t.test('a folder that cannot be used gives data_dir_unusable', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'file'), 'x');
  await t.rejects(startEmbeddedStore({ dataDir: join(folder, 'file') }), { code: 'data_dir_unusable' });
  await mkdir(join(folder, 'taken'));
  await writeFile(join(folder, 'taken', 'store'), 'x');
  await t.rejects(startEmbeddedStore({ dataDir: join(folder, 'taken') }), { code: 'data_dir_unusable' });
  await mkdir(join(folder, 'broken', 'store'), { recursive: true });
  await writeFile(join(folder, 'broken', 'store', 'data.mdb'), 'this is no database '.repeat(1000));
  await t.rejects(startEmbeddedStore({ dataDir: join(folder, 'broken') }), { code: 'data_dir_unusable' });
  await mkdir(join(folder, 'read-only'), { mode: 0o500 });
  await chmod(join(folder, 'read-only'), 0o500);
  const mayWriteAnyway = process.getuid?.() === 0;
  await t.test('without permission to write', { skip: mayWriteAnyway ? 'root may write everywhere' : false }, (t) =>
    t.rejects(startEmbeddedStore({ dataDir: join(folder, 'read-only') }), { code: 'data_dir_unusable', message: /EACCES/ }),
  );
});

await t.test('a long path is served on loopback, a short one on a socket for this user only', async (t) => {
  const folder = await temporaryFolder(t);
  const long = await open(join(folder, 'long'.repeat(30)));
  t.match(long.store.uri, /^mongodb:\/\/127\.0\.0\.1:\d+\//);
  t.match(await long.pairs.insertOne({ _id: 1, place: 1 }), { insertedId: 1 });
  await long.close();
  const short = await open(join(folder, 's'));
  t.match(short.store.uri, /^mongodb:\/\/%2F.*engine\.sock\//);
  t.equal((await stat(join(folder, 's', 'store', 'engine.sock'))).mode & 0o777, 0o600);
  t.equal((await stat(join(folder, 's', 'store'))).mode & 0o777, 0o700);
  await short.close();
  t.notOk((await readdir(join(folder, 's', 'store'))).includes('engine.sock'), 'the socket goes with the server');
});

await t.test('bytes that are no message close their connection and nothing else', async (t) => {
  const dataDir = await temporaryFolder(t);
  const { store, pairs, close } = await open(dataDir);
  const path = decodeURIComponent(/\/\/([^/]+)\//.exec(store.uri)?.[1] ?? '');
  const header = (length: number, operation: number) => {
    const bytes = Buffer.alloc(16);
    bytes.writeInt32LE(length, 0);
    bytes.writeInt32LE(operation, 12);
    return bytes;
  };
  const broken: [title: string, bytes: Buffer][] = [
    ['text', Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')],
    ['a negative length', header(-5, 2013)],
    ['a length beyond the limit', header(50_000_000, 2013)],
    ['an unknown operation', header(16, 9999)],
    ['a message without body', Buffer.concat([header(20, 2013), Buffer.alloc(4)])],
    ['unknown flags', Buffer.concat([header(21, 2013), Buffer.from([4, 0, 0, 0, 0])])],
    ['a section that is longer than its message', Buffer.concat([header(25, 2013), Buffer.from([0, 0, 0, 0, 0, 99, 0, 0, 0])])],
    ['a section of an unknown kind', Buffer.concat([header(26, 2013), Buffer.from([0, 0, 0, 0, 7, 5, 0, 0, 0, 0])])],
    ['a sequence with an endless name', Buffer.concat([header(27, 2013), Buffer.from([0, 0, 0, 0, 1, 6, 0, 0, 0, 65, 65])])],
    [
      'a legacy query',
      Buffer.concat([header(44, 2004), Buffer.alloc(4), Buffer.from('a.b\0'), Buffer.alloc(8), Buffer.from([12, 0, 0, 0, 16, 97, 0, 1, 0, 0, 0, 0])]),
    ],
  ];
  for (const [title, bytes] of broken) {
    const socket = connect({ path });
    await once(socket, 'connect');
    socket.write(bytes);
    socket.resume();
    await once(socket, 'close');
    t.pass(`${title}: closed by the server`);
  }
  const cut = connect({ path });
  await once(cut, 'connect');
  cut.write(header(100, 2013));
  cut.destroy();
  t.match(await pairs.insertOne({ _id: 1, place: 1 }), { insertedId: 1 }, 'the others go on');
  await close();
});

await t.test('a log-in and a transaction are refused to the driver', async (t) => {
  const dataDir = await temporaryFolder(t);
  const { store, connection, pairs, close } = await open(dataDir);
  const withUser = store.uri.replace('mongodb://', 'mongodb://user:secret@');
  await t.rejects(mongoose.createConnection(withUser, { serverSelectionTimeoutMS: 3000 }).asPromise(), { message: /no users/ });
  await t.rejects(
    connection.transaction((session) => pairs.insertOne({ _id: 1, place: 1 }, { session })),
    { code: 238 },
  );
  t.equal(await pairs.countDocuments(), 0);
  await close();
});
