import { decodeBson } from './bson-bytes.js';
import { type BsonDocument, type BsonValue, documentOf } from './bson-values.js';
import type { CollectionDefinition } from './catalog.js';
import { CommandError } from './command-error.js';
import { parseFilter } from './parse-filter.js';
import { parseProjection } from './projection.js';
import { runQuery } from './query.js';
import { okReply } from './reply.js';
import { parseSort } from './sorting.js';
import { type Command, collectionNameOf, type Engine } from './statement.js';
import { parseUpdate } from './update.js';
import { insertUpsert, type UpdateRequest, updateRecord } from './write-commands.js';

/** Finds one document and changes or removes it in the same transaction: the basis of lease queues. */
const findAndModify: Command = {
  writes: true,
  fields: ['findAndModify', 'findandmodify', 'query', 'sort', 'remove', 'update', 'new', 'fields', 'upsert', 'arrayFilters'],
  notServed: ['hint', 'collation', 'let', 'bypassDocumentValidation'],
  run(engine, statement) {
    const given = statement.arguments;
    const name = collectionNameOf(statement);
    const filter = parseFilter(given.document('query') ?? new Map());
    const query = { filter, sort: parseSort(given.document('sort') ?? new Map()), skip: 0, limit: 1 };
    const fields = given.document('fields');
    const project = fields && fields.size > 0 ? parseProjection(fields) : (document: BsonDocument) => document;
    const wantsNew = given.flag('new');
    const removes = given.flag('remove');
    const upsert = given.flag('upsert');
    if (removes === (given.value('update') !== undefined))
      throw new CommandError('FailedToParse', 'Either an update or remove=true must be specified, and not both');
    if (removes && (upsert || wantsNew))
      throw new CommandError(
        'FailedToParse',
        "Cannot specify both upsert=true or new=true and remove=true; 'remove' always returns the deleted document",
      );
    const request: UpdateRequest | undefined = removes
      ? undefined
      : { filter, update: parseUpdate(given.value('update'), given.list('arrayFilters')), upsert };
    const collection = engine.catalog.ensure(statement.database, name);
    const [found] = [...runQuery(engine.storage, collection, query, () => statement.checkTime())];
    if (!request) {
      if (found) engine.records.remove(collection, found);
      return okReply({ lastErrorObject: documentOf({ n: found ? 1 : 0 }), value: found ? project(found.document) : null });
    }
    if (found) {
      const { document } = updateRecord(engine, collection, found, request, found.matchedIndex);
      return okReply({ lastErrorObject: documentOf({ n: 1, updatedExisting: true }), value: project(wantsNew ? document : found.document) });
    }
    if (!request.upsert) return okReply({ lastErrorObject: documentOf({ n: 0, updatedExisting: false }), value: null });
    const upserted = insertUpsert(engine, collection, request);
    const value = wantsNew ? project(lastInserted(engine, collection, upserted)) : null;
    return okReply({ lastErrorObject: documentOf({ n: 1, updatedExisting: false, upserted }), value });
  },
};

const lastInserted = (engine: Engine, collection: CollectionDefinition, id: BsonValue): BsonDocument => {
  const filter = parseFilter(new Map([['_id', new Map([['$eq', id]])]]));
  const [found] = [...runQuery(engine.storage, collection, { filter, sort: [], skip: 0, limit: 1 }, () => {})];
  if (!found) throw new CommandError('InternalError', 'The inserted document cannot be found');
  return decodeBson(found.bytes);
};

export const FIND_AND_MODIFY: Readonly<Record<string, Command>> = { findAndModify, findandmodify: findAndModify };
