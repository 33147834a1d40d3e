import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from '../schemas/errors.js';
import { type E164, e164Schema } from '../schemas/phone.js';

/** Everything the environment decides, parsed once. No other file reads `process.env`. */
export interface Config {
  host: string;
  /** 0 picks a free port. */
  port: number;
  /** Where carriers reach the server, without a slash at the end; undefined: `http://HOST:PORT`. */
  publicUrl: string | undefined;
  dataDir: string;
  /** Undefined: the embedded engine in `dataDir`. */
  mongodbUri: string | undefined;
  /** 32 bytes; seals credentials and hashes phone numbers. */
  secretKey: Buffer;
  apiKey: string | undefined;
  seed: 'demo' | 'none' | undefined;
  /** Undefined: no keys are set and the local sandbox serves. */
  twilio: TwilioConfig | undefined;
  /** Undefined, each: no key is set and the embedded engine serves. */
  deepgram: DeepgramConfig | undefined;
  openAi: OpenAiConfig | undefined;
  elevenLabs: ElevenLabsConfig | undefined;
  /** What the embedded engines speak and hear with: real synthetic speech, or tones that carry any text exactly. */
  embeddedVoice: 'flite' | 'modem';
  maxCalls: number;
  logLevel: string;
  drainMs: number;
}

export interface TwilioConfig {
  accountSid: string;
  authToken: string;
  baseUrl: string | undefined;
  from: E164;
}

export interface DeepgramConfig {
  apiKey: string;
  baseUrl: string | undefined;
  model: string;
}

export interface OpenAiConfig {
  apiKey: string;
  baseUrl: string | undefined;
  /** In order: a later one serves when those before it fail. */
  models: readonly [string, ...string[]];
}

export interface ElevenLabsConfig {
  apiKey: string;
  baseUrl: string | undefined;
  voiceId: string;
  model: string;
}

const url = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).transform((text) => text.replace(/\/+$/, ''));

const environmentSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  PUBLIC_URL: url.optional(),
  DATA_DIR: z.string().min(1).default('./data'),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must start with mongodb:// or mongodb+srv://')
    .optional(),
  SECRET_KEY: z
    .string()
    .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64; `openssl rand -base64 32` makes one')
    .optional(),
  SCREENLINE_API_KEY: z.string().min(16, 'must have at least 16 characters').optional(),
  SEED: z.enum(['demo', 'none']).optional(),
  TWILIO_ACCOUNT_SID: z
    .string()
    .regex(/^AC[0-9a-f]{32}$/, 'must be AC and 32 hexadecimal digits')
    .optional(),
  TWILIO_AUTH_TOKEN: z.string().min(1).optional(),
  TWILIO_BASE_URL: url.optional(),
  TWILIO_FROM: e164Schema.optional(),
  DEEPGRAM_API_KEY: z.string().min(1).optional(),
  DEEPGRAM_BASE_URL: url.optional(),
  DEEPGRAM_MODEL: z.string().min(1).default('nova-3'),
  OPENAI_API_KEY: z.string().min(1).optional(),
  OPENAI_BASE_URL: url.optional(),
  OPENAI_MODEL: z
    .string()
    .transform((names) => names.split(',').map((name) => name.trim()))
    .refine((names): names is [string, ...string[]] => names.every((name) => name !== ''), 'must be a model, or several with commas between them')
    .default(['gpt-4.1-mini', 'gpt-4o-mini']),
  ELEVENLABS_API_KEY: z.string().min(1).optional(),
  ELEVENLABS_BASE_URL: url.optional(),
  // One of the premade voices that every account has.
  ELEVENLABS_VOICE_ID: z
    .string()
    .regex(/^[A-Za-z0-9]+$/, 'must be a voice id: letters and digits')
    .default('JBFqnCBsd6RMkjVDRZzb'),
  ELEVENLABS_MODEL: z.string().min(1).default('eleven_flash_v2_5'),
  EMBEDDED_VOICE: z.enum(['flite', 'modem']).default('flite'),
  MAX_CALLS: z.coerce.number().int().min(1).max(1000).default(50),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DRAIN_S: z.coerce.number().min(0).max(86_400).default(900),
});

/** Variables of vendors whose adapters are not built yet: naming them is better than ignoring them. */
const NOT_YET = [
  ...['PLIVO_AUTH_ID', 'PLIVO_AUTH_TOKEN', 'PLIVO_BASE_URL', 'PLIVO_FROM'],
  ...['EXOTEL_ACCOUNT_SID', 'EXOTEL_API_KEY', 'EXOTEL_API_TOKEN', 'EXOTEL_BASE_URL', 'EXOTEL_FROM'],
];

/** Settings that say how to use an engine are of no use without its key. */
const OF_ENGINES = {
  DEEPGRAM_API_KEY: ['DEEPGRAM_BASE_URL', 'DEEPGRAM_MODEL'],
  OPENAI_API_KEY: ['OPENAI_BASE_URL', 'OPENAI_MODEL'],
  ELEVENLABS_API_KEY: ['ELEVENLABS_BASE_URL', 'ELEVENLABS_VOICE_ID', 'ELEVENLABS_MODEL'],
} as const;

