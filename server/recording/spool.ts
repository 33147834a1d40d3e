import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { MU_LAW_SILENCE } from '../../media/audio/g711.js';
import { SEGMENT_BYTES, SEGMENT_MS } from '../../media/recorder.js';
import type { Clock } from '../../schemas/clock.js';
import type { RecordingLog } from './contract.js';
import { waitAtMost } from './deadline.js';
import { encodeSpoolHeader, openSpoolFile, type SpoolHeader } from './spool-file.js';

/** A disk that has taken nothing for so long counts as failed; it also bounds what waits in memory. */
const MAX_STALLED_MS = 30_000;
/** A file whose next segment is this far away is given up instead of being filled. */
const MAX_MISSING_SEGMENTS = 600;

/** Writes the spool file of one live call. Nothing here throws: a failed disk is logged once and told by `failed`. */
export interface Spool {
  /** Appends the segment behind those before it, or what is still missing of it. */
  append(n: number, bytes: Buffer): void;
  /** Appends what is new of a segment under way; `bytes` from its beginning, which stay as they are until they are written. */
  grow(n: number, bytes: Buffer): void;
  /** True when all of segment `n` is in the file, safe from the end of this process. */
  holds(n: number): boolean;
  /** A segment from the file, undefined when it is not there. */
  read(n: number): Promise<Buffer | undefined>;
  readonly failed: boolean;
  /** Waits for the appends, at most `timeoutMs`, and closes the file. */
  close(timeoutMs: number): Promise<void>;
}

/**
 * Makes the spool file at `path`, which must not exist, and its folder. Appends run one after the other, and what came meanwhile goes in one of them. The file
 * is synced to the disk about each second, at a moment of the second that depends on the call, so that many calls do not sync at once; appends do not wait
 * for that, since what is only appended survives the end of the process, and a slow sync would cost the audio behind it.
 */
export const createSpool = (options: { path: string; header: SpoolHeader; clock: Clock; log: RecordingLog }): Spool => {
  const { path, header, clock, log } = options;
  const syncDelayMs = crc32(header.call_id) % SEGMENT_MS;
  /** What is to be written, by segment, in the order of the call. */
  const waiting = new Map<number, { bytes: Buffer; whole: boolean }>();
  let writing = false;
  /** When the disk last took something, or had nothing to take. */
  let movedAt = 0;
  let failed = false;
  let closing = false;
  /** Bytes of audio in the file, and the segments that are whole in it. */
  let written = 0;
  let wholeUntil = header.first_n;
  let handle: FileHandle | undefined;
  let cancelSync: (() => void) | undefined;
  let syncing: Promise<void> | undefined;

  const fail = (error: unknown) => {
    if (!failed) log.error({ callId: header.call_id, err: error }, 'recording spool failed; segments go to the store only');
    failed = true;
    waiting.clear();
  };

  let work: Promise<void> = (async () => {
    await mkdir(dirname(path), { recursive: true });
    handle = await open(path, 'ax+');
    await handle.appendFile(encodeSpoolHeader(header));
  })().catch(fail);

  const write = async (file: FileHandle, n: number, { bytes, whole }: { bytes: Buffer; whole: boolean }) => {
    const start = (n - header.first_n) * SEGMENT_BYTES;
    if (start - written > MAX_MISSING_SEGMENTS * SEGMENT_BYTES) throw new Error(`segment ${n} came after ${wholeUntil - 1}`);
    while (written < start) {
      const silence = Buffer.alloc(Math.min(SEGMENT_BYTES, start - written), MU_LAW_SILENCE);
      await file.appendFile(silence);
      written += silence.length;
    }
    const fresh = bytes.subarray(written - start);
    if (fresh.length > 0) await file.appendFile(fresh);
    written += fresh.length;
    if (whole) wholeUntil = n + 1;
    movedAt = clock.monotonic();
  };

  const writeAll = async () => {
    try {
      for (let next = waiting.entries().next().value; next && handle && !failed; next = waiting.entries().next().value) {
        const [n, entry] = next;
        waiting.delete(n);
        await write(handle, n, entry);
      }
    } finally {
      writing = false;
    }
  };

  const add = (n: number, bytes: Buffer, whole: boolean) => {
    if (failed || closing || n < wholeUntil || waiting.get(n)?.whole) return;
    if (!writing) movedAt = clock.monotonic();
    else if (clock.monotonic() - movedAt > MAX_STALLED_MS) return fail(new Error(`the disk took nothing for ${MAX_STALLED_MS} ms`));
    waiting.set(n, { bytes, whole });
    if (writing) return;
    writing = true;
    work = work.then(writeAll).catch(fail);
  };

  const syncSoon = () => {
    if (cancelSync || closing || failed) return;
    cancelSync = clock.after(syncDelayMs, () => {
      cancelSync = undefined;
      // A sync that takes longer than a second is not followed by a row of others.
      syncing ??= handle
        ?.datasync()
        .catch(fail)
        .finally(() => {
          syncing = undefined;
        });
    });
  };

  return {
    append(n, bytes) {
      add(n, bytes, true);
      syncSoon();
    },
    grow: (n, bytes) => add(n, bytes, false),
    holds: (n) => n >= header.first_n && n < wholeUntil,
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
      const synced = Promise.all([work, syncing]).then(() => handle?.datasync());
      const finished = synced
        .catch(fail)
        .then(() => handle?.close())
        .catch(fail);
      // A disk that hangs keeps its handle: the call must end all the same.
      await waitAtMost(clock, finished, timeoutMs);
    },
  };
};
