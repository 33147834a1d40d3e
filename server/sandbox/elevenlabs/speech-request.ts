import { z } from 'zod';
import { OUTPUT_FORMATS, type OutputFormat } from './audio-formats.js';
import { invalid, VendorError } from './vendor-error.js';

/*
 * What may be asked of the vendor, checked as strictly as the vendor does and harder: a name that does not exist is refused instead of ignored, so that a
 * slip in an adapter shows.
 */

const MODELS = ['eleven_flash_v2_5', 'eleven_flash_v2', 'eleven_turbo_v2_5', 'eleven_turbo_v2', 'eleven_multilingual_v2', 'eleven_v3'] as const;
const MAX_CHARACTERS = 40_000;
const WITH_LANGUAGE = /^eleven_(?:flash|turbo)_v2_5$/;
const WITHOUT_NORMALISER = /flash|turbo/;

const level = z.number().min(0).max(1).optional();
export const voiceSettingsSchema = z
  .object({
    stability: level,
    similarity_boost: level,
    style: level,
    use_speaker_boost: z.boolean().optional(),
    speed: z.number().min(0.7).max(1.2).optional(),
  })
  .strict();
export type VoiceSettings = z.infer<typeof voiceSettingsSchema>;

const normalization = z.enum(['auto', 'on', 'off']).optional();
const flag = z.enum(['true', 'false']).default('false');

const socketQuerySchema = z
  .object({
    model_id: z.string().default('eleven_multilingual_v2'),
    output_format: z.enum(OUTPUT_FORMATS),
    language_code: z.string().length(2).optional(),
    inactivity_timeout: z.coerce.number().int().min(1).max(180).default(20),
    auto_mode: flag,
    sync_alignment: flag,
    enable_logging: flag,
    enable_ssml_parsing: flag,
    seed: z.coerce.number().int().min(0).optional(),
    apply_text_normalization: normalization,
  })
  .strict();

export interface SocketRequest {
  voiceId: string;
  model: string;
  format: OutputFormat;
  inactivityMs: number;
  autoMode: boolean;
  syncAlignment: boolean;
}

const httpQuerySchema = z
  .object({
    output_format: z.enum(OUTPUT_FORMATS),
    optimize_streaming_latency: z.coerce.number().int().min(0).max(4).optional(),
    enable_logging: flag,
  })
  .strict();

const bodySchema = z
  .object({
    text: z.string().min(1),
    model_id: z.string().default('eleven_multilingual_v2'),
    language_code: z.string().length(2).optional(),
    voice_settings: voiceSettingsSchema.optional(),
    seed: z.number().int().min(0).optional(),
    previous_text: z.string().optional(),
    next_text: z.string().optional(),
    apply_text_normalization: normalization,
  })
  .strict();

export interface HttpSpeechRequest {
  voiceId: string;
  format: OutputFormat;
  text: string;
  settings: VoiceSettings;
}

/** The parameters of an upgrade. Throws VendorError; 403 for the model that sockets do not serve. */
export const parseSocketRequest = (voiceId: string, query: URLSearchParams): SocketRequest => {
  const parsed = parse(socketQuerySchema, Object.fromEntries(query));
  if (parsed.model_id === 'eleven_v3') throw new VendorError(403, 'model_access_denied', 'This model is not available over WebSockets.');
  checkModel(parsed.model_id, parsed);
  return {
    voiceId,
    model: parsed.model_id,
    format: parsed.output_format,
    inactivityMs: parsed.inactivity_timeout * 1000,
    autoMode: parsed.auto_mode === 'true',
    syncAlignment: parsed.sync_alignment === 'true',
  };
};

/** A request for a stream. Throws VendorError. */
export const parseHttpRequest = (voiceId: string, query: URLSearchParams, body: string): HttpSpeechRequest => {
  const { output_format } = parse(httpQuerySchema, Object.fromEntries(query));
  const given = parseJson(body);
  if (given === undefined) throw new VendorError(422, 'json_invalid', 'JSON decode error', 'body');
  const parsed = bodySchema.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new VendorError(422, issue?.code ?? 'value_error', issue?.message ?? 'Invalid request', issue?.path.join('.') || issue?.message);
  }
  const { text, model_id, voice_settings = {} } = parsed.data;
  checkModel(model_id, parsed.data);
  if (text.length > MAX_CHARACTERS)
    throw new VendorError(400, 'max_character_limit_exceeded', `The text is longer than ${MAX_CHARACTERS} characters.`);
  return { voiceId, format: output_format, text, settings: voice_settings };
};

const checkModel = (model: string, asked: { language_code?: string | undefined; apply_text_normalization?: string | undefined }): void => {
  if (!MODELS.some((known) => known === model))
    throw new VendorError(400, 'model_not_found', `A model with model ID ${model} does not exist.`, 'model_id');
  if (asked.language_code !== undefined && !WITH_LANGUAGE.test(model)) throw invalid(`${model} cannot be held to a language.`, 'language_code');
  if (asked.apply_text_normalization === 'on' && WITHOUT_NORMALISER.test(model))
    throw invalid(`${model} has no text normalization on this plan.`, 'apply_text_normalization');
};

const parse = <T>(schema: z.ZodType<T>, value: unknown): T => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(issue?.message ?? 'Invalid request', issue?.path.join('.') || undefined);
};

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
