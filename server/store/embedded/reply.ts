import { Double, Int32 } from 'bson';
import { encodeBson } from './bson-bytes.js';
import { type BsonDocument, type BsonValue, documentOf } from './bson-values.js';
import type { CommandError } from './command-error.js';
import type { Batch } from './cursors.js';
import { DuplicateKeyError } from './records.js';

const OK: BsonValue = new Double(1);

/** A successful reply with these fields. */
export const okReply = (fields: Record<string, BsonValue | number | undefined> = {}): Buffer =>
  encodeBson(new Map([...documentOf(fields), ['ok', OK]]));

/** The reply to a failed command. */
export const errorReply = (error: CommandError): Buffer =>
  encodeBson(new Map<string, BsonValue>([['ok', new Double(0)], ...errorFields(error), ['codeName', error.codeName]]));

/** An entry of a batch's `writeErrors`. */
export const writeError = (index: number, error: CommandError): BsonDocument =>
  new Map<string, BsonValue>([['index', new Int32(index)], ...errorFields(error)]);

const errorFields = (error: CommandError): [string, BsonValue][] => {
  const fields: [string, BsonValue][] = [
    ['code', new Int32(error.code)],
    ['errmsg', error.message],
  ];
  if (error instanceof DuplicateKeyError) fields.push(['keyPattern', error.keyPattern], ['keyValue', error.keyValue]);
  return fields;
};

/** `{ cursor: { firstBatch | nextBatch: […], id, ns }, ok: 1 }`, put together from the stored bytes so that nothing is encoded again. */
export const cursorReply = (batchName: 'firstBatch' | 'nextBatch', namespace: string, batch: Batch): Buffer => {
  const elements = batch.documents.flatMap((document, index) => [element(0x03, String(index)), document]);
  const id = Buffer.alloc(8);
  id.writeBigInt64LE(batch.cursor);
  const text = Buffer.from(`${namespace}\0`, 'utf8');
  const textSize = Buffer.alloc(4);
  textSize.writeInt32LE(text.length);
  const cursor = wrap([element(0x04, batchName), wrap(elements), element(0x12, 'id'), id, element(0x02, 'ns'), textSize, text]);
  const ok = Buffer.alloc(8);
  ok.writeDoubleLE(1);
  return wrap([element(0x03, 'cursor'), cursor, element(0x01, 'ok'), ok]);
};

const element = (type: number, name: string): Buffer => Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`, 'utf8')]);

const wrap = (parts: readonly Buffer[]): Buffer => {
  const size = Buffer.alloc(4);
  size.writeInt32LE(parts.reduce((sum, part) => sum + part.length, 5));
  return Buffer.concat([size, ...parts, Buffer.from([0])]);
};
