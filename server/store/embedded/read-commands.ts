import { encodeBson } from './bson-bytes.js';
import { type BsonDocument, type BsonValue, toJsNumber } from './bson-values.js';
import { CommandError } from './command-error.js';
import { walkPath } from './field-path.js';
import { encodeKey } from './key-encoding.js';
import { parseFilter } from './parse-filter.js';
import { parseProjection } from './projection.js';
import { type Found, type Query, runQuery } from './query.js';
import { cursorReply, okReply } from './reply.js';
import { parseSort } from './sorting.js';
import { type Command, collectionNameOf, type Engine, type Statement } from './statement.js';
import { recordRange } from './storage-keys.js';

/** How many documents a first batch has when the client does not say. */
const DEFAULT_BATCH = 101;

/** What matches in a collection; a collection that does not exist is empty. */
export const findIn = (engine: Engine, statement: Statement, name: string, query: Query): Iterable<Found> => {
  const collection = engine.catalog.find(statement.database, name);
  return collection ? runQuery(engine.storage, collection, query, () => statement.checkTime()) : [];
};

function* bytesOf(found: Iterable<Found>, projection: BsonDocument | undefined): Generator<Buffer, void> {
  const project = projection && projection.size > 0 ? parseProjection(projection) : undefined;
  for (const { bytes, document } of found) yield project ? encodeBson(project(document)) : bytes;
}

const find: Command = {
  writes: false,
  fields: ['find', 'filter', 'sort', 'projection', 'skip', 'limit', 'batchSize', 'singleBatch', 'allowDiskUse', 'noCursorTimeout'],
  notServed: ['hint', 'collation', 'let', 'min', 'max', 'returnKey', 'showRecordId', 'tailable', 'awaitData', 'oplogReplay', 'allowPartialResults'],
  run(engine, statement) {
    const name = collectionNameOf(statement);
    const given = statement.arguments;
    const projection = given.document('projection');
    // Parsed here as well, so that a wrong projection fails even when nothing is found.
    if (projection && projection.size > 0) parseProjection(projection);
    const query: Query = {
      filter: parseFilter(given.document('filter') ?? new Map()),
      sort: parseSort(given.document('sort') ?? new Map()),
      skip: given.count('skip') ?? 0,
      limit: given.count('limit') ?? 0,
    };
    const namespace = `${statement.database}.${name}`;
    const batch = { size: given.count('batchSize') ?? DEFAULT_BATCH, single: given.flag('singleBatch') };
    const documents = bytesOf(findIn(engine, statement, name, query), projection);
    return cursorReply('firstBatch', namespace, engine.cursors.open(namespace, documents, batch));
  },
};

const getMore: Command = {
  writes: false,
  fields: ['getMore', 'collection', 'batchSize'],
  run(engine, statement) {
    const id = statement.arguments.value('getMore');
    if (typeof id !== 'bigint') throw new CommandError('TypeMismatch', "BSON field 'getMore.getMore' is the wrong type, expected type 'long'");
    const namespace = `${statement.database}.${statement.arguments.text('collection')}`;
    return cursorReply('nextBatch', namespace, engine.cursors.next(id, namespace, statement.arguments.count('batchSize') ?? 0));
  },
};

const killCursors: Command = {
  writes: false,
  fields: ['killCursors', 'cursors'],
  run(engine, statement) {
    const killed: BsonValue[] = [];
    const notFound: BsonValue[] = [];
    for (const id of statement.arguments.list('cursors')) (typeof id === 'bigint' && engine.cursors.close(id) ? killed : notFound).push(id);
    return okReply({ cursorsKilled: killed, cursorsNotFound: notFound, cursorsAlive: [], cursorsUnknown: [] });
  },
};

const count: Command = {
  writes: false,
  fields: ['count', 'query', 'limit', 'skip', 'fields'],
  notServed: ['hint', 'collation'],
  run(engine, statement) {
    const given = statement.arguments;
    // A negative limit means the same as a positive one.
    const limit = Math.abs(toJsNumber(given.value('limit')) ?? 0);
    const query: Query = { filter: parseFilter(given.document('query') ?? new Map()), sort: [], skip: given.count('skip') ?? 0, limit };
    const name = collectionNameOf(statement);
    if ((given.document('query')?.size ?? 0) === 0 && query.skip === 0 && limit === 0) {
      const collection = engine.catalog.find(statement.database, name);
      return okReply({ n: collection ? engine.storage.count(recordRange(collection.number)) : 0 });
    }
    let n = 0;
    for (const _ of findIn(engine, statement, name, query)) n += 1;
    return okReply({ n });
  },
};

const distinct: Command = {
  writes: false,
  fields: ['distinct', 'key', 'query'],
  notServed: ['hint', 'collation'],
  run(engine, statement) {
    const parts = statement.arguments.text('key').split('.');
    const query: Query = { filter: parseFilter(statement.arguments.document('query') ?? new Map()), sort: [], skip: 0, limit: 0 };
    const values = new Map<string, BsonValue>();
    for (const { document } of findIn(engine, statement, collectionNameOf(statement), query)) {
      walkPath(document, parts, false, (value) => {
        for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) addDistinct(values, one);
        return false;
      });
    }
    return okReply({ values: [...values.values()] });
  },
};

const addDistinct = (values: Map<string, BsonValue>, value: BsonValue): void => {
  const key = encodeKey(value).toString('latin1');
  if (!values.has(key)) values.set(key, value);
};

/** Commands that read documents. */
export const READ_COMMANDS: Readonly<Record<string, Command>> = { find, getMore, killCursors, count, distinct };
