import { decodeBson } from './bson-bytes.js';
import type { CollectionDefinition } from './catalog.js';
import { CommandError } from './command-error.js';
import { type Filter, matches } from './filter.js';
import { type IndexPlan, planQuery } from './query-plan.js';
import type { StoredRecord } from './records.js';
import { compareSortKeys, type KeyField, type SortKey, sortKeyOf } from './sorting.js';
import type { KeyRange, Storage } from './storage.js';
import { recordFromBytes, recordKey, recordRange } from './storage-keys.js';

/** What to look for. `limit` 0 means no limit. */
export interface Query {
  readonly filter: Filter;
  readonly sort: readonly KeyField[];
  readonly skip: number;
  readonly limit: number;
}

/** A found document and where in an array the filter matched it. */
export interface Found extends StoredRecord {
  readonly matchedIndex: number | undefined;
}

/** Documents sorted in memory may hold this many bytes together, as in MongoDB. */
const MAX_SORT_BYTES = 100 * 1024 * 1024;

const FIRST_BLOCK = 16;
/** Index entries are small; documents may be large, so fewer are read at a time. */
const LARGEST_INDEX_BLOCK = 1024;
const LARGEST_RECORD_BLOCK = 64;

/**
 * The documents that match, in order. Reads in blocks and holds no lock between them, so a consumer may pause for as long as it likes; documents written
 * meanwhile may or may not appear. `checkTime` is called once a block and throws when the statement's time is over.
 */
export function* runQuery(storage: Storage, collection: CollectionDefinition, query: Query, checkTime: () => void): Generator<Found, void> {
  const plan = planQuery(collection, query.filter, query.sort);
  const matching = matchingRecords(storage, collection, plan, query.filter, checkTime);
  const inOrder = plan?.ordered || query.sort.length === 0 ? matching : sorted(matching, query);
  let skipped = 0;
  let given = 0;
  for (const found of inOrder) {
    if (skipped < query.skip) {
      skipped += 1;
      continue;
    }
    yield found;
    given += 1;
    if (given === query.limit) return;
  }
}

/** The record again, as it is now; undefined when it has gone. */
export const readRecord = (storage: Storage, collection: CollectionDefinition, record: number): StoredRecord | undefined => {
  const bytes = storage.get(recordKey(collection.number, record));
  return bytes && { record, bytes, document: decodeBson(bytes) };
};

function* matchingRecords(
  storage: Storage,
  collection: CollectionDefinition,
  plan: IndexPlan | undefined,
  filter: Filter,
  checkTime: () => void,
): Generator<Found, void> {
  const candidates = plan ? recordsByIndex(storage, collection, plan, checkTime) : allRecords(storage, collection, checkTime);
  for (const candidate of candidates) {
    const position = { index: undefined as number | undefined };
    if (matches(filter, candidate.document, position)) yield { ...candidate, matchedIndex: position.index };
  }
}

function* allRecords(storage: Storage, collection: CollectionDefinition, checkTime: () => void): Generator<StoredRecord, void> {
  for (const { key, value } of entriesOf(storage, recordRange(collection.number), false, LARGEST_RECORD_BLOCK, checkTime)) {
    yield { record: recordFromBytes(key), bytes: value, document: decodeBson(value) };
  }
}

function* recordsByIndex(storage: Storage, collection: CollectionDefinition, plan: IndexPlan, checkTime: () => void): Generator<StoredRecord, void> {
  const seen = new Set<number>();
  for (const range of plan.ranges) {
    for (const { key, value } of entriesOf(storage, range, plan.reverse, LARGEST_INDEX_BLOCK, checkTime)) {
      const record = recordFromBytes(plan.index.unique ? value : key);
      // A document stands several times in an index over an array.
      if (plan.index.multikey && seen.has(record)) continue;
      if (plan.index.multikey) seen.add(record);
      const stored = readRecord(storage, collection, record);
      if (stored) yield stored;
    }
  }
}

function* entriesOf(storage: Storage, range: KeyRange, reverse: boolean, largestBlock: number, checkTime: () => void) {
  let { start, end } = range;
  for (let size = FIRST_BLOCK; ; size = Math.min(size * 4, largestBlock)) {
    checkTime();
    const block = storage.readBlock({ start, end }, size, reverse);
    yield* block;
    const last = block.at(-1);
    if (!last || block.length < size) return;
    if (reverse) end = last.key;
    else start = Buffer.concat([last.key, Buffer.from([0])]);
  }
}

/** Sorts in memory, keeping no more than the limit needs. */
function* sorted(matching: Iterable<Found>, query: Query): Generator<Found, void> {
  const wanted = query.limit === 0 ? Number.POSITIVE_INFINITY : query.skip + query.limit;
  let kept: { key: SortKey; found: Found }[] = [];
  let bytes = 0;
  const order = () => kept.sort((a, b) => compareSortKeys(a.key, b.key, query.sort) || a.found.record - b.found.record);
  for (const found of matching) {
    kept.push({ key: sortKeyOf(found.document, query.sort), found });
    bytes += found.bytes.length;
    if (kept.length >= 2 * wanted + FIRST_BLOCK) {
      kept = order().slice(0, wanted);
      bytes = kept.reduce((sum, item) => sum + item.found.bytes.length, 0);
    }
    if (bytes > MAX_SORT_BYTES) {
      throw new CommandError(
        'QueryExceededMemoryLimitNoDiskUseAllowed',
        `Sort exceeded memory limit of ${MAX_SORT_BYTES} bytes. Add an index in this order, or a limit.`,
      );
    }
  }
  for (const { found } of order()) yield found;
}
