import { decodeBson } from './bson-bytes.js';
import type { WireCommand } from './commands.js';
import { MAX_MESSAGE_BYTES } from './handshake.js';

/*
 * MongoDB's messages: a header of four int32 (length, request id, response to, operation), then OP_MSG sections. Drivers greet with the legacy OP_QUERY.
 * Follows: MongoDB manual, "MongoDB Wire Protocol".
 */

const HEADER_BYTES = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** The flags of the lower half must be understood by the receiver; the upper half may be ignored. */
const UNKNOWN_REQUIRED_FLAGS = 0xfffc;

/** The bytes are no message that this store understands; the connection has to be closed. */
export class FramingError extends Error {
  constructor(reason: string) {
    super(`Not a MongoDB message: ${reason}`);
    this.name = 'FramingError';
  }
}

/** A request, and how its reply has to be framed; no `frame` when the client waits for none. */
export interface WireRequest {
  readonly command: WireCommand;
  readonly frame: ((reply: Buffer) => Buffer) | undefined;
}

/** Cuts a stream of bytes into messages. */
export class MessageSplitter {
  #chunks: Buffer[] = [];
  #size = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The next whole message; undefined when more bytes are needed. Throws FramingError for an impossible length. */
  next(): Buffer | undefined {
    if (this.#size < 4) return undefined;
    const head = this.#chunks[0] && this.#chunks[0].length >= 4 ? this.#chunks[0] : this.#join();
    const length = head.readInt32LE(0);
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES) throw new FramingError(`length ${length}`);
    if (this.#size < length) return undefined;
    const all = this.#join();
    const rest = all.subarray(length);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
    return all.subarray(0, length);
  }

  #join(): Buffer {
    const all = this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}

/** The request in a message. Throws FramingError when its structure is broken or its operation unknown. */
export const parseMessage = (message: Buffer): WireRequest => {
  try {
    const operation = message.readInt32LE(12);
    if (operation === OP_MSG) return parseMsg(message);
    if (operation === OP_QUERY) return parseQuery(message);
    throw new FramingError(`operation ${operation}`);
  } catch (error) {
    if (error instanceof RangeError) throw new FramingError('it is cut short');
    throw error;
  }
};

const slice = (message: Buffer, from: number, length: number, end: number): Buffer => {
  if (length < 0 || from + length > end) throw new FramingError('a part reaches beyond the end');
  return message.subarray(from, from + length);
};

const cstringAt = (message: Buffer, from: number, end: number): { text: string; next: number } => {
  const at = message.indexOf(0, from);
  if (at < 0 || at >= end) throw new FramingError('a name does not end');
  return { text: message.toString('utf8', from, at), next: at + 1 };
};

const parseMsg = (message: Buffer): WireRequest => {
  const flags = message.readUInt32LE(HEADER_BYTES);
  if (flags & UNKNOWN_REQUIRED_FLAGS) throw new FramingError(`flags ${flags}`);
  const end = message.length - (flags & CHECKSUM_PRESENT ? 4 : 0);
  const sequences = new Map<string, readonly Buffer[]>();
  let body: Buffer | undefined;
  let at = HEADER_BYTES + 4;
  while (at < end) {
    const kind = message.readUInt8(at);
    const section = slice(message, at + 1, message.readInt32LE(at + 1), end);
    if (section.length < 5) throw new FramingError('an empty section');
    at += 1 + section.length;
    if (kind === 0 && !body) body = section;
    else if (kind === 1) {
      const { text, documents } = parseSequence(section);
      if (sequences.has(text)) throw new FramingError('a repeated sequence');
      sequences.set(text, documents);
    } else throw new FramingError(`section of kind ${kind}`);
  }
  if (!body) throw new FramingError('no body');
  const requestId = message.readInt32LE(4);
  const frame = (reply: Buffer) => {
    const head = Buffer.alloc(HEADER_BYTES + 5);
    writeHeader(head, head.length + reply.length, requestId, OP_MSG);
    return Buffer.concat([head, reply]);
  };
  return { command: { body, sequences }, frame: flags & MORE_TO_COME ? undefined : frame };
};

const parseSequence = (section: Buffer): { text: string; documents: Buffer[] } => {
  const { text, next } = cstringAt(section, 4, section.length);
  const documents: Buffer[] = [];
  for (let at = next; at < section.length; ) {
    const document = slice(section, at, section.readInt32LE(at), section.length);
    if (document.length < 5) throw new FramingError('an empty document');
    documents.push(document);
    at += document.length;
  }
  return { text, documents };
};

const parseQuery = (message: Buffer): WireRequest => {
  const { text: namespace, next } = cstringAt(message, HEADER_BYTES + 4, message.length);
  const body = slice(message, next + 8, message.readInt32LE(next + 8), message.length);
  const [name = ''] = decodeBson(body).keys();
  // Drivers use this form for the first greeting only.
  if (namespace !== 'admin.$cmd' || !/^(hello|ismaster)$/i.test(name)) throw new FramingError(`OP_QUERY ${name} on ${namespace}`);
  const requestId = message.readInt32LE(4);
  const frame = (reply: Buffer) => {
    const head = Buffer.alloc(HEADER_BYTES + 20);
    writeHeader(head, head.length + reply.length, requestId, OP_REPLY);
    head.writeInt32LE(8, HEADER_BYTES);
    head.writeInt32LE(1, HEADER_BYTES + 16);
    return Buffer.concat([head, reply]);
  };
  return { command: { body, sequences: new Map(), database: 'admin' }, frame };
};

const writeHeader = (head: Buffer, length: number, responseTo: number, operation: number): void => {
  head.writeInt32LE(length, 0);
  head.writeInt32LE(responseTo, 8);
  head.writeInt32LE(operation, 12);
};
