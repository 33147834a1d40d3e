import { MU_LAW_TO_PCM } from '../audio/g711.js';
import { BIT_SAMPLES_DENOMINATOR, BIT_SAMPLES_NUMERATOR, TAIL_SAMPLES } from './modem-encoder.js';
import { findPacket, findPacketBytes, type Packet, SYNC_BITS, SYNC_WORD } from './modem-packet.js';

/** A word that arrived whole, with the line time of its sound. */
export interface DecodedWord {
  text: string;
  startMs: number;
  endMs: number;
}

export interface ModemDecoder {
  /** Takes mu-law that began at `lineMs` (any length, in line order) and returns the words that it completed. A word with a lost part is left out. */
  push(muLaw: Buffer, lineMs: number): DecodedWord[];
}

const SAMPLES_PER_MS = 8;
const FRAME_MS = 20;
/** Correlation runs over the whole samples of one bit. */
const WINDOW = 7;
const REFERENCE_STEPS = 20;
/** Small whole numbers keep the running sums exact, so they never drift. */
const REFERENCE_SCALE = 64;
/** Holds a longest packet (0.44 s) with room to spare; a power of two, so that an index wraps by a mask. */
const RING = 8192;
/** Packets that may be under way at once: true ones and those that noise or a payload imitates. */
const MAX_CANDIDATES = 16;
/** Sync hits this near to each other are one packet seen at neighbouring samples; the strongest is kept. */
const SAME_SYNC_SAMPLES = 5;
/** A packet that fails as its sync word was seen is read once more one sample earlier and later: noise shifts the strongest hit. */
const TIMING_SHIFTS = [0, -1, 1] as const;
/** Line time may wander this far from the samples counted before it is taken as a gap, ms. */
const GAP_TOLERANCE_MS = 10;
/** Pieces of one long word follow each other after a one-frame gap. */
const PIECE_GAP_TOLERANCE_MS = 60;

const reference = (cyclesPerTwentySamples: number, shift: number): Int32Array =>
  Int32Array.from({ length: REFERENCE_STEPS }, (_, n) =>
    Math.round(REFERENCE_SCALE * Math.sin((2 * Math.PI * (cyclesPerTwentySamples * n)) / REFERENCE_STEPS + shift)),
  );
const ONE_SINE = reference(3, 0);
const ONE_COSINE = reference(3, Math.PI / 2);
const ZERO_SINE = reference(6, 0);
const ZERO_COSINE = reference(6, Math.PI / 2);

/** Where bit `nth` of a packet that starts at sample `start` is best read: the end of its correlation window. */
const bitAt = (start: number, nth: number): number => start + Math.round(((nth + 1) * BIT_SAMPLES_NUMERATOR) / BIT_SAMPLES_DENOMINATOR) - 1;

const SYNC_OFFSETS = Int32Array.from({ length: SYNC_BITS }, (_, nth) => bitAt(0, nth));
const SYNC_SIGNS = Int8Array.from({ length: SYNC_BITS }, (_, nth) => ((SYNC_WORD >> (SYNC_BITS - 1 - nth)) & 1 ? 1 : -1));
const SYNC_SPAN = SYNC_OFFSETS[SYNC_BITS - 1] ?? 0;

/**
 * Decodes the modem voice from a stream of mu-law at any alignment. Costs some 10 microseconds a frame: each sample updates four running correlations and
 * is tested as the end of a sync word. Follows the shape given in modem-encoder.ts.
 */
