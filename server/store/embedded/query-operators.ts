import { BSONRegExp, MaxKey, MinKey } from 'bson';
import { type BsonDocument, type BsonValue, isDocument, isNumber, isRegex, isTruthy, TYPE_NAMES, toJsNumber, typeCodeOf } from './bson-values.js';
import { CommandError, notServed } from './command-error.js';
import { compareValues, typeRankOf } from './compare.js';
import { type FieldCondition, type Filter, type MatchPosition, matches, matchesElement } from './filter.js';
import { compilePattern } from './regular-expression.js';

const bad = (message: string) => new CommandError('BadValue', message);

type Test = (value: BsonValue | undefined, position: MatchPosition) => boolean;

const condition = (path: string, operator: string, operand: BsonValue, test: Test, expandsLeaf = true): FieldCondition => ({
  kind: 'field',
  path,
  parts: path.split('.'),
  operator,
  operand,
  expandsLeaf,
  test,
});

/** Whether a document is a list of operators, as `{ $gt: 1 }`, rather than a value; a DBRef is a value. */
export const isOperatorDocument = (value: BsonValue | undefined): value is BsonDocument => isDocument(value) && startsWithOperator(value);

const startsWithOperator = (value: BsonDocument): boolean => {
  const [first] = value.keys();
  return first?.startsWith('$') === true && !['$ref', '$id', '$db'].includes(first);
};

/** Parses a whole filter; handed in because filters and operators contain each other. */
type ParseFilter = (filter: BsonDocument) => Filter;

/** The conditions that a filter puts on one path: a plain value, a regular expression, or operators. All must hold. */
export const parseOperators = (path: string, operand: BsonValue, parseFilter: ParseFilter): Filter[] => {
  if (isRegex(operand)) return [regexCondition(path, operand.pattern, operand.options)];
  if (!isOperatorDocument(operand)) return [equality(path, operand)];
  return [...operand].flatMap(([operator, value]) => parseOperator(path, operator, value, { siblings: operand, parseFilter }));
};

const parseOperator = (
  path: string,
  operator: string,
  operand: BsonValue,
  context: { siblings: BsonDocument; parseFilter: ParseFilter },
): Filter[] => {
  switch (operator) {
    case '$eq':
      return [equality(path, operand)];
    case '$ne':
      if (isRegex(operand)) throw bad("Can't have regex as arg to $ne.");
      return [{ kind: 'not', clause: equality(path, operand) }];
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return [range(path, operator, operand)];
    case '$in':
      return [membership(path, operator, operand)];
    case '$nin':
      return [{ kind: 'not', clause: membership(path, operator, operand) }];
    case '$not':
      return [negation(path, operand, context.parseFilter)];
    case '$exists': {
      const present = condition(path, '$exists', operand, (value) => value !== undefined);
      return [isTruthy(operand) ? present : { kind: 'not', clause: present }];
    }
    case '$type':
      return [typeCondition(path, operand)];
    case '$regex':
      return [regexOperator(path, operand, context.siblings.get('$options'))];
    case '$options':
      if (!context.siblings.has('$regex')) throw bad('$options needs a $regex');
      return [];
    case '$elemMatch':
      return [elementCondition(path, operand, context.parseFilter)];
    case '$size':
      return [sizeCondition(path, operand)];
    case '$all':
      return allConditions(path, operand, context.parseFilter);
    case '$mod':
      return [modCondition(path, operand)];
    case '$geoWithin':
    case '$geoIntersects':
    case '$near':
    case '$nearSphere':
    case '$bitsAllSet':
    case '$bitsAnySet':
    case '$bitsAllClear':
    case '$bitsAnyClear':
      throw notServed(`the query operator ${operator}`);
    default:
      throw bad(`unknown operator: ${operator}`);
  }
};

/** MongoDB treats a missing field as null when comparing for equality. */
const equalsOrMissing = (value: BsonValue | undefined, operand: BsonValue): boolean =>
  value === undefined ? operand === null : compareValues(value, operand) === 0;

const equality = (path: string, operand: BsonValue): FieldCondition => condition(path, '$eq', operand, (value) => equalsOrMissing(value, operand));

const isNaNValue = (value: BsonValue): boolean => isNumber(value) && String(value) === 'NaN';

/** Ranges hold within one type only; null stands for missing; NaN equals itself and is in no order with other numbers. */
const range = (path: string, operator: '$gt' | '$gte' | '$lt' | '$lte', operand: BsonValue): FieldCondition => {
  if (isRegex(operand)) throw bad(`Can't have RegEx as arg to predicate over field '${path}'.`);
  const inclusive = operator === '$gte' || operator === '$lte';
  const wanted = operator === '$gt' || operator === '$gte' ? 1 : -1;
  const acrossTypes = operand instanceof MinKey || operand instanceof MaxKey;
  return condition(path, operator, operand, (value) => {
    if (value === undefined) return inclusive && operand === null;
    if (!acrossTypes && typeRankOf(value) !== typeRankOf(operand)) return false;
    if (isNaNValue(value) || isNaNValue(operand)) return inclusive && isNaNValue(value) && isNaNValue(operand);
    const order = compareValues(value, operand);
    return order === 0 ? inclusive : Math.sign(order) === wanted;
  });
};

const membership = (path: string, operator: string, operand: BsonValue): FieldCondition => {
  if (!Array.isArray(operand)) throw bad(`${operator} needs an array`);
  if (operand.some(isOperatorDocument)) throw bad(`cannot nest $ under ${operator}`);
  const tests = operand.map((item): Test => (isRegex(item) ? regexTest(item.pattern, item.options) : (value) => equalsOrMissing(value, item)));
  return condition(path, '$in', operand, (value, position) => tests.some((test) => test(value, position)));
};

