import { AppError } from '../../schemas/errors.js';

/** What a WAV file of ours holds: mu-law (format 7) or 16-bit PCM (format 1), channels interleaved sample by sample. */
export interface WavFormat {
  encoding: 'mulaw' | 'pcm16le';
  sampleRateHz: number;
  channels: number;
}

/** Header sizes; audio starts right after. Mu-law carries an 18-byte `fmt ` and a `fact` chunk, as the format asks of everything that is not PCM. */
export const WAV_HEADER_BYTES = { mulaw: 58, pcm16le: 44 } as const;

const FORMAT_TAGS = { pcm16le: 1, mulaw: 7 } as const;

/** Largest audio that fits beside the header into the format's 32-bit sizes. */
const MAX_DATA_BYTES = 0xffff_ffff - WAV_HEADER_BYTES.mulaw;

/**
 * The header for `dataBytes` of audio. A writer that streams may write it with 0 first and again, with the true size, at the end. An odd size asks for one
 * pad byte after the audio (`writeWav` adds it). Throws `RangeError` above 4 GiB.
 * Follows: Microsoft "Multimedia Programming Interface and Data Specifications 1.0" and "New Multimedia Data Types", WAVE_FORMAT_MULAW.
 */
export const wavHeader = (format: WavFormat, dataBytes: number): Buffer => {
  if (dataBytes > MAX_DATA_BYTES) throw new RangeError(`A WAV file cannot hold ${dataBytes} bytes of audio.`);
  const headerBytes = WAV_HEADER_BYTES[format.encoding];
  const bytesPerSample = format.encoding === 'mulaw' ? 1 : 2;
  const blockBytes = format.channels * bytesPerSample;
  const isMuLaw = format.encoding === 'mulaw';
  const header = Buffer.alloc(headerBytes);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(headerBytes - 8 + dataBytes + (dataBytes & 1), 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(isMuLaw ? 18 : 16, 16);
  header.writeUInt16LE(FORMAT_TAGS[format.encoding], 20);
  header.writeUInt16LE(format.channels, 22);
  header.writeUInt32LE(format.sampleRateHz, 24);
  header.writeUInt32LE(format.sampleRateHz * blockBytes, 28);
  header.writeUInt16LE(blockBytes, 32);
  header.writeUInt16LE(bytesPerSample * 8, 34);
  if (isMuLaw) {
    header.write('fact', 38, 'latin1');
    header.writeUInt32LE(4, 42);
    header.writeUInt32LE(Math.floor(dataBytes / blockBytes), 46);
  }
  header.write('data', headerBytes - 8, 'latin1');
  header.writeUInt32LE(dataBytes, headerBytes - 4);
  return header;
};

/** A whole WAV file around interleaved audio. */
export const writeWav = (format: WavFormat, audio: Buffer): Buffer =>
  Buffer.concat([wavHeader(format, audio.length), audio, Buffer.alloc(audio.length & 1)]);

/** Weaves mono channels of equal sample size into one: left, right, left, right. Shorter channels are filled with `silence` bytes. */
export const interleave = (channels: readonly Buffer[], bytesPerSample: 1 | 2, silence: number): Buffer => {
  const samples = Math.max(0, ...channels.map((channel) => Math.ceil(channel.length / bytesPerSample)));
  const woven = Buffer.alloc(samples * channels.length * bytesPerSample, silence);
  channels.forEach((channel, nth) => {
    for (let i = 0; i < channel.length; i += 1) {
      const sample = Math.floor(i / bytesPerSample);
      woven[(sample * channels.length + nth) * bytesPerSample + (i % bytesPerSample)] = channel[i] ?? silence;
    }
  });
  return woven;
};

/**
 * Reads a WAV file. A `data` size that reaches past the end (a file whose writer was killed) gives what is there; unknown chunks are skipped. Throws
 * `AppError('media_malformed')` when it is not a WAV file of one of our two encodings.
 */
export const parseWav = (file: Buffer): WavFormat & { audio: Buffer } => {
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE')
    throw malformed('it is not a WAV file');
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= file.length; ) {
    const id = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const body = file.subarray(at + 8, Math.min(file.length, at + 8 + size));
    if (id === 'fmt ') format = parseFormat(body);
    if (id === 'data') {
      if (!format) throw malformed('its audio comes before its format');
      return { ...format, audio: body };
    }
    at += 8 + size + (size & 1);
  }
  throw malformed('it has no audio');
};

const parseFormat = (body: Buffer): WavFormat => {
  if (body.length < 16) throw malformed('its format chunk is too short');
  const tag = body.readUInt16LE(0);
  const bits = body.readUInt16LE(14);
  const encoding = tag === FORMAT_TAGS.mulaw && bits === 8 ? 'mulaw' : tag === FORMAT_TAGS.pcm16le && bits === 16 ? 'pcm16le' : undefined;
  const channels = body.readUInt16LE(2);
  const sampleRateHz = body.readUInt32LE(4);
  if (!encoding || channels === 0 || sampleRateHz === 0) throw malformed(`format ${tag} with ${bits} bits and ${channels} channels is not supported`);
  return { encoding, channels, sampleRateHz };
};

const malformed = (reason: string): AppError => new AppError('media_malformed', { reason });
