import { ObjectId } from 'bson';
import { decodeBson, encodeBson, MAX_DOCUMENT_BYTES } from './bson-bytes.js';
import { type BsonDocument, type BsonValue, isDocument, isRegex, typeNameOf } from './bson-values.js';
import { type Catalog, type CollectionDefinition, type IndexDefinition, keyPatternOf, namespaceOf } from './catalog.js';
import { CommandError } from './command-error.js';
import { keyTuples, walkPath } from './field-path.js';
import { matches } from './filter.js';
import { encodeKey, invertKey } from './key-encoding.js';
import { MAX_KEY_BYTES, type Storage } from './storage.js';
import { indexPrefix, recordBytes, recordFromBytes, recordKey, recordRange } from './storage-keys.js';

/** A stored document: its number, its bytes as stored, and those bytes read. */
export interface StoredRecord {
  readonly record: number;
  readonly bytes: Buffer;
  readonly document: BsonDocument;
}

/** A unique index refused a document. `keyPattern` and `keyValue` go to the client beside code 11000. */
export class DuplicateKeyError extends CommandError {
  readonly keyPattern: BsonDocument;
  readonly keyValue: BsonDocument;

  constructor(collection: CollectionDefinition, index: IndexDefinition, values: readonly (BsonValue | undefined)[]) {
    const keyValue: BsonDocument = new Map(index.fields.map((field, at) => [field.path, values[at] ?? null]));
    const shown = [...keyValue].map(([path, value]) => `${path}: ${showValue(value)}`).join(', ');
    super('DuplicateKey', `E11000 duplicate key error collection: ${namespaceOf(collection)} index: ${index.name} dup key: { ${shown} }`);
    this.keyPattern = keyPatternOf(index);
    this.keyValue = keyValue;
  }
}

const showValue = (value: BsonValue): string => {
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  return isDocument(value) || Array.isArray(value) ? typeNameOf(value) : String(value);
};

/** One place of a document in an index. */
interface IndexEntry {
  readonly index: IndexDefinition;
  /** The index's prefix and the key, without the record number. */
  readonly key: Buffer;
  readonly values: readonly (BsonValue | undefined)[];
}

/** Changes of documents with all their index entries. Each either happens whole or throws before it has changed anything. Only inside a transaction. */
export interface Records {
  /** Stores a new document; an absent `_id` is made, and put first. Returns the `_id`. */
  insert(collection: CollectionDefinition, bytes: Buffer): BsonValue;
  /** Replaces a stored document. Returns false when its bytes stay the same. */
  replace(collection: CollectionDefinition, stored: StoredRecord, document: BsonDocument): boolean;
  remove(collection: CollectionDefinition, stored: StoredRecord): void;
  /** Enters every stored document into a new index. */
  fillIndex(collection: CollectionDefinition, index: IndexDefinition): void;
}

const FILL_BLOCK = 500;

