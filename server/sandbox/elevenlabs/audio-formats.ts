/*
 * The sandbox's own audio, so that it shares no mistake with the code under test.
 *
 * Follows: ITU-T G.711, table 2b (mu-law decoder); RFC 2361 for the WAV header.
 */

/** The output formats that telephones need; the vendor has more. */
export const OUTPUT_FORMATS = ['ulaw_8000', 'pcm_8000', 'pcm_16000'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export const BYTES_PER_MS: Readonly<Record<OutputFormat, number>> = { ulaw_8000: 8, pcm_8000: 16, pcm_16000: 32 };

const SEGMENT_STARTS = [0, 132, 396, 924, 1980, 4092, 8316, 16_764];

const decodeMuLaw = (byte: number): number => {
  const inverted = 255 - byte;
  const segment = (inverted >> 4) & 7;
  const step = 8 << segment;
  const magnitude = (SEGMENT_STARTS[segment] ?? 0) + (inverted & 15) * step;
  return inverted >= 128 ? -magnitude : magnitude;
};
const LINEAR = Int16Array.from({ length: 256 }, (_, byte) => decodeMuLaw(byte));

/** Mu-law at 8 kHz in the format that was asked for; samples between two are half-way. */
export const fromMuLaw = (muLaw: Buffer, format: OutputFormat): Buffer => {
  if (format === 'ulaw_8000') return muLaw;
  const samples = Array.from(muLaw, (byte) => LINEAR[byte] ?? 0);
  const each = format === 'pcm_8000' ? 1 : 2;
  const out = Buffer.alloc(samples.length * each * 2);
  samples.forEach((sample, nth) => {
    out.writeInt16LE(sample, nth * each * 2);
    if (each === 2) out.writeInt16LE(Math.round((sample + (samples[nth + 1] ?? sample)) / 2), nth * 4 + 2);
  });
  return out;
};

/** The header of a WAV file of one channel; its tag is 7 for mu-law, 1 for PCM. */
export const wavHeader = (format: OutputFormat, audioBytes: number): Buffer => {
  const isMuLaw = format === 'ulaw_8000';
  const sampleBytes = isMuLaw ? 1 : 2;
  const rate = (BYTES_PER_MS[format] * 1000) / sampleBytes;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + audioBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(isMuLaw ? 7 : 1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * sampleBytes, 28);
  header.writeUInt16LE(sampleBytes, 32);
  header.writeUInt16LE(sampleBytes * 8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(audioBytes, 40);
  return header;
};
