import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';

/** A stretch of keys: from `start` (inclusive) to `end` (exclusive), in ascending order of bytes. */
export interface KeyRange {
  readonly start: Buffer;
  readonly end: Buffer;
}

export interface StoredEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/**
 * Ordered bytes on disk with durable transactions. The engine's only door to lmdb. Everything is synchronous; a read outside of `transaction` sees the last
 * committed state, a read inside sees the transaction's own writes.
 */
export interface Storage {
  get(key: Buffer): Buffer | undefined;
  /** At most `count` entries of a range, in order; `reverse` starts at the end. The buffers belong to the caller. */
  readBlock(range: KeyRange, count: number, reverse?: boolean): StoredEntry[];
  /** How many entries a range has; their values are not read. */
  count(range: KeyRange): number;
  /** Only inside `transaction`. */
  put(key: Buffer, value: Buffer): void;
  /** Only inside `transaction`. */
  remove(key: Buffer): void;
  /** Runs `work` as one transaction: on disk when this returns, undone as a whole when `work` throws. */
  transaction<T>(work: () => T): T;
  close(): Promise<void>;
}

/** lmdb's bound on a key, bytes. */
export const MAX_KEY_BYTES = 1978;

/** lmdb's mark, at this place of the first page in lmdb 3.5's 64-bit files. Follows: lmdb source, mdb.c, MDB_meta. */
const LMDB_MAGIC = 0xbeefc0de;
const LMDB_MAGIC_AT = 24;

/** lmdb ends the whole process when it opens a file that is none of its own, so that is looked at first. */
const checkFile = (file: string): void => {
  if (!existsSync(file)) return;
  const head = Buffer.alloc(LMDB_MAGIC_AT + 4);
  const descriptor = openSync(file, 'r');
  try {
    const size = readSync(descriptor, head, 0, head.length, 0);
    if (size > 0 && head.readUInt32LE(LMDB_MAGIC_AT) !== LMDB_MAGIC) throw new Error(`${file} is not a database of this program`);
  } finally {
    closeSync(descriptor);
  }
};

/** Opens or creates the files in `folder`, which must exist. Throws what lmdb throws when it cannot, and for a file that is no database. */
export const openStorage = (folder: string): Storage => {
  checkFile(join(folder, 'data.mdb'));
  // overlappingSync off: a transaction is on disk when the call returns, in lmdb's plain and best-tested way.
  const database: RootDatabase<Buffer, Buffer> = open({
    path: folder,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
    noSubdir: false,
  });
  // A killed process leaves its place in lmdb's list of readers, which would keep old pages from being used again.
  database.readerCheck();
  return {
    get: (key) => database.get(key),
    readBlock(range, count, reverse = false) {
      const entries: StoredEntry[] = [];
      const options = reverse ? { start: range.end, reverse: true, limit: count + 1 } : { start: range.start, end: range.end, limit: count };
      for (const { key, value } of database.getRange(options)) {
        // A reverse range of lmdb includes its start and excludes its end, the opposite of ours.
        if (reverse && (Buffer.compare(key, range.start) < 0 || entries.length === count)) break;
        if (reverse && Buffer.compare(key, range.end) >= 0) continue;
        entries.push({ key, value });
      }
      return entries;
    },
    count: ({ start, end }) => database.getKeysCount({ start, end }),
    put: (key, value) => database.putSync(key, value),
    remove: (key) => void database.removeSync(key),
    transaction: (work) => database.transactionSync(work),
    close: () => database.close(),
  };
};