export const openRecords = (storage: Storage, catalog: Catalog): Records => {
  const entriesOf = (collection: CollectionDefinition, document: BsonDocument, indexes: readonly IndexDefinition[]): IndexEntry[] =>
    indexes.flatMap((index) => indexEntries(collection, index, document, () => catalog.save(collection)));

  const refuseDuplicates = (collection: CollectionDefinition, entries: readonly IndexEntry[], own: number | undefined) => {
    for (const { index, key, values } of entries) {
      if (!index.unique) continue;
      const holder = storage.get(key);
      if (holder && recordFromBytes(holder) !== own) throw new DuplicateKeyError(collection, index, values);
    }
  };
  const enter = ({ index, key }: IndexEntry, record: number) =>
    index.unique ? storage.put(key, recordBytes(record)) : storage.put(Buffer.concat([key, recordBytes(record)]), Buffer.alloc(0));
  const leave = ({ index, key }: IndexEntry, record: number) => storage.remove(index.unique ? key : Buffer.concat([key, recordBytes(record)]));

  return {
    insert(collection, given) {
      const { bytes, document, id } = withId(given);
      const entries = entriesOf(collection, document, collection.indexes);
      refuseDuplicates(collection, entries, undefined);
      const record = collection.nextRecord;
      collection.nextRecord += 1;
      storage.put(recordKey(collection.number, record), bytes);
      for (const entry of entries) enter(entry, record);
      return id;
    },
    replace(collection, stored, document) {
      const bytes = encodeBson(document);
      if (bytes.length > MAX_DOCUMENT_BYTES)
        throw new CommandError('Location17419', `Resulting document after update is larger than ${MAX_DOCUMENT_BYTES}`);
      if (bytes.equals(stored.bytes)) return false;
      const before = entriesOf(collection, stored.document, collection.indexes);
      const after = entriesOf(collection, document, collection.indexes);
      refuseDuplicates(collection, after, stored.record);
      const kept = new Set(after.map(({ key }) => key.toString('latin1')));
      const had = new Set(before.map(({ key }) => key.toString('latin1')));
      for (const entry of before) if (!kept.has(entry.key.toString('latin1'))) leave(entry, stored.record);
      for (const entry of after) if (!had.has(entry.key.toString('latin1'))) enter(entry, stored.record);
      storage.put(recordKey(collection.number, stored.record), bytes);
      return true;
    },
    remove(collection, stored) {
      for (const entry of entriesOf(collection, stored.document, collection.indexes)) leave(entry, stored.record);
      storage.remove(recordKey(collection.number, stored.record));
    },
    fillIndex(collection, index) {
      const range = recordRange(collection.number);
      let { start } = range;
      for (;;) {
        const block = storage.readBlock({ start, end: range.end }, FILL_BLOCK);
        for (const { key, value } of block) {
          const record = recordFromBytes(key);
          const entries = entriesOf(collection, decodeBson(value), [index]);
          refuseDuplicates(collection, entries, record);
          for (const entry of entries) enter(entry, record);
        }
        const last = block.at(-1);
        if (!last || block.length < FILL_BLOCK) return;
        start = Buffer.concat([last.key, Buffer.from([0])]);
      }
    },
  };
};

/** The document with `_id` as its first field; the bytes stay as sent when it is there already. */
const withId = (bytes: Buffer): { bytes: Buffer; document: BsonDocument; id: BsonValue } => {
  if (bytes.length > MAX_DOCUMENT_BYTES)
    throw new CommandError('BSONObjectTooLarge', `object to insert too large. size in bytes: ${bytes.length}, max size: ${MAX_DOCUMENT_BYTES}`);
  const document = decodeBson(bytes);
  const given = document.get('_id');
  if (given !== undefined) checkId(given);
  if (given !== undefined && document.keys().next().value === '_id') return { bytes, document, id: given };
  const id = given ?? new ObjectId();
  document.delete('_id');
  const ordered: BsonDocument = new Map<string, BsonValue>([['_id', id], ...document]);
  return { bytes: encodeBson(ordered), document: ordered, id };
};

const checkId = (id: BsonValue): void => {
  if (Array.isArray(id) || isRegex(id)) throw new CommandError('InvalidIdField', `The '_id' value cannot be of type ${typeNameOf(id)}`);
  if (isDocument(id) && [...id.keys()].some((name) => name.startsWith('$'))) {
    throw new CommandError('DollarPrefixedFieldName', '_id fields may not contain names that begin with $');
  }
};

/** The index's entries for a document, without repetitions. Marks the index as multikey when an array was fanned out. */
const indexEntries = (collection: CollectionDefinition, index: IndexDefinition, document: BsonDocument, save: () => void): IndexEntry[] => {
  if (index.partialFilter && !matches(index.partialFilter.filter, document)) return [];
  if (index.sparse && !index.fields.some((field) => walkPath(document, field.parts, false, (value) => value !== undefined))) return [];
  const keys = keyTuples(
    document,
    index.fields.map((field) => field.parts),
  );
  if (!keys) throw new CommandError('CannotIndexParallelArrays', `cannot index parallel arrays in the index ${index.name}`);
  const entries = new Map<string, IndexEntry>();
  for (const values of keys.tuples) {
    const parts = index.fields.map((field, at) => (field.descending ? invertKey(encodeKey(values[at])) : encodeKey(values[at])));
    const key = Buffer.concat([indexPrefix(index.number), ...parts]);
    // Room for the record number behind the key.
    if (key.length > MAX_KEY_BYTES - 8)
      throw new CommandError(
        'KeyTooLong',
        `An indexed value is too long for the index ${index.name} of ${namespaceOf(collection)}: ${key.length} bytes`,
      );
    entries.set(key.toString('latin1'), { index, key, values });
  }
  if (keys.multikey && !index.multikey) {
    index.multikey = true;
    save();
  }
  return [...entries.values()];
};
