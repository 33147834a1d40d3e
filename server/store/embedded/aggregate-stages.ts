import { parseAccumulator } from './aggregate-accumulators.js';
import { type Expression, fieldPathParts, parseExpression } from './aggregate-expressions.js';
import { encodeBson } from './bson-bytes.js';
import { type BsonDocument, type BsonValue, documentOf, isDocument, isNumber, isTruthy, numberValue, toJsNumber, typeNameOf } from './bson-values.js';
import { CommandError, notServed } from './command-error.js';
import { matches } from './filter.js';
import { encodeKey } from './key-encoding.js';
import { parseFilter } from './parse-filter.js';
import { type Project, parseProjection } from './projection.js';
import { compareSortKeys, parseSort, sortKeyOf } from './sorting.js';
import { copyDocument, placeAt } from './update-document.js';

/** Turns one stream of documents into the next. */
export type Stage = (documents: Iterable<BsonDocument>) => Iterable<BsonDocument>;

/** What a sorting or grouping stage may hold in memory, bytes, as in MongoDB. */
const MAX_STAGE_BYTES = 100 * 1024 * 1024;

const KNOWN_ELSEWHERE = [
  ...['$addFields', '$bucket', '$bucketAuto', '$changeStream', '$collStats', '$currentOp', '$densify', '$documents', '$facet', '$fill', '$geoNear'],
  ...[
    '$graphLookup',
    '$indexStats',
    '$listSessions',
    '$listLocalSessions',
    '$lookup',
    '$merge',
    '$out',
    '$planCacheStats',
    '$redact',
    '$replaceRoot',
  ],
  ...['$replaceWith', '$sample', '$search', '$set', '$setWindowFields', '$sortByCount', '$unionWith', '$unset', '$vectorSearch'],
];

/** A parsed stage. Throws 40324 for names that MongoDB does not know, NotImplemented for those outside the allow-list. */
export const parseStage = (name: string, operand: BsonValue): Stage => {
  switch (name) {
    case '$match':
      return match(operand);
    case '$sort':
      return sort(operand);
    case '$skip':
      return slice(name, operand);
    case '$limit':
      return slice(name, operand);
    case '$project':
      return project(operand);
    case '$group':
      return group(operand);
    case '$count':
      return count(operand);
    case '$unwind':
      return unwind(operand);
    default:
      if (KNOWN_ELSEWHERE.includes(name)) throw notServed(`the aggregation stage ${name}`);
      throw new CommandError('Location40324', `Unrecognized pipeline stage name: '${name}'`);
  }
};

const match = (operand: BsonValue): Stage => {
  if (!isDocument(operand)) throw new CommandError('Location15959', 'the match filter must be an expression in an object');
  const filter = parseFilter(operand);
  return function* (documents) {
    for (const document of documents) if (matches(filter, document)) yield document;
  };
};

const sort = (operand: BsonValue): Stage => {
  if (!isDocument(operand)) throw new CommandError('Location15973', 'the $sort key specification must be an object');
  if (operand.size === 0) throw new CommandError('Location15976', '$sort stage must have at least one sort key');
  const fields = parseSort(operand);
  return (documents) => {
    const memory = memoryBound('$sort');
    const kept = [...documents].map((document) => {
      memory(document);
      return { key: sortKeyOf(document, fields), document };
    });
    return kept.sort((a, b) => compareSortKeys(a.key, b.key, fields)).map(({ document }) => document);
  };
};

const memoryBound = (stage: string): ((document: BsonDocument) => void) => {
  let bytes = 0;
  return (document) => {
    bytes += encodeBson(document).length;
    if (bytes > MAX_STAGE_BYTES)
      throw new CommandError('QueryExceededMemoryLimitNoDiskUseAllowed', `${stage} exceeded its memory limit of ${MAX_STAGE_BYTES} bytes`);
  };
};

const slice = (name: '$skip' | '$limit', operand: BsonValue): Stage => {
  const amount = toJsNumber(operand);
  if (amount === undefined || !Number.isInteger(amount))
    throw new CommandError(name === '$skip' ? 'Location15972' : 'Location15957', `invalid argument to ${name} stage: a whole number is needed`);
  if (amount < 0 || (amount === 0 && name === '$limit')) throw new CommandError('Location15958', `the argument of ${name} must be positive`);
  return function* (documents) {
    let seen = 0;
    for (const document of documents) {
      seen += 1;
      if (name === '$skip' ? seen > amount : seen <= amount) yield document;
      if (name === '$limit' && seen >= amount) return;
    }
  };
};

