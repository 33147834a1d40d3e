import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { SpokenAudio, VoiceOptions } from '../../schemas/ports/speech.js';
import { wordSchema } from '../../schemas/transcript.js';
import { frameSizes } from '../audio/frames.js';
import { spokenForm } from './spoken-form.js';

/*
 * A cached phrase as a file: one line of JSON about what follows, then the audio. The line carries the audio's length and digest, so a file that was cut
 * off or altered is known for what it is.
 */

const headerSchema = z.object({ version: z.literal(1), words: z.array(wordSchema), bytes: z.number().int(), sha256: z.string() });
/** The line's length for the longest phrase that is worth keeping. */
const MAX_HEADER_BYTES = 64 * 1024;

const digest = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

/** Name of the file for a phrase: everything that changes how it sounds goes in, nothing that it says comes out. */
export const phraseFileName = (engineKey: string, { format, language, voice, speed, model, settings }: VoiceOptions, text: string): string => {
  const sorted = Object.entries(settings ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const key = [
    1,
    engineKey,
    voice,
    model ?? '',
    sorted,
    speed,
    language,
    format.encoding,
    format.sampleRateHz,
    text,
    spokenForm(text, language).text,
  ];
  return `${digest(JSON.stringify(key))}.phrase`;
};

export const encodePhrase = ({ audio, words }: SpokenAudio): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify({ version: 1, words, bytes: audio.length, sha256: digest(audio) })}\n`), audio]);

/** The phrase in a file; undefined when the file is damaged. */
export const decodePhrase = (file: Buffer): SpokenAudio | undefined => {
  const line = file.subarray(0, MAX_HEADER_BYTES).indexOf('\n');
  if (line < 0) return undefined;
  const header = headerSchema.safeParse(parseJson(file.toString('utf8', 0, line)));
  if (!header.success) return undefined;
  const audio = file.subarray(line + 1);
  const { words, bytes, sha256 } = header.data;
  return audio.length === bytes && bytes > 0 && digest(audio) === sha256
    ? { audio, words: words.map(({ text, start_ms, end_ms }) => ({ text, start_ms, end_ms })) }
    : undefined;
};

/** Pieces that follow each other as one. */
export const joinPieces = (pieces: readonly SpokenAudio[], format: VoiceOptions['format']): SpokenAudio => {
  const { bytesPerMs } = frameSizes(format);
  let fromMs = 0;
  const words = pieces.flatMap((piece) => {
    const shifted = piece.words.map((word) => ({ ...word, start_ms: word.start_ms + fromMs, end_ms: word.end_ms + fromMs }));
    fromMs += piece.audio.length / bytesPerMs;
    return shifted;
  });
  return { audio: Buffer.concat(pieces.map((piece) => piece.audio)), words };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
