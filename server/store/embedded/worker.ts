import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { realClock } from '../../runtime.js';
import { type RunningEngine, startEngine, UnknownFormatError } from './engine.js';
import { releaseOwnership, takeOwnership } from './ownership.js';
import { openStorage, type Storage } from './storage.js';
import { type ListenAt, startWireServer, type WireServer } from './wire-server.js';
import { CLOSE_REQUEST, WorkerDataSchema, type WorkerMessage } from './worker-messages.js';

/*
 * The worker thread's one entry: storage, engine and wire server, away from the audio path's event loop. It lives in real time: TTL, $currentDate and the
 * age of cursors are about the wall clock of the machine, whatever the speed of a sandboxed call.
 */

/** Unix socket paths are cut off at about 104 bytes on some systems. */
const MAX_SOCKET_PATH_BYTES = 100;

const SOCKET_NAME = 'engine.sock';

const tell = (message: WorkerMessage) => parentPort?.postMessage(message);

const listenPlace = (folder: string): ListenAt => {
  const path = join(folder, SOCKET_NAME);
  return Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES || process.platform === 'win32' ? { host: '127.0.0.1', port: 0 } : { path };
};

const uriOf = (address: string): string =>
  `mongodb://${address.startsWith('127.') ? address : encodeURIComponent(address)}/screenline?directConnection=true`;

const openFolder = (dataDir: string): { folder: string; storage: Storage } | { reason: string } => {
  try {
    const folder = join(dataDir, 'store');
    // The socket has no log-in, so the folder is for this user alone.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return { folder, storage: openStorage(folder) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
};

const start = async (): Promise<void> => {
  const { dataDir } = WorkerDataSchema.parse(workerData);
  const clock = realClock();
  const opened = openFolder(dataDir);
  if ('reason' in opened) return tell({ kind: 'unusable', reason: opened.reason });
  const { folder, storage } = opened;
  const place = listenPlace(folder);
  const other = await takeOwnership(storage, join(folder, SOCKET_NAME), clock);
  if (other) {
    await storage.close();
    return tell({ kind: 'in-use', pid: other.pid });
  }
  // A killed owner leaves its socket behind, and it is in the way.
  if ('path' in place) rmSync(place.path, { force: true });
  try {
    const running = await listen(storage, place, clock);
    if ('path' in place) chmodSync(place.path, 0o600);
    tell({ kind: 'ready', uri: uriOf(running.server.address) });
    parentPort?.on('message', (message) => {
      if (message === CLOSE_REQUEST) void close(storage, running);
    });
  } catch (error) {
    releaseOwnership(storage);
    await storage.close();
    if (!(error instanceof UnknownFormatError)) throw error;
    tell({ kind: 'unusable', reason: error.message });
  }
};

const listen = async (
  storage: Storage,
  place: ListenAt,
  clock: ReturnType<typeof realClock>,
): Promise<{ engine: RunningEngine; server: WireServer }> => {
  let engine: RunningEngine | undefined;
  const server = await startWireServer(place, (address) => {
    engine ??= startEngine(storage, clock, address);
    return engine.dispatcher;
  });
  engine ??= startEngine(storage, clock, server.address);
  return { engine, server };
};

const close = async (storage: Storage, running: { engine: RunningEngine; server: WireServer }): Promise<void> => {
  await running.server.close();
  await running.engine.stop();
  releaseOwnership(storage);
  await storage.close();
  parentPort?.close();
};

await start();
