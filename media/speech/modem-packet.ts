/*
 * One word as bytes, before it becomes tones:
 *
 *   0x2D 0xD4 | length and flags | duration in frames | payload (UTF-8) | CRC-16 of everything after the sync word
 *
 * The low six bits of the length byte count the payload. A word that is longer than a packet travels as several: bit 7 says that more follow, bit 6 that
 * this one continues a word, and the first payload byte of each is the piece's number, so that a lost piece can never join two halves wrongly.
 */

/** Largest payload of one packet, bytes. */
export const MAX_PAYLOAD_BYTES = 60;

/** Marks where a packet starts; its pattern is unlike shifted copies of itself. */
export const SYNC_WORD = 0x2dd4;
export const SYNC_BITS = 16;

/** Bytes around the payload that follow the sync word. */
export const HEADER_BYTES = 2;
export const CRC_BYTES = 2;

const MORE_FOLLOWS = 0x80;
const CONTINUES = 0x40;
const LENGTH_MASK = 0x3f;

export interface Packet {
  payload: Buffer;
  /** Time that the packet's tones take with the tone held before them, in 20 ms frames, 1 to 255. */
  durationFrames: number;
  moreFollows: boolean;
  continues: boolean;
}

/** The bytes of a packet without its sync word. The payload has 1 to `MAX_PAYLOAD_BYTES` bytes. */
export const packetToBytes = (packet: Packet): Buffer => {
  const flags = (packet.moreFollows ? MORE_FOLLOWS : 0) | (packet.continues ? CONTINUES : 0);
  const head = Buffer.concat([Buffer.from([packet.payload.length | flags, packet.durationFrames]), packet.payload]);
  const crc = crc16(head);
  return Buffer.concat([head, Buffer.from([crc >> 8, crc & 0xff])]);
};

/** How many bytes the packet has in all (without sync word), by its first byte; undefined when no packet starts so. */
export const findPacketBytes = (lengthByte: number): number | undefined => {
  const payload = lengthByte & LENGTH_MASK;
  return payload === 0 || payload > MAX_PAYLOAD_BYTES ? undefined : HEADER_BYTES + payload + CRC_BYTES;
};

/** Reads a packet of exactly the length that its first byte announces; undefined when the checksum does not match. */
export const findPacket = (bytes: Buffer): Packet | undefined => {
  const body = bytes.subarray(0, bytes.length - CRC_BYTES);
  const flags = body[0];
  const durationFrames = body[1];
  if (flags === undefined || !durationFrames || crc16(body) !== bytes.readUInt16BE(body.length)) return undefined;
  return {
    payload: Buffer.from(body.subarray(HEADER_BYTES)),
    durationFrames,
    moreFollows: (flags & MORE_FOLLOWS) !== 0,
    continues: (flags & CONTINUES) !== 0,
  };
};

/**
 * Cuts a word into the payloads of its packets, at borders of characters. One packet for words of up to `MAX_PAYLOAD_BYTES`; otherwise each payload starts
 * with the number of the piece, modulo 256.
 */
export const splitWord = (word: string): Buffer[] => {
  const whole = Buffer.from(word);
  if (whole.length <= MAX_PAYLOAD_BYTES) return [whole];
  const pieces: Buffer[] = [];
  let piece: Buffer[] = [];
  let bytes = 0;
  const flush = () => {
    pieces.push(Buffer.concat([Buffer.from([pieces.length & 0xff]), ...piece]));
    piece = [];
    bytes = 0;
  };
  for (const character of word) {
    const encoded = Buffer.from(character);
    if (bytes + encoded.length > MAX_PAYLOAD_BYTES - 1) flush();
    piece.push(encoded);
    bytes += encoded.length;
  }
  flush();
  return pieces;
};

/** CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xffff. */
const crc16 = (bytes: Buffer): number => {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
};
