import type { KeyRange } from './storage.js';

/*
 * How everything lies in the one ordered space of keys. Numbers are big-endian, so bytes order as numbers do.
 *
 *   0 name                          the store's own facts: format, owner, the last number given
 *   1 collection(4)                 a collection's definition
 *   2 collection(4) record(8)       a document's BSON bytes
 *   3 index(4) key                  unique index: the value is the record number
 *   3 index(4) key record(8)        other index: no value
 *   4 session bytes                 the answer to a session's last retryable write
 */

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** A record number as 8 bytes; numbers grow with insertion and are never used again. */
export const recordBytes = (record: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(record));
  return bytes;
};

export const recordFromBytes = (bytes: Buffer): number => Number(bytes.readBigUInt64BE(bytes.length - 8));

export const factKey = (name: 'format' | 'owner' | 'last-number'): Buffer => Buffer.concat([Buffer.from([0]), Buffer.from(name)]);
export const definitionKey = (collection: number): Buffer => Buffer.concat([Buffer.from([1]), uint32(collection)]);
export const recordKey = (collection: number, record: number): Buffer => Buffer.concat([Buffer.from([2]), uint32(collection), recordBytes(record)]);
export const indexPrefix = (index: number): Buffer => Buffer.concat([Buffer.from([3]), uint32(index)]);
export const retryKey = (session: Buffer): Buffer => Buffer.concat([Buffer.from([4]), session]);

/** The first key after all keys that begin with these bytes. */
export const afterPrefix = (prefix: Buffer): Buffer => {
  const end = Buffer.from(prefix);
  for (let at = end.length - 1; at >= 0; at -= 1) {
    const byte = end[at] ?? 0;
    if (byte === 0xff) continue;
    end[at] = byte + 1;
    return end.subarray(0, at + 1);
  }
  // Every key begins with a small tag, so this is never reached with a real prefix.
  return Buffer.alloc(1, 0xff);
};

/** All keys that begin with these bytes. */
export const rangeOfPrefix = (prefix: Buffer): KeyRange => ({ start: prefix, end: afterPrefix(prefix) });

export const DEFINITIONS: KeyRange = rangeOfPrefix(Buffer.from([1]));
export const RETRIES: KeyRange = rangeOfPrefix(Buffer.from([4]));

/** All documents of a collection, in the order of insertion. */
export const recordRange = (collection: number): KeyRange => rangeOfPrefix(Buffer.concat([Buffer.from([2]), uint32(collection)]));

/** All entries of an index. */
export const indexRange = (index: number): KeyRange => rangeOfPrefix(indexPrefix(index));
