import t from 'tap';
import { elevenLabsTextToSpeech } from '../../media/speech/elevenlabs.js';
import { elevenLabsHttpTextToSpeech } from '../../media/speech/elevenlabs-http.js';
import { steerableClock } from '../../server/runtime.js';
import { KEY, MODEL, PATIENT, startAccount, VOICE_ID } from '../fixtures/elevenlabs/account.js';
import { ALL_FORMATS, textToSpeechConformance } from './conformance/text-to-speech.js';

const MU_LAW_WIDE = { encoding: 'mulaw', sampleRateHz: 16_000 } as const;

t.test('ElevenLabs over its socket', async (t) =>
  textToSpeechConformance(t, async (t) => {
    const clock = steerableClock(1);
    const { baseUrl } = await startAccount(t, clock);
    const engine = elevenLabsTextToSpeech({ apiKey: KEY, baseUrl, voiceId: VOICE_ID, model: MODEL, clock, timeouts: PATIENT });
    return { engine, formats: ALL_FORMATS, refused: [MU_LAW_WIDE] };
  }),
);

for (const timestamps of [true, false]) {
  t.test(`ElevenLabs over HTTP, ${timestamps ? 'with' : 'without'} times`, async (t) =>
    textToSpeechConformance(t, async (t) => {
      const clock = steerableClock(1);
      const { baseUrl } = await startAccount(t, clock);
      const engine = elevenLabsHttpTextToSpeech({ apiKey: KEY, baseUrl, voiceId: VOICE_ID, model: MODEL, clock, timeouts: PATIENT, timestamps });
      return { engine, formats: ALL_FORMATS, refused: [MU_LAW_WIDE] };
    }),
  );
}
