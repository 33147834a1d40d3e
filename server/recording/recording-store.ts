import { crc32 } from 'node:zlib';
import type { Connection } from 'mongoose';
import { SEGMENT_MS } from '../../media/recorder.js';
import type { Clock } from '../../schemas/clock.js';
import type { Ids } from '../../schemas/ids.js';
import { isOnlyDuplicateKeys } from '../store/store-errors.js';
import type { AudioSource } from './assembly.js';
import type { RecordingLog, RecordingStatus } from './contract.js';
import { withDeadline } from './deadline.js';
import { type RecordingDocument, recordingModel, type SegmentDocument, segmentModel } from './models.js';
import type { ShippedSegment } from './shipping.js';
import { BYTES_PER_MS } from './spool-file.js';

/** Longest wait for one store operation. */
const OPERATION_MS = 10_000;
/** How long a recording stays its owner's without renewal; long, because an owner on the same host is known to be dead at once (lease-owner.ts). */
export const LEASE_MS = 300_000;

export type FinishedFields = Pick<RecordingDocument, 'duration_ms' | 'sha256' | 'size_bytes' | 'gaps' | 'epochs'>;

/** The documents of recordings, with their leases. Every method rejects within 10 s when the store is away; all may be repeated. */
export interface RecordingStore {
  /**
   * Makes the record of a call whose recording begins, held by `owner`. A call that is recorded on, after a break, is taken over by the new owner; when
   * it had been finalised meanwhile, it is opened again.
   */
  begin(call: { callId: string; companyId: string }, owner: string, startedAtMs: number): Promise<void>;
  /** Opens a finalised recording again, because more audio of it was found. False when somebody else changed it since it was `seen`. */
  reopen(seen: RecordingDocument, owner: string): Promise<boolean>;
  /** Makes the record of a call that ended without a recording. */
  recordNone(call: { callId: string; companyId: string }, owner: string, startedAtMs: number): Promise<void>;
  /** Keeps the live recordings of `owner` its own. */
  renew(owner: string, callIds: string[]): Promise<void>;
  find(callId: string): Promise<RecordingDocument | undefined>;
  /** Takes a recording to finalise it, unless somebody else changed it since it was `seen`; undefined then. */
  claim(seen: RecordingDocument, owner: string): Promise<RecordingDocument | undefined>;
  /** Marks the recording of a call as erased, whatever its state; every claim on it is lost. Makes the record when there is none. */
  markErased(call: { callId: string; companyId: string }, owner: string): Promise<RecordingDocument | undefined>;
  /** Ends a claim; false when it was lost meanwhile. */
  settle(claimed: RecordingDocument, status: RecordingStatus, fields?: FinishedFields): Promise<boolean>;
  /** Calls whose recording is open and whose lease has run out, or whose owner `isGone`. */
  findAbandoned(isGone: (owner: string) => boolean): Promise<RecordingDocument[]>;
  insertSegments(batch: ShippedSegment[]): Promise<void>;
  /** The segments of a call as audio, oldest epoch first; a segment whose crc is wrong counts as missing. */
  segmentSources(callId: string): Promise<AudioSource[]>;
  deleteSegments(callId: string): Promise<void>;
}

