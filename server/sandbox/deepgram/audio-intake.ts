/*
 * The audio of one connection: bytes in, 20 ms slices of 8 kHz mu-law out with their place and loudness. Follows: ITU-T G.711.
 */

export interface AudioEncoding {
  encoding: 'mulaw' | 'linear16';
  sampleRateHz: number;
}

export interface AudioSlice {
  muLaw: Buffer;
  /** Place of its first sample, ms of audio. */
  atMs: number;
  voiced: boolean;
}

export interface AudioIntake {
  /** Takes one message; undefined when it cannot be audio of this encoding. */
  push(bytes: Buffer): AudioSlice[] | undefined;
  /** All audio taken, ms. */
  readonly takenMs: number;
}

export const SLICE_MS = 20;
const SLICE_BYTES = 160;
/** Energy that counts as speech, dBFS; the model's own detector fires on noise as well. */
const VOICED_DB = -45;
const VOICED = 10 ** (VOICED_DB / 10) * 32_768 ** 2;

export const createAudioIntake = ({ encoding, sampleRateHz }: AudioEncoding): AudioIntake => {
  const sampleBytes = encoding === 'mulaw' ? 1 : 2;
  /** The hearing works at 8 kHz: of 16 kHz each pair becomes one sample. */
  const perSample = sampleRateHz / 8000;
  let takenBytes = 0;
  let rest: number[] = [];
  let held: number[] = [];
  let sliceMs = 0;

  return {
    push(bytes) {
      if (bytes.length === 0 || bytes.length % sampleBytes !== 0) return undefined;
      takenBytes += bytes.length;
      const samples = [...held];
      for (let at = 0; at < bytes.length; at += sampleBytes) samples.push(encoding === 'mulaw' ? expand(bytes[at] ?? 0xff) : bytes.readInt16LE(at));
      const whole = samples.length - (samples.length % perSample);
      held = samples.slice(whole);
      for (let at = 0; at < whole; at += perSample) {
        let sum = 0;
        for (let nth = 0; nth < perSample; nth += 1) sum += samples[at + nth] ?? 0;
        rest.push(Math.round(sum / perSample));
      }
      const slices: AudioSlice[] = [];
      for (; rest.length >= SLICE_BYTES; rest = rest.slice(SLICE_BYTES)) {
        const slice = rest.slice(0, SLICE_BYTES);
        const energy = slice.reduce((sum, sample) => sum + sample * sample, 0) / SLICE_BYTES;
        slices.push({ muLaw: Buffer.from(slice.map(compress)), atMs: sliceMs, voiced: energy > VOICED });
        sliceMs += SLICE_MS;
      }
      return slices;
    },
    get takenMs() {
      return takenBytes / sampleBytes / (sampleRateHz / 1000);
    },
  };
};

const BIAS = 0x84;
const CLIP = 32_635;

const expand = (byte: number): number => {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + BIAS) << ((bits >> 4) & 7)) - BIAS;
  return bits & 0x80 ? -magnitude : magnitude;
};

const compress = (sample: number): number => {
  const sign = sample < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(sample), CLIP) + BIAS;
  const exponent = 24 - Math.clz32(biased);
  return ~(sign | (exponent << 4) | ((biased >> (exponent + 3)) & 0x0f)) & 0xff;
};
