import { type BsonDocument, type BsonValue, isDocument, isRegex, toJsNumber, typeNameOf } from './bson-values.js';
import { CommandError } from './command-error.js';
import { compareValues, equalValues } from './compare.js';
import { matches, matchesElement } from './filter.js';
import { parseFieldConditions, parseFilter } from './parse-filter.js';
import { isOperatorDocument } from './query-operators.js';
import { compareSortKeys, parseSort, sortKeyOf } from './sorting.js';
import { copyValue } from './update-document.js';

/** An update operator that turns one array into another. */
export interface ArrayOperator {
  /** Whether a missing field becomes an array. */
  readonly creates: boolean;
  /** The array after the operator; may be the one given. */
  apply(array: BsonValue[]): BsonValue[];
  /** MongoDB's error for a field that is no array. */
  notAnArray(path: string, type: string): CommandError;
}

const ARRAY_OPERATORS = ['$push', '$addToSet', '$pull', '$pullAll', '$pop'] as const;
type ArrayOperatorName = (typeof ARRAY_OPERATORS)[number];

export const isArrayOperator = (operator: string): operator is ArrayOperatorName => ARRAY_OPERATORS.some((name) => name === operator);

/** The operator with its checked operand. Throws MongoDB's codes for wrong operands. */
export const arrayOperator = (operator: ArrayOperatorName, path: string, operand: BsonValue): ArrayOperator => {
  switch (operator) {
    case '$push':
      return push(operand);
    case '$addToSet':
      return addToSet(operand);
    case '$pull':
      return pull(operator, isDocument(operand) || isRegex(operand) ? elementTest(operand) : (element) => equalValues(element, operand));
    case '$pullAll': {
      if (!Array.isArray(operand)) throw bad(`$pullAll requires an array argument but was given a ${typeNameOf(operand)}`);
      return pull(operator, (element) => operand.some((item) => equalValues(element, item)));
    }
    case '$pop':
      return pop(path, operand);
    default:
      return operator satisfies never;
  }
};

const bad = (message: string) => new CommandError('BadValue', message);

const eachOf = (operator: string, operand: BsonValue, clauses: readonly string[]): { items: BsonValue[]; clauses: BsonDocument } => {
  if (!isDocument(operand) || !operand.has('$each')) return { items: [operand], clauses: new Map() };
  const items = operand.get('$each');
  if (!Array.isArray(items)) throw bad(`The argument to $each in ${operator} must be an array but it was of type: ${typeNameOf(items)}`);
  const unknown = [...operand.keys()].find((name) => name !== '$each' && !clauses.includes(name));
  if (unknown !== undefined) throw bad(`Unrecognized clause in ${operator}: ${unknown}`);
  return { items, clauses: operand };
};

const wholeNumber = (clauses: BsonDocument, name: string): number | undefined => {
  const value = clauses.get(name);
  const number = toJsNumber(value);
  if (value !== undefined && !Number.isInteger(number))
    throw bad(`The value for ${name} must be an integer value but was given type: ${typeNameOf(value)}`);
  return number;
};

const push = (operand: BsonValue): ArrayOperator => {
  const { items, clauses } = eachOf('$push', operand, ['$slice', '$sort', '$position']);
  const position = wholeNumber(clauses, '$position');
  const slice = wholeNumber(clauses, '$slice');
  const order = pushOrder(clauses.get('$sort'));
  return {
    creates: true,
    notAnArray: (path, type) => bad(`The field '${path}' must be an array but is of type ${type}`),
    apply: (array) => {
      // A negative position counts from the end, before the new elements are in.
      const at = position === undefined ? array.length : position >= 0 ? position : Math.max(0, array.length + position);
      let result = [...array.slice(0, at), ...items.map(copyValue), ...array.slice(at)];
      if (order) result = result.sort(order);
      if (slice === undefined) return result;
      if (slice >= 0) return result.slice(0, slice);
      return result.slice(slice);
    },
  };
};

const pushOrder = (sort: BsonValue | undefined): ((a: BsonValue, b: BsonValue) => number) | undefined => {
  if (sort === undefined) return undefined;
  if (isDocument(sort)) {
    if (sort.size === 0) throw bad('The $sort pattern is empty when it should be a set of fields.');
    const fields = parseSort(sort);
    // An element that is no document sorts as one without the fields.
    const keyOf = (value: BsonValue) => sortKeyOf(isDocument(value) ? value : new Map(), fields);
    return (a, b) => compareSortKeys(keyOf(a), keyOf(b), fields);
  }
  const direction = toJsNumber(sort);
  if (direction !== 1 && direction !== -1) throw bad('The $sort element value must be either 1 or -1');
  return (a, b) => compareValues(a, b) * direction;
};

const addToSet = (operand: BsonValue): ArrayOperator => {
  const { items } = eachOf('$addToSet', operand, []);
  return {
    creates: true,
    notAnArray: (path, type) => bad(`Cannot apply $addToSet to non-array field. Field named '${path}' has non-array type ${type}`),
    apply: (array) => {
      const result = [...array];
      for (const item of items) if (!result.some((element) => equalValues(element, item))) result.push(copyValue(item));
      return result;
    },
  };
};

const pull = (operator: string, drops: (element: BsonValue) => boolean): ArrayOperator => ({
  creates: false,
  notAnArray: () => bad(`Cannot apply ${operator} to a non-array value`),
  apply: (array) => array.filter((element) => !drops(element)),
});

/** What `$pull` drops: elements that satisfy operators or a pattern, or documents that satisfy a filter. */
const elementTest = (operand: BsonValue): ((element: BsonValue) => boolean) => {
  if (!isDocument(operand) || isOperatorDocument(operand)) {
    const conditions = parseFieldConditions('', operand);
    return (element) => conditions.every((condition) => matchesElement(condition, element));
  }
  const filter = parseFilter(operand);
  return (element) => isDocument(element) && matches(filter, element);
};

const pop = (path: string, operand: BsonValue): ArrayOperator => {
  const end = toJsNumber(operand);
  if (end !== 1 && end !== -1) throw new CommandError('FailedToParse', `$pop expects 1 or -1, found: ${end ?? typeNameOf(operand)} for ${path}`);
  return {
    creates: false,
    notAnArray: (at, type) => new CommandError('TypeMismatch', `Path '${at}' contains an element of non-array type '${type}'`),
    apply: (array) => (end === 1 ? array.slice(0, -1) : array.slice(1)),
  };
};
