import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import createModule, { type Decoder } from 'soundswallower';
import { z } from 'zod';
import { muLawToPcm } from '../audio/g711.js';
import { isOther, OTHER_WORDS, type Rejection, TOP_RULE, withRejection, wordsOfGrammar } from './answer-grammar.js';
import { findPronunciation } from './pronounce.js';
import { serveWorker } from './worker-serve.js';

/*
 * The thread that recognises. It keeps nothing between requests but the loaded model, so it may be ended at any time. In a thread because a pass can take
 * some 100 ms, and because importing the recogniser registers an `uncaughtException` listener that rethrows.
 */

const requestSchema = z.object({
  /** The whole stretch of speech at 8 kHz, with some silence around it. */
  muLaw: z.instanceof(Uint8Array),
  grammar: z.string(),
  /** `interim`: what it sounds like so far; `final`: the answer with its confidence. */
  pass: z.enum(['interim', 'final']),
  /** A single short word is easily lost to the rejection, so it gets a second, lenient pass. */
  isShort: z.boolean(),
});

const segmentSchema = z.object({ w: z.array(z.object({ t: z.string(), b: z.number(), d: z.number() })).default([]) });

/** Honest rather than fine: how much the passes agree. An agent confirms below 0.8 (design, conversation, section 4). */
const CONFIDENCE = {
  /** With and without rejection the same words. */
  agreed: 0.9,
  /** Accepted, but the plain grammar alone heard other words of it. */
  disagreed: 0.7,
  /** A short word that only the lenient pass accepts. */
  lenient: 0.6,
  /** The speech stops inside a sentence of the grammar. */
  cut: 0.5,
  none: 0,
} as const;

/** Digital silence confuses the acoustic model; noise at -64 dBFS does not. */
const NOISE_AMPLITUDE = 20;

const load = async (): Promise<Decoder> => {
  const silent = () => {};
  const modelBase = `${dirname(createRequire(import.meta.url).resolve('soundswallower'))}/model/`;
  // Not written in the call: the declared type of its options lacks `modelBase`.
  const options = { modelBase, print: silent, printErr: silent };
  const engine = await createModule(options);
  // lw 1: measured best with grammars in noise.
  const decoder = new engine.Decoder({ loglevel: 'FATAL', samprate: 8000, lw: 1 });
  await decoder.initialize();
  // The model's own settings would switch this on during `initialize`, whatever was asked for. Off is quicker and no worse.
  decoder.set_config('remove_noise', 0);
  await decoder.reinitialize_audio();
  decoder.add_words(...OTHER_WORDS.map(([word, sound]): [string, string] => [word, sound]));
  return decoder;
};

const decoder = await load();
let loaded: { grammar: string; rejection: Rejection } | undefined;

/** Makes every word of the grammar known; returns those that can only be guessed at. */
const learnWords = (grammar: string): string[] => {
  // The declared type has no null, which is what an unknown word gives.
  const lookUp = (word: string): string | undefined => decoder.lookup_word(word) || undefined;
  const unknown = wordsOfGrammar(grammar).filter((word) => lookUp(word) === undefined);
  const learnt = unknown.map((word): [string, string] => [word, findPronunciation(word, lookUp) ?? 'SIL']);
  if (learnt.length > 0) decoder.add_words(...learnt);
  return unknown;
};

const listen = (samples: Float32Array, grammar: string, rejection: Rejection) => {
  if (loaded?.grammar !== grammar || loaded.rejection !== rejection) {
    // A grammar that fails to load leaves the decoder without one.
    loaded = undefined;
    decoder.set_grammar(withRejection(grammar, rejection), TOP_RULE);
    loaded = { grammar, rejection };
  }
  decoder.start();
  try {
    decoder.process_audio(samples, false, true);
  } catch (error) {
    decoder.stop();
    throw error;
  }
  const soFar = decoder.get_text().trim();
  const soFarWords = soFar === '' ? [] : wordsHeard();
  decoder.stop();
  const text = decoder.get_text().trim();
  return { text, words: text === '' ? [] : wordsHeard(), soFar, soFarWords };
};

/** Words with their times in ms from the start of the samples. */
const wordsHeard = () =>
  segmentSchema
    .parse(decoder.get_alignment())
    .w.filter(({ t }) => !/^[<([]/.test(t))
    .map(({ t, b, d }) => ({ text: t.replace(/\(\d+\)$/, ''), start_ms: Math.round(b * 1000), end_ms: Math.round((b + d) * 1000) }));

const nothing = { text: '', words: [], confidence: CONFIDENCE.none };

const recognise = ({ muLaw, grammar, pass, isShort }: z.infer<typeof requestSchema>) => {
  const samples = withNoise(muLawToPcm(Buffer.from(muLaw.buffer, muLaw.byteOffset, muLaw.byteLength)));
  const heard = listen(samples, grammar, 'firm');
  if (pass === 'interim') return isOther(heard.soFar) ? nothing : { text: heard.soFar, words: heard.soFarWords, confidence: CONFIDENCE.cut };
  if (heard.text !== '' && !isOther(heard.text)) {
    const isAgreed = listen(samples, grammar, 'none').text === heard.text;
    return { text: heard.text, words: heard.words, confidence: isAgreed ? CONFIDENCE.agreed : CONFIDENCE.disagreed };
  }
  if (isShort) {
    const again = listen(samples, grammar, 'lenient');
    if (again.text !== '' && !isOther(again.text)) return { text: again.text, words: again.words, confidence: CONFIDENCE.lenient };
  }
  if (heard.text === '' && heard.soFar !== '' && !isOther(heard.soFar))
    return { text: heard.soFar, words: heard.soFarWords, confidence: CONFIDENCE.cut };
  return nothing;
};

/** The same faint noise for the same audio, so that a recognition can be repeated. */
const withNoise = (samples: Int16Array): Float32Array => {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
  // Three uniforms make a bell that is near enough to Gaussian.
  return Float32Array.from(samples, (sample) => (sample + NOISE_AMPLITUDE * 2 * (uniform() + uniform() + uniform() - 1.5)) / 32_768);
};

serveWorker((message) => {
  const request = requestSchema.parse(message);
  const guessed = learnWords(request.grammar);
  return { value: { ...recognise(request), guessed } };
});
