import { Arguments } from './arguments.js';
import { encodeBson } from './bson-bytes.js';
import { type BsonDocument, type BsonValue, documentOf, isDocument, toJsNumber } from './bson-values.js';
import { type CollectionDefinition, describeIndex, type IndexDefinition, type IndexRequest, keyPatternOf } from './catalog.js';
import { CommandError, notServed } from './command-error.js';
import { equalValues } from './compare.js';
import { matches } from './filter.js';
import { parseFilter } from './parse-filter.js';
import { cursorReply, okReply } from './reply.js';
import { parseSort } from './sorting.js';
import { type Command, collectionNameOf, type Engine, type Statement } from './statement.js';

const getCollection = (engine: Engine, statement: Statement): CollectionDefinition => {
  const name = collectionNameOf(statement);
  const collection = engine.catalog.find(statement.database, name);
  if (!collection) throw new CommandError('NamespaceNotFound', `ns does not exist: ${statement.database}.${name}`);
  return collection;
};

const listReply = (engine: Engine, statement: Statement, namespace: string, documents: readonly BsonDocument[]): Buffer => {
  const size = statement.arguments.document('cursor')?.get('batchSize');
  const batch = { size: toJsNumber(size) ?? Number.POSITIVE_INFINITY, single: false };
  return cursorReply('firstBatch', namespace, engine.cursors.open(namespace, documents.map(encodeBson).values(), batch));
};

const create: Command = {
  writes: true,
  fields: ['create', 'autoIndexId'],
  notServed: [
    ...[
      'capped',
      'size',
      'max',
      'timeseries',
      'expireAfterSeconds',
      'clusteredIndex',
      'changeStreamPreAndPostImages',
      'validator',
      'validationLevel',
    ],
    ...['validationAction', 'viewOn', 'pipeline', 'collation', 'storageEngine', 'indexOptionDefaults', 'encryptedFields'],
  ],
  run(engine, statement) {
    const name = collectionNameOf(statement);
    if (engine.catalog.find(statement.database, name))
      throw new CommandError('NamespaceExists', `Collection ${statement.database}.${name} already exists.`);
    engine.catalog.ensure(statement.database, name);
    return okReply();
  },
};

const drop: Command = {
  writes: true,
  fields: ['drop'],
  run(engine, statement) {
    const name = collectionNameOf(statement);
    const collection = engine.catalog.find(statement.database, name);
    // Since MongoDB 7.0 dropping what is not there succeeds.
    if (!collection) return okReply({ ns: `${statement.database}.${name}` });
    engine.catalog.drop(collection);
    engine.cursors.closeOver(`${statement.database}.${name}`);
    return okReply({ nIndexesWas: collection.indexes.length, ns: `${statement.database}.${name}` });
  },
};

const dropDatabase: Command = {
  writes: true,
  fields: ['dropDatabase'],
  run(engine, statement) {
    for (const collection of engine.catalog.list(statement.database)) engine.catalog.drop(collection);
    engine.cursors.closeOver(`${statement.database}.`);
    return okReply({ dropped: statement.database });
  },
};

const listCollections: Command = {
  writes: false,
  fields: ['listCollections', 'filter', 'nameOnly', 'authorizedCollections', 'cursor'],
  run(engine, statement) {
    const filter = parseFilter(statement.arguments.document('filter') ?? new Map());
    const documents = engine.catalog.list(statement.database).map((collection) => {
      const [idIndex] = collection.indexes;
      const named = { name: collection.name, type: 'collection' };
      if (statement.arguments.flag('nameOnly')) return documentOf(named);
      return documentOf({ ...named, options: new Map(), info: documentOf({ readOnly: false }), idIndex: idIndex && describeIndex(idIndex) });
    });
    const wanted = documents.filter((document) => matches(filter, document));
    return listReply(engine, statement, `${statement.database}.$cmd.listCollections`, wanted);
  },
};

const listIndexes: Command = {
  writes: false,
  fields: ['listIndexes', 'cursor'],
  run: (engine, statement) => {
    const collection = getCollection(engine, statement);
    return listReply(engine, statement, `${statement.database}.${collection.name}`, collection.indexes.map(describeIndex));
  },
};

const createIndexes: Command = {
  writes: true,
  fields: ['createIndexes', 'indexes'],
  notServed: ['commitQuorum'],
  run(engine, statement) {
    const name = collectionNameOf(statement);
    const existed = engine.catalog.find(statement.database, name) !== undefined;
    const requests = statement.arguments.documents('indexes').map(parseIndex);
    if (requests.length === 0) throw new CommandError('BadValue', 'Must specify at least one index to create');
    const collection = engine.catalog.ensure(statement.database, name);
    const before = collection.indexes.length;
    const fresh: IndexRequest[] = [];
    for (const request of requests) if (!isPresent([...collection.indexes, ...fresh], request)) fresh.push(request);
    for (const request of fresh) {
      const index = engine.catalog.addIndex(collection, request);
      try {
        engine.records.fillIndex(collection, index);
      } catch (error) {
        // The rest of the group's transaction stays, so what was entered so far is taken out again.
        engine.catalog.dropIndex(collection, index);
        throw error;
      }
    }
    return okReply({ numIndexesBefore: before, numIndexesAfter: collection.indexes.length, createdCollectionAutomatically: !existed });
  },
};

