import { Binary, BSONRegExp, BSONType, ObjectId, Timestamp } from 'bson';
import { type BsonDocument, type BsonValue, isDocument, isNumber, typeCodeOf } from './bson-values.js';
import { compareNumbers } from './numbers.js';

/**
 * The place of a value's type in MongoDB's order of types; all numbers share one. `undefined` here is the sort key of an empty array, which MongoDB puts
 * just below null. Follows: MongoDB manual, "Comparison/Sort Order" (rank numbers are ours).
 */
export const typeRankOf = (value: BsonValue | undefined): number => {
  if (value === undefined) return 2;
  return TYPE_RANKS.get(typeCodeOf(value)) ?? 0;
};

const TYPE_RANKS: ReadonlyMap<number, number> = new Map([
  [BSONType.minKey, 1],
  [BSONType.null, 3],
  [BSONType.int, 4],
  [BSONType.long, 4],
  [BSONType.double, 4],
  [BSONType.decimal, 4],
  [BSONType.string, 5],
  [BSONType.object, 6],
  [BSONType.array, 7],
  [BSONType.binData, 8],
  [BSONType.objectId, 9],
  [BSONType.bool, 10],
  [BSONType.date, 11],
  [BSONType.timestamp, 12],
  [BSONType.regex, 13],
  [BSONType.maxKey, 127],
]);

/** Negative, zero or positive as MongoDB orders two values of any types; documents compare field by field in their order: type, name, value. */
export const compareValues = (a: BsonValue | undefined, b: BsonValue | undefined): number => {
  const byType = typeRankOf(a) - typeRankOf(b);
  if (byType !== 0) return byType;
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  if (a instanceof ObjectId && b instanceof ObjectId) return Buffer.compare(a.id, b.id);
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(a, b);
  if (isDocument(a) && isDocument(b)) return compareDocuments(a, b);
  if (a instanceof Binary && b instanceof Binary) return a.position - b.position || a.sub_type - b.sub_type || Buffer.compare(a.value(), b.value());
  if (a instanceof Timestamp && b instanceof Timestamp) return a.toBigInt() < b.toBigInt() ? -1 : a.toBigInt() > b.toBigInt() ? 1 : 0;
  if (a instanceof BSONRegExp && b instanceof BSONRegExp) return compareText(a.pattern, b.pattern) || compareText(a.options, b.options);
  return 0;
};

export const equalValues = (a: BsonValue | undefined, b: BsonValue | undefined): boolean => compareValues(a, b) === 0;

const compareLists = (a: readonly BsonValue[], b: readonly BsonValue[]): number => {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const order = compareValues(a[index], b[index]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
};

const compareDocuments = (a: BsonDocument, b: BsonDocument): number => {
  const others = b.entries();
  for (const [name, value] of a) {
    const other = others.next();
    if (other.done) return 1;
    const [otherName, otherValue] = other.value;
    const order = typeRankOf(value) - typeRankOf(otherValue) || compareText(name, otherName) || compareValues(value, otherValue);
    if (order !== 0) return order;
  }
  return others.next().done ? 0 : -1;
};

/** Text in the order of its UTF-8 bytes, which is the order of code points; JS alone would compare UTF-16 units and misplace U+E000 to U+FFFF. */
export const compareText = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return aboveSurrogates(x) - aboveSurrogates(y);
  }
  return a.length - b.length;
};

const aboveSurrogates = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
