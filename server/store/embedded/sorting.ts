import { type BsonDocument, type BsonValue, toJsNumber } from './bson-values.js';
import { CommandError, notServed } from './command-error.js';
import { compareValues } from './compare.js';
import { keyTuples } from './field-path.js';

/** One field of a sort order or of an index. */
export interface KeyField {
  readonly path: string;
  readonly parts: readonly string[];
  readonly descending: boolean;
}

/** The fields of `{ a: 1, b: -1 }`. Throws BadValue for other directions, NotImplemented for `$meta`. */
export const parseSort = (sort: BsonDocument): KeyField[] =>
  [...sort].map(([path, direction]) => {
    if (direction instanceof Map) throw notServed('sorting by $meta');
    const number = toJsNumber(direction);
    if (number !== 1 && number !== -1) throw new CommandError('BadValue', '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    if (path === '' || path.startsWith('$') || path.split('.').includes(''))
      throw new CommandError('BadValue', `FieldPath field names may not be empty or start with '$': '${path}'`);
    return { path, parts: path.split('.'), descending: number === -1 };
  });

export type SortKey = readonly (BsonValue | undefined)[];

/** A document's place in the order: the best of its keys when arrays give it several. Throws BadValue for parallel arrays. */
export const sortKeyOf = (document: BsonDocument, fields: readonly KeyField[]): SortKey => {
  const keys = keyTuples(
    document,
    fields.map((field) => field.parts),
  );
  if (!keys) throw new CommandError('BadValue', 'cannot sort with keys that are parallel arrays');
  return keys.tuples.reduce((best, tuple) => (compareSortKeys(tuple, best, fields) < 0 ? tuple : best));
};

export const compareSortKeys = (a: SortKey, b: SortKey, fields: readonly KeyField[]): number => {
  for (const [index, field] of fields.entries()) {
    const order = compareValues(a[index], b[index]);
    if (order !== 0) return field.descending ? -order : order;
  }
  return 0;
};
