import alawmulaw from 'alawmulaw';
import t from 'tap';
import { writeWav } from '../../media/audio/wav.js';
import { MU_LAW_SILENCE, MU_LAW_TO_PCM, muLawToPcm, pcmToMuLaw } from '../../server/sandbox/g711.js';
import { readWav } from '../../server/sandbox/wav.js';
import { fc } from '../fixtures/properties.js';

t.test('the sandbox has the mu-law of the reference library, for every sample and every byte', async (t) => {
  const everySample = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  t.strictSame([...pcmToMuLaw(everySample)], [...alawmulaw.mulaw.encode(everySample)]);
  t.strictSame([...muLawToPcm(everyByte)], [...alawmulaw.mulaw.decode(new Uint8Array(everyByte))]);
  t.strictSame([...MU_LAW_TO_PCM], [...muLawToPcm(everyByte)]);
  t.equal(pcmToMuLaw(Int16Array.of(0))[0], MU_LAW_SILENCE);
});

/** A file made by hand, chunk by chunk. */
const chunk = (name: string, body: Buffer, size = body.length) => {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
};
const format = (tag: number, channels: number, sampleRateHz: number, bits: number) => {
  const body = Buffer.alloc(16);
  body.writeUInt16LE(tag, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(sampleRateHz, 4);
  body.writeUInt16LE(bits, 14);
  return chunk('fmt ', body);
};
const riff = (...chunks: Buffer[]) => chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), ...chunks]));
const SECOND = Buffer.alloc(16_000, 0x55);

t.test('a recording is read as a player reads it', async (t) => {
  t.test('what the server writes has the server’s audio', async () => {
    fc.assert(
      fc.property(
        fc.constantFrom('mulaw' as const, 'pcm16le' as const),
        fc.integer({ min: 1, max: 2 }),
        fc.uint8Array(),
        (encoding, channels, bytes) => {
          const read = readWav(writeWav({ encoding, channels, sampleRateHz: 8000 }, Buffer.from(bytes)));
          const bitsPerSample = encoding === 'mulaw' ? 8 : 16;
          return (
            read.channels === channels &&
            read.sampleRateHz === 8000 &&
            read.bitsPerSample === bitsPerSample &&
            read.audio.equals(bytes) &&
            read.durationMs === Math.round(bytes.length / ((channels * bitsPerSample) / 8) / 8)
          );
        },
      ),
    );
  });
  const lasts: [string, Buffer, number][] = [
    ['stereo mu-law', riff(format(7, 2, 8000, 8), chunk('data', SECOND)), 1000],
    ['mono PCM of 24 bits', riff(format(1, 1, 16_000, 24), chunk('data', SECOND.subarray(0, 4800))), 100],
    [
      'chunks of odd size on the way',
      riff(chunk('LIST', Buffer.from('abc')), format(7, 2, 8000, 8), chunk('x', Buffer.of(1)), chunk('data', SECOND)),
      1000,
    ],
    ['audio before its format', riff(chunk('data', SECOND), format(7, 2, 8000, 8)), 1000],
    ['a size past the end', riff(format(7, 2, 8000, 8), chunk('data', SECOND.subarray(0, 8000), 1e9)), 500],
    ['no audio yet', riff(format(7, 2, 8000, 8), chunk('data', Buffer.alloc(0))), 0],
  ];
  for (const [what, file, ms] of lasts) t.equal(readWav(file).durationMs, ms, what);
  const refused: [string, Buffer, RegExp][] = [
    ['nothing', Buffer.alloc(0), /not a WAV file/],
    ['something else', Buffer.from('ID3 not a wave file at all'), /not a WAV file/],
    ['no format', riff(chunk('data', SECOND)), /does not say how it is encoded/],
    ['half a format', riff(chunk('fmt ', Buffer.alloc(8)), chunk('data', SECOND)), /does not say how it is encoded/],
    ['no audio', riff(format(7, 2, 8000, 8)), /has no audio/],
    ['no channels', riff(format(7, 0, 8000, 8), chunk('data', SECOND)), /Nothing plays encoding 7 with 0 channels/],
    ['a codec that nobody has', riff(format(0x1234, 1, 8000, 8), chunk('data', SECOND)), /Nothing plays encoding 4660/],
  ];
  for (const [what, file, message] of refused) t.throws(() => readWav(file), { message }, what);
});
