import { Worker } from 'node:worker_threads';
import { z } from 'zod';

/** The part of a pino logger that the engines use. */
export interface EngineLog {
  warn(data: object, message: string): void;
}

export interface EngineWorkerOptions {
  /** Names the worker in errors and logs. */
  name: string;
  /** The worker's module; `workerModule` gives it for a file of this folder. */
  module: URL;
  /** Longest time for one request, from when the worker takes it up. A worker that misses it is ended, as it cannot be interrupted. */
  deadlineMs: number;
  log?: EngineLog | undefined;
}

/**
 * A worker thread that is started by the first request and again after a crash. Requests run one at a time, in order. A failure rejects the request in
 * flight; those that wait go to the next worker. All times are real time, whatever the speed of the product's clock: a thread computes no faster for it.
 */
export interface EngineWorker {
  /**
   * Sends a request and resolves with the worker's raw reply. Rejects with `EngineWorkerError` when the worker fails, hangs, refuses or cannot be started,
   * and with the signal's reason when aborted; `deadlineMs` stands in for the worker's own (a request that waits is dropped, one in flight is left to finish unheard).
   */
  request(body: unknown, signal?: AbortSignal, deadlineMs?: number): Promise<unknown>;
  /** Starts the worker if it is not running; resolves when it is ready, never rejects. */
  warm(): Promise<void>;
  /** True when nothing runs or waits: a request made now is taken up at once. */
  isIdle(): boolean;
  /** Ends the thread as a crash would, for fault injection: the request in flight fails, the next one starts a new thread. */
  crash(): void;
  /** Ends the thread and rejects what is open. The next request starts a new one. */
  close(): Promise<void>;
}

/** Why a request to an engine failed. `crashed`: the thread ended or hung and will be started again; otherwise it refused this one request. */
export class EngineWorkerError extends Error {
  readonly crashed: boolean;

  constructor(message: string, options: { crashed: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EngineWorkerError';
    this.crashed = options.crashed;
  }
}

/** Loading an engine takes 0.1 to 0.4 s; a busy machine that compiles TypeScript on the way needs some seconds. */
const START_DEADLINE_MS = 15_000;
/** More requests than this at once mean that nobody waits for the answers any more. */
const MAX_WAITING = 64;
/** After so many crashes in a row, requests fail at once for a while: a broken installation must not be started for every sentence. */
const CRASHES_BEFORE_PAUSE = 3;
const PAUSE_MS = 5000;

interface Job {
  body: unknown;
  deadlineMs: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  isSettled: boolean;
}

interface Running {
  thread: Worker;
  /** Resolves when the thread can take requests; rejects when it ends before. */
  ready: Promise<void>;
  /** True after `ready` has resolved: a request can then be posted without waiting a turn. */
  isReady: boolean;
}

const replySchema = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ id: z.number(), ok: z.literal(true), value: z.unknown() }),
  z.object({ id: z.number(), ok: z.literal(false), reason: z.string() }),
]);