export const createRecordingStore = (options: { connection: Connection; clock: Clock; ids: Ids; log: RecordingLog }): RecordingStore => {
  const { connection, clock, ids, log } = options;
  const recordings = recordingModel(connection);
  const segments = segmentModel(connection);
  let indexes: Promise<unknown> | undefined;

  /** Runs one operation behind the unique indexes, on which "only once" rests. */
  const run = async <Result>(operation: () => Promise<Result>): Promise<Result> => {
    indexes ??= Promise.all([recordings.createIndexes(), segments.createIndexes()]);
    const ready = indexes;
    const work = ready.then(operation, (error: unknown) => {
      if (indexes === ready) indexes = undefined;
      throw error;
    });
    return withDeadline(clock, work, OPERATION_MS);
  };

  const insertIfAbsent = async (
    { callId, companyId }: { callId: string; companyId: string },
    owner: string,
    startedAtMs: number,
    status: RecordingStatus,
  ): Promise<void> => {
    await run(() =>
      recordings.updateOne(
        { call_id: callId },
        {
          $setOnInsert: {
            _id: ids.create('recording'),
            companyId,
            call_id: callId,
            status,
            started_at_ms: startedAtMs,
            duration_ms: null,
            channels: 2,
            sha256: null,
            size_bytes: null,
            gaps: [],
            lease_owner: owner,
            lease_until: clock.now() + LEASE_MS,
            fence: 0,
            attempts: 0,
            version: 0,
            epochs: [],
            erased: false,
          },
        },
        { upsert: true },
      ),
    ).catch(ignoreDuplicate);
  };

  const find = async (callId: string) => (await run(() => recordings.findOne({ call_id: callId }).lean<RecordingDocument>().exec())) ?? undefined;

  const reopen = async (seen: RecordingDocument, owner: string) => {
    const opened = await run(() =>
      recordings.updateOne(
        { _id: seen._id, status: seen.status, fence: seen.fence, erased: false },
        {
          $set: {
            status: 'recording',
            lease_owner: owner,
            lease_until: clock.now() + LEASE_MS,
            attempts: 0,
            // The file that exists stays, and is read, until the next one has been made.
            version: seen.status === 'ready' ? seen.version + 1 : seen.version,
          },
          $inc: { fence: 1 },
        },
      ),
    );
    return opened.matchedCount === 1;
  };

  return {
    async begin(call, owner, startedAtMs) {
      await insertIfAbsent(call, owner, startedAtMs, 'recording');
      const seen = await find(call.callId);
      if (seen && !(seen.status === 'recording' && seen.lease_owner === owner)) await reopen(seen, owner);
    },
    reopen,
    recordNone: (call, owner, startedAtMs) => insertIfAbsent(call, owner, startedAtMs, 'none'),
    async renew(owner, callIds) {
      await run(() =>
        recordings.updateMany(
          { call_id: { $in: callIds }, status: 'recording', lease_owner: owner },
          { $set: { lease_until: clock.now() + LEASE_MS } },
        ),
      );
    },
    find,
    async claim(seen, owner) {
      const claimed = await run(() =>
        recordings
          .findOneAndUpdate(
            { _id: seen._id, status: seen.status, fence: seen.fence },
            { $set: { status: 'finalising', lease_owner: owner, lease_until: clock.now() + LEASE_MS }, $inc: { fence: 1, attempts: 1 } },
            { returnDocument: 'after' },
          )
          .lean<RecordingDocument>()
          .exec(),
      );
      return claimed ?? undefined;
    },
    async markErased(call, owner) {
      await insertIfAbsent(call, owner, clock.now(), 'none');
      const nothing = { status: 'none', sha256: null, size_bytes: null, duration_ms: null, gaps: [], epochs: [], erased: true } as const;
      const erased = await run(() =>
        recordings
          .findOneAndUpdate({ call_id: call.callId, companyId: call.companyId }, { $set: nothing, $inc: { fence: 1 } }, { returnDocument: 'after' })
          .lean<RecordingDocument>()
          .exec(),
      );
      return erased ?? undefined;
    },
    async settle(claimed, status, fields) {
      const settled = await run(() =>
        recordings.updateOne(
          { _id: claimed._id, fence: claimed.fence, status: 'finalising' },
          { $set: { ...fields, status, lease_until: clock.now() } },
        ),
      );
      return settled.matchedCount === 1;
    },
    async findAbandoned(isGone) {
      const open = await run(() =>
        recordings
          .find({ status: { $in: ['recording', 'finalising'] } })
          .sort({ lease_until: 1 })
          .limit(1_000)
          .lean<RecordingDocument[]>()
          .exec(),
      );
      const now = clock.now();
      return open.filter((recording) => recording.lease_until < now || isGone(recording.lease_owner));
    },
    async insertSegments(batch) {
      const documents = batch.map(({ callId, companyId, epoch, n, bytes }) => ({
        _id: `${callId}:${epoch}:${n}`,
        companyId,
        call_id: callId,
        epoch,
        n,
        crc32: crc32(bytes),
        bytes,
      }));
      await run(() => segments.insertMany(documents, { ordered: false })).catch(ignoreDuplicate);
    },
    async segmentSources(callId) {
      const places = await run(() =>
        segments.find({ call_id: callId }).select({ epoch: 1, n: 1 }).sort({ epoch: 1, n: 1 }).lean<Pick<SegmentDocument, 'epoch' | 'n'>[]>().exec(),
      );
      const extents = new Map<number, { first: number; last: number }>();
      for (const { epoch, n } of places) extents.set(epoch, { first: extents.get(epoch)?.first ?? n, last: n });
      return Promise.all(
        [...extents].map(async ([epoch, { first, last }]) => ({
          epoch,
          startMs: first * SEGMENT_MS,
          endMs: last * SEGMENT_MS + (await lengthOf(`${callId}:${epoch}:${last}`)),
          async read(fromMs: number, toMs: number) {
            const range = { $gte: Math.floor(fromMs / SEGMENT_MS), $lt: Math.ceil(toMs / SEGMENT_MS) };
            const found = await run(() => segments.find({ call_id: callId, epoch, n: range }).sort({ n: 1 }).exec());
            return found.flatMap(({ n, bytes, crc32: expected }) => {
              if (crc32(bytes) === expected) return [{ startMs: n * SEGMENT_MS, bytes }];
              log.error({ callId, epoch, n }, 'recording segment is damaged in the store; it counts as missing');
              return [];
            });
          },
        })),
      );
    },
    async deleteSegments(callId) {
      await run(() => segments.deleteMany({ call_id: callId }));
    },
  };

  /** Length of a segment, ms. */
  async function lengthOf(id: string): Promise<number> {
    const segment = await run(() => segments.findById(id).exec());
    return segment ? segment.bytes.length / BYTES_PER_MS : 0;
  }
};

/** What is there already is done. */
const ignoreDuplicate = (error: unknown): void => {
  if (!isOnlyDuplicateKeys(error)) throw error;
};