const negation = (path: string, operand: BsonValue, parseFilter: ParseFilter): Filter => {
  if (isRegex(operand)) return { kind: 'not', clause: regexCondition(path, operand.pattern, operand.options) };
  if (!isDocument(operand)) throw bad('$not needs a regex or a document');
  if (operand.size === 0) throw bad('$not cannot be empty');
  if (!startsWithOperator(operand)) throw bad(`unknown operator: ${[...operand.keys()][0]}`);
  return { kind: 'not', clause: { kind: 'all', clauses: parseOperators(path, operand, parseFilter) } };
};

const typeCondition = (path: string, operand: BsonValue): FieldCondition => {
  const wanted = (Array.isArray(operand) ? operand : [operand]).flatMap((type): number[] => {
    if (type === 'number') return [1, 16, 18, 19];
    const code = typeof type === 'string' ? TYPE_NAMES[type] : toJsNumber(type);
    if (code === undefined)
      throw bad(typeof type === 'string' ? `Unknown type name alias: ${type}` : 'type must be represented as a number or a string');
    if (!Object.values(TYPE_NAMES).includes(code)) throw bad(`Invalid numerical type code: ${code}`);
    return [code];
  });
  if (wanted.length === 0) throw new CommandError('FailedToParse', `${path} must match at least one type`);
  return condition(path, '$type', operand, (value) => value !== undefined && wanted.includes(typeCodeOf(value)));
};

const regexTest = (pattern: string, options: string): Test => {
  const compiled = compilePattern(pattern, options);
  const itself = new BSONRegExp(pattern, options);
  return (value) => (typeof value === 'string' ? compiled.test(value) : isRegex(value) && compareValues(value, itself) === 0);
};

const regexCondition = (path: string, pattern: string, options: string): FieldCondition => {
  const test = regexTest(pattern, options);
  return condition(path, '$regex', new BSONRegExp(pattern, options), test);
};

const regexOperator = (path: string, operand: BsonValue, options: BsonValue | undefined): FieldCondition => {
  if (options !== undefined && typeof options !== 'string') throw bad('$options has to be a string');
  if (isRegex(operand)) {
    if (options !== undefined && operand.options !== '') throw new CommandError('Location51108', 'options set in both $regex and $options');
    return regexCondition(path, operand.pattern, options ?? operand.options);
  }
  if (typeof operand !== 'string') throw bad('$regex has to be a string');
  return regexCondition(path, operand, options ?? '');
};

const elementCondition = (path: string, operand: BsonValue, parseFilter: ParseFilter): FieldCondition => {
  if (!isDocument(operand)) throw bad('$elemMatch needs an Object');
  const [first] = operand.keys();
  const onValues = startsWithOperator(operand) && !['$and', '$or', '$nor', '$where', '$expr'].includes(first ?? '');
  const filter: Filter = onValues ? { kind: 'all', clauses: parseOperators('', operand, parseFilter) } : parseFilter(operand);
  const fits = (element: BsonValue): boolean => {
    if (onValues) return matchesElement(filter, element);
    if (isDocument(element)) return matches(filter, element);
    // An array inside the array counts as a document whose fields are the positions.
    return Array.isArray(element) && matches(filter, new Map(element.map((item, index) => [String(index), item])));
  };
  const test: Test = (value, position) => {
    const index = Array.isArray(value) ? value.findIndex(fits) : -1;
    if (index >= 0) position.index = index;
    return index >= 0;
  };
  return condition(path, '$elemMatch', operand, test, false);
};

const sizeCondition = (path: string, operand: BsonValue): FieldCondition => {
  const size = toJsNumber(operand);
  if (size === undefined || !Number.isInteger(size) || size < 0) throw bad('Failed to parse $size. Expected a non-negative integer');
  return condition(path, '$size', operand, (value) => Array.isArray(value) && value.length === size, false);
};

const allConditions = (path: string, operand: BsonValue, parseFilter: ParseFilter): Filter[] => {
  if (!Array.isArray(operand)) throw bad('$all needs an array');
  if (operand.length === 0) return [{ kind: 'any', clauses: [] }];
  const elementMatches = operand.filter((item) => isDocument(item) && item.has('$elemMatch'));
  if (elementMatches.length > 0 && elementMatches.length < operand.length) throw bad('$all/$elemMatch has to be consistent');
  return operand.flatMap((item) => {
    if (isOperatorDocument(item) && elementMatches.length === 0) throw bad('no $ expressions in $all');
    return parseOperators(path, item, parseFilter);
  });
};

const modCondition = (path: string, operand: BsonValue): FieldCondition => {
  if (!Array.isArray(operand)) throw bad('malformed mod, needs to be an array');
  if (operand.length < 2) throw bad('malformed mod, not enough elements');
  if (operand.length > 2) throw bad('malformed mod, too many elements');
  const [divisor, remainder] = operand.map((item) => wholePart(item));
  if (divisor === undefined) throw bad('malformed mod, divisor not a number');
  if (remainder === undefined) throw bad('malformed mod, remainder not a number');
  if (divisor === 0n) throw bad('divisor cannot be 0');
  return condition(path, '$mod', operand, (value) => {
    const whole = wholePart(value);
    return whole !== undefined && whole % divisor === remainder;
  });
};

const wholePart = (value: BsonValue | undefined): bigint | undefined => {
  if (!isNumber(value)) return undefined;
  if (typeof value === 'bigint') return value;
  const number = Math.trunc(Number(value.toString()));
  return Number.isFinite(number) ? BigInt(number) : undefined;
};