/** Describes a worker without starting it. */
export const startWorker = ({ name, module, deadlineMs: usualDeadlineMs, log }: EngineWorkerOptions): EngineWorker => {
  const waiting: Job[] = [];
  let running: Running | undefined;
  let inFlight: { id: number; job: Job; cancelDeadline: () => void } | undefined;
  let isPumping = false;
  let lastId = 0;
  let crashesInARow = 0;
  let isPaused = false;

  const finish = (settle: (job: Job) => void): void => {
    const done = inFlight;
    inFlight = undefined;
    if (!done) return;
    done.cancelDeadline();
    if (!done.job.isSettled) settle(done.job);
    done.job.isSettled = true;
  };

  const fail = (thread: Worker, reason: string, cause?: unknown): void => {
    if (running?.thread !== thread) return;
    running = undefined;
    crashesInARow += 1;
    if (crashesInARow >= CRASHES_BEFORE_PAUSE) pause();
    log?.warn({ engine: name, reason, crashesInARow }, 'speech engine worker failed');
    finish((job) => job.reject(new EngineWorkerError(`The ${name} worker failed: ${reason}.`, { crashed: true, cause })));
    void thread.terminate();
    void pump();
  };

  const pause = (): void => {
    isPaused = true;
    after(PAUSE_MS, () => {
      isPaused = false;
      crashesInARow = 0;
    });
  };

  const start = (): Running => {
    // Its output is not piped: reading it would keep the process alive. Workers silence their engines themselves.
    const thread = new Worker(module, { execArgv: [], name });
    const ready = new Promise<void>((resolve, reject) => {
      const cancel = after(START_DEADLINE_MS, () => fail(thread, `it did not start within ${START_DEADLINE_MS} ms`));
      thread.on('message', (message: unknown) => {
        const reply = replySchema.parse(message);
        if ('ready' in reply) {
          cancel();
          started.isReady = true;
          resolve();
        } else if (reply.id === inFlight?.id) {
          crashesInARow = 0;
          finish((job) => (reply.ok ? job.resolve(reply.value) : job.reject(new EngineWorkerError(`${name}: ${reply.reason}`, { crashed: false }))));
          void pump();
        }
      });
      thread.on('error', (error) => fail(thread, error.message, error));
      thread.on('exit', (code) => {
        cancel();
        fail(thread, `the thread ended with code ${code}`);
        reject(new EngineWorkerError(`The ${name} worker could not be started.`, { crashed: true }));
      });
    });
    ready.catch(() => {
      // Whoever waits for it gets the reason; with nobody waiting, `fail` has logged it.
    });
    const started: Running = { thread, ready, isReady: false };
    return started;
  };

  const pump = async (): Promise<void> => {
    if (isPumping || inFlight) return;
    isPumping = true;
    try {
      for (;;) {
        while (waiting[0]?.isSettled) waiting.shift();
        const next = waiting[0];
        if (!next) break;
        if (isPaused) {
          rejectWaiting(`The ${name} worker failed ${CRASHES_BEFORE_PAUSE} times in a row; it is tried again in ${PAUSE_MS / 1000} s.`);
          break;
        }
        running ??= start();
        const { thread, ready, isReady } = running;
        thread.ref();
        if (!isReady) {
          // When the thread dies while starting, `fail` has counted it, so this loop ends at the pause.
          await ready.catch(() => undefined);
          continue;
        }
        const job = waiting.shift();
        if (!job || job.isSettled) continue;
        lastId += 1;
        const id = lastId;
        inFlight = { id, job, cancelDeadline: after(job.deadlineMs, () => fail(thread, `no answer within ${job.deadlineMs} ms`)) };
        thread.postMessage({ id, request: job.body });
        return;
      }
      // An idle engine must not keep the process alive.
      running?.thread.unref();
    } finally {
      isPumping = false;
    }
  };

  const rejectWaiting = (message: string): void => {
    for (const job of waiting.splice(0)) {
      if (!job.isSettled) job.reject(new EngineWorkerError(message, { crashed: true }));
      job.isSettled = true;
    }
  };

  return {
    request(body, signal, deadlineMs = usualDeadlineMs) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (waiting.length >= MAX_WAITING) return reject(new EngineWorkerError(`The ${name} worker has too much to do.`, { crashed: false }));
        const onAbort = (): void => {
          job.isSettled = true;
          reject(signal?.reason);
        };
        const settled = (settle: () => void): void => {
          signal?.removeEventListener('abort', onAbort);
          settle();
        };
        const job: Job = {
          body,
          deadlineMs,
          isSettled: false,
          resolve: (value) => settled(() => resolve(value)),
          reject: (error) => settled(() => reject(error)),
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting.push(job);
        void pump();
      });
    },
    async warm() {
      if (isPaused) return;
      running ??= start();
      const { thread, ready } = running;
      // A failed start is logged and counted; the first request meets it again.
      await ready.catch(() => undefined);
      if (!inFlight && waiting.length === 0) thread.unref();
    },
    isIdle: () => !inFlight && waiting.every((job) => job.isSettled),
    crash() {
      if (running) fail(running.thread, 'it was told to crash');
    },
    async close() {
      const { thread } = running ?? {};
      running = undefined;
      finish((job) => job.reject(new EngineWorkerError(`The ${name} worker was closed.`, { crashed: false })));
      rejectWaiting(`The ${name} worker was closed.`);
      await thread?.terminate();
    },
  };
};

/** The module of a worker file in this folder, named without extension: .js when compiled, .ts with its loader when run from source. */
export const workerModule = (file: string): URL => {
  if (!import.meta.url.endsWith('.ts')) return new URL(`./${file}.js`, import.meta.url);
  // From source: Node 20 does not pass loaders on to workers, so a first module installs tsx there. Resolved from here, as the current folder may be any.
  const tsx = import.meta.resolve('tsx/esm/api');
  const entry = new URL(`./${file}.ts`, import.meta.url).href;
  return new URL(`data:text/javascript,import { register } from '${tsx}'; register(); await import('${entry}');`);
};

/** One worker for all who use an engine in this process; it is closed when the last of them has released it. */
export const shareWorker = (options: Omit<EngineWorkerOptions, 'log'>) => {
  let shared: { worker: EngineWorker; users: number } | undefined;
  return (log: EngineLog | undefined): { worker: EngineWorker; release(): Promise<void> } => {
    shared ??= { worker: startWorker({ ...options, log }), users: 0 };
    const mine = shared;
    mine.users += 1;
    let isReleased = false;
    return {
      worker: mine.worker,
      async release() {
        if (isReleased) return;
        isReleased = true;
        mine.users -= 1;
        if (mine.users > 0) return;
        shared = undefined;
        await mine.worker.close();
      },
    };
  };
};

/** Runs once after real time has passed, without holding the process. Returns the cancel function. */
const after = (ms: number, run: () => void): (() => void) => {
  const signal = AbortSignal.timeout(ms);
  signal.addEventListener('abort', run, { once: true });
  return () => signal.removeEventListener('abort', run);
};
