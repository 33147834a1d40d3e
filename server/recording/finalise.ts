import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { WAV_HEADER_BYTES, type WavFormat, wavHeader } from '../../media/audio/wav.js';
import { FRAME_MS } from '../../media/line-clock.js';
import type { Clock } from '../../schemas/clock.js';
import { isDeadOwner } from '../lease-owner.js';
import { type AudioPiece, type AudioSource, addGap, assemble } from './assembly.js';
import type { RecordingGap, RecordingLog, RecordingStatus } from './contract.js';
import type { RecordingDocument } from './models.js';
import { LEASE_MS, type RecordingStore } from './recording-store.js';
import { BYTES_PER_MS, listSpools, openSpoolFile, type SpoolFile } from './spool-file.js';
import type { WavFiles, WavKey } from './wav-files.js';

const FORMAT: WavFormat = { encoding: 'mulaw', sampleRateHz: 8000, channels: 2 };
/** Work on one file is given up well before its lease runs out, so that two processes never write the same one. */
const MAX_WORK_MS = LEASE_MS / 2;
/** A recording that fails so often is left for a person, with all that exists of it. */
const MAX_ATTEMPTS = 10;
/** The end of a call may not lie further behind its audio than this (the longest call of a carrier). */
const MAX_LINE_MS = 14_400_000;

/** `held` means that another process has it, or had: nothing was changed. `absent`: there is no record. */
export type FinaliseResult = RecordingStatus | 'held' | 'absent';

/**
 * Makes the WAV file of a call from its spools and segments, stores it, reads it back, and only then deletes what it was made from. Any process may try,
 * any number of times: a claim on the record lets one through. `lineMs` is the end of the call where it is known. Rejects when the store is away or a spool
 * unreadable; the next try starts afresh.
 */
export type Finalise = (callId: string, lineMs?: number) => Promise<FinaliseResult>;

