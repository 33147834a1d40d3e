import { MU_LAW_SILENCE, MU_LAW_TO_PCM } from '../g711.js';
import { createBitClock } from './bit-clock.js';
import { createDiscriminator } from './discriminator.js';
import { BIT_EDGES, TAIL_SAMPLES, THREE_BITS } from './tones.js';
import { createWordJoiner, type DecodedWord } from './word-joiner.js';

export type { DecodedWord };

/** The sandbox's own ear for the modem voice. */
export interface ModemDecoder {
  /**
   * Takes mu-law that began at `lineMs`, of any length and at any alignment, in line order, and returns the words that it completed. A word of which the
   * packet was cut, lost or drowned in noise is left out.
   */
  push(muLaw: Uint8Array, lineMs: number): DecodedWord[];
}

const SAMPLES_PER_MS = 8;
const FRAME_MS = 20;
const EDGES = BIT_EDGES.slice(0, 3);
/** Clocks that complete a packet within a bit of each other have read the same one. */
const BIT_SAMPLES = 7;

/**
 * Decodes the modem voice. Nobody knows where a bit begins, but there are only 20 ways for bits to lie between the samples, so a clock follows each of
 * them and the checksum tells which ones are right; there is no synchronisation to be lost. Costs some 30 microseconds a frame.
 */
export const createModemDecoder = (): ModemDecoder => {
  const discriminate = createDiscriminator();
  const clocks = Array.from({ length: THREE_BITS }, createBitClock);
  const join = createWordJoiner();
  let phase = 0;
  let samplesSincePacket = BIT_SAMPLES;

  return {
    push(muLaw, lineMs) {
      const words: DecodedWord[] = [];
      for (let index = 0; index < muLaw.length; index += 1) {
        const bit = discriminate(MU_LAW_TO_PCM[muLaw[index] ?? MU_LAW_SILENCE] ?? 0);
        phase = (phase + 1) % THREE_BITS;
        samplesSincePacket += 1;
        // Three clocks end a bit at each sample.
        for (const edge of EDGES) {
          const packet = clocks[(phase + edge) % THREE_BITS]?.tick(bit);
          if (!packet || samplesSincePacket < BIT_SAMPLES) continue;
          samplesSincePacket = 0;
          const endMs = Math.round(lineMs + (index + 1 + TAIL_SAMPLES) / SAMPLES_PER_MS);
          const word = join(packet, endMs - packet.durationFrames * FRAME_MS, endMs);
          if (word) words.push(word);
        }
      }
      return words;
    },
  };
};
