import type { Clock } from '../../schemas/clock.js';
import type { AudioFormat, SpeechToText } from '../../schemas/ports/speech.js';
import { dialectOf } from './deepgram-dialect.js';
import { DEEPGRAM, toTimeoutError } from './deepgram-failure.js';
import { toListenParameters } from './deepgram-parameters.js';
import { openDeepgramRecognition, RECOGNITION_TIMEOUTS, type RecognitionTimeouts } from './deepgram-recognition.js';
import { openDeepgramSocket } from './deepgram-socket.js';
import type { EngineLog } from './worker-start.js';

export interface DeepgramOptions {
  apiKey: string;
  /** Undefined: the vendor's own. `https://api.eu.deepgram.com` keeps the audio in the EU. */
  baseUrl?: string | undefined;
  /** `flux-…` speaks v2/listen, any other (`nova-3`) v1/listen. */
  model: string;
  clock: Clock;
  log?: EngineLog | undefined;
  timeouts?: Partial<RecognitionTimeouts>;
}

export interface DeepgramSpeechToText extends SpeechToText {
  /**
   * Connects once as a call would and hangs up. Resolves with the time that the handshake took; rejects with EngineError when it fails, and with the signal's
   * reason when aborted.
   */
  check(signal: AbortSignal): Promise<{ handshakeMs: number }>;
}

const CHECK_FORMAT: AudioFormat = { encoding: 'mulaw', sampleRateHz: 8000 };

/**
 * An ear for any words, at the vendor. Mu-law of 8 kHz passes through untouched. A connection is opened by `open`, not before; it is made again when it is
 * lost, with the last 5 s of the line, and nothing is told of that unless speech was lost. Any number of calls at once. This module loads the vendor's SDK:
 * import it only where the engine is chosen.
 */
export const deepgramSpeechToText = (options: DeepgramOptions): DeepgramSpeechToText => {
  const { apiKey, baseUrl, model, clock, log } = options;
  const timeouts = { ...RECOGNITION_TIMEOUTS, ...options.timeouts };
  return {
    name: `${DEEPGRAM} ${model}`,
    open: (recognition, signal) =>
      openDeepgramRecognition({
        ...{ clock, log, timeouts, signal },
        options: recognition,
        dialect: dialectOf(model),
        connect(keyterms, handlers) {
          const parameters = toListenParameters({ model, format: recognition.format, language: recognition.language, keyterms });
          return openDeepgramSocket({ apiKey, baseUrl, clock, parameters }, handlers);
        },
      }),
    check(signal) {
      const startedMs = clock.monotonic();
      const parameters = toListenParameters({ model, format: CHECK_FORMAT, language: 'en', keyterms: [] });
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const finish = (settle: () => void) => {
          cancel();
          signal.removeEventListener('abort', onAbort);
          socket.close();
          settle();
        };
        const onAbort = () => finish(() => reject(signal.reason));
        const cancel = clock.after(timeouts.handshakeMs, () => finish(() => reject(toTimeoutError('answer to the handshake', timeouts.handshakeMs))));
        const socket = openDeepgramSocket(
          { apiKey, baseUrl, clock, parameters },
          {
            onOpen: () => finish(() => resolve({ handshakeMs: clock.monotonic() - startedMs })),
            onMessage: () => {},
            onDown: (error) => finish(() => reject(error)),
          },
        );
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
};
