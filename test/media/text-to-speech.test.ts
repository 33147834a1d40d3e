import t from 'tap';
import { failoverTextToSpeech } from '../../media/speech/failover-text-to-speech.js';
import { fliteTextToSpeech } from '../../media/speech/flite.js';
import { modemTextToSpeech } from '../../media/speech/modem.js';
import { processRandom, virtualClock } from '../../server/runtime.js';
import { scriptedVoice } from '../fixtures/media/scripted-voice.js';
import { ALL_FORMATS, textToSpeechConformance } from './conformance/text-to-speech.js';

const NARROW = ALL_FORMATS.filter(({ sampleRateHz }) => sampleRateHz === 8000);
const WIDE = ALL_FORMATS.filter(({ sampleRateHz }) => sampleRateHz === 16_000);

t.test('modem', async (t) => textToSpeechConformance(t, async () => ({ engine: modemTextToSpeech(), formats: NARROW, refused: WIDE })));

t.test('flite', async (t) => {
  const engine = fliteTextToSpeech();
  t.teardown(() => engine.close());
  await engine.warm();
  textToSpeechConformance(t, async () => ({ engine, formats: NARROW, refused: WIDE }));
});

t.test('several voices as one, the first of which breaks in every call', async (t) =>
  textToSpeechConformance(t, async () => {
    const clock = virtualClock();
    const breaking = scriptedVoice('breaking', clock, () => ({ wordsPerPiece: 2, breaks: { afterWords: 3, how: 'throws' } }));
    const told = { clock, random: processRandom(), onFailure: () => undefined, onServed: () => undefined };
    const engine = failoverTextToSpeech([breaking, modemTextToSpeech()], told);
    return { engine, formats: ALL_FORMATS.filter(({ encoding }) => encoding === 'mulaw'), refused: [] };
  }),
);
