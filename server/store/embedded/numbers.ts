import { Decimal128, Double, Int32 } from 'bson';
import type { BsonNumber } from './bson-values.js';
import { notServed } from './command-error.js';

/** A finite number as `coefficient` × 10^`exponent`; every double and every decimal has one exactly. */
interface ExactDecimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

const toComparable = (value: BsonNumber): number | bigint | Decimal128 => (value instanceof Int32 || value instanceof Double ? value.value : value);

/** Negative, zero or positive as MongoDB orders numbers: by exact mathematical value whatever the types, NaN below all and equal to itself. */
export const compareNumbers = (left: BsonNumber, right: BsonNumber): number => {
  const a = toComparable(left);
  const b = toComparable(right);
  if (!(a instanceof Decimal128) && !(b instanceof Decimal128)) {
    if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
    if (Number.isNaN(b)) return 1;
    // JS compares a bigint with a number by exact value.
    return a < b ? -1 : a > b ? 1 : 0;
  }
  // The order of the special values; finite numbers of any size lie between the infinities.
  const rankA = specialRank(a);
  const rankB = specialRank(b);
  if (rankA !== rankB || rankA !== 0) return rankA - rankB;
  const x = toExactDecimal(a);
  const y = toExactDecimal(b);
  const exponent = Math.min(x.exponent, y.exponent);
  const scaledX = x.coefficient * 10n ** BigInt(x.exponent - exponent);
  const scaledY = y.coefficient * 10n ** BigInt(y.exponent - exponent);
  return scaledX < scaledY ? -1 : scaledX > scaledY ? 1 : 0;
};

const specialRank = (value: number | bigint | Decimal128): number => {
  const text = String(value);
  if (text === 'NaN') return -2;
  if (text === '-Infinity') return -1;
  return text === 'Infinity' ? 1 : 0;
};

const toExactDecimal = (value: number | bigint | Decimal128): ExactDecimal => {
  if (typeof value === 'bigint') return { coefficient: value, exponent: 0 };
  if (typeof value !== 'number') return parseDecimal(value.toString());
  if (Number.isInteger(value)) return { coefficient: BigInt(value), exponent: 0 };
  // A fraction m × 2^-k is m × 5^k × 10^-k; k is at most 1074.
  let scaled = value;
  let halvings = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    halvings += 1;
  }
  return { coefficient: BigInt(scaled) * 5n ** BigInt(halvings), exponent: -halvings };
};

const parseDecimal = (text: string): ExactDecimal => {
  const [mantissa = '0', power = '0'] = text.split('E');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { coefficient: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
};

const INT32_MIN = -(2n ** 31n);
const INT32_MAX = 2n ** 31n - 1n;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * The sum or product in MongoDB's result type: int32 grows to int64, any double makes a double. An int64 overflow gives undefined (the caller has the
 * words for its error). Decimal128 arithmetic is refused.
 */
export const combineNumbers = (operation: 'add' | 'multiply', left: BsonNumber, right: BsonNumber): BsonNumber | undefined => {
  if (left instanceof Decimal128 || right instanceof Decimal128) throw notServed('arithmetic on Decimal128 values');
  if (left instanceof Double || right instanceof Double) {
    const a = Number(left instanceof Double ? left.value : BigInt(left.valueOf()));
    const b = Number(right instanceof Double ? right.value : BigInt(right.valueOf()));
    return new Double(operation === 'add' ? a + b : a * b);
  }
  const a = BigInt(left.valueOf());
  const b = BigInt(right.valueOf());
  const result = operation === 'add' ? a + b : a * b;
  if (left instanceof Int32 && right instanceof Int32 && result >= INT32_MIN && result <= INT32_MAX) return new Int32(Number(result));
  return result >= INT64_MIN && result <= INT64_MAX ? result : undefined;
};
