import alawmulaw from 'alawmulaw';
import t from 'tap';
import { MU_LAW_SILENCE, MU_LAW_TO_PCM, muLawToPcm, PCM_TO_MU_LAW, pcmToMuLaw } from '../../media/audio/g711.js';
import { bytesToPcm, lineToMuLaw, muLawToLine, padToFrames, pcmToBytes, requireEightKilohertz } from '../../media/audio/line-format.js';
import { resample } from '../../media/audio/resample.js';
import { interleave, parseWav, WAV_HEADER_BYTES, wavHeader, writeWav } from '../../media/audio/wav.js';
import { fc } from '../fixtures/properties.js';

const everySample = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

t.test('mu-law agrees with the reference library on every sample and every byte', async (t) => {
  t.strictSame([...pcmToMuLaw(everySample)], [...alawmulaw.mulaw.encode(everySample)]);
  t.strictSame([...muLawToPcm(everyByte)], [...alawmulaw.mulaw.decode(new Uint8Array(everyByte))]);
});

t.test('the tables hold the same values as the functions, by byte and by two’s complement', async (t) => {
  t.strictSame([...MU_LAW_TO_PCM], [...muLawToPcm(everyByte)]);
  t.equal(PCM_TO_MU_LAW[-1 & 0xffff], pcmToMuLaw(Int16Array.of(-1))[0]);
  t.equal(PCM_TO_MU_LAW[0], MU_LAW_SILENCE);
  t.equal(MU_LAW_TO_PCM[MU_LAW_SILENCE], 0);
});

t.test('decoding and encoding again gives back each byte, but for the second zero', async (t) => {
  t.strictSame(
    [...pcmToMuLaw(muLawToPcm(everyByte))],
    [...everyByte].map((byte) => (byte === 0x7f ? MU_LAW_SILENCE : byte)),
  );
});

t.test('line formats convert both ways and refuse what the embedded engines cannot do', async (t) => {
  const pcm = { encoding: 'pcm16le', sampleRateHz: 8000 } as const;
  const muLaw = { encoding: 'mulaw', sampleRateHz: 8000 } as const;
  const audio = Buffer.from([0xff, 0x00, 0x80, 0x12]);
  t.strictSame(lineToMuLaw(muLawToLine(audio, pcm), pcm), audio);
  t.equal(muLawToLine(audio, pcm).length, 8, 'two bytes a sample');
  t.equal(muLawToLine(audio, muLaw), audio, 'mu-law is not copied');
  t.strictSame([...bytesToPcm(Buffer.concat([pcmToBytes(Int16Array.of(-2, 300)), Buffer.from([7])]))], [-2, 300], 'an odd last byte is dropped');
  t.strictSame([padToFrames(Buffer.alloc(1)).length, padToFrames(Buffer.alloc(160)).length, padToFrames(Buffer.alloc(0)).length], [160, 160, 0]);
  t.doesNotThrow(() => requireEightKilohertz(pcm, 'It'));
  t.throws(() => requireEightKilohertz({ encoding: 'pcm16le', sampleRateHz: 16_000 }, 'It'), { code: 'config_invalid', message: /8000 Hz/ });
});

const tone = (hz: number, rateHz: number, samples: number, amplitude = 8000) =>
  Int16Array.from({ length: samples }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz)));
const rms = (samples: Int16Array) => Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length));
/** Edges see silence beyond the piece, so they are left out. */
const inner = (samples: Int16Array) => samples.subarray(Math.floor(samples.length / 4), Math.floor((samples.length * 3) / 4));

t.test('resampling', async (t) => {
  for (const [fromHz, toHz] of [
    [8000, 16_000],
    [16_000, 8000],
    [8000, 48_000],
    [48_000, 8000],
    [22_050, 8000],
    [24_000, 8000],
  ] as const) {
    t.test(`keeps a 1 kHz tone in place and level, ${fromHz} to ${toHz} Hz`, async (t) => {
      const got = resample(tone(1000, fromHz, fromHz / 2), fromHz, toHz);
      const wanted = tone(1000, toHz, Math.floor(toHz / 2));
      t.equal(got.length, wanted.length);
      const error = rms(inner(got.map((sample, i) => sample - (wanted[i] ?? 0))));
      t.ok(error < 80, `error ${error.toFixed(1)} is below 1 % of the tone`);
    });
  }
  t.test('removes what the lower rate cannot carry', async (t) => {
    t.ok(rms(inner(resample(tone(6000, 16_000, 8000), 16_000, 8000))) < 20);
  });
  t.test('leaves samples alone at equal rates, and clips instead of wrapping', async (t) => {
    const samples = tone(400, 8000, 100);
    t.equal(resample(samples, 8000, 8000), samples);
    const square = Int16Array.from({ length: 400 }, (_, i) => (i % 20 < 10 ? 32_767 : -32_768));
    const loud = resample(square, 8000, 16_000);
    t.ok(
      inner(loud).every((sample, i, all) => i === 0 || Math.abs(sample - (all[i - 1] ?? 0)) < 50_000),
      'no jump from end to end',
    );
  });
});

