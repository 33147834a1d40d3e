import type { Word } from '../../../schemas/transcript.js';
import { MU_LAW_FRAME_BYTES, MU_LAW_SILENCE } from '../g711.js';
import { isPiece, MAX_PAYLOAD_BYTES, type Packet, toBits } from './packet.js';
import { holdTone, modulate } from './tones.js';

/*
 * The sandbox's own modem voice. It sounds as media/speech/modem-encoder.ts says, so that either side may be heard by the other:
 *
 *   │ tone held at 1200 Hz ……… │ packet │ 1 ms │ silence ≥ 20 ms │
 *   start_ms                           end_ms
 */

const FRAME_MS = 20;
/** Times of speech at speed 1, ms. */
const WORD_MS = 60;
const CHARACTER_MS = 45;
const SHORTEST_WORD_MS = 180;
/** Silence after a word, after one that ends a clause and after one that ends a sentence: shorter than the pause that ends a turn. */
const GAP_FRAMES = 1;
const CLAUSE_GAP_FRAMES = 3;
const SENTENCE_GAP_FRAMES = 6;
/** The duration must fit into a byte. */
const LONGEST_WORD_FRAMES = 250;
/** The tone that at least comes before a packet, 10 ms. */
const LEAD_SAMPLES = 80;
/** Speech is never one tone for long: a held one has a frame of silence after so many frames, or a voice detector takes it for noise. */
const TONE_FRAMES = 29;

/**
 * Encodes a text as 8 kHz mu-law in whole 20 ms frames, with the times of its words in ms from its start. `speed` 1 is the pace of speech; values outside
 * 0.25 to 4 are taken as the nearest. The words, joined by a space, are the text with its white space normalised; no words are no audio.
 */
export const encodeWords = (text: string, options: { speed?: number } = {}): { muLaw: Buffer; words: Word[] } => {
  const speed = Math.min(4, Math.max(0.25, options.speed ?? 1));
  const sounds: Buffer[] = [];
  const words: Word[] = [];
  let frames = 0;
  const add = (sound: Buffer): void => {
    sounds.push(sound);
    frames += sound.length / MU_LAW_FRAME_BYTES;
  };
  for (const word of wordsOf(text)) {
    const startFrame = frames;
    for (const packet of packetsOf(word)) {
      if (packet.continues) add(silence(GAP_FRAMES));
      add(encodePacket(packet, speed));
    }
    words.push({ text: word, start_ms: startFrame * FRAME_MS, end_ms: frames * FRAME_MS });
    add(silence(gapFramesAfter(word)));
  }
  return { muLaw: Buffer.concat(sounds), words };
};

/** UTF-8 has no half characters, so they are replaced as any encoder would. */
const wordsOf = (text: string): string[] => Buffer.from(text).toString().match(/\S+/gu) ?? [];

type UntimedPacket = Omit<Packet, 'durationFrames'>;

const packetsOf = (word: string): UntimedPacket[] => {
  const bytes = Buffer.from(word);
  if (bytes.length <= MAX_PAYLOAD_BYTES) return [{ payload: bytes, moreFollows: false, continues: false }];
  const packets: UntimedPacket[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = characterBorder(bytes, from + MAX_PAYLOAD_BYTES - 1);
    const payload = Buffer.concat([Buffer.from([packets.length & 0xff]), bytes.subarray(from, to)]);
    packets.push({ payload, moreFollows: to < bytes.length, continues: from > 0 });
    from = to;
  }
  return packets;
};

/** The last border between characters that is not after `most`. */
const characterBorder = (bytes: Buffer, most: number): number => {
  let at = Math.min(bytes.length, most);
  // In UTF-8 the bytes inside a character begin with the bits 10.
  while (((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
};

const encodePacket = (packet: UntimedPacket, speed: number): Buffer => {
  const text = isPiece(packet) ? packet.payload.subarray(1) : packet.payload;
  const spokenMs = Math.max(SHORTEST_WORD_MS, (WORD_MS + CHARACTER_MS * [...text.toString()].length) / speed);
  const spokenFrames = Math.min(LONGEST_WORD_FRAMES, Math.round(spokenMs / FRAME_MS) - GAP_FRAMES);
  const soundOf = (durationFrames: number): Buffer => modulate(toBits({ ...packet, durationFrames }));
  const leastFrames = Math.ceil((LEAD_SAMPLES + soundOf(spokenFrames).length) / MU_LAW_FRAME_BYTES);
  const durationFrames = Math.max(spokenFrames, leastFrames);
  const sound = soundOf(durationFrames);
  return Buffer.concat([holdBrokenTone(durationFrames * MU_LAW_FRAME_BYTES - sound.length), sound]);
};

const holdBrokenTone = (samples: number): Buffer => {
  const tone = holdTone(samples);
  const lastBreak = samples - LEAD_SAMPLES - MU_LAW_FRAME_BYTES;
  for (let at = TONE_FRAMES * MU_LAW_FRAME_BYTES; at <= lastBreak; at += (TONE_FRAMES + 1) * MU_LAW_FRAME_BYTES)
    tone.fill(MU_LAW_SILENCE, at, at + MU_LAW_FRAME_BYTES);
  return tone;
};

const gapFramesAfter = (word: string): number => {
  const sign = word.replace(/["'”’)\]]+$/u, '').at(-1);
  if (sign === undefined) return GAP_FRAMES;
  if ('.!?…'.includes(sign)) return SENTENCE_GAP_FRAMES;
  return ',;:–—'.includes(sign) ? CLAUSE_GAP_FRAMES : GAP_FRAMES;
};

const silence = (frames: number): Buffer => Buffer.alloc(frames * MU_LAW_FRAME_BYTES, MU_LAW_SILENCE);