/** Inclusion and exclusion as in find, and fields computed from paths. */
const project = (operand: BsonValue): Stage => {
  if (!isDocument(operand) || operand.size === 0)
    throw new CommandError('BadValue', '$project specification must be an object with at least one field');
  const apply = projectionOf(operand);
  return function* (documents) {
    for (const document of documents) yield apply(document);
  };
};

const projectionOf = (spec: BsonDocument): Project => {
  const plain = new Map([...spec].filter(([, value]) => typeof value === 'boolean' || isNumber(value)));
  if (plain.size === spec.size) return parseProjection(spec);
  const computed = [...spec].filter(([name]) => !plain.has(name)).map(([name, value]) => [name, computedField(name, value)] as const);
  const excluded = [...plain].find(([name, value]) => name !== '_id' && !isTruthy(value));
  if (excluded) throw new CommandError('Location31254', `Cannot do exclusion on field ${excluded[0]} in inclusion projection`);
  const onlyId = [...plain.keys()].every((name) => name === '_id');
  const withoutId = plain.has('_id') && !isTruthy(plain.get('_id'));
  const base: Project = onlyId && withoutId ? () => new Map() : parseProjection(onlyId ? documentOf({ _id: true }) : plain);
  return (document) => {
    const result = base(document);
    for (const [name, evaluate] of computed) {
      const value = evaluate(document);
      if (value !== undefined) result.set(name, value);
    }
    return result;
  };
};

const computedField = (name: string, value: BsonValue): Expression => {
  if (name.includes('.') || name.startsWith('$')) throw notServed(`computing the dotted field ${name} in $project`);
  return parseExpression(value);
};

const group = (operand: BsonValue): Stage => {
  if (!isDocument(operand)) throw new CommandError('Location15947', "a group's fields must be specified in an object");
  const id = operand.get('_id');
  if (id === undefined) throw new CommandError('Location15955', 'a group specification must include an _id');
  const keyOf = parseExpression(id);
  const fields = [...operand].filter(([name]) => name !== '_id').map(([name, spec]) => [name, parseAccumulator(name, spec)] as const);
  return (documents) => {
    const memory = memoryBound('$group');
    const gathersValues = [...operand.values()].some((spec) => isDocument(spec) && (spec.has('$push') || spec.has('$addToSet')));
    const groups = new Map<string, { id: BsonValue; fields: { name: string; accumulation: ReturnType<ReturnType<typeof parseAccumulator>> }[] }>();
    for (const document of documents) {
      const value = keyOf(document) ?? null;
      const key = encodeKey(value).toString('latin1');
      let found = groups.get(key);
      if (!found) {
        found = { id: value, fields: fields.map(([name, start]) => ({ name, accumulation: start() })) };
        groups.set(key, found);
        memory(documentOf({ _id: value }));
      }
      if (gathersValues) memory(document);
      for (const { accumulation } of found.fields) accumulation.add(document);
    }
    return [...groups.values()].map(
      (one) => new Map([['_id', one.id] as const, ...one.fields.map(({ name, accumulation }) => [name, accumulation.result()] as const)]),
    );
  };
};

const count = (operand: BsonValue): Stage => {
  if (typeof operand !== 'string') throw new CommandError('Location40156', 'the count field must be a non-empty string');
  if (operand === '' || operand.startsWith('$') || operand.includes('.'))
    throw new CommandError('Location40160', 'the count field cannot be empty, begin with $ or contain a dot');
  return function* (documents) {
    let seen = 0;
    for (const _ of documents) seen += 1;
    if (seen > 0) yield new Map([[operand, numberValue(seen)]]);
  };
};

const unwind = (operand: BsonValue): Stage => {
  const spec = isDocument(operand) ? operand : new Map([['path', operand]]);
  const path = spec.get('path');
  if (typeof path !== 'string') throw new CommandError('Location28812', `expected a string as the path for $unwind stage, got ${typeNameOf(path)}`);
  const indexField = spec.get('includeArrayIndex');
  if (indexField !== undefined) throw notServed('includeArrayIndex of $unwind');
  const keepsEmpty = isTruthy(spec.get('preserveNullAndEmptyArrays'));
  const parts = fieldPathParts(path);
  return function* (documents) {
    for (const document of documents) {
      const value = placeAt(document, parts, false)?.get();
      if (!Array.isArray(value)) {
        if (keepsEmpty || (value !== undefined && value !== null)) yield document;
      } else if (value.length === 0) {
        if (keepsEmpty) yield withValue(document, parts, undefined);
      } else {
        for (const element of value) yield withValue(document, parts, element);
      }
    }
  };
};

const withValue = (document: BsonDocument, parts: readonly string[], value: BsonValue | undefined): BsonDocument => {
  const copy = copyDocument(document);
  const place = placeAt(copy, parts, true);
  if (value === undefined) place?.unset();
  else place?.set(value);
  return copy;
};
