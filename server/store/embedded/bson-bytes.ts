import { isUtf8 } from 'node:buffer';
import { Binary, BSONRegExp, BSONType, Decimal128, Double, Int32, MaxKey, MinKey, ObjectId, serialize, Timestamp } from 'bson';
import type { BsonDocument, BsonValue } from './bson-values.js';
import { CommandError } from './command-error.js';

/** MongoDB's own bound on nested documents. */
const MAX_DEPTH = 200;

/** The largest document that may be stored, bytes. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** The bytes of a document. The caller owns the buffer. */
export const encodeBson = (document: BsonDocument): Buffer => Buffer.from(serialize(document, { ignoreUndefined: false }));

/**
 * The document in these bytes, with exact types and field order. The bytes must hold one document and nothing else; anything malformed throws
 * `InvalidBSON` (22). The deprecated types (undefined, DBPointer, symbol) and JavaScript code are refused, not converted.
 * Follows: bsonspec.org, version 1.1.
 */
export const decodeBson = (bytes: Buffer): BsonDocument => {
  const reader = new BsonReader(bytes);
  const document = reader.readDocument(0);
  if (reader.at !== bytes.length) throw invalid('bytes after the end of the document');
  return document;
};

const invalid = (reason: string) => new CommandError('InvalidBSON', `Invalid BSON: ${reason}`);

class BsonReader {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  readDocument(depth: number): BsonDocument {
    const document: BsonDocument = new Map();
    this.#readElements(depth, (name, value) => document.set(name, value));
    return document;
  }

  #readElements(depth: number, add: (name: string, value: BsonValue) => void): void {
    if (depth > MAX_DEPTH) throw new CommandError('Overflow', `Document exceeds the maximum nesting depth of ${MAX_DEPTH}`);
    const start = this.at;
    const size = this.#int32();
    const end = start + size;
    if (size < 5 || end > this.#bytes.length || this.#bytes[end - 1] !== 0) throw invalid('wrong document length');
    while (this.at < end - 1) {
      // Signed: the type of MinKey is -1.
      const type = this.#bytes.readInt8(this.at);
      this.at += 1;
      add(this.#cstring(), this.#value(type, depth));
    }
    if (this.at !== end - 1) throw invalid('element beyond the end of its document');
    this.at = end;
  }

  #value(type: number, depth: number): BsonValue {
    switch (type) {
      case BSONType.double:
        return new Double(this.#bytes.readDoubleLE(this.#advance(8)));
      case BSONType.string:
        return this.#string();
      case BSONType.object:
        return this.readDocument(depth + 1);
      case BSONType.array: {
        const values: BsonValue[] = [];
        this.#readElements(depth + 1, (_, value) => values.push(value));
        return values;
      }
      case BSONType.binData: {
        const size = this.#int32();
        const subtype = this.#bytes.readUInt8(this.#advance(1));
        if (size < 0) throw invalid('negative binary length');
        return new Binary(this.#copy(size), subtype);
      }
      case BSONType.objectId:
        return new ObjectId(this.#copy(12));
      case BSONType.bool:
        return this.#bytes.readUInt8(this.#advance(1)) !== 0;
      case BSONType.date: {
        const date = new Date(Number(this.#bytes.readBigInt64LE(this.#advance(8))));
        if (Number.isNaN(date.getTime())) throw new CommandError('BadValue', 'The embedded store keeps dates of the years -271821 to 275760 only');
        return date;
      }
      case BSONType.null:
        return null;
      case BSONType.regex:
        return this.#regularExpression();
      case BSONType.int:
        return new Int32(this.#int32());
      case BSONType.timestamp:
        return new Timestamp(this.#bytes.readBigUInt64LE(this.#advance(8)));
      case BSONType.long:
        return this.#bytes.readBigInt64LE(this.#advance(8));
      case BSONType.decimal:
        return new Decimal128(this.#copy(16));
      case BSONType.minKey:
        return new MinKey();
      case BSONType.maxKey:
        return new MaxKey();
      default:
        throw invalid(`element type ${type} is unknown or not supported by the embedded store`);
    }
  }

  #regularExpression(): BSONRegExp {
    const pattern = this.#cstring();
    const options = this.#cstring();
    if (/[^imxlsu]/.test(options)) throw invalid(`regular expression options "${options}"`);
    return new BSONRegExp(pattern, options);
  }

  #advance(count: number): number {
    const from = this.at;
    if (from + count > this.#bytes.length) throw invalid('value beyond the end');
    this.at = from + count;
    return from;
  }

  #int32(): number {
    return this.#bytes.readInt32LE(this.#advance(4));
  }

  #copy(count: number): Buffer {
    const from = this.#advance(count);
    return Buffer.from(this.#bytes.subarray(from, from + count));
  }

  #string(): string {
    const size = this.#int32();
    if (size < 1) throw invalid('wrong string length');
    const from = this.#advance(size);
    if (this.#bytes[from + size - 1] !== 0) throw invalid('string without its terminator');
    return this.#text(from, from + size - 1);
  }

  #cstring(): string {
    const end = this.#bytes.indexOf(0, this.at);
    if (end < 0) throw invalid('name without its terminator');
    const from = this.#advance(end + 1 - this.at);
    return this.#text(from, end);
  }

  #text(from: number, to: number): string {
    const text = this.#bytes.toString('utf8', from, to);
    // A replacement character is either stored as such or the mark of bytes that are no UTF-8, which would change when written back.
    if (text.includes('\uFFFD') && !isUtf8(this.#bytes.subarray(from, to))) throw invalid('text that is not UTF-8');
    return text;
  }
}
