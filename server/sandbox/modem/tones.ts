import { pcmToMuLaw } from '../g711.js';

/*
 * Bits as sound: 1200 baud, 1200 Hz for a one and 2400 Hz for a zero, which are one and two whole cycles a bit. At 8 kHz three bits are 20 samples, so
 * each bit is one of six short pieces of sound, and a packet is these pieces laid end to end.
 */

/** Samples in which three bits, and whole cycles of both tones, fit exactly. */
export const THREE_BITS = 20;
/** The first samples of three bits in a row, and the end. */
export const BIT_EDGES = [0, 7, 14, THREE_BITS] as const;

/** The tone held after the last bit, 1 ms. */
export const TAIL_SAMPLES = 8;

/** About the level of speech on a telephone line, -13 dBFS. */
const AMPLITUDE = 10_000;

const threeBits = (cycles: number): Buffer =>
  pcmToMuLaw(Int16Array.from({ length: THREE_BITS }, (_, i) => Math.round(AMPLITUDE * Math.sin((2 * Math.PI * cycles * i) / THREE_BITS))));
const ONES = threeBits(3);
const ZEROS = threeBits(6);

/** How many samples some bits take. */
export const samplesOf = (bits: number): number => Math.floor(bits / 3) * THREE_BITS + (BIT_EDGES[bits % 3] ?? 0);

/** The mu-law of some bits and of the tone held after them. */
export const modulate = (bits: readonly number[]): Buffer =>
  Buffer.concat([...bits, 1, 1].map((bit, nth) => (bit === 1 ? ONES : ZEROS).subarray(BIT_EDGES[nth % 3], BIT_EDGES[(nth % 3) + 1]))).subarray(
    0,
    samplesOf(bits.length) + TAIL_SAMPLES,
  );

/** The mu-law of a one held this long, such that bits may follow it without a jump. */
export const holdTone = (samples: number): Buffer => {
  const whole = Buffer.alloc(Math.ceil(samples / THREE_BITS) * THREE_BITS, ONES);
  return whole.subarray(whole.length - samples);
};
