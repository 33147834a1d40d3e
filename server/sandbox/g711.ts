/*
 * Mu-law for the sandboxes, which must not judge the server's audio by the server's own code. Made from the definition: the levels of one sign, in order
 * of loudness, lie in 8 segments of 16 steps, and a step is twice as wide in each next segment.
 *
 * Follows: ITU-T G.711 (11/88), table 2, in 16-bit units (its 14-bit values times 4).
 */

/** One frame of a line: 20 ms of mu-law at 8 kHz. */
export const MU_LAW_FRAME_BYTES = 160;

/** The byte of sample 0, which a silent line carries. */
export const MU_LAW_SILENCE = 0xff;

const LEVELS = 128;
const STEPS = 16;
/** Width of the steps in the quietest segment. */
const STEP = 8;
/** Added to a magnitude, this makes every segment begin at a power of two. */
const BIAS = 132;
/** A 16-bit sample has magnitudes up to this. */
const LOUDEST = 32_768;

/** The value at `steps` (0 is the lower edge, 0.5 the middle) of a level's step. */
const valueIn = (level: number, steps: number): number => 2 ** Math.floor(level / STEPS) * STEP * (STEPS + (level % STEPS) + steps) - BIAS;

/** The line carries level and sign inverted. */
const toByte = (level: number, isNegative: boolean): number => ~(level | (isNegative ? LEVELS : 0)) & 0xff;

/** A step is heard as its middle. */
const expandAll = (): Int16Array => {
  const samples = new Int16Array(256);
  for (let level = 0; level < LEVELS; level += 1) {
    samples[toByte(level, false)] = valueIn(level, 0.5);
    samples[toByte(level, true)] = -valueIn(level, 0.5);
  }
  return samples;
};

/** The bytes of the samples from -32768 on. */
const compressAll = (): Uint8Array => {
  const bytes = new Uint8Array(2 * LOUDEST);
  let level = 0;
  for (let magnitude = 0; magnitude <= LOUDEST; magnitude += 1) {
    while (level < LEVELS - 1 && magnitude >= valueIn(level + 1, 0)) level += 1;
    bytes[LOUDEST - magnitude] = toByte(level, true);
    // There is one zero, the positive one, and no sample of +32768.
    if (magnitude < LOUDEST) bytes[LOUDEST + magnitude] = toByte(level, false);
  }
  return bytes;
};

/** The 16-bit sample of each byte. */
export const MU_LAW_TO_PCM: Readonly<Int16Array> = expandAll();
const PCM_TO_MU_LAW: Readonly<Uint8Array> = compressAll();

/** Decodes mu-law to 16-bit samples, one for each byte. */
export const muLawToPcm = (muLaw: Uint8Array): Int16Array => {
  const samples = new Int16Array(muLaw.length);
  for (let i = 0; i < muLaw.length; i += 1) samples[i] = MU_LAW_TO_PCM[muLaw[i] ?? MU_LAW_SILENCE] ?? 0;
  return samples;
};

/** Encodes 16-bit samples to mu-law, one byte for each. */
export const pcmToMuLaw = (samples: Int16Array): Buffer => {
  const muLaw = Buffer.allocUnsafe(samples.length);
  for (let i = 0; i < samples.length; i += 1) muLaw[i] = PCM_TO_MU_LAW[(samples[i] ?? 0) + LOUDEST] ?? MU_LAW_SILENCE;
  return muLaw;
};
