import { mkdirSync, realpathSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../../schemas/errors.js';
import { CLOSE_REQUEST, WorkerMessageSchema } from './worker-messages.js';

/** A running embedded store: a MongoDB wire-protocol server on this machine that keeps its data under DATA_DIR. */
export interface EmbeddedStore {
  /** For `mongoose.connect` or `new MongoClient`; a Unix socket, or 127.0.0.1 where its path would be too long. */
  readonly uri: string;
  /** Ends the connections, finishes the writes under way and frees the folder. Takes at most about 5 s. Close the clients first. */
  close(): Promise<void>;
}

export interface EmbeddedStoreOptions {
  /** The folder to keep the data in; made when absent. The store uses its sub-folder `store`. */
  readonly dataDir: string;
  /** Told when the store stops by itself, which it never should. Clients then get connection errors. */
  readonly onFailure?: (error: Error) => void;
}

/** In real time, whatever the speed of the product's clock: a thread starts and a disk writes no faster for it. */
const START_MS = 20_000;
const CLOSE_MS = 5000;

/** The folders that this process serves: what the store's own lock cannot tell apart is two servers in one process. */
const openFolders = new Set<string>();

/**
 * Starts the store in a worker thread, so that a long query never delays audio. Every acknowledged write is on disk. Throws AppError `data_dir_unusable`
 * when the folder cannot be written or holds a later version's data, `data_dir_in_use` when a living process serves it; a dead one's lock is taken over.
 */
export const startEmbeddedStore = async (options: EmbeddedStoreOptions): Promise<EmbeddedStore> => {
  const folder = makeFolder(options.dataDir);
  if (openFolders.has(folder)) throw new AppError('data_dir_in_use', { path: options.dataDir, pid: process.pid });
  openFolders.add(folder);
  const worker = new Worker(workerFile(), { workerData: { dataDir: folder }, execArgv: [], name: 'embedded-store' });
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      openFolders.delete(folder);
      resolve();
    });
  });
  const uri = await untilReady(worker, options.dataDir).catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });
  let closing = false;
  worker.on('error', (error) => options.onFailure?.(error instanceof Error ? error : new Error(String(error))));
  void exited.then(() => {
    if (!closing) options.onFailure?.(new Error('The embedded store ended by itself'));
  });
  return {
    uri,
    close: async () => {
      if (!closing) worker.postMessage(CLOSE_REQUEST);
      closing = true;
      if (!(await within(CLOSE_MS, exited))) await worker.terminate();
    },
  };
};

const makeFolder = (dataDir: string): string => {
  try {
    mkdirSync(dataDir, { recursive: true });
    return realpathSync(dataDir);
  } catch (error) {
    throw unusable(dataDir, error instanceof Error ? error.message : String(error), error);
  }
};

const unusable = (path: string, reason: string, cause?: unknown) =>
  new AppError('data_dir_unusable', { path, reason }, cause === undefined ? {} : { cause });

/** The worker's file has this one's extension: JavaScript when compiled, TypeScript under tsx. */
const workerFile = (): URL => {
  if (!import.meta.url.endsWith('.ts')) return new URL('./worker.js', import.meta.url);
  // Node 20 does not pass loaders on to threads, so a first module installs tsx there; resolved from here, as the current folder may be any.
  const tsx = import.meta.resolve('tsx/esm/api');
  const entry = new URL('./worker.ts', import.meta.url).href;
  return new URL(`data:text/javascript,import { register } from '${tsx}'; register(); await import('${entry}');`);
};

const untilReady = (worker: Worker, dataDir: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const failed = (error: unknown) => reject(unusable(dataDir, error instanceof Error ? error.message : String(error), error));
    const expiry = AbortSignal.timeout(START_MS);
    expiry.addEventListener('abort', () => failed(`the store did not start within ${START_MS / 1000} s`), { once: true });
    worker.once('error', failed);
    worker.once('exit', () => failed('the store ended while starting'));
    worker.once('message', (raw) => {
      const message = WorkerMessageSchema.parse(raw);
      worker.removeAllListeners('error');
      switch (message.kind) {
        case 'ready':
          return resolve(message.uri);
        case 'in-use':
          return reject(new AppError('data_dir_in_use', { path: dataDir, pid: message.pid }));
        case 'unusable':
          return reject(unusable(dataDir, message.reason));
        default:
          return message satisfies never;
      }
    });
  });

/** Whether `done` settles within `ms`. */
const within = async (ms: number, done: Promise<void>): Promise<boolean> => {
  const expiry = AbortSignal.timeout(ms);
  return Promise.race([
    done.then(() => true),
    new Promise<boolean>((resolve) => expiry.addEventListener('abort', () => resolve(false), { once: true })),
  ]);
};
