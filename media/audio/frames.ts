import type { AudioFormat } from '../../schemas/ports/speech.js';
import { MU_LAW_SILENCE } from './g711.js';

/** Bytes of 1 ms and of one 20 ms frame of a call's audio, and the byte of its silence. */
export const frameSizes = ({ encoding, sampleRateHz }: AudioFormat): { bytesPerMs: number; frameBytes: number; silence: number } => {
  const bytesPerMs = (sampleRateHz / 1000) * (encoding === 'mulaw' ? 1 : 2);
  return { bytesPerMs, frameBytes: bytesPerMs * 20, silence: encoding === 'mulaw' ? MU_LAW_SILENCE : 0 };
};
