import { createModemDecoder } from '../modem/decoder.js';

/** A word of the agent that was played to its last sample. Times are line ms. */
export interface HeardWord {
  text: string;
  startMs: number;
  endMs: number;
}

/** How a virtual candidate understands what was played to it: whole 20 ms frames of mu-law in line order, words out as their last sample passes. */
export interface Ear {
  hear(frame: Buffer, lineMs: number): HeardWord[];
  /** Frames with sound in them that belong to nothing the agent's voice has made; above 0 the heard words are not the whole truth. */
  readonly unknownFrames: number;
}

/** Hears the modem voice. A word that was cut is not heard, so nothing stays unknown. */
export const createModemEar = (): Ear => {
  const decoder = createModemDecoder();
  return { hear: (frame, lineMs) => decoder.push(frame, lineMs), unknownFrames: 0 };
};
