import { Binary, Double, Int32, ObjectId, Timestamp } from 'bson';
import type { BsonValue } from './bson-values.js';
import { typeRankOf } from './compare.js';
import type { FieldCondition } from './filter.js';
import { encodeKey } from './key-encoding.js';

/**
 * Where the matches of a filter can lie in an index, for one field: certain keys, or a stretch between two. Bounds are byte prefixes in ascending order and
 * may let too much through, never too little; the matcher decides.
 */
export type FieldBounds = { readonly points: readonly Buffer[] } | { readonly low: Buffer; readonly high: Buffer };

/** The values whose place in an index says all that equality or a range needs; arrays, documents and patterns match in other ways too. */
const isPlannable = (value: BsonValue): boolean =>
  value === null ||
  ['string', 'boolean', 'bigint'].includes(typeof value) ||
  [Int32, Double, ObjectId, Date, Binary, Timestamp].some((type) => value instanceof type);

/** The tightest bounds that the conditions on one field allow; undefined when they narrow nothing. `multikey` as in the index. */
export const boundsOf = (conditions: readonly FieldCondition[], multikey: boolean): FieldBounds | undefined => {
  for (const { operator, operand } of conditions) {
    if (operator === '$eq' && isPlannable(operand)) return { points: [encodeKey(operand)] };
    if (operator === '$in' && Array.isArray(operand) && operand.every(isPlannable)) return { points: distinct(operand.map(encodeKey)) };
  }
  const ranges = conditions.filter(
    ({ operator, operand }) => ['$gt', '$gte', '$lt', '$lte'].includes(operator) && operand !== null && isPlannable(operand),
  );
  const [first] = ranges;
  if (!first) return undefined;
  // Two elements of an array may each satisfy one side, so only one side holds for an index entry.
  const usable = multikey ? [first] : ranges.filter(({ operand }) => typeRankOf(operand) === typeRankOf(first.operand));
  const type = Buffer.from([typeRankOf(first.operand)]);
  const lows = usable.filter(({ operator }) => operator.startsWith('$gt')).map(({ operand }) => encodeKey(operand));
  const highs = usable.filter(({ operator }) => operator.startsWith('$lt')).map(({ operand }) => encodeKey(operand));
  return {
    low: lows.reduce((best, key) => (Buffer.compare(key, best) > 0 ? key : best), type),
    high: highs.length > 0 ? highs.reduce((best, key) => (Buffer.compare(key, best) < 0 ? key : best)) : type,
  };
};

const distinct = (keys: readonly Buffer[]): Buffer[] => [...new Map(keys.map((key) => [key.toString('latin1'), key])).values()].sort(Buffer.compare);