/** Whether the very same index exists. Throws 85 or 86 when one with the same name or key is otherwise. */
const isPresent = (indexes: readonly (IndexDefinition | IndexRequest)[], request: IndexRequest): boolean => {
  const sameKey = indexes.find((index) => sameDocument(keyPatternOf(index), keyPatternOf(request)));
  const sameName = indexes.find((index) => index.name === request.name);
  if (sameName && sameName !== sameKey) {
    throw new CommandError('IndexKeySpecsConflict', `An existing index has the same name as the requested index (${request.name}) but another key.`);
  }
  if (!sameKey) return false;
  const same = sameKey.name === request.name && sameDocument(describeIndex(sameKey), describeIndex(request));
  if (!same) throw new CommandError('IndexOptionsConflict', `An equivalent index already exists with a different name or options: ${sameKey.name}.`);
  return true;
};

/** Equal in every field, whatever their order except that of the key. */
const sameDocument = (a: BsonDocument, b: BsonDocument): boolean => equalValues(a, b);

const INDEX_FIELDS = ['key', 'name', 'unique', 'sparse', 'background', 'expireAfterSeconds', 'partialFilterExpression', 'v', 'ns'];
const INDEX_FIELDS_NOT_SERVED = [
  'hidden',
  'collation',
  'weights',
  'default_language',
  'language_override',
  'wildcardProjection',
  'storageEngine',
  'dropDups',
];

const parseIndex = (spec: BsonDocument): IndexRequest => {
  const given = new Arguments('createIndexes.indexes', spec);
  const unknown = [...spec.keys()].find((name) => !INDEX_FIELDS.includes(name) && !INDEX_FIELDS_NOT_SERVED.includes(name));
  if (unknown !== undefined)
    throw new CommandError('InvalidIndexSpecificationOption', `The field '${unknown}' is not valid for an index specification.`);
  given.check(INDEX_FIELDS, INDEX_FIELDS_NOT_SERVED);
  const key = given.document('key');
  if (!key || key.size === 0) throw new CommandError('CannotCreateIndex', 'Index keys cannot be empty.');
  for (const [path, direction] of key) checkIndexField(path, direction);
  const expireAfterSeconds = given.count('expireAfterSeconds');
  if (expireAfterSeconds !== undefined && (key.size > 1 || key.has('_id')))
    throw new CommandError('CannotCreateIndex', 'TTL indexes are single-field indexes, not on _id.');
  const partial = given.document('partialFilterExpression');
  if (partial && given.flag('sparse')) throw new CommandError('CannotCreateIndex', 'cannot mix "partialFilterExpression" and "sparse" options');
  const isId = key.size === 1 && key.has('_id');
  return {
    name: isId ? '_id_' : given.text('name'),
    // Directions are kept as 1 and -1, so { a: 1.0 } is the same index as { a: 1 }.
    fields: parseSort(key),
    unique: isId || given.flag('unique'),
    sparse: given.flag('sparse'),
    partialFilter: partial && { document: partial, filter: parseFilter(partial) },
    expireAfterSeconds,
  };
};

const checkIndexField = (path: string, direction: BsonValue): void => {
  if (typeof direction === 'string') throw notServed(`indexes of the type "${direction}"`);
  if (path.includes('$**')) throw notServed('wildcard indexes');
  const number = toJsNumber(direction);
  if (number !== 1 && number !== -1) throw new CommandError('CannotCreateIndex', `Values in the index key pattern must be 1 or -1: ${path}`);
  // A number in the path may be a position or a name, and an index entry would have to be both.
  if (path.split('.').some((part) => /^\d+$/.test(part))) throw notServed('indexes over a numbered position');
};

const dropIndexes: Command = {
  writes: true,
  fields: ['dropIndexes', 'index'],
  run(engine, statement) {
    const collection = getCollection(engine, statement);
    const nIndexesWas = collection.indexes.length;
    for (const index of chosenIndexes(collection, statement.arguments.value('index'))) engine.catalog.dropIndex(collection, index);
    engine.cursors.closeOver(`${statement.database}.${collection.name}`);
    return okReply({ nIndexesWas });
  },
};

const chosenIndexes = (collection: CollectionDefinition, wanted: BsonValue | undefined): IndexDefinition[] => {
  if (wanted === '*') return collection.indexes.filter((index) => index.name !== '_id_');
  return (Array.isArray(wanted) ? wanted : [wanted]).map((one) => {
    const index = collection.indexes.find((candidate) => (isDocument(one) ? sameDocument(keyPatternOf(candidate), one) : candidate.name === one));
    if (!index) throw new CommandError('IndexNotFound', `index not found with name [${String(one)}]`);
    if (index.name === '_id_') throw new CommandError('InvalidOptions', 'cannot drop _id index');
    return index;
  });
};

/** Commands on collections and indexes. */
export const CATALOG_COMMANDS: Readonly<Record<string, Command>> = {
  create,
  drop,
  dropDatabase,
  listCollections,
  listIndexes,
  createIndexes,
  dropIndexes,
};
