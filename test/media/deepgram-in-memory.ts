import { dialectOf } from '../../media/speech/deepgram-dialect.js';
import { toClosedError, toRefusedError } from '../../media/speech/deepgram-failure.js';
import { type ListenParameters, toListenParameters } from '../../media/speech/deepgram-parameters.js';
import { openDeepgramRecognition, RECOGNITION_TIMEOUTS } from '../../media/speech/deepgram-recognition.js';
import type { DeepgramSocket, DeepgramSocketHandlers } from '../../media/speech/deepgram-socket.js';
import { createModemDecoder } from '../../media/speech/modem-decoder.js';
import type { AudioFormat, Recognition } from '../../schemas/ports/speech.js';
import { createFluxSession } from '../../server/sandbox/deepgram/flux-session.js';
import { parseFluxParameters, parseNovaParameters } from '../../server/sandbox/deepgram/listen-parameters.js';
import { createNovaSession } from '../../server/sandbox/deepgram/nova-session.js';
import { createOutbox } from '../../server/sandbox/deepgram/outbox.js';
import { MEASURED_PROFILE } from '../../server/sandbox/deepgram/profile.js';
import type { SessionOptions } from '../../server/sandbox/deepgram/session.js';
import { seededRandom } from '../../server/sandbox/scenarios/seeded-random.js';
import { type ManualClock, manualClock } from './manual-clock.js';

/*
 * The adapter's recogniser and the sandbox's sessions joined without a network, on a clock that moves at once: the same code as over loopback but for the
 * SDK and the sockets, so that thousands of losses can be tried.
 */

export interface InMemoryDeepgram {
  clock: ManualClock;
  recognition: Recognition;
  /** Breaks the connection that is open; the next tries are refused with 503 this often. */
  drop(refusals: number): void;
  /** Audio of each connection so far: length in ms and time of arrival of each message. */
  arrivals(): readonly { ms: number; atMs: number }[][];
  texts(): readonly string[][];
}

export const inMemoryDeepgram = (options: {
  model: string;
  format: AudioFormat;
  seed: string;
  connectMs: number;
  signal: AbortSignal;
}): InMemoryDeepgram => {
  const clock = manualClock();
  const random = seededRandom(options.seed);
  const { model, format } = options;
  const arrivals: { ms: number; atMs: number }[][] = [];
  const texts: string[][] = [];
  let refusals = 0;
  let breakOff: (() => void) | undefined;

  const connect = (keyterms: readonly string[], handlers: DeepgramSocketHandlers): DeepgramSocket => {
    const parameters = toListenParameters({ model, format, language: 'en-US', keyterms });
    const outbox = createOutbox(clock, random, () => 0);
    const audio: { ms: number; atMs: number }[] = [];
    const said: string[] = [];
    let isOpen = false;
    let over = false;
    const finish = () => {
      over = true;
      isOpen = false;
      outbox.stop();
    };
    const down = (error: ReturnType<typeof toClosedError>) => {
      if (over) return;
      finish();
      handlers.onDown(error);
    };
    const nothing = { least: 0, most: 0 };
    const session = createSession(parameters, {
      profile: MEASURED_PROFILE,
      random,
      hearing: createModemDecoder(),
      requestId: options.seed,
      send: (message, delay, onSent) => {
        const text = JSON.stringify(message);
        outbox.put(() => {
          handlers.onMessage(JSON.parse(text));
          onSent?.();
        }, delay);
      },
      close: (code, reason) => outbox.put(() => down(toClosedError(code ?? 1005, reason ?? '')), nothing),
    });
    clock.after(options.connectMs, () => {
      if (over) return;
      if (refusals > 0) {
        refusals -= 1;
        return down(toRefusedError({ status: 503, reason: 'busy', code: undefined }));
      }
      isOpen = true;
      arrivals.push(audio);
      texts.push(said);
      breakOff = () => down(toClosedError(1006, ''));
      handlers.onOpen();
    });
    return {
      sendAudio(bytes) {
        if (!isOpen) return;
        audio.push({ ms: bytes.length / (format.encoding === 'mulaw' ? 8 : 16), atMs: clock.monotonic() });
        session.audio(bytes);
      },
      send(message) {
        if (!isOpen) return;
        said.push(message.type);
        session.text(JSON.stringify(message));
      },
      bufferedBytes: 0,
      close: finish,
    };
  };

  const recognition = openDeepgramRecognition({
    clock,
    dialect: dialectOf(model),
    connect,
    timeouts: RECOGNITION_TIMEOUTS,
    log: undefined,
    options: { format, language: 'en-US', keyterms: ['Acme Health'] },
    signal: options.signal,
  });
  return {
    clock,
    recognition,
    drop(times) {
      refusals = times;
      breakOff?.();
      breakOff = undefined;
    },
    arrivals: () => arrivals,
    texts: () => texts,
  };
};

const createSession = (parameters: ListenParameters, options: SessionOptions) => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters.query)) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return parameters.version === 'v1'
    ? createNovaSession(parseNovaParameters(query), options)
    : createFluxSession(parseFluxParameters(query), options);
};
