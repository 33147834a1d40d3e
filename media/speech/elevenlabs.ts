import type { SpokenAudio, TextToSpeech } from '../../schemas/ports/speech.js';
import { type AlignedSpeech, createAlignedSpeech, silentPiece } from './aligned-speech.js';
import { openConnection } from './elevenlabs-connection.js';
import { type Context, createContexts } from './elevenlabs-contexts.js';
import { elevenLabsErrors, SOCKET_ENGINE } from './elevenlabs-errors.js';
import { ELEVENLABS_TIMEOUTS, ELEVENLABS_URL, type ElevenLabsOptions, multiStreamUrl, voiceRequest } from './elevenlabs-options.js';
import { createPace } from './speaking-pace.js';
import { type SpokenWord, spokenForm } from './spoken-form.js';

const { malformedError, timeoutError } = elevenLabsErrors(SOCKET_ENGINE);

/**
 * ElevenLabs over its multi-context WebSocket: one socket a call, opened by `open` while the phone rings and kept warm, one context a clause. `open` throws
 * only for a format that the vendor does not have. `speak` throws EngineError; a socket that is lost in the middle is opened again once, and only words whose
 * audio had not come are asked for again. A refused key is remembered for the call. The caller closes the voice.
 *
 * Follows: ElevenLabs, "Multi-context WebSocket", "Latency optimization" and "Models".
 */
export const elevenLabsTextToSpeech = (options: ElevenLabsOptions): TextToSpeech => ({
  name: SOCKET_ENGINE,
  open(voice, call) {
    const { clock, apiKey, log } = options;
    const timeouts = { ...ELEVENLABS_TIMEOUTS, ...options.timeouts };
    const request = voiceRequest(options, voice);
    const url = multiStreamUrl(options.baseUrl ?? ELEVENLABS_URL, request);
    const contexts = createContexts({
      clock,
      timeouts,
      open: (on) => openConnection({ url, apiKey, clock, timeouts, log, onMessage: on.message, onDown: on.down }),
    });
    const pace = createPace(request.settings.speed);
    const closing = new AbortController();
    const close = () => {
      call.removeEventListener('abort', close);
      closing.abort();
      contexts.close();
    };
    call.addEventListener('abort', close, { once: true });
    if (call.aborted) close();
    else contexts.warm();

    async function* speak(text: string, turn: AbortSignal): AsyncGenerator<SpokenAudio> {
      const signal = AbortSignal.any([call, closing.signal, turn]);
      let words: readonly SpokenWord[] = spokenForm(text, voice.language).words;
      let isSecond = false;
      while (words.length > 0 && !signal.aborted) {
        const speech = createAlignedSpeech({ words, format: voice.format, msPerCharacter: pace.msPerCharacter });
        if (!speech.sounds) return yield silentPiece(words, voice.format);
        const context = await contexts.say(speech.text, request.settings, signal);
        try {
          const isDone = yield* listen(speech, context, signal, isSecond);
          pace.learn(speech);
          if (isDone) return;
        } finally {
          context.leave();
        }
        words = speech.rest;
        isSecond = true;
      }
    }

    /** Gives the audio of one context. True at its end; false when the connection was lost and the rest may be asked for once more. */
    async function* listen(speech: AlignedSpeech, context: Context, signal: AbortSignal, isSecond: boolean): AsyncGenerator<SpokenAudio, boolean> {
      let isFirst = true;
      for (;;) {
        const withinMs = isFirst ? timeouts.firstAudioMs : timeouts.betweenAudioMs;
        const event = await context.next(withinMs, signal);
        if (event?.kind === 'audio') {
          isFirst = false;
          const piece = speech.add(event.audio, event.alternatives);
          if (speech.isForeign) throw malformedError('the audio is not of the format that was asked for');
          if (piece) yield piece;
          if (speech.isRunaway) throw malformedError('the speech goes on beyond its text');
          continue;
        }
        if (event?.kind === 'down' && !speech.isWhole) {
          if (isSecond || event.error.failure !== 'unavailable') throw event.error;
          return false;
        }
        if (!event && !speech.isWhole) {
          context.abandonSocket();
          throw timeoutError(`no ${isFirst ? 'audio' : 'more audio'} within ${withinMs} ms`);
        }
        // The end, or all that is missing is the word for it.
        const last = speech.finish();
        if (!last) throw malformedError('the speech ended before its text');
        if (last.audio.length > 0) yield last;
        return true;
      }
    }

    return {
      async *speak(text, turn) {
        try {
          yield* speak(text, turn);
        } catch (error) {
          if (!call.aborted && !closing.signal.aborted && !turn.aborted) throw error;
        }
      },
      close,
    };
  },
});
