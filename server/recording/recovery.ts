import { unlink } from 'node:fs/promises';
import { isDeadOwner } from '../lease-owner.js';
import type { RecordingLog } from './contract.js';
import type { Finalise } from './finalise.js';
import type { RecordingDocument } from './models.js';
import type { RecordingStore } from './recording-store.js';
import { listSpools, openSpoolFile } from './spool-file.js';

/** Stands for the end of a spool without a whole header. */
const NO_HEADER = -1;

/**
 * Finds what crashed processes left and finalises it: spool files in the local folder, and recordings in the store whose owner is gone. Calls for which
 * `isLive` is true are left alone. Returns how many files became ready. Never rejects: each recording's trouble is logged and stays its own.
 */
export const createRecovery = (options: {
  store: RecordingStore;
  finalise: Finalise;
  folder: string;
  owner: string;
  isLive: (callId: string) => boolean;
  log: RecordingLog;
}): (() => Promise<number>) => {
  const { store, finalise, folder, owner, isLive, log } = options;

  /** Ends of the spools at the last look: one that did not grow since then has no writer. */
  const lastEnds = new Map<string, number>();

  /** Looks at one spool file; true when its call has to be finalised. */
  const claimSpool = async (path: string): Promise<boolean> => {
    const spool = await openSpoolFile(path);
    if (!spool) {
      // The crash came before the header was whole, so that there is no audio; or another process is writing it right now.
      if (lastEnds.get(path) === NO_HEADER) await unlink(path);
      lastEnds.set(path, NO_HEADER);
      return false;
    }
    const { header, startMs, endMs } = spool;
    await spool.close();
    const abandoned = header.owner === owner || isDeadOwner(header.owner) || lastEnds.get(path) === endMs;
    lastEnds.set(path, endMs);
    if (!abandoned) return false;
    const seen = await store.find(header.call_id);
    // The store was away when this recording began.
    if (!seen) await store.begin({ callId: header.call_id, companyId: header.company_id }, owner, header.started_at_ms);
    if (!seen || seen.status === 'recording' || seen.status === 'finalising') return true;
    if (seen.status === 'failed') return false;
    if (seen.erased || contains(seen, header.epoch, startMs, endMs)) {
      await store.deleteSegments(header.call_id);
      await unlink(path);
      return false;
    }
    // Somebody finalised it from the store's segments, or the call went on after it had been finalised: nothing of it may be lost.
    log.info({ callId: header.call_id }, 'more audio of a finalised recording was found; the file is made again');
    return store.reopen(seen, owner);
  };

  /** True when the finished file has all that the spool has. */
  const contains = (seen: RecordingDocument, epoch: number, startMs: number, endMs: number): boolean =>
    seen.epochs.includes(epoch) && endMs <= (seen.duration_ms ?? 0) && !seen.gaps.some((gap) => gap.start_ms < endMs && gap.end_ms > startMs);

  const attempt = async <Result>(what: Record<string, unknown>, work: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await work();
    } catch (error) {
      log.warn({ ...what, err: error }, 'recording could not be recovered yet');
      return undefined;
    }
  };

  return async () => {
    const calls = new Set<string>();
    const spools = (await attempt({ folder }, () => listSpools(folder))) ?? [];
    for (const path of lastEnds.keys()) if (!spools.some((spool) => spool.path === path)) lastEnds.delete(path);
    for (const { path, callId } of spools) {
      if (!isLive(callId) && (await attempt({ callId }, () => claimSpool(path)))) calls.add(callId);
    }
    const abandoned = await attempt({}, () => store.findAbandoned(isDeadOwner));
    for (const { call_id } of abandoned ?? []) if (!isLive(call_id)) calls.add(call_id);
    let ready = 0;
    for (const callId of calls) {
      if ((await attempt({ callId }, () => finalise(callId))) === 'ready') ready += 1;
    }
    return ready;
  };
};
