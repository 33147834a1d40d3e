import { Binary, BSONRegExp, Decimal128, Double, Int32, ObjectId, Timestamp } from 'bson';
import { type BsonValue, isDocument } from './bson-values.js';
import { notServed } from './command-error.js';
import { typeRankOf } from './compare.js';

/*
 * Index keys: bytes whose order is MongoDB's order of the values. Every encoding is self-delimiting, so that the parts of a compound key can follow each
 * other and a part can be turned round (descending) by inverting its bits. The first byte is the type's rank (1 to 127); 0 ends lists and documents.
 */

/**
 * The key bytes of a value. `undefined` is the key of an empty array. Equal values (1, 1.0 and int64 1) have equal bytes, so the number types are not
 * recovered from a key. Throws NotImplemented for Decimal128, whose order against doubles these bytes do not hold.
 */
export const encodeKey = (value: BsonValue | undefined): Buffer => {
  const parts: Buffer[] = [];
  append(parts, value);
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
};

/** The same key in descending order. Returns a new buffer. */
export const invertKey = (key: Buffer): Buffer => {
  const inverted = Buffer.allocUnsafe(key.length);
  for (let index = 0; index < key.length; index += 1) inverted[index] = ~(key[index] ?? 0);
  return inverted;
};

const END = Buffer.from([0]);

const append = (parts: Buffer[], value: BsonValue | undefined): void => {
  const tag = typeRankOf(value);
  if (typeof value === 'string') return void parts.push(Buffer.from([tag]), textKey(value));
  if (value instanceof Int32 || value instanceof Double) return void parts.push(numberKey(tag, value.value, 0));
  if (typeof value === 'bigint') return void parts.push(longKey(tag, value));
  if (value instanceof Decimal128) throw notServed('Decimal128 values in an indexed field');
  if (typeof value === 'boolean') return void parts.push(Buffer.from([tag, value ? 1 : 0]));
  if (value instanceof Date) return void parts.push(fixed64(tag, BigInt.asUintN(64, BigInt(value.getTime()) ^ (1n << 63n))));
  if (value instanceof Timestamp) return void parts.push(fixed64(tag, value.toBigInt()));
  if (value instanceof ObjectId) return void parts.push(Buffer.from([tag]), Buffer.from(value.id));
  if (value instanceof Binary) {
    const head = Buffer.from([tag, 0, 0, 0, 0, value.sub_type]);
    head.writeUInt32BE(value.position, 1);
    return void parts.push(head, Buffer.from(value.value()));
  }
  if (value instanceof BSONRegExp) return void parts.push(Buffer.from([tag]), textKey(value.pattern), textKey(value.options));
  parts.push(Buffer.from([tag]));
  if (Array.isArray(value)) {
    for (const item of value) append(parts, item);
    parts.push(END);
  } else if (isDocument(value)) {
    // Documents compare by type, then name, then value, field after field.
    for (const [name, field] of value) {
      parts.push(Buffer.from([typeRankOf(field)]), textKey(name));
      append(parts, field);
    }
    parts.push(END);
  }
};

/** UTF-8 with each zero byte escaped as 00 FF, ended by 00 00: a prefix sorts before what it begins. */
const textKey = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'utf8');
  if (!bytes.includes(0)) return Buffer.concat([bytes, Buffer.from([0, 0])]);
  const escaped: number[] = [];
  for (const byte of bytes) {
    escaped.push(byte);
    if (byte === 0) escaped.push(0xff);
  }
  return Buffer.from([...escaped, 0, 0]);
};

const fixed64 = (tag: number, bits: bigint): Buffer => {
  const key = Buffer.alloc(9);
  key[0] = tag;
  key.writeBigUInt64BE(bits, 1);
  return key;
};

/** Tag, the double in sortable form, and how far the exact value lies above that double (int64 only). NaN is all zeros, below -Infinity. */
const numberKey = (tag: number, value: number, above: number): Buffer => {
  const key = Buffer.alloc(11);
  key[0] = tag;
  if (Number.isNaN(value)) return key;
  key.writeDoubleBE(value === 0 ? 0 : value, 1);
  if ((key[1] ?? 0) & 0x80) for (let index = 1; index < 9; index += 1) key[index] = ~(key[index] ?? 0);
  else key[1] = (key[1] ?? 0) | 0x80;
  key.writeUInt16BE(above, 9);
  return key;
};

/** An int64 beyond 2^53 lies between two doubles at most 1,024 apart: take the lower one and the distance. */
const longKey = (tag: number, value: bigint): Buffer => {
  let below = Number(value);
  if (BigInt(below) > value) below = previousDouble(below);
  return numberKey(tag, below, Number(value - BigInt(below)));
};

const previousDouble = (value: number): number => {
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(value);
  bits.writeBigInt64BE(bits.readBigInt64BE() + (value > 0 ? -1n : 1n));
  return bits.readDoubleBE();
};
