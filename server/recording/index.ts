import { mkdirSync, readdirSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import type { Connection } from 'mongoose';
import { SEGMENT_MS } from '../../media/recorder.js';
import type { Clock } from '../../schemas/clock.js';
import type { Ids } from '../../schemas/ids.js';
import { registerOwner } from '../lease-owner.js';
import type { RecordingLog, Recordings } from './contract.js';
import { waitAtMost } from './deadline.js';
import { createFinaliser } from './finalise.js';
import { createLiveSink, type LiveSink } from './live-sink.js';
import { createRecordingReader } from './reader.js';
import { createRecordingStore, LEASE_MS } from './recording-store.js';
import { createRecovery } from './recovery.js';
import { createShipping } from './shipping.js';
import { epochOf, listSpools, spoolFolder } from './spool-file.js';
import { createWavFiles } from './wav-files.js';

export type { FinishedRecording, RecordingGap, RecordingLog, RecordingReader, RecordingSink, RecordingStatus, Recordings } from './contract.js';

/** How often crashed calls are looked for. */
const RECOVERY_MS = 60_000;
/** How often live recordings renew their lease; four failures in a row may pass. */
const RENEWAL_MS = LEASE_MS / 5;
const CLOSE_MS = 10_000;

/**
 * The recordings of this process: spools in `<dataDir>/recordings`, documents and files on `connection`, which the caller opens before and closes after.
 * A folder that cannot be used or a store that is away does not stop calls: each of the two alone is enough to keep a recording.
 */
export const createRecordings = (options: { connection: Connection; dataDir: string; clock: Clock; ids: Ids; log: RecordingLog }): Recordings => {
  const { connection, clock, ids, log } = options;
  const folder = spoolFolder(options.dataDir);
  const { name: owner, retire } = registerOwner(ids.create('recording'));
  const store = createRecordingStore({ connection, clock, ids, log });
  const files = createWavFiles(connection);
  const shipping = createShipping({ insert: (batch) => store.insertSegments(batch), clock, log });
  const openSpools = new Set<string>();
  const finalise = createFinaliser({ store, files, folder, owner, isOpen: (path) => openSpools.has(path), clock, log });
  const live = new Map<string, LiveSink>();
  const isLive = (callId: string) => live.has(callId);
  const recover = createRecovery({ store, finalise, folder, owner, isLive, log });
  const ending = new Set<Promise<unknown>>();
  let lastEpoch = newestEpoch(folder, log);
  let cancelRenewal: (() => void) | undefined;
  let cancelRecovery: (() => void) | undefined;
  let recovering: Promise<number> | undefined;
  let closed = false;

  const renewSoon = () => {
    if (closed || cancelRenewal) return;
    cancelRenewal = clock.after(RENEWAL_MS, () => {
      cancelRenewal = undefined;
      const callIds = [...live].filter(([, sink]) => sink.recording).map(([callId]) => callId);
      if (callIds.length > 0) {
        store.renew(owner, callIds).catch((error: unknown) => log.warn({ err: error }, 'leases of live recordings could not be renewed'));
      }
      if (live.size > 0) renewSoon();
    });
  };

  const ended = async (call: { id: string; companyId: string }, lineMs: number, begun: boolean) => {
    const key = { callId: call.id, companyId: call.companyId };
    await (begun ? store.begin(key, owner, clock.now()) : store.recordNone(key, owner, clock.now()));
    const result = await finalise(call.id, lineMs);
    log.info({ callId: call.id, result }, 'recording ended');
  };

  const recoverCrashed = async (): Promise<number> => {
    cancelRecovery?.();
    recovering ??= recover().finally(() => {
      recovering = undefined;
    });
    const ready = await recovering;
    if (!closed) cancelRecovery = clock.after(RECOVERY_MS, () => void recoverCrashed());
    return ready;
  };

  return {
    open(call) {
      lastEpoch = Math.max(clock.now(), lastEpoch + 1);
      const sink = createLiveSink(call, lastEpoch, { folder, owner, store, shipping, openSpools, clock, log, ended });
      live.set(call.id, sink);
      renewSoon();
      return {
        segment: sink.segment,
        part: sink.part,
        async close(lineMs) {
          const end = sink.close(lineMs);
          ending.add(end);
          await end;
          ending.delete(end);
          if (live.get(call.id) === sink) live.delete(call.id);
        },
      };
    },
    recoverCrashed,
    async erase(companyId, callId) {
      await live.get(callId)?.abandon();
      const recording = await store.markErased({ callId, companyId }, owner);
      if (!recording) return;
      for (let version = 0; version <= recording.version; version += 1) await files.remove({ callId, version });
      await shipping.drop(callId, CLOSE_MS);
      await store.deleteSegments(callId);
      for (const spool of await listSpools(folder)) if (spool.callId === callId) await unlink(spool.path);
    },
    reader: createRecordingReader(store, files),
    get lostMs() {
      return shipping.lostSegments * SEGMENT_MS;
    },
    async close() {
      closed = true;
      cancelRenewal?.();
      cancelRecovery?.();
      const work = [...ending, ...[...live.values()].map((sink) => sink.abandon()), recovering];
      await waitAtMost(clock, Promise.allSettled(work), CLOSE_MS);
      cancelRecovery?.();
      shipping.stop();
      retire();
    },
  };
};

/**
 * The newest epoch in the folder; a process's own come after it, whatever its clock says. Read at once, since a call may be opened right after, and only
 * at start.
 */
const newestEpoch = (folder: string, log: RecordingLog): number => {
  try {
    mkdirSync(folder, { recursive: true });
    return Math.max(0, ...readdirSync(folder).map((name) => epochOf(name)?.epoch ?? 0));
  } catch (error) {
    log.error({ folder, err: error }, 'the recordings folder cannot be used; recordings go to the store only');
    return 0;
  }
};
