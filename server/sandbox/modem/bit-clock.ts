import { findBitCount, findPacket, LENGTH_BITS, type Packet, SYNC_BITS, SYNC_WORD } from './packet.js';

/** A place that may be the beginning of a packet; counts are of bits since the clock was started. */
interface Opening {
  /** The first bit after the sync word. */
  from: number;
  /** The bit after which it is looked at next, first for its length, then as a whole. */
  due: number;
  whole: boolean;
}

/** Holds exactly the bits of a longest packet; a power of two. */
const RING = 512;
/** In noise and in payloads any bits may look like a sync word, about one of 65,536. The oldest is given up for one too many. */
const MAX_OPENINGS = 8;

/** Reads packets from one possible division of the sound into bits. */
export interface BitClock {
  /** Takes the next bit and returns the packet that it completed. */
  tick(bit: 0 | 1): Packet | undefined;
}

/**
 * A sync word opens a packet whatever came before, also inside another packet: one that was cut or only imagined must not hide the next one. Every opening
 * lives until its length is impossible or its bits are all there.
 */
export const createBitClock = (): BitClock => {
  const bits = new Uint8Array(RING);
  let count = 0;
  let lastBits = 0;
  let openings: Opening[] = [];

  const bitsBetween = (from: number, to: number): Uint8Array =>
    Uint8Array.from({ length: to - from }, (_, nth) => bits[(from + nth) & (RING - 1)] ?? 0);

  const look = (opening: Opening): Packet | undefined => {
    const seen = bitsBetween(opening.from, count);
    if (opening.whole) return findPacket(seen);
    const bitCount = findBitCount(seen);
    if (bitCount !== undefined) openings.push({ from: opening.from, due: opening.from + bitCount, whole: true });
    return undefined;
  };

  const lookAtDue = (): Packet | undefined => {
    if (!openings.some((opening) => opening.due === count)) return undefined;
    const due = openings.filter((opening) => opening.due === count);
    openings = openings.filter((opening) => opening.due !== count);
    for (const opening of due) {
      const packet = look(opening);
      if (!packet) continue;
      // What looked like a sync word within a good packet was its payload.
      openings = [];
      return packet;
    }
    return undefined;
  };

  return {
    tick(bit) {
      bits[count & (RING - 1)] = bit;
      count += 1;
      lastBits = ((lastBits << 1) | bit) & ((1 << SYNC_BITS) - 1);
      const packet = openings.length > 0 ? lookAtDue() : undefined;
      if (lastBits === SYNC_WORD) openings = [...openings, { from: count, due: count + LENGTH_BITS, whole: false }].slice(-MAX_OPENINGS);
      return packet;
    },
  };
};
