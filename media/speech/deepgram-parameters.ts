import type { AudioFormat } from '../../schemas/ports/speech.js';

/*
 * The query of a connection. Follows: Deepgram API reference, "Live audio" (v1/listen) and "Conversational speech recognition (Flux)" (v2/listen).
 */

export interface ListenOptions {
  model: string;
  format: AudioFormat;
  language: string;
  keyterms: readonly string[];
}

export type ListenParameters = { version: 'v1'; query: NovaQuery } | { version: 'v2'; query: FluxQuery };

interface AudioQuery {
  encoding: 'mulaw' | 'linear16';
  sample_rate: number;
}

export interface NovaQuery extends AudioQuery {
  model: string;
  language: string;
  channels: 1;
  interim_results: 'true';
  smart_format: 'true';
  endpointing: number;
  utterance_end_ms: number;
  keyterm?: string[];
}

export interface FluxQuery extends AudioQuery {
  model: string;
  eager_eot_threshold: number;
  keyterm?: string[];
  language_hint?: string[];
}

/** Silence that ends an utterance, ms: the vendor's advice for people who pause in mid-thought, and for code-switching. */
const ENDPOINTING_MS = 300;
const ENDPOINTING_MULTI_MS = 100;
/** The least that brings anything. */
const UTTERANCE_END_MS = 1000;
/** Below the vendor's default of 0.7 for the end of a turn. The early ends are passed on; the ear leaves them to its own guess, which comes sooner. */
const EAGER_END_OF_TURN = 0.5;

/** Regions of a language that Nova tells apart; with any other one it is asked for the language alone, since it refuses tags that it does not know. */
const NOVA_TAGS: ReadonlySet<string> = new Set(['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-IN', 'pt-BR', 'pt-PT', 'es-419', 'fr-CA', 'de-CH']);
const novaTag = (language: string): string => (NOVA_TAGS.has(language) ? language : (language.split('-')[0] ?? language));

export const isFlux = (model: string): boolean => model.startsWith('flux-');

export const toListenParameters = ({ model, format, language, keyterms }: ListenOptions): ListenParameters => {
  const audio: AudioQuery = { encoding: format.encoding === 'mulaw' ? 'mulaw' : 'linear16', sample_rate: format.sampleRateHz };
  const terms = keyterms.length > 0 ? { keyterm: [...keyterms] } : {};
  if (isFlux(model)) {
    const isMultilingual = model.includes('multi');
    const hint = isMultilingual && language !== 'multi' ? { language_hint: [language] } : {};
    return { version: 'v2', query: { model, ...audio, eager_eot_threshold: EAGER_END_OF_TURN, ...terms, ...hint } };
  }
  return {
    version: 'v1',
    query: {
      model,
      language: novaTag(language),
      ...audio,
      channels: 1,
      interim_results: 'true',
      smart_format: 'true',
      endpointing: language === 'multi' ? ENDPOINTING_MULTI_MS : ENDPOINTING_MS,
      utterance_end_ms: UTTERANCE_END_MS,
      // Older models refuse key terms.
      ...(model.startsWith('nova-3') ? terms : {}),
    },
  };
};
