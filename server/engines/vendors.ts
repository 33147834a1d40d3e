import type { Logger } from 'pino';
import type { Clock, Random } from '../../schemas/clock.js';
import type { LanguageModel } from '../../schemas/ports/language-model.js';
import type { SpeechToText, TextToSpeech } from '../../schemas/ports/speech.js';
import type { Config } from '../config.js';
import type { EngineReport } from './health-board.js';

/*
 * The registry of vendors' engines: which adapters serve with which keys, in the order in which they are asked. The one place beside the configuration that
 * knows a vendor by name. SDKs are loaded only where a key asks for them.
 */

export interface VendorEngine<Engine> {
  engine: Engine;
  place: Extract<EngineReport['place'], 'vendor' | 'sandbox'>;
  /** Asks the vendor once whether the key serves. Rejects with EngineError. */
  check(signal: AbortSignal): Promise<unknown>;
}

export interface Vendors {
  ears: VendorEngine<SpeechToText>[];
  voices: VendorEngine<TextToSpeech>[];
  models: VendorEngine<LanguageModel>[];
  /** The same models with longer waits, for what is done after a call. */
  extractionModels: LanguageModel[];
}

/** A check is the first connection of all, and nobody waits for it on the line. */
const CHECK_TIMEOUTS = { connectMs: 5000, firstAudioMs: 5000 };
/** A whole transcript is read before the first token, ms. */
const EXTRACTION_TIMEOUTS = { firstPartMs: 10_000, betweenPartsMs: 10_000, wholeMs: 30_000 };

/** A vendor's protocol served by this very machine is no vendor. */
const placeOf = (baseUrl: string | undefined): VendorEngine<unknown>['place'] =>
  baseUrl && /^(?:localhost|127\.|\[::1\])/.test(new URL(baseUrl).host) ? 'sandbox' : 'vendor';

export const openVendors = async (deps: { config: Config; clock: Clock; random: Random; log: Logger }): Promise<Vendors> => {
  const { config, clock, log } = deps;
  const vendors: Vendors = { ears: [], voices: [], models: [], extractionModels: [] };
  if (config.deepgram) {
    const { deepgramSpeechToText } = await import('../../media/speech/deepgram.js');
    const engine = deepgramSpeechToText({ ...config.deepgram, clock, log });
    vendors.ears.push({ engine, place: placeOf(config.deepgram.baseUrl), check: (signal) => engine.check(signal) });
  }
  if (config.elevenLabs) {
    const { baseUrl, ...account } = config.elevenLabs;
    const [{ elevenLabsTextToSpeech }, { elevenLabsHttpTextToSpeech }, { checkVoice }] = await Promise.all([
      import('../../media/speech/elevenlabs.js'),
      import('../../media/speech/elevenlabs-http.js'),
      import('../../media/speech/voice-check.js'),
    ]);
    const options = { ...account, clock, log, ...(baseUrl ? { baseUrl } : {}) };
    for (const open of [elevenLabsTextToSpeech, elevenLabsHttpTextToSpeech]) {
      const patient = open({ ...options, timeouts: CHECK_TIMEOUTS });
      vendors.voices.push({ engine: open(options), place: placeOf(baseUrl), check: (signal) => checkVoice(patient, signal) });
    }
  }
  if (config.openAi) {
    const { openAiLanguageModel } = await import('../../agents/llm/openai.js');
    for (const model of config.openAi.models) {
      const { apiKey, baseUrl } = config.openAi;
      const options = { apiKey, model, clock, ...(baseUrl ? { baseUrl } : {}) };
      const engine = openAiLanguageModel(options);
      vendors.extractionModels.push(openAiLanguageModel({ ...options, timeouts: EXTRACTION_TIMEOUTS }));
      vendors.models.push({ engine, place: placeOf(baseUrl), check: (signal) => engine.check(signal) });
    }
  }
  return vendors;
};
