import type { Clock } from '../../schemas/clock.js';
import type { RecordingLog } from './contract.js';
import { waitAtMost } from './deadline.js';

/** One segment on its way to the store. */
export interface ShippedSegment {
  companyId: string;
  callId: string;
  epoch: number;
  n: number;
  bytes: Buffer;
}

/** Where a segment's bytes can be had again when memory has let go of them. */
export interface SegmentBackup {
  holds(n: number): boolean;
  read(n: number): Promise<Buffer | undefined>;
}

/** Batches on their way at once; more would only queue in the driver. */
const MAX_IN_FLIGHT = 2;
/** Segments of one batch (256 kB) when the queue has grown. */
const MAX_BATCH = 16;
/** Segments kept in memory while the store is away (8 MB); older ones are read back from their spool. */
const MAX_HELD = 512;
/** Segments that wait in all, held or not (at 50 calls: 20 minutes); the oldest are left to their spool for good, since finalising reads it anyway. */
const MAX_QUEUED = 60_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 15_000;

/** Sends segments to the store in the order in which they came, behind the back of the audio path. */
export interface Shipping {
  /** Takes a segment; returns at once. */
  ship(segment: ShippedSegment, backup: SegmentBackup): void;
  /** Forgets what waits for this call and waits, at most `timeoutMs`, for what is on its way. */
  drop(callId: string, timeoutMs: number): Promise<void>;
  /** Waits, at most `timeoutMs`, until nothing is queued. True when all arrived. */
  settle(timeoutMs: number): Promise<boolean>;
  /** Segments that neither memory nor a spool could keep. */
  readonly lostSegments: number;
  /** Stops; what waits stays in its spool. */
  stop(): void;
}

interface Entry {
  segment: Omit<ShippedSegment, 'bytes'>;
  bytes: Buffer | undefined;
  backup: SegmentBackup;
}

/** `insert` stores a batch; it must take a segment that is there already as done, and reject within bounded time. */
export const createShipping = (options: { insert: (batch: ShippedSegment[]) => Promise<void>; clock: Clock; log: RecordingLog }): Shipping => {
  const { insert, clock, log } = options;
  const queue: Entry[] = [];
  const inFlight = new Set<{ entries: Entry[]; done: Promise<void> }>();
  let held = 0;
  let lostSegments = 0;
  let retryMs = 0;
  let cancelRetry: (() => void) | undefined;
  let stopped = false;

  const letGo = (entry: Entry) => {
    if (entry.bytes) held -= 1;
    entry.bytes = undefined;
  };

  /** Keeps memory bounded: bytes that a spool holds are let go first (half of all at once, so that this is rare), a segment without a spool is lost. */
  const shrink = () => {
    if (held > MAX_HELD) {
      for (const entry of queue) {
        if (held <= MAX_HELD / 2) break;
        if (entry.bytes && entry.backup.holds(entry.segment.n)) letGo(entry);
      }
    }
    while (held > MAX_HELD || queue.length > MAX_QUEUED) {
      const index = held > MAX_HELD ? queue.findIndex((entry) => entry.bytes) : 0;
      const [entry] = index < 0 ? [] : queue.splice(index, 1);
      if (!entry) return;
      if (!entry.backup.holds(entry.segment.n)) lostSegments += 1;
      letGo(entry);
    }
  };

  const load = async (entries: Entry[]): Promise<ShippedSegment[]> => {
    const batch: ShippedSegment[] = [];
    for (const { segment, bytes, backup } of entries) {
      const found = bytes ?? (await backup.read(segment.n));
      if (found) batch.push({ ...segment, bytes: found });
    }
    return batch;
  };

  const send = async (entries: Entry[]): Promise<void> => {
    try {
      const batch = await load(entries);
      if (batch.length > 0) await insert(batch);
      for (const entry of entries) letGo(entry);
      if (retryMs > 0) log.info({ waiting: queue.length }, 'recording segments reach the store again');
      retryMs = 0;
    } catch (error) {
      if (retryMs === 0) log.warn({ err: error, waiting: queue.length + entries.length }, 'recording segments do not reach the store; they wait');
      retryMs = Math.min(Math.max(FIRST_RETRY_MS, retryMs * 2), LAST_RETRY_MS);
      queue.unshift(...entries);
      shrink();
    }
  };

  const pump = () => {
    if (stopped || cancelRetry) return;
    if (retryMs > 0) {
      // One try at a time while the store is away: it needs no crowd to come back to.
      if (inFlight.size > 0 || queue.length === 0) return;
      cancelRetry = clock.after(retryMs, () => {
        cancelRetry = undefined;
        launch();
      });
      return;
    }
    while (inFlight.size < MAX_IN_FLIGHT && queue.length > 0) launch();
  };

  const launch = () => {
    const entries = queue.splice(0, MAX_BATCH);
    if (entries.length === 0 || stopped) return;
    const flight = { entries, done: Promise.resolve() };
    inFlight.add(flight);
    flight.done = send(entries).then(() => {
      inFlight.delete(flight);
      pump();
    });
  };

  return {
    ship({ bytes, ...segment }, backup) {
      if (stopped) return;
      queue.push({ segment, bytes, backup });
      held += 1;
      shrink();
      pump();
    },
    async drop(callId, timeoutMs) {
      const forget = () => {
        for (let index = queue.length - 1; index >= 0; index -= 1) {
          const entry = queue[index];
          if (entry?.segment.callId !== callId) continue;
          letGo(entry);
          queue.splice(index, 1);
        }
      };
      forget();
      const flights = [...inFlight].filter(({ entries }) => entries.some(({ segment }) => segment.callId === callId));
      await waitAtMost(clock, Promise.all(flights.map(({ done }) => done)), timeoutMs);
      // A batch that failed meanwhile has put its entries back.
      forget();
    },
    async settle(timeoutMs) {
      const until = clock.monotonic() + timeoutMs;
      while (queue.length + inFlight.size > 0 && clock.monotonic() < until && !stopped) {
        const flights = [...inFlight].map(({ done }) => done);
        const left = until - clock.monotonic();
        if (flights.length > 0) await waitAtMost(clock, Promise.all(flights), left);
        else await clock.sleep(Math.min(left, FIRST_RETRY_MS / 2));
      }
      return queue.length + inFlight.size === 0;
    },
    get lostSegments() {
      return lostSegments;
    },
    stop() {
      stopped = true;
      cancelRetry?.();
    },
  };
};
