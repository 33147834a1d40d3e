/** A recording as anybody who downloads it finds it: what its header says, and the audio that is really there, channels interleaved. */
export interface Wav {
  channels: number;
  sampleRateHz: number;
  bitsPerSample: number;
  audio: Buffer;
  durationMs: number;
}

/** "RIFF", a size and "WAVE". The size is not looked at: players go by the file's own. */
const FILE_HEAD_BYTES = 12;
/** A name of four characters and a size. */
const CHUNK_HEAD_BYTES = 8;
/** A format chunk up to the bits of a sample; longer ones only say more. */
const FORMAT_BYTES = 16;
/** What players know: PCM, float, A-law, mu-law, and "extensible", which is one of them with more said. */
const ENCODINGS: readonly number[] = [1, 3, 6, 7, 0xfffe];

/**
 * Reads a WAV file as a player does: chunks in any number and order, the first of each kind counts, and sizes that reach past the end of the file are cut to
 * it. Throws an `Error` with the reason when nothing could play it.
 *
 * Follows: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", RIFF and WAVE.
 */
export const readWav = (file: Buffer): Wav => {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, FILE_HEAD_BYTES) !== 'WAVE')
    throw new Error('The recording is not a WAV file.');
  const chunks = chunksOf(file.subarray(FILE_HEAD_BYTES));
  const format = chunks.find(({ name }) => name === 'fmt ')?.body;
  const audio = chunks.find(({ name }) => name === 'data')?.body;
  if (!format || format.length < FORMAT_BYTES) throw new Error('The recording does not say how it is encoded.');
  if (!audio) throw new Error('The recording has no audio.');
  const encoding = format.readUInt16LE(0);
  const channels = format.readUInt16LE(2);
  const sampleRateHz = format.readUInt32LE(4);
  const bitsPerSample = format.readUInt16LE(14);
  const bitsPerSecond = channels * sampleRateHz * bitsPerSample;
  if (!ENCODINGS.includes(encoding) || bitsPerSecond === 0)
    throw new Error(`Nothing plays encoding ${encoding} with ${channels} channels of ${bitsPerSample} bits at ${sampleRateHz} Hz.`);
  return { channels, sampleRateHz, bitsPerSample, audio, durationMs: Math.round((audio.length * 8 * 1000) / bitsPerSecond) };
};

const chunksOf = (bytes: Buffer): { name: string; body: Buffer }[] => {
  const chunks = [];
  for (let at = 0; at + CHUNK_HEAD_BYTES <= bytes.length; ) {
    const from = at + CHUNK_HEAD_BYTES;
    const end = from + bytes.readUInt32LE(at + 4);
    chunks.push({ name: bytes.toString('latin1', at, at + 4), body: bytes.subarray(from, end) });
    // Every chunk begins at an even place.
    at = end + (end % 2);
  }
  return chunks;
};
