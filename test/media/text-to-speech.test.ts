import t from 'tap';
import { fliteTextToSpeech } from '../../media/speech/flite.js';
import { modemTextToSpeech } from '../../media/speech/modem.js';
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
