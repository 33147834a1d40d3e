import t from 'tap';
import { deepgramSpeechToText } from '../../media/speech/deepgram.js';
import { failoverSpeechToText } from '../../media/speech/failover-speech-to-text.js';
import { fliteTextToSpeech } from '../../media/speech/flite.js';
import { modemSpeechToText } from '../../media/speech/modem.js';
import { createModemDecoder } from '../../media/speech/modem-decoder.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import { soundswallowerSpeechToText } from '../../media/speech/soundswallower.js';
import type { AudioFormat } from '../../schemas/ports/speech.js';
import { processRandom, steerableClock, virtualClock } from '../../server/runtime.js';
import { startDeepgramSandbox } from '../../server/sandbox/deepgram/sandbox.js';
import { scriptedEar } from '../fixtures/media/scripted-ear.js';
import { type RecogniserWorld, speechToTextConformance } from './conformance/speech-to-text.js';

/** Real synthesis, recognition and sockets on a machine that may be busy. */
t.setTimeout(100_000);
t.jobs = 4;

const SPEED = 4;
const ANY_WORDS = { phrases: ['Yes, I am.', 'The night shift, from Monday on.'], expected: { type: 'open' } } as const;
const sayInTones = async (phrase: string) => encodeWords(phrase).muLaw;
const atOnce = async () => {};

speechToTextConformance(t, {
  name: 'modem',
  open: async () => ({ engine: modemSpeechToText(), ...ANY_WORDS, say: sayInTones, elapse: atOnce, close: atOnce }),
});

for (const how of ['gives-up', 'deaf'] as const)
  speechToTextConformance(t, {
    name: `two ears as one, the first of which ${how === 'deaf' ? 'goes deaf' : 'gives up'} in every call`,
    async open() {
      const clock = virtualClock();
      const breaking = scriptedEar('breaking', clock, () => ({ breaks: { afterFrames: 60, how } }));
      const told = { clock, random: processRandom(), onFailure: () => undefined, onServed: () => undefined };
      const engine = failoverSpeechToText([breaking, modemSpeechToText()], told);
      return { engine, ...ANY_WORDS, say: sayInTones, elapse: (ms) => clock.advance(ms), close: atOnce };
    },
  });

// Their threads take seconds to load: one for all tests.
const flite = fliteTextToSpeech();
const soundswallower = soundswallowerSpeechToText();
t.teardown(() => Promise.all([flite.close(), soundswallower.close()]));

speechToTextConformance(t, {
  name: 'soundswallower',
  async open() {
    await Promise.all([flite.warm(), soundswallower.warm()]);
    return {
      engine: soundswallower,
      phrases: ['Yes please.', 'No thanks.'],
      expected: { type: 'yes-no', grammar: '#JSGF V1.0;\ngrammar answer;\npublic <answer> = yes [please] | no [thanks];' },
      say: async (phrase) => withoutEdges((await flite.synthesise(phrase, { voice: 'rms', speed: 1 })).muLaw),
      elapse: atOnce,
      close: atOnce,
    };
  },
});

/** Synthesised speech from its first to its last loud frame. */
const withoutEdges = (muLaw: Buffer): Buffer => {
  const isLoud = (byte: number) => (~byte & 0x7f) >> 4 >= 3;
  const first = muLaw.findIndex(isLoud);
  const last = muLaw.findLastIndex(isLoud);
  return muLaw.subarray(Math.floor(first / 160) * 160, Math.ceil((last + 1) / 160) * 160);
};

const openDeepgram = (model: string) => async (): Promise<RecogniserWorld> => {
  const clock = steerableClock(SPEED);
  const sandbox = await startDeepgramSandbox({ clock, random: processRandom(), apiKey: 'key', hear: createModemDecoder });
  return {
    // A busy machine may be late by more than the usual time-outs, several times faster than real time.
    engine: deepgramSpeechToText({ apiKey: 'key', baseUrl: sandbox.baseUrl, model, clock, timeouts: { answerMs: 8000, handshakeMs: 20_000 } }),
    ...ANY_WORDS,
    say: sayInTones,
    elapse: (ms) => clock.sleep(ms),
    close: () => sandbox.close(),
  };
};

const PCM: AudioFormat = { encoding: 'pcm16le', sampleRateHz: 8000 };
speechToTextConformance(t, { name: 'deepgram nova-3', open: openDeepgram('nova-3') });
speechToTextConformance(t, { name: 'deepgram nova-3 over linear16', format: PCM, open: openDeepgram('nova-3') });
speechToTextConformance(t, { name: 'deepgram flux-general-en', open: openDeepgram('flux-general-en') });
