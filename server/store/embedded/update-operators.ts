import { Decimal128, Int32 } from 'bson';
import { type ArrayOperator, arrayOperator, isArrayOperator } from './array-update-operators.js';
import { type BsonDocument, type BsonNumber, type BsonValue, isDocument, isNumber, toJsNumber, typeNameOf } from './bson-values.js';
import { CommandError, notServed } from './command-error.js';
import { compareValues } from './compare.js';
import { combineNumbers } from './numbers.js';
import { copyValue, type Place } from './update-document.js';

/** What an operator may know while it is applied. */
export interface UpdateMoment {
  readonly path: string;
  /** The wall clock in ms since the epoch, for `$currentDate`. */
  readonly now: number;
}

/** One operator with its checked operand, applied to the place of one path. */
export interface FieldChange {
  /** Whether missing parents are created; the others leave a missing field alone. */
  readonly creates: boolean;
  apply(place: Place, moment: UpdateMoment): void;
}

/**
 * The checked change of one `{ $operator: { path: operand } }`. Throws FailedToParse (9) for modifiers that MongoDB does not know, its own codes for wrong
 * operands, NotImplemented for `$bit`. `$rename` and `$setOnInsert` are resolved by the caller.
 */
export const parseFieldChange = (operator: string, path: string, operand: BsonValue): FieldChange => {
  if (isArrayOperator(operator)) return arrayChange(arrayOperator(operator, path, operand));
  switch (operator) {
    case '$set':
    case '$setOnInsert':
      return { creates: true, apply: (place) => place.set(copyValue(operand)) };
    case '$unset':
      return { creates: false, apply: (place) => place.unset() };
    case '$inc':
      return arithmetic('add', operator, path, operand);
    case '$mul':
      return arithmetic('multiply', operator, path, operand);
    case '$min':
    case '$max':
      return {
        creates: true,
        apply: (place) => {
          const current = place.get();
          const order = current === undefined ? undefined : compareValues(operand, current);
          if (order === undefined || (operator === '$min' ? order < 0 : order > 0)) place.set(copyValue(operand));
        },
      };
    case '$currentDate':
      checkCurrentDate(operand);
      return { creates: true, apply: (place, moment) => place.set(new Date(moment.now)) };
    case '$bit':
      throw notServed('the update operator $bit');
    default:
      throw new CommandError(
        'FailedToParse',
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
  }
};

const arrayChange = (operator: ArrayOperator): FieldChange => ({
  creates: operator.creates,
  apply: (place, moment) => {
    const current = place.get();
    if (current === undefined && !operator.creates) return;
    if (current !== undefined && !Array.isArray(current)) throw operator.notAnArray(moment.path, typeNameOf(current));
    place.set(operator.apply(current ?? []));
  },
});

const arithmetic = (operation: 'add' | 'multiply', operator: string, path: string, operand: BsonValue): FieldChange => {
  const verb = operation === 'add' ? 'increment' : 'multiply';
  if (!isNumber(operand)) throw new CommandError('TypeMismatch', `Cannot ${verb} with non-numeric argument: {${path}: ${typeNameOf(operand)}}`);
  if (operand instanceof Decimal128) throw notServed('arithmetic on Decimal128 values');
  return {
    creates: true,
    apply: (place, moment) => {
      const current = place.get();
      if (current !== undefined && !isNumber(current)) {
        const type = typeNameOf(current);
        throw new CommandError(
          'TypeMismatch',
          `Cannot apply ${operator} to a value of non-numeric type. The field '${moment.path}' has the type ${type}`,
        );
      }
      place.set(combined(operation, operator, current ?? new Int32(0), operand));
    },
  };
};

const combined = (operation: 'add' | 'multiply', operator: string, current: BsonNumber, operand: BsonNumber): BsonNumber => {
  const result = combineNumbers(operation, current, operand);
  if (result === undefined)
    throw new CommandError('BadValue', `Failed to apply ${operator} operations to current value: the result does not fit an int64`);
  return result;
};

const checkCurrentDate = (operand: BsonValue): void => {
  if (typeof operand === 'boolean') return;
  const type = isDocument(operand) ? operand.get('$type') : undefined;
  if (isDocument(operand) && operand.size === 1 && type === 'date') return;
  if (type === 'timestamp') throw notServed('$currentDate with the type timestamp');
  throw new CommandError('BadValue', "$currentDate needs true or { $type: 'date' }");
};

/** Checks the operand document of a modifier: `{ $set: { … } }`. */
export const modifierFields = (operator: string, operand: BsonValue): BsonDocument => {
  if (isDocument(operand)) return operand;
  const found = toJsNumber(operand) ?? typeNameOf(operand);
  throw new CommandError(
    'FailedToParse',
    `Modifiers operate on fields but we found type ${typeNameOf(operand)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${found}}`,
  );
};
