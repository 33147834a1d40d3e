import { isUtf8 } from 'node:buffer';

/*
 * The packets of the modem voice, as bits. Written from the wire format in media/speech/modem-packet.ts, and by other means than it, so that each is a
 * check on the other:
 *
 *   sync, 16 bits │ more follows, 1 │ continues, 1 │ payload bytes, 6 │ duration in frames, 8 │ payload, UTF-8 │ CRC-16 of all since the sync, 16
 *
 * A word of more than 60 bytes travels as pieces: each payload begins with the number of its piece, modulo 256.
 */

export interface Packet {
  payload: Buffer;
  /** The time of the packet's tones and of the tone held before them, in 20 ms frames, 1 to 255. */
  durationFrames: number;
  moreFollows: boolean;
  continues: boolean;
}

export const SYNC_BITS = 16;
export const SYNC_WORD = 0x2dd4;
export const MAX_PAYLOAD_BYTES = 60;
/** Bits that tell how long a packet is. */
export const LENGTH_BITS = 8;

const HEAD_BYTES = 2;
const CRC_BITS = 16;
const PAYLOAD_BYTES = 0x3f;
const CONTINUES = 0x40;
const MORE_FOLLOWS = 0x80;

/** A packet's bits in the order that they are sent in, sync word first. The payload has 1 to `MAX_PAYLOAD_BYTES` bytes. */
export const toBits = (packet: Packet): number[] => {
  const { payload, durationFrames, moreFollows, continues } = packet;
  const flags = (moreFollows ? MORE_FOLLOWS : 0) | (continues ? CONTINUES : 0);
  const body = [payload.length | flags, durationFrames, ...payload].flatMap((byte) => digits(byte, 8));
  return [...digits(SYNC_WORD, SYNC_BITS), ...body, ...digits(remainder(body), CRC_BITS)];
};

/** How many bits follow the sync word, by the first `LENGTH_BITS` of them; undefined when no packet begins so. */
export const findBitCount = (lengthBits: ArrayLike<number>): number | undefined => {
  const payloadBytes = toNumber(lengthBits, 0, LENGTH_BITS) & PAYLOAD_BYTES;
  if (payloadBytes === 0 || payloadBytes > MAX_PAYLOAD_BYTES) return undefined;
  return (HEAD_BYTES + payloadBytes) * 8 + CRC_BITS;
};

/** The packet in all the bits after a sync word; undefined when they are not a whole one. */
export const findPacket = (bits: ArrayLike<number>): Packet | undefined => {
  // Divided together with its remainder, a body leaves nothing.
  if (remainder(bits) !== 0) return undefined;
  const bytes = Buffer.from(Array.from({ length: (bits.length - CRC_BITS) / 8 }, (_, nth) => toNumber(bits, nth * 8, 8)));
  const [flags = 0, durationFrames = 0] = bytes;
  const payload = bytes.subarray(HEAD_BYTES);
  if (durationFrames === 0) return undefined;
  const packet = { payload, durationFrames, moreFollows: (flags & MORE_FOLLOWS) !== 0, continues: (flags & CONTINUES) !== 0 };
  // Noise passes the checksum once in 65,536 times, but hardly ever as text.
  return isUtf8(isPiece(packet) ? payload.subarray(1) : payload) ? packet : undefined;
};

/** Whether this is one of several packets of its word. */
export const isPiece = (packet: Pick<Packet, 'moreFollows' | 'continues'>): boolean => packet.moreFollows || packet.continues;

const digits = (value: number, count: number): number[] => Array.from({ length: count }, (_, nth) => (value >> (count - 1 - nth)) & 1);

const toNumber = (bits: ArrayLike<number>, from: number, count: number): number => {
  let value = 0;
  for (let nth = 0; nth < count; nth += 1) value = value * 2 + (bits[from + nth] ?? 0);
  return value;
};

/** CRC-16/CCITT-FALSE, bit by bit: polynomial x¹⁶ + x¹² + x⁵ + 1, started with ones. */
const remainder = (bits: ArrayLike<number>): number => {
  let register = 0xffff;
  for (let nth = 0; nth < bits.length; nth += 1) {
    const carried = (register >> 15) ^ (bits[nth] ?? 0);
    register = ((register << 1) & 0xffff) ^ (carried === 1 ? 0x1021 : 0);
  }
  return register;
};
