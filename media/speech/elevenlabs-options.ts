import type { Clock } from '../../schemas/clock.js';
import { AppError } from '../../schemas/errors.js';
import type { AudioFormat, VoiceOptions } from '../../schemas/ports/speech.js';
import type { EngineLog } from './worker-start.js';

export interface ElevenLabsOptions {
  apiKey: string;
  /** The default is the vendor's; a data-residency host or a sandbox otherwise. */
  baseUrl?: string;
  /** The voice for `default`. */
  voiceId: string;
  /** The model for bots that name none, such as `eleven_flash_v2_5`. */
  model: string;
  clock: Clock;
  log?: EngineLog;
  timeouts?: Partial<ElevenLabsTimeouts>;
}

/** Bounds of every wait, ms of the clock. */
export interface ElevenLabsTimeouts {
  /** Connection and upgrade. */
  connectMs: number;
  /** For one of the five contexts to become free; also how long an abandoned context counts when the vendor does not end it. */
  contextMs: number;
  /** From the request to the first audio. */
  firstAudioMs: number;
  /** Between two pieces of audio of unfinished speech. */
  betweenAudioMs: number;
  /** Between two messages on a socket that has nothing to say. */
  keepAliveMs: number;
  /** For the closing handshake. */
  closeMs: number;
}

export const ELEVENLABS_TIMEOUTS: ElevenLabsTimeouts = {
  connectMs: 1500,
  contextMs: 1000,
  firstAudioMs: 1200,
  betweenAudioMs: 1500,
  keepAliveMs: 10_000,
  closeMs: 1000,
};

export const ELEVENLABS_URL = 'https://api.elevenlabs.io';

/** Models without a normaliser of their own; asking for it is refused, so it is said to be off. */
const WITHOUT_NORMALISER = /flash|turbo/;
/** Models that can be held to a language; the others ignore or refuse it. */
const WITH_LANGUAGE = /^eleven_(?:flash|turbo)_v2_5$/;

/** The vendor's range; outside it a request is refused. */
const SPEED = { min: 0.7, max: 1.2 };
/** Settings from 0 to 1, by the vendor's names. */
const LEVELS = ['stability', 'similarity_boost', 'style'] as const;

export interface VendorSettings {
  speed: number;
  stability?: number;
  similarity_boost?: number;
  style?: number;
  use_speaker_boost?: boolean;
}

/** What one voice asks of the vendor, whatever the transport. */
export interface VoiceRequest {
  voiceId: string;
  model: string;
  outputFormat: 'ulaw_8000' | 'pcm_8000' | 'pcm_16000';
  settings: VendorSettings;
  /** ISO 639-1, for models that can be held to one. */
  languageCode: string | undefined;
  hasNormaliser: boolean;
}

/**
 * A voice's options in the vendor's terms. Speed and settings are clamped to what is accepted, settings that the vendor does not know are left out. Throws
 * `AppError('config_invalid')` for mu-law at 16 kHz, which does not exist there.
 *
 * Follows: ElevenLabs, "Stream speech" and "Voice settings".
 */
export const voiceRequest = (options: ElevenLabsOptions, voice: VoiceOptions): VoiceRequest => {
  const model = voice.model ?? options.model;
  return {
    voiceId: voice.voice === 'default' ? options.voiceId : voice.voice,
    model,
    outputFormat: outputFormat(voice.format),
    settings: vendorSettings(voice),
    languageCode: WITH_LANGUAGE.test(model) ? voice.language.split('-')[0] : undefined,
    hasNormaliser: !WITHOUT_NORMALISER.test(model),
  };
};

const outputFormat = ({ encoding, sampleRateHz }: AudioFormat): VoiceRequest['outputFormat'] => {
  if (encoding === 'pcm16le') return sampleRateHz === 8000 ? 'pcm_8000' : 'pcm_16000';
  if (sampleRateHz === 8000) return 'ulaw_8000';
  throw new AppError('config_invalid', { reason: `ElevenLabs gives mu-law at 8000 Hz, not at ${sampleRateHz} Hz. Choose PCM for this carrier.` });
};

const vendorSettings = ({ speed, settings = {} }: VoiceOptions): VendorSettings => {
  const chosen: VendorSettings = { speed: clamp(speed, SPEED.min, SPEED.max) };
  for (const name of LEVELS) {
    const value = settings[name];
    if (typeof value === 'number' && Number.isFinite(value)) chosen[name] = clamp(value, 0, 1);
  }
  const boost = settings['use_speaker_boost'];
  if (typeof boost === 'boolean') chosen.use_speaker_boost = boost;
  return chosen;
};

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** Address of the multi-context socket. */
export const multiStreamUrl = (baseUrl: string, request: VoiceRequest): string => {
  const url = new URL(
    `${baseUrl.replace(/^http/, 'ws').replace(/\/$/, '')}/v1/text-to-speech/${encodeURIComponent(request.voiceId)}/multi-stream-input`,
  );
  const query: Record<string, string> = {
    model_id: request.model,
    output_format: request.outputFormat,
    auto_mode: 'true',
    sync_alignment: 'true',
    // The longest that the vendor allows: a call may be silent on our side for a while.
    inactivity_timeout: '180',
    ...(request.languageCode === undefined ? {} : { language_code: request.languageCode }),
    ...(request.hasNormaliser ? {} : { apply_text_normalization: 'off' }),
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
};