export const createFinaliser = (options: {
  store: RecordingStore;
  files: WavFiles;
  folder: string;
  owner: string;
  /** True for a spool that this process is writing: it is not touched. */
  isOpen: (path: string) => boolean;
  clock: Clock;
  log: RecordingLog;
}): Finalise => {
  const { store, files, folder, owner, isOpen, clock, log } = options;

  const make = async (claimed: RecordingDocument, spools: SpoolFile[], lineMs: number, signal: AbortSignal): Promise<FinaliseResult> => {
    const callId = claimed.call_id;
    const key: WavKey = { callId, version: claimed.version };
    const sources = await gather(claimed, spools, signal);
    const endMs = Math.max(0, ...sources.map((source) => source.endMs));
    if (endMs === 0) return (await store.settle(claimed, 'none')) ? 'none' : 'held';
    const totalMs = Math.max(endMs, Math.floor(Math.min(lineMs, MAX_LINE_MS) / FRAME_MS) * FRAME_MS);
    const header = wavHeader(FORMAT, totalMs * BYTES_PER_MS);

    const hash = createHash('sha256').update(header);
    const gaps: RecordingGap[] = [];
    for await (const window of assemble(sources, totalMs)) {
      signal.throwIfAborted();
      hash.update(window.bytes);
      for (const gap of window.gaps) addGap(gaps, gap);
    }
    const sha256 = hash.digest('hex');
    const sizeBytes = header.length + totalMs * BYTES_PER_MS;
    // Silence behind the last audio is the end of a call that nobody recorded, not a loss.
    const losses = gaps.filter((gap) => gap.start_ms < endMs).map((gap) => ({ ...gap, end_ms: Math.min(gap.end_ms, endMs) }));

    const isStored = async () => {
      const stored = await files.readBack(key, signal);
      return stored?.sha256 === sha256 && stored.sizeBytes === sizeBytes;
    };
    if (!(await isStored().catch(() => false))) {
      await files.write(key, { call_id: callId, sha256, gaps: losses }, wavContent(header, sources, totalMs), signal);
      if (!(await isStored())) throw new Error('the stored recording differs from what was written');
    }
    const fields = {
      duration_ms: totalMs,
      sha256,
      size_bytes: sizeBytes,
      gaps: losses,
      epochs: [...new Set([...claimed.epochs, ...sources.map((source) => source.epoch)])].filter((epoch) => epoch >= 0),
    };
    return (await store.settle(claimed, 'ready', fields)) ? 'ready' : 'held';
  };

  const spoolsOf = async (callId: string): Promise<string[]> => {
    try {
      return (await listSpools(folder)).filter((spool) => spool.callId === callId && !isOpen(spool.path)).map((spool) => spool.path);
    } catch (error) {
      // The segments in the store are enough; a spool that can be read again later is added by recovery.
      log.warn({ callId, err: error }, 'the recordings folder cannot be read; the file is made from the store');
      return [];
    }
  };

  const gather = async (claimed: RecordingDocument, spools: SpoolFile[], signal: AbortSignal): Promise<AudioSource[]> => {
    const local = spools.map((spool) => ({
      epoch: spool.header.epoch,
      startMs: spool.startMs,
      endMs: spool.endMs,
      read: async (fromMs: number, toMs: number) => [await spool.read(fromMs, toMs)],
    }));
    const stored = await store.segmentSources(claimed.call_id);
    const needed = stored.filter(
      (source) => !local.some(({ epoch, startMs, endMs }) => epoch === source.epoch && startMs <= source.startMs && endMs >= source.endMs),
    );
    const earlier = claimed.version > 0 ? await earlierFile(files, claimed, signal) : [];
    return [...earlier, ...[...needed, ...local].sort((a, b) => a.epoch - b.epoch)];
  };

  /** Deletes what the file was made from, spools last: as long as one is there, the next start comes back here. */
  const cleanUp = async (recording: RecordingDocument, paths: string[]) => {
    try {
      await store.deleteSegments(recording.call_id);
      if (recording.version > 0) await files.remove({ callId: recording.call_id, version: recording.version - 1 });
      for (const path of paths) await unlink(path);
    } catch (error) {
      log.warn({ callId: recording.call_id, err: error }, 'recording is finalised, but its segments could not all be deleted');
    }
  };

  return async (callId, lineMs = 0) => {
    const seen = await store.find(callId);
    if (!seen) return 'absent';
    if (seen.status !== 'recording' && seen.status !== 'finalising') return seen.status;
    const free = seen.lease_owner === owner || seen.lease_until < clock.now() || isDeadOwner(seen.lease_owner);
    const claimed = free ? await store.claim(seen, owner) : undefined;
    if (!claimed) return 'held';

    const abort = new AbortController();
    const cancel = clock.after(MAX_WORK_MS, () => abort.abort(new Error('finalising took too long')));
    const spools: SpoolFile[] = [];
    try {
      const paths = await spoolsOf(callId);
      for (const path of paths) {
        const spool = await openSpoolFile(path);
        if (spool) spools.push(spool);
      }
      const result = await make(claimed, spools, lineMs, abort.signal);
      // Deleted last: until here everything could be made again.
      if (result !== 'held') await cleanUp(claimed, paths);
      return result;
    } catch (error) {
      const failed = claimed.attempts >= MAX_ATTEMPTS;
      log.error(
        { callId, attempt: claimed.attempts, err: error },
        failed ? 'recording could not be finalised; gave up' : 'recording not finalised yet',
      );
      // When this fails too, the lease runs out by itself.
      await store.settle(claimed, failed ? 'failed' : 'finalising').catch(() => false);
      throw error;
    } finally {
      cancel();
      for (const spool of spools) await spool.close();
    }
  };
};

/** The whole file, header first. */
async function* wavContent(header: Buffer, sources: readonly AudioSource[], totalMs: number): AsyncGenerator<Buffer> {
  yield header;
  for await (const window of assemble(sources, totalMs)) yield window.bytes;
}

/** The file that was made before the call was recorded on, as the oldest source; its gaps are not audio. */
const earlierFile = async (files: WavFiles, recording: RecordingDocument, signal: AbortSignal): Promise<AudioSource[]> => {
  const key = { callId: recording.call_id, version: recording.version - 1 };
  const stored = await files.readBack(key, signal);
  if (!stored) return [];
  const audioAt = WAV_HEADER_BYTES.mulaw;
  const endMs = (stored.sizeBytes - audioAt) / BYTES_PER_MS;
  const piece = async (fromMs: number, toMs: number) => {
    const chunks: Buffer[] = [];
    for await (const chunk of files.open(key, { start: audioAt + fromMs * BYTES_PER_MS, end: audioAt + toMs * BYTES_PER_MS })) chunks.push(chunk);
    return { startMs: fromMs, bytes: Buffer.concat(chunks) };
  };
  return [
    {
      epoch: -1,
      startMs: 0,
      endMs,
      async read(fromMs, toMs) {
        const pieces: AudioPiece[] = [];
        let at = fromMs;
        for (const gap of [...recording.gaps, { start_ms: endMs, end_ms: endMs }]) {
          const end = Math.min(gap.start_ms, toMs, endMs);
          if (end > at) pieces.push(await piece(at, end));
          at = Math.max(at, gap.end_ms);
        }
        return pieces;
      },
    },
  ];
};