t.test('wav files', async (t) => {
  t.test('a stereo mu-law header is byte for byte what the format asks for', async (t) => {
    const header = wavHeader({ encoding: 'mulaw', sampleRateHz: 8000, channels: 2 }, 320);
    t.equal(header.length, 58);
    t.equal(
      header.toString('hex'),
      ['52494646', '72010000', '57415645', '666d7420', '12000000', '0700', '0200', '401f0000', '803e0000', '0200', '0800', '0000']
        .concat(['66616374', '04000000', 'a0000000', '64617461', '40010000'])
        .join(''),
    );
  });
  t.test('a PCM header has 44 bytes and no fact chunk', async (t) => {
    const header = wavHeader({ encoding: 'pcm16le', sampleRateHz: 16_000, channels: 1 }, 4);
    t.equal(header.length, WAV_HEADER_BYTES.pcm16le);
    t.strictSame([header.readUInt32LE(28), header.readUInt16LE(32), header.readUInt16LE(34)], [32_000, 2, 16]);
  });
  t.test('what is written is read back, for any audio', async () => {
    fc.assert(
      fc.property(
        fc.constantFrom('mulaw' as const, 'pcm16le' as const),
        fc.integer({ min: 1, max: 2 }),
        fc.uint8Array(),
        (encoding, channels, bytes) => {
          const file = writeWav({ encoding, channels, sampleRateHz: 8000 }, Buffer.from(bytes));
          const read = parseWav(file);
          return (
            file.length % 2 === 0 &&
            file.readUInt32LE(4) === file.length - 8 &&
            read.encoding === encoding &&
            read.channels === channels &&
            read.audio.equals(bytes)
          );
        },
      ),
    );
  });
  t.test('a file whose writer was killed gives the audio that is there', async (t) => {
    const cut = Buffer.concat([wavHeader({ encoding: 'mulaw', sampleRateHz: 8000, channels: 2 }, 1_000_000), Buffer.alloc(500, 3)]);
    t.equal(parseWav(cut).audio.length, 500);
  });
  t.test('unknown chunks before the audio are skipped', async (t) => {
    const file = writeWav({ encoding: 'pcm16le', sampleRateHz: 8000, channels: 1 }, Buffer.from([1, 2]));
    const list = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
    t.strictSame([...parseWav(Buffer.concat([file.subarray(0, 36), list, file.subarray(36)])).audio], [1, 2]);
  });
  t.test('what is not a WAV file of ours is refused with the reason', async (t) => {
    const good = writeWav({ encoding: 'pcm16le', sampleRateHz: 8000, channels: 1 }, Buffer.alloc(4));
    const float = Buffer.from(good);
    float.writeUInt16LE(3, 20);
    for (const [file, reason] of [
      [Buffer.alloc(0), /not a WAV/],
      [Buffer.from('ID3 not a wave file at all'), /not a WAV/],
      [float, /format 3/],
      [good.subarray(0, 36), /no audio/],
      [Buffer.concat([good.subarray(0, 12), good.subarray(36), good.subarray(12, 36)]), /before its format/],
    ] as const) {
      t.throws(() => parseWav(file), { code: 'media_malformed', message: reason });
    }
    t.throws(() => wavHeader({ encoding: 'mulaw', sampleRateHz: 8000, channels: 2 }, 2 ** 32), RangeError);
  });
  t.test('channels are woven sample by sample and the shorter one is filled', async (t) => {
    t.strictSame([...interleave([Buffer.from([1, 2, 3]), Buffer.from([9])], 1, 0xff)], [1, 9, 2, 0xff, 3, 0xff]);
    t.strictSame([...interleave([Buffer.from([1, 2]), Buffer.from([3, 4, 5, 6])], 2, 0)], [1, 2, 3, 4, 0, 0, 5, 6]);
    t.equal(interleave([], 1, 0).length, 0);
  });
});
