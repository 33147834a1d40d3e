import type { Connection, Model } from 'mongoose';
import { Schema } from 'mongoose';
import { domainSchema } from '../store/models/domain-schema.js';
import type { RecordingGap, RecordingStatus } from './contract.js';

/**
 * The recording of one call. Every change of `status` is one compare-and-set on `fence`, which counts the claims: the process that lost its lease can
 * never finish somebody else's work. `lease_until` is ms since the epoch.
 */
export interface RecordingDocument {
  /** `rec_…` */
  _id: string;
  companyId: string;
  call_id: string;
  status: RecordingStatus;
  started_at_ms: number;
  duration_ms: number | null;
  channels: number;
  sha256: string | null;
  size_bytes: number | null;
  gaps: RecordingGap[];
  lease_owner: string;
  lease_until: number;
  fence: number;
  /** Claims to finalise so far. */
  attempts: number;
  /** Which file in the WAV bucket; counts how often the call was recorded on after it had been finalised. */
  version: number;
  /** The spools that the file contains. */
  epochs: number[];
  /** Deleted on request: whatever turns up of this call later is deleted as well. */
  erased: boolean;
}

/** One second of a live recording in the store, `_id` `<call id>:<epoch>:<n>`. Deleted when the file has been made and read back. */
export interface SegmentDocument {
  _id: string;
  companyId: string;
  call_id: string;
  epoch: number;
  n: number;
  /** Of `bytes`, as zlib gives it. */
  crc32: number;
  bytes: Buffer;
}

export const recordingModel = (connection: Connection): Model<RecordingDocument> => {
  const schema = domainSchema<RecordingDocument>('recordings', {
    companyId: { type: String, required: true },
    call_id: { type: String, required: true },
    status: { type: String, required: true },
    started_at_ms: { type: Number, required: true },
    duration_ms: { type: Number, default: null },
    channels: { type: Number, required: true },
    sha256: { type: String, default: null },
    size_bytes: { type: Number, default: null },
    gaps: { type: [{ _id: false, start_ms: Number, end_ms: Number }], default: [] },
    lease_owner: { type: String, required: true },
    lease_until: { type: Number, required: true },
    fence: { type: Number, required: true },
    attempts: { type: Number, required: true },
    version: { type: Number, required: true },
    epochs: { type: [Number], default: [] },
    erased: { type: Boolean, default: false },
  });
  schema.index({ call_id: 1 }, { unique: true });
  schema.index({ status: 1, lease_until: 1 });
  return connection.model<RecordingDocument>('Recording', schema);
};

export const segmentModel = (connection: Connection): Model<SegmentDocument> => {
  const schema = domainSchema<SegmentDocument>('recording_segments', {
    companyId: { type: String, required: true },
    call_id: { type: String, required: true },
    epoch: { type: Number, required: true },
    n: { type: Number, required: true },
    crc32: { type: Number, required: true },
    bytes: { type: Schema.Types.Buffer, required: true },
  });
  schema.index({ call_id: 1, epoch: 1, n: 1 }, { unique: true });
  return connection.model<SegmentDocument>('RecordingSegment', schema);
};