export const createModemDecoder = (): ModemDecoder => {
  const samples = new Int16Array(RING);
  /** How much more the last bit's worth of sound is a one than a zero, by sample. */
  const softBits = new Float64Array(RING);
  let candidates: { start: number; strength: number }[] = [];
  let sums = { oneSine: 0, oneCosine: 0, zeroSine: 0, zeroCosine: 0 };
  let count = 0;
  /** Line time of sample 0, by the last push. */
  let originMs: number | undefined;
  let unfinished: { pieces: Buffer[]; startMs: number; endMs: number } | undefined;

  const reset = (): void => {
    samples.fill(0);
    softBits.fill(0);
    candidates = [];
    sums = { oneSine: 0, oneCosine: 0, zeroSine: 0, zeroCosine: 0 };
    unfinished = undefined;
  };

  const correlate = (sample: number, sign: 1 | -1, index: number): void => {
    const step = index % REFERENCE_STEPS;
    const value = sample * sign;
    sums.oneSine += value * (ONE_SINE[step] ?? 0);
    sums.oneCosine += value * (ONE_COSINE[step] ?? 0);
    sums.zeroSine += value * (ZERO_SINE[step] ?? 0);
    sums.zeroCosine += value * (ZERO_COSINE[step] ?? 0);
  };

  const take = (byte: number): void => {
    const sample = MU_LAW_TO_PCM[byte] ?? 0;
    const leaving = count - WINDOW;
    if (leaving >= 0) correlate(samples[leaving & (RING - 1)] ?? 0, -1, leaving);
    correlate(sample, 1, count);
    samples[count & (RING - 1)] = sample;
    const { oneSine, oneCosine, zeroSine, zeroCosine } = sums;
    softBits[count & (RING - 1)] = oneSine * oneSine + oneCosine * oneCosine - zeroSine * zeroSine - zeroCosine * zeroCosine;
    lookForSync(count - SYNC_SPAN);
    count += 1;
  };

  const lookForSync = (start: number): void => {
    let strength = 0;
    for (let nth = 0; nth < SYNC_BITS; nth += 1) {
      const agreement = (softBits[(start + (SYNC_OFFSETS[nth] ?? 0)) & (RING - 1)] ?? 0) * (SYNC_SIGNS[nth] ?? 0);
      if (agreement <= 0) return;
      strength += agreement;
    }
    const last = candidates[candidates.length - 1];
    if (!last || start - last.start > SAME_SYNC_SAMPLES) candidates = [...candidates, { start, strength }].slice(-MAX_CANDIDATES);
    else if (strength > last.strength) candidates[candidates.length - 1] = { start, strength };
  };

  const byteAt = (start: number, nth: number): number => {
    let byte = 0;
    for (let bit = 0; bit < 8; bit += 1) {
      const soft = softBits[bitAt(start, SYNC_BITS + nth * 8 + bit) & (RING - 1)] ?? 0;
      byte = (byte << 1) | (soft > 0 ? 1 : 0);
    }
    return byte;
  };

  /** The packet of a candidate: `pending` while a bit of it may still come, undefined when there is none. */
  const read = (start: number): { packet: Packet; end: number } | 'pending' | undefined => {
    let isPending = false;
    for (const shift of TIMING_SHIFTS) {
      const from = start + shift;
      if (count <= bitAt(from, SYNC_BITS + 7)) isPending = true;
      else {
        const bytes = findPacketBytes(byteAt(from, 0));
        const end = bytes === undefined ? 0 : bitAt(from, SYNC_BITS + bytes * 8 - 1);
        if (bytes !== undefined && count <= end) isPending = true;
        else if (bytes !== undefined) {
          const packet = findPacket(Buffer.from(Array.from({ length: bytes }, (_, nth) => byteAt(from, nth))));
          if (packet) return { packet, end };
        }
      }
    }
    return isPending ? 'pending' : undefined;
  };

  const join = (packet: Packet, end: number): DecodedWord[] => {
    const endMs = Math.round((originMs ?? 0) + (end + 1 + TAIL_SAMPLES) / SAMPLES_PER_MS);
    const startMs = endMs - packet.durationFrames * FRAME_MS;
    const before = unfinished;
    unfinished = undefined;
    if (!packet.moreFollows && !packet.continues) return [{ text: packet.payload.toString(), startMs, endMs }];
    const number = packet.payload[0] ?? 0;
    const follows = packet.continues && before && startMs - before.endMs < PIECE_GAP_TOLERANCE_MS && number === (before.pieces.length & 0xff);
    if (packet.continues && !follows) return [];
    const pieces = [...(follows ? before.pieces : []), packet.payload.subarray(1)];
    const whole = { pieces, startMs: follows ? before.startMs : startMs, endMs };
    if (!packet.moreFollows) return [{ text: Buffer.concat(pieces).toString(), startMs: whole.startMs, endMs }];
    unfinished = whole;
    return [];
  };

  const collect = (): DecodedWord[] => {
    const words: DecodedWord[] = [];
    let doneUntil = -1;
    const pending: typeof candidates = [];
    for (const candidate of candidates) {
      if (candidate.start <= doneUntil) continue;
      const result = read(candidate.start);
      if (result === 'pending') pending.push(candidate);
      else if (result) {
        // What looks like a sync word inside a good packet is part of its payload.
        doneUntil = result.end;
        words.push(...join(result.packet, result.end));
      }
    }
    candidates = pending;
    return words;
  };

  return {
    push(muLaw, lineMs) {
      const origin = lineMs - count / SAMPLES_PER_MS;
      if (originMs !== undefined && Math.abs(origin - originMs) > GAP_TOLERANCE_MS) reset();
      originMs = origin;
      for (const byte of muLaw) take(byte);
      return collect();
    },
  };
};
