import type { AudioEncoding } from './audio-intake.js';
import { ListenRefusal } from './refusal.js';

/*
 * The query of a connection, read as strictly as the vendor does, and stricter where it is silent: a parameter that it does not document is refused. Follows:
 * Deepgram API reference, v1/listen and v2/listen.
 */

export interface NovaParameters {
  version: 'v1';
  model: string;
  language: string;
  audio: AudioEncoding;
  interimResults: boolean;
  /** Undefined: off. */
  endpointingMs: number | undefined;
  utteranceEndMs: number | undefined;
  vadEvents: boolean;
  /** Words carry punctuation and capitals. */
  punctuated: boolean;
  keyterms: string[];
}

export interface FluxParameters {
  version: 'v2';
  model: string;
  audio: AudioEncoding;
  endOfTurn: number;
  eagerEndOfTurn: number | undefined;
  endOfTurnTimeoutMs: number;
  keyterms: string[];
  languageHints: string[];
}

const DOMAINS = 'general|meeting|phonecall|finance|conversationalai|voicemail|video|medical|drivethru|automotive';
const V1_MODELS = new RegExp(`^(?:nova-3(?:-general|-medical)?|(?:nova-2|nova|enhanced|base)(?:-(?:${DOMAINS}))?)$`);
const V2_MODELS = ['flux-general-en', 'flux-general-multi'];
/** Which languages there are changes often; which regions of English there are does not. */
const LANGUAGE = /^(?:multi|en(?:-(?:US|GB|AU|NZ|IN))?|(?!en-)[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)$/;
const FLUX_LANGUAGES = ['en', 'es', 'fr', 'de', 'hi', 'ru', 'pt', 'ja', 'it', 'nl'];

/** Documented, without effect on what the sandbox hears. */
const V1_SILENT = [
  'callback',
  'callback_method',
  'detect_entities',
  'diarize',
  'diarize_model',
  'dictation',
  'extra',
  'language_hint',
  'mip_opt_out',
];
const V1_SILENT_TOO = ['multichannel', 'numerals', 'profanity_filter', 'redact', 'replace', 'search', 'tag', 'version', 'no_delay'];
const V1_KNOWN = ['model', 'language', 'encoding', 'sample_rate', 'channels', 'interim_results', 'endpointing', 'utterance_end_ms', 'vad_events'];
const V1_NAMES = new Set([...V1_KNOWN, 'smart_format', 'punctuate', 'keyterm', 'keywords', ...V1_SILENT, ...V1_SILENT_TOO]);
const V2_KNOWN = ['model', 'encoding', 'sample_rate', 'eot_threshold', 'eager_eot_threshold', 'eot_timeout_ms', 'keyterm', 'language_hint'];
const V2_NAMES = new Set([...V2_KNOWN, 'numerals', 'profanity_filter', 'redact', 'mip_opt_out', 'tag']);

const MAX_KEYTERM_TOKENS = 500;

const refuse = (what: string): never => {
  throw new ListenRefusal(400, 'INVALID_QUERY_PARAMETER', what);
};

/** Throws ListenRefusal with the answer that the handshake gets. */
export const parseNovaParameters = (query: URLSearchParams): NovaParameters => {
  refuseUnknown(query, V1_NAMES);
  const model = query.get('model') ?? refuse('model is required.');
  if (model.startsWith('flux')) refuse(`${model} is served by /v2/listen only.`);
  if (!V1_MODELS.test(model)) refuse(`No such model: ${model}.`);
  const isNova3 = model.startsWith('nova-3');
  if (isNova3 && query.has('keywords')) refuse('Keywords are not supported for Nova-3. Please use keyterm instead.');
  if (!isNova3 && query.has('keyterm')) refuse('Keyterms are supported by Nova-3 and Flux only.');
  const language = query.get('language') ?? 'en';
  if (!LANGUAGE.test(language)) refuse(`No such language: ${language}.`);
  if ((query.get('channels') ?? '1') !== '1') refuse('This sandbox hears one channel.');
  const interimResults = flag(query, 'interim_results');
  const utteranceEndMs = query.has('utterance_end_ms') ? whole(query, 'utterance_end_ms', 1000, 5000) : undefined;
  if (utteranceEndMs !== undefined && !interimResults) refuse('utterance_end_ms requires interim_results=true.');
  return {
    version: 'v1',
    model,
    language,
    audio: audioOf(query, [8000, 16_000]),
    interimResults,
    endpointingMs: query.get('endpointing') === 'false' ? undefined : whole(query, 'endpointing', 10, 10_000, 10),
    utteranceEndMs,
    vadEvents: flag(query, 'vad_events'),
    punctuated: flag(query, 'smart_format') || flag(query, 'punctuate'),
    keyterms: keytermsOf(query),
  };
};

/** Throws ListenRefusal with the answer that the handshake gets. */
export const parseFluxParameters = (query: URLSearchParams): FluxParameters => {
  refuseUnknown(query, V2_NAMES);
  const model = query.get('model') ?? refuse('model is required.');
  if (!V2_MODELS.includes(model)) refuse(`${model} is not served by /v2/listen.`);
  const languageHints = query.getAll('language_hint');
  if (languageHints.length > 0 && model !== 'flux-general-multi') refuse('language_hint is valid for flux-general-multi only.');
  for (const hint of languageHints) if (!FLUX_LANGUAGES.includes(hint.split('-')[0] ?? '')) refuse(`No such language hint: ${hint}.`);
  const endOfTurn = fraction(query, 'eot_threshold', 0.5, 1) ?? 0.7;
  const eagerEndOfTurn = fraction(query, 'eager_eot_threshold', 0.3, 0.9);
  if (eagerEndOfTurn !== undefined && eagerEndOfTurn > endOfTurn) refuse('eager_eot_threshold must not be above eot_threshold.');
  return {
    version: 'v2',
    model,
    audio: audioOf(query, [8000, 16_000]),
    endOfTurn,
    eagerEndOfTurn,
    endOfTurnTimeoutMs: whole(query, 'eot_timeout_ms', 500, 60_000, 5000),
    keyterms: keytermsOf(query),
    languageHints,
  };
};

/** How the vendor counts is not published; a token is some four characters of a word. */
export const keytermTokens = (terms: readonly string[]): number =>
  terms.flatMap((term) => term.split(/\s+/u)).reduce((sum, word) => sum + Math.ceil([...word].length / 4), 0);

/** Why these terms are not accepted; undefined when they are. */
export const keytermProblem = (terms: readonly string[]): string | undefined => {
  const bad = terms.find((term) => term.trim() === '' || /[,;\n\r]/.test(term));
  if (bad !== undefined) return 'A keyterm is one plain term without separators.';
  return keytermTokens(terms) > MAX_KEYTERM_TOKENS ? 'Keyterm limit exceeded. The maximum number of tokens across all keyterms is 500.' : undefined;
};

const refuseUnknown = (query: URLSearchParams, names: ReadonlySet<string>) => {
  for (const name of query.keys()) if (!names.has(name)) refuse(`Unknown query parameter: ${name}.`);
};

const keytermsOf = (query: URLSearchParams): string[] => {
  const terms = query.getAll('keyterm');
  const problem = keytermProblem(terms);
  return problem === undefined ? terms : refuse(problem);
};

const audioOf = (query: URLSearchParams, rates: readonly number[]): AudioEncoding => {
  const encoding = query.get('encoding') ?? refuse('encoding is required for raw audio.');
  if (encoding !== 'mulaw' && encoding !== 'linear16') return refuse(`This sandbox hears mulaw and linear16, not ${encoding}.`);
  const sampleRateHz = Number(query.get('sample_rate') ?? refuse('sample_rate is required with encoding.'));
  if (!rates.includes(sampleRateHz)) refuse(`sample_rate must be one of ${rates.join(', ')}.`);
  return { encoding, sampleRateHz };
};

const flag = (query: URLSearchParams, name: string): boolean => {
  const value = query.get(name) ?? 'false';
  if (value !== 'true' && value !== 'false') refuse(`${name} must be true or false.`);
  return value === 'true';
};

const whole = (query: URLSearchParams, name: string, least: number, most: number, usual?: number): number => {
  const value = query.get(name);
  if (value === null && usual !== undefined) return usual;
  const number = Number(value);
  if (!Number.isInteger(number) || number < least || number > most) refuse(`${name} must be a whole number from ${least} to ${most}.`);
  return number;
};

const fraction = (query: URLSearchParams, name: string, least: number, most: number): number | undefined => {
  const value = query.get(name);
  if (value === null) return undefined;
  const number = Number(value);
  if (value === '' || !(number >= least && number <= most)) refuse(`${name} must be a number from ${least} to ${most}.`);
  return number;
};
