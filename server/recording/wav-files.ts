import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Connection, mongo } from 'mongoose';
import { AppError } from '../../schemas/errors.js';

/** One file of a call. Version 0 is the first; a call that was recorded on after it had been finalised gets the next one. */
export interface WavKey {
  callId: string;
  version: number;
}

/** The finished WAV files, in GridFS bucket `recordings`. A file's id is made from its key, so repeating a step finds what was done before. */
export interface WavFiles {
  /** SHA-256 (hex) of the stored bytes, read back; undefined when there is no whole file. Rejects when the signal aborts. */
  readBack(key: WavKey, signal: AbortSignal): Promise<{ sha256: string; sizeBytes: number } | undefined>;
  /** Stores the file in place of whatever an earlier try left. Rejects when the signal aborts. */
  write(key: WavKey, metadata: Record<string, unknown>, content: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void>;
  /** Streams the file or the bytes from `start` up to but not including `end`. */
  open(key: WavKey, range?: { start: number; end: number }): Readable;
  /** Removes the file, or what an upload that was cut short left of it. */
  remove(key: WavKey): Promise<void>;
}

/** Throws `AppError('store_unavailable')` from its methods while `connection` has no database. */
export const createWavFiles = (connection: Connection): WavFiles => {
  let opened: { bucket: mongo.GridFSBucket; db: mongo.Db } | undefined;
  const files = () => {
    const db = connection.db;
    if (!db) throw new AppError('store_unavailable');
    if (opened?.db !== db) opened = { db, bucket: new mongo.GridFSBucket(db, { bucketName: 'recordings' }) };
    return opened;
  };

  const remove = async (key: WavKey) => {
    const { db } = files();
    const _id = fileId(key);
    // Not GridFSBucket.delete: an upload that a crash cut short leaves chunks without a file, which GridFS can neither list nor delete.
    await db.collection('recordings.files').deleteOne({ _id });
    await db.collection('recordings.chunks').deleteMany({ files_id: _id });
  };

  return {
    async readBack(key, signal) {
      const { bucket } = files();
      const _id = fileId(key);
      const [file] = await bucket.find({ _id }).limit(1).toArray();
      if (!file) return undefined;
      const hash = createHash('sha256');
      let sizeBytes = 0;
      await pipeline(
        bucket.openDownloadStream(_id),
        async (chunks: AsyncIterable<Buffer>) => {
          for await (const chunk of chunks) {
            hash.update(chunk);
            sizeBytes += chunk.length;
          }
        },
        { signal },
      );
      return { sha256: hash.digest('hex'), sizeBytes };
    },
    async write(key, metadata, content, signal) {
      await remove(key);
      await pipeline(Readable.from(content), files().bucket.openUploadStreamWithId(fileId(key), `${key.callId}.wav`, { metadata }), { signal });
    },
    open: (key, range) => files().bucket.openDownloadStream(fileId(key), range),
    remove,
  };
};

/** GridFS ids are ObjectIds: 12 bytes, here the head of a hash of the key. */
const fileId = ({ callId, version }: WavKey): mongo.ObjectId => {
  const name = version === 0 ? callId : `${callId}:${version}`;
  return new mongo.ObjectId(createHash('sha256').update(name).digest().subarray(0, 12));
};
