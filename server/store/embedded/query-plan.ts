import type { CollectionDefinition, IndexDefinition } from './catalog.js';
import { type FieldCondition, type Filter, requiredConditions } from './filter.js';
import { boundsOf, type FieldBounds } from './index-bounds.js';
import { encodeKey, invertKey } from './key-encoding.js';
import type { KeyField } from './sorting.js';
import { type KeyRange, MAX_KEY_BYTES } from './storage.js';
import { afterPrefix, indexPrefix } from './storage-keys.js';

/** A way to find the candidates of a query through an index. */
export interface IndexPlan {
  readonly index: IndexDefinition;
  /** In the order in which they are to be read. */
  readonly ranges: readonly KeyRange[];
  readonly reverse: boolean;
  /** Whether the candidates come in the wanted sort order, so that reading may stop at the limit. */
  readonly ordered: boolean;
}

/** No more separate ranges than this; a longer product of `$in` lists leaves the later fields to the matcher. */
const MAX_RANGES = 1000;

/** The best index for a query, or undefined when reading the whole collection is best. Sorting by nothing counts as ordered. */
export const planQuery = (collection: CollectionDefinition, filter: Filter, sort: readonly KeyField[]): IndexPlan | undefined => {
  const conditions = groupByPath(filter);
  let best: { plan: IndexPlan; score: number } | undefined;
  for (const index of collection.indexes) {
    const candidate = planIndex(index, conditions, sort);
    if (candidate && (!best || candidate.score > best.score)) best = candidate;
  }
  return best?.plan;
};

const groupByPath = (filter: Filter): Map<string, FieldCondition[]> => {
  const groups = new Map<string, FieldCondition[]>();
  for (const condition of requiredConditions(filter)) {
    const group = groups.get(condition.path);
    if (group) group.push(condition);
    else groups.set(condition.path, [condition]);
  }
  return groups;
};

const planIndex = (
  index: IndexDefinition,
  conditions: ReadonlyMap<string, readonly FieldCondition[]>,
  sort: readonly KeyField[],
): { plan: IndexPlan; score: number } | undefined => {
  // A partial index lacks documents that the query may want.
  if (index.partialFilter) return undefined;
  let prefixes = [indexPrefix(index.number)];
  let ranges: KeyRange[] | undefined;
  let points = 0;
  let excludesMissing = false;
  for (const field of index.fields) {
    const bounds = boundsOf(conditions.get(field.path) ?? [], index.multikey);
    if (!bounds) break;
    if ('points' in bounds) {
      if (prefixes.length * bounds.points.length > MAX_RANGES) break;
      prefixes = prefixes.flatMap((prefix) => bounds.points.map((point) => Buffer.concat([prefix, directed(point, field)])));
      points += 1;
      excludesMissing ||= !bounds.points.some((point) => point.equals(MISSING));
      continue;
    }
    ranges = prefixes.map((prefix) => rangeBelow(prefix, bounds, field));
    excludesMissing = true;
    break;
  }
  if (index.sparse && !excludesMissing) return undefined;
  const direction = prefixes.length > 1 || index.multikey ? undefined : orderOf(index.fields, points, sort);
  const narrowed = points > 0 || ranges !== undefined;
  if (!narrowed && (sort.length === 0 || !direction)) return undefined;
  const ordered = sort.length === 0 || direction !== undefined;
  const unique = index.unique && points === index.fields.length;
  return {
    plan: {
      index,
      ranges: ranges ?? prefixes.map((prefix) => ({ start: shortened(prefix), end: afterPrefix(shortened(prefix)) })),
      reverse: direction === 'reverse',
      ordered,
    },
    score: (unique ? 1000 : 0) + points * 4 + (ranges ? 2 : 0) + (sort.length > 0 && ordered ? 3 : 0),
  };
};

const MISSING = encodeKey(null);

const directed = (key: Buffer, field: KeyField): Buffer => (field.descending ? invertKey(key) : key);

const rangeBelow = (prefix: Buffer, bounds: Exclude<FieldBounds, { points: unknown }>, field: KeyField): KeyRange => {
  const [from, to] = field.descending ? [bounds.high, bounds.low] : [bounds.low, bounds.high];
  return {
    start: shortened(Buffer.concat([prefix, directed(from, field)])),
    end: afterPrefix(shortened(Buffer.concat([prefix, directed(to, field)]))),
  };
};

/** No stored key is longer than this, so a cut bound still lets everything through. */
const shortened = (key: Buffer): Buffer => key.subarray(0, MAX_KEY_BYTES - 16);

/** Which way the index has to be read for the wanted order, given that its first `points` fields are fixed; undefined when it does not give the order. */
const orderOf = (fields: readonly KeyField[], points: number, sort: readonly KeyField[]): 'forward' | 'reverse' | undefined => {
  const fixed = new Set(fields.slice(0, points).map((field) => field.path));
  const wanted = sort.filter((field) => !fixed.has(field.path));
  const given = fields.slice(points);
  const turned = new Set<boolean>();
  for (const [at, field] of wanted.entries()) {
    const own = given[at];
    if (own?.path !== field.path) return undefined;
    turned.add(own.descending !== field.descending);
  }
  if (turned.size > 1) return undefined;
  return turned.has(true) ? 'reverse' : 'forward';
};
