import { createHash } from 'node:crypto';
import type { Random } from '../../../schemas/clock.js';

/**
 * Random choices of a virtual candidate, the same in every run with the same seed (mulberry32 over a hash of the seed). Never for ids or tokens: whoever
 * knows the seed knows them.
 */
export const seededRandom = (seed: string): Random => {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { next, bytes: (count) => Buffer.from(Array.from({ length: count }, () => Math.floor(next() * 256))) };
};
