import { AppError } from '../../schemas/errors.js';
import type { AudioFormat } from '../../schemas/ports/speech.js';
import { MU_LAW_FRAME_BYTES, MU_LAW_SILENCE, muLawToPcm, pcmToMuLaw } from './g711.js';

/** Refuses formats that the embedded engines do not speak: they work at 8 kHz only. Throws `AppError('config_invalid')`. */
export const requireEightKilohertz = (format: AudioFormat, engine: string): void => {
  if (format.sampleRateHz !== 8000) {
    throw new AppError('config_invalid', {
      reason: `${engine} works at 8000 Hz, not at ${format.sampleRateHz} Hz. Choose a carrier stream of 8000 Hz.`,
    });
  }
};

/** Turns 8 kHz mu-law into the bytes that a call carries in `format`; mu-law itself passes through uncopied. */
export const muLawToLine = (muLaw: Buffer, format: AudioFormat): Buffer => (format.encoding === 'mulaw' ? muLaw : pcmToBytes(muLawToPcm(muLaw)));

/** Turns the bytes that a call carries in `format` into 8 kHz mu-law. An odd last byte of PCM is dropped. */
export const lineToMuLaw = (audio: Buffer, format: AudioFormat): Buffer => (format.encoding === 'mulaw' ? audio : pcmToMuLaw(bytesToPcm(audio)));

/** Bytes that a millisecond of audio takes in `format`. */
export const bytesPerMsOf = (format: AudioFormat): number => (format.sampleRateHz / 1000) * (format.encoding === 'mulaw' ? 1 : 2);

/** Samples as little-endian bytes, two for each. */
export const pcmToBytes = (samples: Int16Array): Buffer => {
  const bytes = Buffer.allocUnsafe(samples.length * 2);
  for (let i = 0; i < samples.length; i += 1) bytes.writeInt16LE(samples[i] ?? 0, i * 2);
  return bytes;
};

/** Little-endian bytes as samples. An odd last byte is dropped. */
export const bytesToPcm = (bytes: Buffer): Int16Array => {
  const samples = new Int16Array(bytes.length >> 1);
  for (let i = 0; i < samples.length; i += 1) samples[i] = bytes.readInt16LE(i * 2);
  return samples;
};

/** Fills mu-law up to whole 20 ms frames with silence. */
export const padToFrames = (muLaw: Buffer): Buffer => {
  const missing = (MU_LAW_FRAME_BYTES - (muLaw.length % MU_LAW_FRAME_BYTES)) % MU_LAW_FRAME_BYTES;
  return missing === 0 ? muLaw : Buffer.concat([muLaw, Buffer.alloc(missing, MU_LAW_SILENCE)]);
};
