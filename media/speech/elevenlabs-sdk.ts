import { createRequire } from 'node:module';

/*
 * The part of @elevenlabs/elevenlabs-js that is used, with types of our own: the SDK's are three thousand files, more than half of all that a type check of
 * this project would read. Its keys are camel case; it drops others without a word.
 *
 * Follows: @elevenlabs/elevenlabs-js 2.73, `textToSpeech.stream` and `textToSpeech.streamWithTimestamps`.
 */

export interface SpeechBody {
  text: string;
  modelId: string;
  outputFormat: string;
  voiceSettings: VoiceSettings;
  languageCode?: string;
  applyTextNormalization?: 'off';
}

export interface VoiceSettings {
  speed: number;
  stability?: number;
  similarityBoost?: number;
  style?: number;
  useSpeakerBoost?: boolean;
}

export interface CharacterAlignment {
  characters: string[];
  characterStartTimesSeconds: number[];
  characterEndTimesSeconds: number[];
}

export interface TimedSpeech {
  audioBase64: string;
  alignment?: CharacterAlignment;
  normalizedAlignment?: CharacterAlignment;
}

export interface ElevenLabsClient {
  textToSpeech: {
    stream(voiceId: string, body: SpeechBody, options: { abortSignal: AbortSignal }): Promise<AsyncIterable<Uint8Array>>;
    streamWithTimestamps(voiceId: string, body: SpeechBody, options: { abortSignal: AbortSignal }): Promise<AsyncIterable<TimedSpeech>>;
  };
}

/** Thrown for every reply that is not a success; `statusCode` is absent when there was none. */
export interface ElevenLabsError extends Error {
  statusCode?: number;
  body?: unknown;
}

interface ElevenLabsSdk {
  ElevenLabsClient: new (options: { apiKey: string; baseUrl: string; maxRetries: number; timeoutInSeconds: number }) => ElevenLabsClient;
  ElevenLabsError: new (...args: never[]) => ElevenLabsError;
  ElevenLabsTimeoutError: new (...args: never[]) => Error & { name: 'ElevenLabsTimeoutError' };
}

/** Loads the SDK, which takes seconds: when the server starts, not in a call. */
export const loadElevenLabsSdk = (): ElevenLabsSdk => createRequire(import.meta.url)('@elevenlabs/elevenlabs-js') as ElevenLabsSdk;
