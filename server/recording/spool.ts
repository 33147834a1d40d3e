import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { MU_LAW_SILENCE } from '../../media/audio/g711.js';
import { SEGMENT_BYTES, SEGMENT_MS } from '../../media/recorder.js';
import type { Clock } from '../../schemas/clock.js';
import type { RecordingLog } from './contract.js';
import { waitAtMost } from './deadline.js';
import { encodeSpoolHeader, openSpoolFile, type SpoolHeader } from './spool-file.js';

/** Appends that may wait for the disk (half a minute of audio); with more the disk counts as failed. */
const MAX_WAITING = 30;
/** A file whose next segment is this far away is given up instead of being filled. */
const MAX_MISSING_SEGMENTS = 600;

/** Writes the spool file of one live call. Nothing here throws: a failed disk is logged once and told by `failed`. */
export interface Spool {
  /** Appends the segment behind those before it. */
  append(n: number, bytes: Buffer): void;
  /** True when segment `n` is in the file, safe from the end of this process. */
  holds(n: number): boolean;
  /** A segment from the file, undefined when it is not there. */
  read(n: number): Promise<Buffer | undefined>;
  readonly failed: boolean;
  /** Waits for the appends, at most `timeoutMs`, and closes the file. */
  close(timeoutMs: number): Promise<void>;
}

/**
 * Makes the spool file at `path`, which must not exist, and its folder. Appends run one after the other; the file is synced to the disk about each
 * second, at a moment of the second that depends on the call, so that many calls do not sync at once.
 */
export const createSpool = (options: { path: string; header: SpoolHeader; clock: Clock; log: RecordingLog }): Spool => {
  const { path, header, clock, log } = options;
  const syncDelayMs = crc32(header.call_id) % SEGMENT_MS;
  let waiting = 0;
  let failed = false;
  let closing = false;
  let nextN = header.first_n;
  let handle: FileHandle | undefined;
  let cancelSync: (() => void) | undefined;

  const fail = (error: unknown) => {
    if (!failed) log.error({ callId: header.call_id, err: error }, 'recording spool failed; segments go to the store only');
    failed = true;
  };

  let work: Promise<void> = (async () => {
    await mkdir(dirname(path), { recursive: true });
    handle = await open(path, 'ax+');
    await handle.appendFile(encodeSpoolHeader(header));
  })().catch(fail);

  const enqueue = (step: (file: FileHandle) => Promise<void>) => {
    waiting += 1;
    work = work
      .then(async () => {
        if (handle && !failed) await step(handle);
      })
      .catch(fail)
      .finally(() => {
        waiting -= 1;
      });
  };

  const syncSoon = () => {
    if (cancelSync || closing) return;
    cancelSync = clock.after(syncDelayMs, () => {
      cancelSync = undefined;
      enqueue((file) => file.datasync());
    });
  };

  return {
    append(n, bytes) {
      if (failed || closing) return;
      if (waiting >= MAX_WAITING) return fail(new Error(`${waiting} appends wait for the disk`));
      enqueue(async (file) => {
        if (n < nextN) return;
        if (n - nextN > MAX_MISSING_SEGMENTS) throw new Error(`segment ${n} came after ${nextN - 1}`);
        for (; nextN < n; nextN += 1) await file.appendFile(Buffer.alloc(SEGMENT_BYTES, MU_LAW_SILENCE));
        await file.appendFile(bytes);
        nextN = n + 1;
      });
      syncSoon();
    },
    holds: (n) => n >= header.first_n && n < nextN,
    async read(n) {
      try {
        const file = await openSpoolFile(path);
        if (!file) return undefined;
        try {
          const { startMs, bytes } = await file.read(n * SEGMENT_MS, (n + 1) * SEGMENT_MS);
          return startMs === n * SEGMENT_MS && bytes.length > 0 ? bytes : undefined;
        } finally {
          await file.close();
        }
      } catch (error) {
        log.warn({ callId: header.call_id, n, err: error }, 'recording segment could not be read back from the spool');
        return undefined;
      }
    },
    get failed() {
      return failed;
    },
    async close(timeoutMs) {
      closing = true;
      cancelSync?.();
      enqueue((file) => file.datasync());
      const finished = work.then(() => handle?.close()).catch(fail);
      // A disk that hangs keeps its handle: the call must end all the same.
      await waitAtMost(clock, finished, timeoutMs);
    },
  };
};
