import { Double, Int32 } from 'bson';
import { parseExpression } from './aggregate-expressions.js';
import { type BsonDocument, type BsonNumber, type BsonValue, isDocument, isNumber } from './bson-values.js';
import { CommandError, notServed } from './command-error.js';
import { compareValues, equalValues } from './compare.js';
import { combineNumbers } from './numbers.js';

/** Gathers one field of a group. */
export interface Accumulation {
  add(document: BsonDocument): void;
  result(): BsonValue;
}

/** Starts a new accumulation for each group. */
export type Accumulator = () => Accumulation;

/** A parsed `{ $sum: expression }` and the like. Throws 40234 and 40238 for what is none, NotImplemented for those that are not served. */
export const parseAccumulator = (field: string, spec: BsonValue): Accumulator => {
  if (!isDocument(spec)) throw new CommandError('Location40234', `The field '${field}' must be an accumulator object`);
  const [entry] = spec;
  if (!entry || spec.size !== 1) throw new CommandError('Location40238', `The field '${field}' must specify one accumulator`);
  const [operator, operand] = entry;
  const create = ACCUMULATORS.get(operator);
  if (!create) throw notServed(`the group operator ${operator}`);
  if (operator === '$count' && !(isDocument(operand) && operand.size === 0))
    throw new CommandError('BadValue', '$count takes no arguments, i.e. $count:{}');
  const evaluate = parseExpression(operand);
  return () => {
    const { take, result } = create();
    return { add: (document) => take(evaluate(document)), result };
  };
};

interface ValueAccumulation {
  take(value: BsonValue | undefined): void;
  result(): BsonValue;
}

/** An int64 that overflows goes on as a double, as in MongoDB. */
const sum = (): { take(value: BsonValue | undefined): void; result(): BsonNumber; count(): number } => {
  let total: BsonNumber = new Int32(0);
  let count = 0;
  return {
    take: (value) => {
      if (!isNumber(value)) return;
      count += 1;
      total = combineNumbers('add', total, value) ?? new Double(Number(total.valueOf()) + Number(value.valueOf()));
    },
    result: () => total,
    count: () => count,
  };
};

const average = (): ValueAccumulation => {
  const { take, result, count } = sum();
  return { take, result: () => (count() === 0 ? null : new Double(Number(result().valueOf()) / count())) };
};

const extreme = (sign: 1 | -1) => (): ValueAccumulation => {
  let best: BsonValue = null;
  return {
    take: (value) => {
      if (value === undefined || value === null) return;
      if (best === null || compareValues(value, best) * sign > 0) best = value;
    },
    result: () => best,
  };
};

const first = (): ValueAccumulation => {
  // A null that came first stays, so "nothing yet" is told apart from it.
  let kept: { value: BsonValue } | undefined;
  return {
    take: (value) => {
      kept ??= { value: value ?? null };
    },
    result: () => kept?.value ?? null,
  };
};

const last = (): ValueAccumulation => {
  let kept: BsonValue = null;
  return {
    take: (value) => {
      kept = value ?? null;
    },
    result: () => kept,
  };
};

const list = (distinct: boolean) => (): ValueAccumulation => {
  const values: BsonValue[] = [];
  return {
    take: (value) => {
      if (value !== undefined && !(distinct && values.some((one) => equalValues(one, value)))) values.push(value);
    },
    result: () => values,
  };
};

const counter = (): ValueAccumulation => {
  let count = 0;
  return {
    take: () => {
      count += 1;
    },
    result: () => new Int32(count),
  };
};

const ACCUMULATORS: ReadonlyMap<string, () => ValueAccumulation> = new Map<string, () => ValueAccumulation>([
  ['$sum', sum],
  ['$avg', average],
  ['$min', extreme(-1)],
  ['$max', extreme(1)],
  ['$first', first],
  ['$last', last],
  ['$push', list(false)],
  ['$addToSet', list(true)],
  ['$count', counter],
]);
