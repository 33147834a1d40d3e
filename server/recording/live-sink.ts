import type { Clock } from '../../schemas/clock.js';
import type { RecordingLog, RecordingSink } from './contract.js';
import { waitAtMost } from './deadline.js';
import type { RecordingStore } from './recording-store.js';
import type { Shipping } from './shipping.js';
import { createSpool, type Spool } from './spool.js';
import { spoolPath } from './spool-file.js';

/** Longest wait for the disk, and for batches on their way, at the end of a call. */
const FLUSH_MS = 5_000;
/** Longest wait of a call's end for its file. */
const CLOSE_MS = 30_000;

/** What a sink needs of the recordings that it belongs to. */
export interface SinkShell {
  folder: string;
  owner: string;
  store: RecordingStore;
  shipping: Shipping;
  clock: Clock;
  log: RecordingLog;
  /** Spools that are being written by this process. */
  openSpools: Set<string>;
  /** The call's audio is all handed over: make its file. */
  ended(call: { id: string; companyId: string }, lineMs: number, begun: boolean): Promise<void>;
}

/** A sink as its process sees it. */
export interface LiveSink extends RecordingSink {
  /** Lets go of the file of a call that has not ended: the process stops, the next start finalises. */
  abandon(): Promise<void>;
  /** True from the first audio to the end. */
  readonly recording: boolean;
}

/**
 * The sink of one live call: every segment goes to the spool file, part by part, and to the store's queue when it is whole, neither waiting for the other.
 * `epoch` names this stretch of the call's recording: larger than any before it.
 */
export const createLiveSink = (call: { id: string; companyId: string }, epoch: number, shell: SinkShell): LiveSink => {
  const { folder, owner, store, shipping, clock, log, openSpools } = shell;
  const path = spoolPath(folder, call.id, epoch);
  let entered: Promise<void> | undefined;
  let spool: Spool | undefined;
  let closed: Promise<void> | undefined;

  const begin = (firstN: number): Spool => {
    const startedAtMs = clock.now();
    const header = {
      format: 'screenline-ulaw2',
      version: 1,
      call_id: call.id,
      company_id: call.companyId,
      epoch,
      first_n: firstN,
      started_at_ms: startedAtMs,
      sample_rate_hz: 8000,
      channels: 2,
      owner,
    } as const;
    entered = store.begin({ callId: call.id, companyId: call.companyId }, owner, startedAtMs).catch((error: unknown) => {
      log.warn({ callId: call.id, err: error }, 'recording could not be entered in the store yet; its spool holds it');
    });
    openSpools.add(path);
    return createSpool({ path, header, clock, log });
  };

  const letGo = async () => {
    await spool?.close(FLUSH_MS);
    openSpools.delete(path);
  };

  const end = async (lineMs: number): Promise<void> => {
    await letGo();
    // Begun before, ended after: a late entry would open the finished recording again.
    await entered;
    // A spool that failed leaves the store as the only place: then what waits has to arrive first.
    if (spool?.failed) await shipping.settle(FLUSH_MS);
    await shipping.drop(call.id, FLUSH_MS);
    await shell.ended(call, lineMs, spool !== undefined);
  };

  return {
    segment(n, bytes) {
      if (closed !== undefined) return;
      spool ??= begin(n);
      spool.append(n, bytes);
      shipping.ship({ companyId: call.companyId, callId: call.id, epoch, n, bytes }, spool);
    },
    part(n, bytes) {
      if (closed !== undefined) return;
      spool ??= begin(n);
      spool.grow(n, bytes);
    },
    get recording() {
      return spool !== undefined && closed === undefined;
    },
    async abandon() {
      closed ??= letGo();
      await closed;
    },
    async close(lineMs) {
      closed ??= end(lineMs).catch((error: unknown) => {
        log.error({ callId: call.id, err: error }, 'recording could not be closed; the next start finalises it');
      });
      if (!(await waitAtMost(clock, closed, CLOSE_MS))) log.warn({ callId: call.id }, 'recording is still being finalised');
    },
  };
};
