import type { Word } from '../../schemas/transcript.js';
import { MU_LAW_FRAME_BYTES, MU_LAW_SILENCE, PCM_TO_MU_LAW } from '../audio/g711.js';
import { packetToBytes, SYNC_BITS, SYNC_WORD, splitWord } from './modem-packet.js';
import { toWords } from './words.js';

/*
 * Text as two-tone sound that decodes exactly: 1200 baud, 1200 Hz for a one and 2400 Hz for a zero (one and two whole cycles a bit, so the two are
 * orthogonal and the phase never jumps). One packet a word, at the pace of speech:
 *
 *   │ tone held at 1200 Hz ………………… │ sync │ packet │ 1 ms │ gap ≥ 20 ms │
 *   start_ms                                           end_ms
 *
 * The packet stands at the end, so a far end that has decoded a word has heard it to its last frame: cut one frame earlier, the checksum is lost.
 */

/** 1200 baud at 8 kHz: 20/3 samples a bit. */
export const BIT_SAMPLES_NUMERATOR = 20;
export const BIT_SAMPLES_DENOMINATOR = 3;

/** The tone goes on this long after the last bit, so that filters on the way do not eat into it. Shorter than a frame. */
export const TAIL_SAMPLES = 8;

/** The pace of speech, at speed 1. Seen in flite: a short word about 200 ms, a long one 700 ms. */
const PACE = {
  perWordMs: 60,
  perCharacterMs: 45,
  shortestMs: 180,
  /** Silence after each word: one frame, too short for any voice detector to call it the end. */
  gapFrames: 1,
  /** Silence after a comma and after a full stop, below the hang of the voice detector (200 ms). */
  clauseGapFrames: 3,
  sentenceGapFrames: 6,
} as const;

const FRAME_MS = 20;
const BYTES_PER_MS = 8;
/** The tone before the sync word: lets a decoder's window fill. */
const LEAD_SAMPLES = 80;
/** A held tone is broken by one silent frame this often, as speech is by its consonants; the voice detector takes an unbroken one for noise. */
const HOLD_BREAK_SAMPLES = 30 * MU_LAW_FRAME_BYTES;
/** Longest word in frames: its duration travels in one byte. */
const LONGEST_FRAMES = 250;
/** -13 dBFS: about the level of speech on a telephone line. */
const AMPLITUDE = 10_000;

const SINE_MU_LAW = Uint8Array.from({ length: 20 }, (_, twentieth) => {
  const sample = Math.round(AMPLITUDE * Math.sin((2 * Math.PI * twentieth) / 20));
  return PCM_TO_MU_LAW[sample & 0xffff] ?? MU_LAW_SILENCE;
});
/** Twentieths of a cycle that each tone advances in one sample at 8 kHz. */
const PHASE_STEP = { one: 3, zero: 6 } as const;

/**
 * Encodes a text as mu-law in whole 20 ms frames, with the times of its words in ms from the start. `speed` 1 is the pace of speech; a word never gets
 * shorter than its packet. The words joined by one space are the text with its white space normalised. Empty text gives empty audio.
 */
export const encodeWords = (text: string, options: { speed?: number } = {}): { muLaw: Buffer; words: Word[] } => {
  const speed = Math.min(4, Math.max(0.25, options.speed ?? 1));
  const audio: Buffer[] = [];
  const words: Word[] = [];
  let atMs = 0;
  for (const word of toWords(text)) {
    const payloads = splitWord(word);
    const startMs = atMs;
    payloads.forEach((payload, nth) => {
      const isLast = nth === payloads.length - 1;
      const gapFrames = isLast ? gapAfter(word) : PACE.gapFrames;
      const slot = encodePiece(payload, { speed, moreFollows: !isLast, continues: nth > 0 });
      audio.push(slot, Buffer.alloc(gapFrames * MU_LAW_FRAME_BYTES, MU_LAW_SILENCE));
      atMs += slot.length / BYTES_PER_MS;
      if (isLast) words.push({ text: word, start_ms: startMs, end_ms: atMs });
      atMs += gapFrames * FRAME_MS;
    });
  }
  return { muLaw: Buffer.concat(audio), words };
};

const gapAfter = (word: string): number => {
  if (/[.!?…]["'”’)\]]*$/u.test(word)) return PACE.sentenceGapFrames;
  return /[,;:–—]["'”’)\]]*$/u.test(word) ? PACE.clauseGapFrames : PACE.gapFrames;
};

const encodePiece = (payload: Buffer, how: { speed: number; moreFollows: boolean; continues: boolean }): Buffer => {
  const characters = [...payload.toString()].length;
  const spokenMs = Math.max(PACE.shortestMs, (PACE.perWordMs + PACE.perCharacterMs * characters) / how.speed) - PACE.gapFrames * FRAME_MS;
  const packetSamples = samplesOfBits(SYNC_BITS + 8 * packetToBytes({ payload, durationFrames: 1, moreFollows: false, continues: false }).length);
  const least = Math.ceil((LEAD_SAMPLES + packetSamples + TAIL_SAMPLES) / MU_LAW_FRAME_BYTES);
  const durationFrames = Math.min(LONGEST_FRAMES, Math.max(least, Math.round(spokenMs / FRAME_MS)));
  const bits = toBits(packetToBytes({ payload, durationFrames, moreFollows: how.moreFollows, continues: how.continues }));
  return modulate(bits, durationFrames * MU_LAW_FRAME_BYTES);
};

const samplesOfBits = (bits: number): number => Math.ceil((bits * BIT_SAMPLES_NUMERATOR) / BIT_SAMPLES_DENOMINATOR);

const toBits = (packet: Buffer): Uint8Array => {
  const bytes = Buffer.concat([Buffer.from([SYNC_WORD >> 8, SYNC_WORD & 0xff]), packet]);
  return Uint8Array.from({ length: bytes.length * 8 }, (_, bit) => ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
};

const modulate = (bits: Uint8Array, samples: number): Buffer => {
  const slot = Buffer.allocUnsafe(samples);
  const packetStart = samples - TAIL_SAMPLES - samplesOfBits(bits.length);
  let phase = 0;
  for (let i = 0; i < samples; i += 1) {
    const bit = bits[Math.floor(((i - packetStart) * BIT_SAMPLES_DENOMINATOR) / BIT_SAMPLES_NUMERATOR)] ?? 1;
    const isBreak = i % HOLD_BREAK_SAMPLES >= HOLD_BREAK_SAMPLES - MU_LAW_FRAME_BYTES && i < packetStart - LEAD_SAMPLES - MU_LAW_FRAME_BYTES;
    slot[i] = isBreak ? MU_LAW_SILENCE : (SINE_MU_LAW[phase] ?? MU_LAW_SILENCE);
    phase = (phase + (bit === 1 ? PHASE_STEP.one : PHASE_STEP.zero)) % 20;
  }
  return slot;
};
