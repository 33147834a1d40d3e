import type { AudioFormat } from '../../schemas/ports/speech.js';
import { MU_LAW_TO_PCM } from '../audio/g711.js';

/** Audio as one message to a vendor carries it: never empty, without a gap inside. */
export interface AudioChunk {
  audio: Buffer;
  /** Line time of its first sample. */
  lineMs: number;
  ms: number;
  /** Loud enough to be speech. */
  voiced: boolean;
}

/** Collects frames into chunks of one length. */
export interface ChunkMaker {
  /** Takes audio of any length that began at `lineMs`; gives what became whole. A gap ends the chunk before it. */
  push(audio: Buffer, lineMs: number): AudioChunk[];
  /** Gives what has not become a whole chunk; undefined when there is nothing. */
  flush(): AudioChunk | undefined;
}

/** Below this a telephone line carries no speech (the gate of the voice detector), dBFS. */
const SPEECH_GATE_DB = -50;
const GATE = 10 ** (SPEECH_GATE_DB / 10) * 32_768 ** 2;
/** Two frames whose line times differ from their length by less follow each other. */
const SAME_MS = 0.5;

const bytesPerSample = (format: AudioFormat): number => (format.encoding === 'mulaw' ? 1 : 2);
export const bytesPerMs = (format: AudioFormat): number => (format.sampleRateHz / 1000) * bytesPerSample(format);

/** Silence in the format of the line. */
export const silentAudio = (format: AudioFormat, ms: number): Buffer => Buffer.alloc(ms * bytesPerMs(format), format.encoding === 'mulaw' ? 0xff : 0);

/** The part of a chunk from `lineMs` on, cut between two samples; undefined when nothing is left. */
export const chunkFrom = (chunk: AudioChunk, lineMs: number, format: AudioFormat): AudioChunk | undefined => {
  if (lineMs <= chunk.lineMs) return chunk;
  const size = bytesPerSample(format);
  const bytes = Math.round(((lineMs - chunk.lineMs) * bytesPerMs(format)) / size) * size;
  if (bytes >= chunk.audio.length) return undefined;
  const skippedMs = bytes / bytesPerMs(format);
  return { ...chunk, audio: chunk.audio.subarray(bytes), lineMs: chunk.lineMs + skippedMs, ms: chunk.ms - skippedMs };
};

export const createChunkMaker = (format: AudioFormat, chunkMs: number): ChunkMaker => {
  const wholeBytes = chunkMs * bytesPerMs(format);
  let parts: Buffer[] = [];
  let bytes = 0;
  let startMs = 0;

  const flush = (): AudioChunk | undefined => {
    if (bytes === 0) return undefined;
    const audio = Buffer.concat(parts);
    const chunk = { audio, lineMs: startMs, ms: bytes / bytesPerMs(format), voiced: isVoiced(audio, format) };
    parts = [];
    bytes = 0;
    return chunk;
  };

  return {
    push(audio, lineMs) {
      const done: AudioChunk[] = [];
      const finish = () => {
        const chunk = flush();
        if (chunk) done.push(chunk);
      };
      if (bytes > 0 && Math.abs(startMs + bytes / bytesPerMs(format) - lineMs) >= SAME_MS) finish();
      for (let at = 0; at < audio.length; ) {
        const part = audio.subarray(at, at + wholeBytes - bytes);
        if (bytes === 0) startMs = lineMs + at / bytesPerMs(format);
        parts.push(part);
        bytes += part.length;
        at += part.length;
        if (bytes === wholeBytes) finish();
      }
      return done;
    },
    flush,
  };
};

const isVoiced = (audio: Buffer, format: AudioFormat): boolean => {
  let sum = 0;
  if (format.encoding === 'mulaw') {
    for (const byte of audio) sum += (MU_LAW_TO_PCM[byte] ?? 0) ** 2;
    return sum > GATE * audio.length;
  }
  const samples = audio.length >> 1;
  for (let i = 0; i < samples; i += 1) sum += audio.readInt16LE(i * 2) ** 2;
  return sum > GATE * samples;
};
