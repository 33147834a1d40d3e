import { parseStage, type Stage } from './aggregate-stages.js';
import { encodeBson } from './bson-bytes.js';
import { type BsonDocument, type BsonValue, isDocument, toJsNumber } from './bson-values.js';
import { CommandError, notServed } from './command-error.js';
import { parseFilter } from './parse-filter.js';
import type { Query } from './query.js';
import { findIn } from './read-commands.js';
import { cursorReply } from './reply.js';
import { parseSort } from './sorting.js';
import { type Command, collectionNameOf } from './statement.js';

const DEFAULT_BATCH = 101;

/**
 * Aggregation over an allow-list of stages: what counting and simple figures need. The stages that a query can do itself ($match, $sort, $skip and $limit at the
 * head, in this order) are done by it, with its indexes.
 */
const aggregate: Command = {
  writes: false,
  fields: ['aggregate', 'pipeline', 'cursor', 'allowDiskUse'],
  notServed: ['hint', 'collation', 'let', 'explain', 'bypassDocumentValidation'],
  run(engine, statement) {
    if (typeof statement.arguments.value('aggregate') !== 'string') throw notServed('aggregation without a collection');
    const name = collectionNameOf(statement);
    const cursor = statement.arguments.document('cursor');
    if (!cursor) throw new CommandError('FailedToParse', "The 'cursor' option is required, except for aggregate with the explain argument");
    const specs = statement.arguments.documents('pipeline').map(singleStage);
    const { query, rest } = headQuery(specs);
    const stages = rest.map(([stage, operand]) => parseStage(stage, operand));
    const found = findIn(engine, statement, name, query);
    const documents = stages.length === 0 ? storedBytes(found) : encoded(stages, found);
    const batch = { size: toJsNumber(cursor.get('batchSize')) ?? DEFAULT_BATCH, single: false };
    const namespace = `${statement.database}.${name}`;
    return cursorReply('firstBatch', namespace, engine.cursors.open(namespace, documents, batch));
  },
};

type StageSpec = [name: string, operand: BsonValue];

const singleStage = (spec: BsonDocument): StageSpec => {
  const [stage] = spec;
  if (!stage || spec.size !== 1) throw new CommandError('Location40323', 'A pipeline stage specification object must contain exactly one field.');
  return stage;
};

const headQuery = (specs: readonly StageSpec[]): { query: Query; rest: StageSpec[] } => {
  const rest = [...specs];
  const takeHead = (name: string): BsonValue | undefined => {
    const [head] = rest;
    if (head?.[0] !== name) return undefined;
    // Checked as the stage it is, so that a wrong operand fails in the same words.
    parseStage(...head);
    rest.shift();
    return head[1];
  };
  const match = takeHead('$match');
  const sort = takeHead('$sort');
  const skip = takeHead('$skip');
  const limit = takeHead('$limit');
  const query: Query = {
    filter: parseFilter(isDocument(match) ? match : new Map()),
    sort: parseSort(isDocument(sort) ? sort : new Map()),
    skip: toJsNumber(skip) ?? 0,
    limit: toJsNumber(limit) ?? 0,
  };
  return { query, rest };
};

function* storedBytes(found: Iterable<{ readonly bytes: Buffer }>): Generator<Buffer, void> {
  for (const { bytes } of found) yield bytes;
}

function* encoded(stages: readonly Stage[], found: Iterable<{ readonly document: BsonDocument }>): Generator<Buffer, void> {
  const source: Iterable<BsonDocument> = documentsOf(found);
  for (const document of stages.reduce((documents, stage) => stage(documents), source)) yield encodeBson(document);
}

function* documentsOf(found: Iterable<{ readonly document: BsonDocument }>): Generator<BsonDocument, void> {
  for (const { document } of found) yield document;
}

export const AGGREGATE_COMMANDS: Readonly<Record<string, Command>> = { aggregate };
