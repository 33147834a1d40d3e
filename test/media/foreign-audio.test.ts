import t from 'tap';
import { muLawToPcm } from '../../media/audio/g711.js';
import { createForeignAudioCheck } from '../../media/speech/foreign-audio.js';
import type { AudioFormat } from '../../schemas/ports/speech.js';
import { wavHeader } from '../../server/sandbox/elevenlabs/audio-formats.js';
import { encodeWords } from '../../server/sandbox/modem/encoder.js';
import { seededRandom } from '../../server/sandbox/scenarios/seeded-random.js';
import { rush, silence } from '../../server/sandbox/scenarios/sounds.js';
import { fc } from '../fixtures/properties.js';

const MU_LAW: AudioFormat = { encoding: 'mulaw', sampleRateHz: 8000 };
const PCM: AudioFormat = { encoding: 'pcm16le', sampleRateHz: 8000 };

const samplesOf = (muLaw: Buffer): Buffer => {
  const samples = muLawToPcm(muLaw);
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
};
const isForeign = (audio: Buffer, format = MU_LAW, cuts: readonly number[] = []): boolean => {
  const check = createForeignAudioCheck(format);
  const edges = [0, ...[...cuts].sort((a, b) => a - b), audio.length];
  for (const [nth, edge] of edges.entries()) check.add(audio.subarray(edges[nth - 1] ?? 0, edge));
  return check.isForeign;
};

const SPEECH = encodeWords('Perfect, thank you. Let me read that back.').muLaw;
const NOISE = rush(400, seededRandom('noise'));

t.test('mu-law is taken, what is something else is not', async (t) => {
  const file = (header: string) => Buffer.concat([Buffer.from(header, 'latin1'), SPEECH]);
  const rows: [name: string, audio: Buffer, format: AudioFormat, foreign: boolean][] = [
    ['speech in mu-law', SPEECH, MU_LAW, false],
    ['noise in mu-law', NOISE, MU_LAW, false],
    ['silence in mu-law', silence(500), MU_LAW, false],
    ['nothing yet', Buffer.alloc(0), MU_LAW, false],
    ['a moment of 16-bit samples, too short to tell', samplesOf(SPEECH).subarray(0, 400), MU_LAW, false],
    ['16-bit samples', samplesOf(SPEECH), MU_LAW, true],
    ['16-bit samples of noise', samplesOf(NOISE), MU_LAW, true],
    ['16-bit samples after silence', Buffer.concat([Buffer.alloc(400), samplesOf(SPEECH)]), MU_LAW, true],
    ['16-bit samples where they were asked for', samplesOf(SPEECH), PCM, false],
    ['a WAV file of mu-law', Buffer.concat([wavHeader('ulaw_8000', SPEECH.length), SPEECH]), MU_LAW, true],
    ['a WAV file of 16-bit samples', Buffer.concat([wavHeader('pcm_8000', SPEECH.length * 2), samplesOf(SPEECH)]), PCM, true],
    ['MP3', file('ID3\u0004\u0000'), MU_LAW, true],
    ['Ogg', file('OggS\u0000'), MU_LAW, true],
  ];
  for (const [name, audio, format, foreign] of rows) t.equal(isForeign(audio, format), foreign, name);
});

t.test('however the pieces are cut', async () => {
  const cuts = fc.array(fc.nat(samplesOf(SPEECH).length), { maxLength: 12 });
  fc.assert(
    fc.property(
      cuts,
      (at) =>
        isForeign(samplesOf(SPEECH), MU_LAW, at) &&
        !isForeign(
          SPEECH,
          MU_LAW,
          at.map((one) => one % SPEECH.length),
        ),
    ),
  );
});
