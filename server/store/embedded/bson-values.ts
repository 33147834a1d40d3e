import { type Binary, BSONRegExp, BSONType, type Decimal128, Double, Int32, type MaxKey, type MinKey, type ObjectId, type Timestamp } from 'bson';

/**
 * A BSON value as the engine holds it. Types are kept exactly: int32 is `Int32`, double is `Double`, int64 is a bigint, a document is a Map (which keeps
 * the order of fields such as "2", "1" that a plain object would change). A missing field is `undefined`.
 */
export type BsonValue =
  | null
  | boolean
  | string
  | bigint
  | Int32
  | Double
  | Decimal128
  | ObjectId
  | Binary
  | Date
  | Timestamp
  | BSONRegExp
  | MinKey
  | MaxKey
  | BsonDocument
  | BsonValue[];

export type BsonDocument = Map<string, BsonValue>;

export type BsonNumber = Int32 | Double | Decimal128 | bigint;

export const isDocument = (value: BsonValue | undefined): value is BsonDocument => value instanceof Map;

/** The BSON type code of a value, as `$type` names it. */
export const typeCodeOf = (value: BsonValue): number => {
  if (value === null) return BSONType.null;
  switch (typeof value) {
    case 'boolean':
      return BSONType.bool;
    case 'string':
      return BSONType.string;
    case 'bigint':
      return BSONType.long;
    default:
  }
  if (Array.isArray(value)) return BSONType.array;
  if (value instanceof Map) return BSONType.object;
  if (value instanceof Date) return BSONType.date;
  switch (value._bsontype) {
    case 'Int32':
      return BSONType.int;
    case 'Double':
      return BSONType.double;
    case 'Decimal128':
      return BSONType.decimal;
    case 'ObjectId':
      return BSONType.objectId;
    case 'Binary':
      return BSONType.binData;
    case 'Timestamp':
      return BSONType.timestamp;
    case 'BSONRegExp':
      return BSONType.regex;
    case 'MinKey':
      return BSONType.minKey;
    case 'MaxKey':
      return BSONType.maxKey;
    default:
      return value satisfies never;
  }
};

/** MongoDB's names of the types, as `$type` accepts them and as messages show them. */
export const TYPE_NAMES: Readonly<Record<string, number>> = BSONType;

/** The name of a value's type, for messages; a missing field is "missing". */
export const typeNameOf = (value: BsonValue | undefined): string => {
  if (value === undefined) return 'missing';
  const code = typeCodeOf(value);
  return Object.keys(TYPE_NAMES).find((name) => TYPE_NAMES[name] === code) ?? String(code);
};

export const isNumber = (value: BsonValue | undefined): value is BsonNumber =>
  typeof value === 'bigint' ||
  (typeof value === 'object' && value !== null && '_bsontype' in value && /^(Int32|Double|Decimal128)$/.test(value._bsontype));

/** The value as a JS number when it is an int32, a double, or an int64 that a double holds exactly; otherwise undefined. */
export const toJsNumber = (value: BsonValue | undefined): number | undefined => {
  if (value instanceof Int32 || value instanceof Double) return value.value;
  if (typeof value === 'bigint' && BigInt(Number(value)) === value) return Number(value);
  return undefined;
};

/** MongoDB's idea of truth: everything but false, null, missing and zero. */
export const isTruthy = (value: BsonValue | undefined): boolean => {
  if (value === undefined || value === null || value === false) return false;
  if (isNumber(value)) return typeof value === 'bigint' ? value !== 0n : Number(value.toString()) !== 0;
  return true;
};

/** A document from a plain JS object whose numbers are meant as int32 when whole and small, otherwise as doubles. For replies. */
export const documentOf = (fields: Record<string, BsonValue | number | undefined>): BsonDocument => {
  const document: BsonDocument = new Map();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    document.set(name, typeof value === 'number' ? numberValue(value) : value);
  }
  return document;
};

/** An int32 when the number is whole and fits, otherwise a double. */
export const numberValue = (value: number): Int32 | Double => ((value | 0) === value ? new Int32(value) : new Double(value));

export const isRegex = (value: BsonValue | undefined): value is BSONRegExp => value instanceof BSONRegExp;
