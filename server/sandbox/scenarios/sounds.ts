import type { Random } from '../../../schemas/clock.js';
import { MU_LAW_FRAME_BYTES, MU_LAW_SILENCE, MU_LAW_TO_PCM, muLawToPcm, pcmToMuLaw } from '../g711.js';

/*
 * Everything on a telephone line that is not speech, as 8 kHz mu-law or as single samples. Levels are RMS in 16-bit units: 32768 is 0 dBFS.
 */

const SAMPLES_PER_MS = 8;

/** RMS of loud speech on a telephone line, about -21 dBFS; sounds are made relative to it. */
const SPEECH_RMS = 2900;

/** The hush of an open line, about -66 dBFS: far below any speech gate, but not the digital silence that recognisers dislike. */
export const COMFORT_NOISE_RMS = 16;

/** What lies below this does not pass a telephone line; pink noise has most of its power there, in slow swells. */
const LINE_LOW_CUT = Math.exp((-2 * Math.PI * 300) / 8000);
/** RMS of the noise below before it is scaled, by measurement over 40 s. */
const UNSCALED_RMS = 0.4646;

/**
 * Samples of pink noise without end (Voss and McCartney: octave rows of white noise, summed) as it sounds on a telephone line, scaled to `rms`.
 */
export const pinkNoise = (rms: number, random: Random): (() => number) => {
  const rows = Array.from({ length: 12 }, () => random.next() - 0.5);
  let count = 0;
  let before = 0;
  let passed = 0;
  return () => {
    count += 1;
    const row = Math.min(rows.length - 1, Math.floor(Math.log2(count & -count)));
    rows[row] = random.next() - 0.5;
    const pink = rows.reduce((sum, value) => sum + value, 0) + random.next() - 0.5;
    passed = LINE_LOW_CUT * (passed + pink - before);
    before = pink;
    return (passed * rms) / UNSCALED_RMS;
  };
};

/** Adds samples of `noise` to a frame of mu-law. */
export const addNoise = (frame: Buffer, noise: () => number): Buffer => {
  const samples = muLawToPcm(frame);
  for (let i = 0; i < samples.length; i += 1) samples[i] = Math.max(-32_768, Math.min(32_767, Math.round((samples[i] ?? 0) + noise())));
  return pcmToMuLaw(samples);
};

/** RMS over the frames of `muLaw` that are not silent; 0 when all are. */
export const activeRms = (muLaw: Buffer): number => {
  let squares = 0;
  let samples = 0;
  for (let at = 0; at < muLaw.length; at += MU_LAW_FRAME_BYTES) {
    const frame = muLaw.subarray(at, at + MU_LAW_FRAME_BYTES);
    if (!isAudible(frame)) continue;
    for (const byte of frame) squares += (MU_LAW_TO_PCM[byte] ?? 0) ** 2;
    samples += frame.length;
  }
  return samples === 0 ? 0 : Math.sqrt(squares / samples);
};

/** RMS of noise that lies `snrDb` below speech of `speechRms`. */
export const noiseRms = (speechRms: number, snrDb: number): number => (speechRms || SPEECH_RMS) / 10 ** (snrDb / 20);

/** Whether a person would hear something in this frame: louder than about -50 dBFS. */
export const isAudible = (frame: Buffer): boolean => {
  let squares = 0;
  for (const byte of frame) squares += (MU_LAW_TO_PCM[byte] ?? 0) ** 2;
  return squares > frame.length * 100 ** 2;
};

export const silence = (ms: number): Buffer => Buffer.alloc(Math.round(ms * SAMPLES_PER_MS), MU_LAW_SILENCE);

/** Two explosive bursts of noise that die away: about 400 ms. */
export const cough = (random: Random): Buffer => {
  const burst = (ms: number, level: number) => shapedNoise(ms, level, random, (t) => Math.exp(-4 * t));
  return Buffer.concat([burst(180, SPEECH_RMS * 1.6), silence(60), burst(160, SPEECH_RMS)]);
};

/** A steady rush, as of a passing car, with soft edges. */
export const rush = (ms: number, random: Random): Buffer => shapedNoise(ms, SPEECH_RMS * 0.7, random, (t) => Math.min(1, 8 * t, 8 * (1 - t)));

/** A sine at a third of full scale: the beep of an answering machine, the tones of a fax. */
export const tone = (frequencyHz: number, ms: number): Buffer =>
  pcmToMuLaw(
    Int16Array.from({ length: Math.round(ms * SAMPLES_PER_MS) }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * frequencyHz * i) / 8000))),
  );

const shapedNoise = (ms: number, rms: number, random: Random, envelope: (progress: number) => number): Buffer => {
  const noise = pinkNoise(rms, random);
  const length = Math.round(ms * SAMPLES_PER_MS);
  return pcmToMuLaw(Int16Array.from({ length }, (_, i) => Math.max(-32_768, Math.min(32_767, Math.round(noise() * envelope(i / length))))));
};
