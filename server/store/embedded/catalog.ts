import { decodeBson, encodeBson } from './bson-bytes.js';
import { type BsonDocument, type BsonValue, documentOf, isDocument, toJsNumber } from './bson-values.js';
import type { Filter } from './filter.js';
import { parseFilter } from './parse-filter.js';
import { type KeyField, parseSort } from './sorting.js';
import type { Storage } from './storage.js';
import { DEFINITIONS, definitionKey, factKey, indexRange, recordFromBytes, recordRange } from './storage-keys.js';

/** An index of a collection. `multikey` is true once any document stood at several places because of an array. */
export interface IndexDefinition {
  readonly number: number;
  readonly name: string;
  readonly fields: readonly KeyField[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partialFilter: { readonly document: BsonDocument; readonly filter: Filter } | undefined;
  readonly expireAfterSeconds: number | undefined;
  multikey: boolean;
}

/** What an index is asked to be, before it has a number. */
export type IndexRequest = Omit<IndexDefinition, 'number' | 'multikey'>;

export interface CollectionDefinition {
  readonly number: number;
  readonly database: string;
  readonly name: string;
  /** The first is always the unique index over `_id`. */
  indexes: IndexDefinition[];
  /** The number that the next inserted document gets; kept in memory only and found again at the next start. */
  nextRecord: number;
}

export const namespaceOf = (collection: CollectionDefinition): string => `${collection.database}.${collection.name}`;

/**
 * Which collections and indexes exist. Read once at the start and kept in memory; every change is written in the transaction of the statement that makes it.
 * After an undone transaction call `reload`.
 */
export interface Catalog {
  find(database: string, name: string): CollectionDefinition | undefined;
  /** The collection, created with its `_id` index when it does not exist. Only inside a transaction. */
  ensure(database: string, name: string): CollectionDefinition;
  list(database?: string): CollectionDefinition[];
  /** Only inside a transaction. The caller fills the index. */
  addIndex(collection: CollectionDefinition, request: IndexRequest): IndexDefinition;
  /** Only inside a transaction; removes the entries too. */
  dropIndex(collection: CollectionDefinition, index: IndexDefinition): void;
  /** Only inside a transaction; removes documents and indexes too. */
  drop(collection: CollectionDefinition): void;
  /** Writes a changed definition. Only inside a transaction. */
  save(collection: CollectionDefinition): void;
  reload(): void;
}

const ID_INDEX: IndexRequest = {
  name: '_id_',
  fields: parseSort(documentOf({ _id: 1 })),
  unique: true,
  sparse: false,
  partialFilter: undefined,
  expireAfterSeconds: undefined,
};

/** How many keys are removed at a time when a collection or index is dropped. */
const DROP_BLOCK = 1000;

export const openCatalog = (storage: Storage): Catalog => {
  const collections = new Map<string, CollectionDefinition>();
  const nameKey = (database: string, name: string) => `${database}\0${name}`;
  const reload = () => {
    collections.clear();
    for (const { key, value } of storage.readBlock(DEFINITIONS, Number.MAX_SAFE_INTEGER - 1)) {
      const collection = fromDocument(key.readUInt32BE(1), decodeBson(value), storage);
      collections.set(nameKey(collection.database, collection.name), collection);
    }
  };
  const nextNumber = (): number => {
    const last = storage.get(factKey('last-number'))?.readUInt32BE() ?? 0;
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(last + 1);
    storage.put(factKey('last-number'), bytes);
    return last + 1;
  };
  const save = (collection: CollectionDefinition) => storage.put(definitionKey(collection.number), encodeBson(toDocument(collection)));
  const clear = (range: { start: Buffer; end: Buffer }) => {
    for (;;) {
      const entries = storage.readBlock(range, DROP_BLOCK);
      for (const { key } of entries) storage.remove(key);
      if (entries.length < DROP_BLOCK) return;
    }
  };
  reload();
  return {
    find: (database, name) => collections.get(nameKey(database, name)),
    ensure(database, name) {
      const found = collections.get(nameKey(database, name));
      if (found) return found;
      const created: CollectionDefinition = { number: nextNumber(), database, name, indexes: [], nextRecord: 1 };
      created.indexes.push({ ...ID_INDEX, number: nextNumber(), multikey: false });
      collections.set(nameKey(database, name), created);
      save(created);
      return created;
    },
    list: (database) => [...collections.values()].filter((collection) => database === undefined || collection.database === database),
    addIndex(collection, request) {
      const index: IndexDefinition = { ...request, number: nextNumber(), multikey: false };
      collection.indexes.push(index);
      save(collection);
      return index;
    },
    dropIndex(collection, index) {
      collection.indexes = collection.indexes.filter((other) => other !== index);
      save(collection);
      clear(indexRange(index.number));
    },
    drop(collection) {
      collections.delete(nameKey(collection.database, collection.name));
      storage.remove(definitionKey(collection.number));
      clear(recordRange(collection.number));
      for (const index of collection.indexes) clear(indexRange(index.number));
    },
    save,
    reload,
  };
};

/** An index's fields as `{ a: 1, b: -1 }`. */
export const keyPatternOf = (index: Pick<IndexDefinition, 'fields'>): BsonDocument =>
  documentOf(Object.fromEntries(index.fields.map((field) => [field.path, field.descending ? -1 : 1])));

/** An index as `listIndexes` shows it. */
export const describeIndex = (index: IndexRequest): BsonDocument =>
  documentOf({
    v: 2,
    key: keyPatternOf(index),
    name: index.name,
    unique: index.unique && index.name !== '_id_' ? true : undefined,
    sparse: index.sparse ? true : undefined,
    partialFilterExpression: index.partialFilter?.document,
    expireAfterSeconds: index.expireAfterSeconds,
  });

const toDocument = (collection: CollectionDefinition): BsonDocument =>
  documentOf({
    database: collection.database,
    name: collection.name,
    indexes: collection.indexes.map(
      (index) => new Map([...describeIndex(index), ...documentOf({ number: index.number, multikey: index.multikey, unique: index.unique })]),
    ),
  });

const fromDocument = (number: number, document: BsonDocument, storage: Storage): CollectionDefinition => {
  const indexes = document.get('indexes');
  const [last] = storage.readBlock(recordRange(number), 1, true);
  return {
    number,
    database: textOf(document, 'database'),
    name: textOf(document, 'name'),
    indexes: (Array.isArray(indexes) ? indexes : []).filter(isDocument).map(indexFromDocument),
    nextRecord: last ? recordFromBytes(last.key) + 1 : 1,
  };
};

const textOf = (document: BsonDocument, name: string): string => String(document.get(name) satisfies BsonValue | undefined);

const indexFromDocument = (document: BsonDocument): IndexDefinition => {
  const key = document.get('key');
  const partial = document.get('partialFilterExpression');
  return {
    number: toJsNumber(document.get('number')) ?? 0,
    name: textOf(document, 'name'),
    fields: parseSort(isDocument(key) ? key : new Map()),
    unique: document.get('unique') === true,
    sparse: document.get('sparse') === true,
    partialFilter: isDocument(partial) ? { document: partial, filter: parseFilter(partial) } : undefined,
    expireAfterSeconds: toJsNumber(document.get('expireAfterSeconds')),
    multikey: document.get('multikey') === true,
  };
};