const TWILIO_ACCOUNT = ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM'] as const;

/**
 * Reads the environment. All problems are reported together, by variable name and never with a value: throws AppError('config_invalid'). An empty variable
 * counts as unset. Makes DATA_DIR and, without MONGODB_URI, a SECRET_KEY kept in it; throws AppError('data_dir_unusable') when the folder cannot be used.
 */
export const parseConfig = (env: Readonly<Record<string, string | undefined>>): Config => {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environmentSchema.safeParse(given);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  problems.push(...halfSet(given, TWILIO_ACCOUNT));
  const hasAccount = TWILIO_ACCOUNT.every((name) => given[name]);
  if (given['TWILIO_BASE_URL'] && !TWILIO_ACCOUNT.some((name) => given[name]))
    problems.push(`TWILIO_BASE_URL is of no use without ${TWILIO_ACCOUNT.join(', ')}; set those too, or unset it`);
  if (hasAccount && !given['TWILIO_BASE_URL'] && !given['PUBLIC_URL']?.startsWith('https://'))
    problems.push('PUBLIC_URL must be set to the https address under which Twilio reaches this server: it sends its webhooks and the audio there');
  for (const [key, names] of Object.entries(OF_ENGINES)) {
    const set = names.filter((name) => given[name]);
    if (!given[key] && set.length > 0) problems.push(`${set.join(' and ')} cannot serve without ${key}; set that too, or unset ${set.join(' and ')}`);
  }
  for (const name of NOT_YET) if (given[name]) problems.push(`${name} is set, but this version has no adapter for that vendor yet; unset it`);
  if (given['MONGODB_URI'] && !given['SECRET_KEY']) problems.push('SECRET_KEY is required with MONGODB_URI: `openssl rand -base64 32` makes one');
  if (!parsed.success || problems.length > 0)
    throw new AppError('config_invalid', { reason: `The settings cannot be used:\n  - ${problems.join('\n  - ')}` });
  const settings = parsed.data;
  const dataDir = resolve(settings.DATA_DIR);
  openDataDir(dataDir);
  return {
    host: settings.HOST,
    port: settings.PORT,
    publicUrl: settings.PUBLIC_URL,
    dataDir,
    mongodbUri: settings.MONGODB_URI,
    secretKey: settings.SECRET_KEY ? Buffer.from(settings.SECRET_KEY, 'base64') : keptSecret(dataDir),
    apiKey: settings.SCREENLINE_API_KEY,
    seed: settings.SEED,
    twilio:
      settings.TWILIO_ACCOUNT_SID && settings.TWILIO_AUTH_TOKEN && settings.TWILIO_FROM
        ? {
            accountSid: settings.TWILIO_ACCOUNT_SID,
            authToken: settings.TWILIO_AUTH_TOKEN,
            baseUrl: settings.TWILIO_BASE_URL,
            from: settings.TWILIO_FROM,
          }
        : undefined,
    deepgram: settings.DEEPGRAM_API_KEY
      ? { apiKey: settings.DEEPGRAM_API_KEY, baseUrl: settings.DEEPGRAM_BASE_URL, model: settings.DEEPGRAM_MODEL }
      : undefined,
    openAi: settings.OPENAI_API_KEY
      ? { apiKey: settings.OPENAI_API_KEY, baseUrl: settings.OPENAI_BASE_URL, models: settings.OPENAI_MODEL }
      : undefined,
    elevenLabs: settings.ELEVENLABS_API_KEY
      ? {
          apiKey: settings.ELEVENLABS_API_KEY,
          baseUrl: settings.ELEVENLABS_BASE_URL,
          voiceId: settings.ELEVENLABS_VOICE_ID,
          model: settings.ELEVENLABS_MODEL,
        }
      : undefined,
    embeddedVoice: settings.EMBEDDED_VOICE,
    maxCalls: settings.MAX_CALLS,
    logLevel: settings.LOG_LEVEL,
    drainMs: settings.DRAIN_S * 1000,
  };
};

const halfSet = (given: Record<string, unknown>, names: readonly string[]): string[] => {
  const missing = names.filter((name) => !given[name]);
  return missing.length === 0 || missing.length === names.length
    ? []
    : [`${missing.join(' and ')} must be set too, or unset ${names.filter((name) => given[name]).join(' and ')}`];
};

const openDataDir = (path: string): void => {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new AppError('data_dir_unusable', { path, reason: reasonOf(cause) }, { cause });
  }
};

/** The installation's own key, made at the first start and readable by its user only. */
const keptSecret = (dataDir: string): Buffer => {
  const path = join(dataDir, 'secret.key');
  try {
    if (!existsSync(path)) {
      writeFileSync(path, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' });
      chmodSync(path, 0o600);
    }
    const key = Buffer.from(readFileSync(path, 'utf8'), 'base64');
    if (key.length === 32) return key;
  } catch (cause) {
    throw new AppError('data_dir_unusable', { path, reason: reasonOf(cause) }, { cause });
  }
  throw new AppError('config_invalid', { reason: `${path} does not hold 32 bytes in base64. Restore it, or move it away to have a new one made.` });
};

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.message : String(error);
