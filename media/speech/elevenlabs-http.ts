import type { Clock } from '../../schemas/clock.js';
import { EngineError } from '../../schemas/engine-error.js';
import type { SpokenAudio, TextToSpeech } from '../../schemas/ports/speech.js';
import { createAlignedSpeech, silentPiece } from './aligned-speech.js';
import type { Alignment } from './character-times.js';
import { elevenLabsErrors, HTTP_ENGINE } from './elevenlabs-errors.js';
import { ELEVENLABS_TIMEOUTS, ELEVENLABS_URL, type ElevenLabsOptions, type VoiceRequest, voiceRequest } from './elevenlabs-options.js';
import { type CharacterAlignment, type ElevenLabsClient, loadElevenLabsSdk, type VoiceSettings } from './elevenlabs-sdk.js';
import { createPace } from './speaking-pace.js';
import { spokenForm } from './spoken-form.js';

/**
 * The SDK's own timer is real time, stops at the headers and is left running after an abort. Ours is the one that counts; its own comes this much later, so
 * that it is not left for long.
 */
const SDK_MARGIN_MS = 1000;

const sdk = loadElevenLabsSdk();
const { lostError, malformedError, statusError, timeoutError } = elevenLabsErrors(HTTP_ENGINE);

/** A piece of the reply, whichever endpoint gave it. */
interface Chunk {
  audio: Buffer;
  alternatives: Alignment[];
}

export interface ElevenLabsHttpOptions extends ElevenLabsOptions {
  /** Ask for the times of characters; on unless false. Without them words are placed by counting characters. */
  timestamps?: boolean;
}

/**
 * ElevenLabs over HTTP, one request a clause: the way on when the socket fails. Slower by a connection and a request. `speak` throws EngineError; nothing is tried
 * again. There is nothing to close but what is being said.
 *
 * The SDK takes seconds to load: import this file when the server starts, not in a call.
 *
 * Follows: ElevenLabs, "Stream speech" and "Stream speech with timing".
 */
export const elevenLabsHttpTextToSpeech = (options: ElevenLabsHttpOptions): TextToSpeech => {
  const { clock } = options;
  const timeouts = { ...ELEVENLABS_TIMEOUTS, ...options.timeouts };
  const client = new sdk.ElevenLabsClient({
    apiKey: options.apiKey,
    baseUrl: options.baseUrl ?? ELEVENLABS_URL,
    // The SDK's retries sleep for seconds, deaf to the abort.
    maxRetries: 0,
    timeoutInSeconds: (timeouts.firstAudioMs + SDK_MARGIN_MS) / 1000,
  });

  return {
    name: HTTP_ENGINE,
    open(voice, call) {
      const request = voiceRequest(options, voice);
      const pace = createPace(request.settings.speed);
      const closing = new AbortController();

      async function* speak(text: string, turn: AbortSignal): AsyncGenerator<SpokenAudio> {
        const { words } = spokenForm(text, voice.language);
        const ending = new AbortController();
        const signal = AbortSignal.any([call, closing.signal, turn, ending.signal]);
        if (words.length === 0 || signal.aborted) return;
        const speech = createAlignedSpeech({ words, format: voice.format, msPerCharacter: pace.msPerCharacter });
        if (!speech.sounds) return yield silentPiece(words, voice.format);
        const reply = options.timestamps === false ? plainChunks : timedChunks;
        const chunks = reply(client, request, speech.text, signal)[Symbol.asyncIterator]();
        try {
          for (let isFirst = true; ; isFirst = false) {
            const withinMs = isFirst ? timeouts.firstAudioMs : timeouts.betweenAudioMs;
            const { value: chunk, done } = await within(clock, withinMs, chunks.next(), isFirst);
            if (done) break;
            const piece = speech.add(chunk.audio, chunk.alternatives);
            if (speech.isForeign) throw malformedError('the audio is not of the format that was asked for');
            if (piece) yield piece;
            if (speech.isRunaway) throw malformedError('the speech goes on beyond its text');
          }
          const last = speech.finish();
          if (!last) throw malformedError('the reply ended before its text');
          pace.learn(speech);
          if (last.audio.length > 0) yield last;
        } finally {
          // Ends the request, whatever state it is in.
          ending.abort();
        }
      }

      return {
        async *speak(text, turn) {
          try {
            yield* speak(text, turn);
          } catch (error) {
            if (!call.aborted && !closing.signal.aborted && !turn.aborted) throw toEngineError(error);
          }
        },
        close: () => closing.abort(),
      };
    },
  };
};

const bodyOf = (request: VoiceRequest, text: string) => ({
  text,
  modelId: request.model,
  outputFormat: request.outputFormat,
  voiceSettings: vendorCase(request.settings),
  ...(request.languageCode === undefined ? {} : { languageCode: request.languageCode }),
  ...(request.hasNormaliser ? {} : { applyTextNormalization: 'off' as const }),
});

/** The SDK takes camel case only, and drops other names without a word. */
const vendorCase = ({ similarity_boost, use_speaker_boost, ...rest }: VoiceRequest['settings']): VoiceSettings => ({
  ...rest,
  ...(similarity_boost === undefined ? {} : { similarityBoost: similarity_boost }),
  ...(use_speaker_boost === undefined ? {} : { useSpeakerBoost: use_speaker_boost }),
});

async function* timedChunks(client: ElevenLabsClient, request: VoiceRequest, text: string, signal: AbortSignal): AsyncGenerator<Chunk, undefined> {
  const reply = await client.textToSpeech.streamWithTimestamps(request.voiceId, bodyOf(request, text), { abortSignal: signal });
  for await (const { audioBase64, alignment, normalizedAlignment } of reply)
    yield { audio: Buffer.from(audioBase64, 'base64'), alternatives: [alignment, normalizedAlignment].flatMap(toAlignment) };
  return undefined;
}

async function* plainChunks(client: ElevenLabsClient, request: VoiceRequest, text: string, signal: AbortSignal): AsyncGenerator<Chunk, undefined> {
  const reply = await client.textToSpeech.stream(request.voiceId, bodyOf(request, text), { abortSignal: signal });
  for await (const bytes of reply) yield { audio: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), alternatives: [] };
  return undefined;
}

const inMs = (seconds: readonly number[]): number[] => seconds.map((second) => second * 1000);

const toAlignment = (given: CharacterAlignment | undefined): Alignment[] =>
  given ? [{ characters: given.characters, startsMs: inMs(given.characterStartTimesSeconds), endsMs: inMs(given.characterEndTimesSeconds) }] : [];

/** Waits for the next chunk in bounded time of the clock. An abandoned wait ends with its request. */
const within = <T>(clock: Clock, ms: number, next: Promise<T>, isFirst: boolean): Promise<T> =>
  new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(timeoutError(`no ${isFirst ? 'audio' : 'more audio'} within ${ms} ms`)));
    next.then(resolve, reject).finally(cancel);
  });

/** The SDK's errors in our words. A broken connection is Node's `TypeError: terminated`; a reply of another form is a parser's error. */
const toEngineError = (error: unknown): EngineError => {
  if (error instanceof EngineError) return error;
  if (!(error instanceof sdk.ElevenLabsError))
    return error instanceof TypeError ? lostError('the reply was cut off') : malformedError('the reply is not of the API');
  if (error instanceof sdk.ElevenLabsTimeoutError) return timeoutError('no reply');
  if (error.statusCode === undefined) return lostError('the request failed');
  return error.statusCode < 300 ? malformedError('the reply is not of the API') : statusError(error.statusCode, error.body);
};
