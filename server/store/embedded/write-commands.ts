import { Arguments } from './arguments.js';
import { decodeBson, encodeBson } from './bson-bytes.js';
import { type BsonDocument, type BsonValue, documentOf } from './bson-values.js';
import type { CollectionDefinition } from './catalog.js';
import { CommandError } from './command-error.js';
import type { Filter } from './filter.js';
import { requiredConditions } from './filter.js';
import { parseFilter } from './parse-filter.js';
import { readRecord, runQuery } from './query.js';
import type { StoredRecord } from './records.js';
import { okReply, writeError } from './reply.js';
import { parseSort } from './sorting.js';
import { type Command, collectionNameOf, type Engine, type Statement } from './statement.js';
import { applyUpdate, parseUpdate, type Update } from './update.js';
import { upsertBase } from './upsert.js';

/** MongoDB's bound on the statements of one command. */
const MAX_BATCH = 100_000;

/** Runs the statements of a batch. One that fails becomes a `writeErrors` entry; `ordered` then ends the batch. */
const runBatch = <T>(statement: Statement, items: readonly T[], run: (item: T, index: number) => void): BsonDocument[] => {
  if (items.length === 0 || items.length > MAX_BATCH)
    throw new CommandError('BadValue', `Write batch sizes must be between 1 and ${MAX_BATCH}. Got ${items.length} operations.`);
  const ordered = statement.arguments.value('ordered') === undefined || statement.arguments.flag('ordered');
  const errors: BsonDocument[] = [];
  for (const [index, item] of items.entries()) {
    try {
      statement.checkTime();
      run(item, index);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      errors.push(writeError(index, error));
      if (ordered) break;
    }
  }
  return errors;
};

/** The statements of a batch, from the body or from beside it. */
const batchItems = (statement: Statement, field: string): BsonDocument[] =>
  statement.sequences.get(field)?.map(decodeBson) ?? statement.arguments.documents(field);

const insert: Command = {
  writes: true,
  fields: ['insert', 'documents', 'ordered'],
  notServed: ['bypassDocumentValidation'],
  run(engine, statement) {
    const name = collectionNameOf(statement);
    const documents = statement.sequences.get('documents') ?? statement.arguments.documents('documents').map(encodeBson);
    let n = 0;
    const errors = runBatch(statement, documents, (bytes) => {
      engine.records.insert(engine.catalog.ensure(statement.database, name), bytes);
      n += 1;
    });
    return okReply({ n, writeErrors: errors.length > 0 ? errors : undefined });
  },
};

/** What one document is to become: found by `filter`, else inserted when `upsert`. */
export interface UpdateRequest {
  readonly filter: Filter;
  readonly update: Update;
  readonly upsert: boolean;
}

/** Applies an update to one stored document. Returns the new document and whether it differs. */
export const updateRecord = (
  engine: Engine,
  collection: CollectionDefinition,
  stored: StoredRecord,
  request: UpdateRequest,
  matchedIndex: number | undefined,
): { document: BsonDocument; modified: boolean } => {
  const document = applyUpdate(stored.document, request.update, { matchedIndex, inserting: false, now: engine.now() });
  return { document, modified: engine.records.replace(collection, stored, document) };
};

/** Inserts what the filter's equalities and the update make together. Returns the new `_id`. */
export const insertUpsert = (engine: Engine, collection: CollectionDefinition, request: UpdateRequest): BsonValue => {
  const base = upsertBase(requiredConditions(request.filter), request.update.kind);
  const document = applyUpdate(base, request.update, { matchedIndex: undefined, inserting: true, now: engine.now() });
  return engine.records.insert(collection, encodeBson(document));
};

const UPDATE_FIELDS = ['q', 'u', 'multi', 'upsert', 'arrayFilters'];

const update: Command = {
  writes: true,
  fields: ['update', 'updates', 'ordered'],
  notServed: ['bypassDocumentValidation', 'let'],
  run(engine, statement) {
    const name = collectionNameOf(statement);
    let n = 0;
    let nModified = 0;
    const upserted: BsonDocument[] = [];
    const errors = runBatch(statement, batchItems(statement, 'updates'), (item, index) => {
      const given = new Arguments('update.updates', item);
      given.check(UPDATE_FIELDS, ['hint', 'collation', 'c', 'sort', 'sampleId']);
      const multi = given.flag('multi');
      const request: UpdateRequest = {
        filter: parseFilter(given.document('q') ?? new Map()),
        update: parseUpdate(given.value('u'), given.list('arrayFilters')),
        upsert: given.flag('upsert'),
      };
      if (multi && request.update.kind === 'replacement')
        throw new CommandError('FailedToParse', 'multi update is not supported for replacement-style update');
      const collection = engine.catalog.ensure(statement.database, name);
      // All are found before the first is changed, so that no document is met twice.
      const query = { filter: request.filter, sort: [], skip: 0, limit: multi ? 0 : 1 };
      const found = [...runQuery(engine.storage, collection, query, () => statement.checkTime())].map(({ record, matchedIndex }) => ({
        record,
        matchedIndex,
      }));
      for (const { record, matchedIndex } of found) {
        const stored = readRecord(engine.storage, collection, record);
        if (!stored) continue;
        const { modified } = updateRecord(engine, collection, stored, request, matchedIndex);
        n += 1;
        if (modified) nModified += 1;
      }
      if (found.length === 0 && request.upsert) {
        upserted.push(documentOf({ index, _id: insertUpsert(engine, collection, request) }));
        n += 1;
      }
    });
    return okReply({ n, nModified, upserted: upserted.length > 0 ? upserted : undefined, writeErrors: errors.length > 0 ? errors : undefined });
  },
};

const remove: Command = {
  writes: true,
  fields: ['delete', 'deletes', 'ordered'],
  notServed: ['let'],
  run(engine, statement) {
    const collection = engine.catalog.find(statement.database, collectionNameOf(statement));
    let n = 0;
    const errors = runBatch(statement, batchItems(statement, 'deletes'), (item) => {
      const given = new Arguments('delete.deletes', item);
      given.check(['q', 'limit'], ['hint', 'collation']);
      const limit = given.count('limit');
      if (limit !== 0 && limit !== 1) throw new CommandError('FailedToParse', 'The limit field in delete objects must be 0 or 1');
      const query = { filter: parseFilter(given.document('q') ?? new Map()), sort: parseSort(new Map()), skip: 0, limit };
      if (!collection) return;
      const found = [...runQuery(engine.storage, collection, query, () => statement.checkTime())].map(({ record }) => record);
      for (const record of found) {
        const stored = readRecord(engine.storage, collection, record);
        if (!stored) continue;
        engine.records.remove(collection, stored);
        n += 1;
      }
    });
    return okReply({ n, writeErrors: errors.length > 0 ? errors : undefined });
  },
};

/** Commands that write batches of documents. */
export const WRITE_COMMANDS: Readonly<Record<string, Command>> = { insert, update, delete: remove };
