import { AppError } from '../../schemas/errors.js';
import type { CarrierCodec, MediaEvent } from '../../schemas/ports/carrier-codec.js';

/** The longest text that is looked at. A vendor message is about 300 characters; start with its parameters stays under 2,000. */
const MAX_TEXT_CHARS = 64 * 1024;
/** The most audio in one message: 1 s at 8 kHz. The vendor sends 20 ms. */
const MAX_PAYLOAD_BYTES = 8000;
const MAX_NAME_CHARS = 256;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Every key that is read anywhere in a message; all of them unproven. */
type Fields = {
  readonly [key in
    | 'event'
    | 'streamSid'
    | 'stream_sid'
    | 'start'
    | 'callSid'
    | 'call_sid'
    | 'mediaFormat'
    | 'media_format'
    | 'encoding'
    | 'sampleRate'
    | 'sample_rate'
    | 'customParameters'
    | 'custom_parameters'
    | 'media'
    | 'track'
    | 'payload'
    | 'timestamp'
    | 'dtmf'
    | 'digit'
    | 'mark'
    | 'name']?: unknown;
};

/**
 * Twilio Media Streams: text JSON both ways, mu-law at 8 kHz. Sequence numbers, chunks and timestamps arrive as strings and are also taken as numbers; keys
 * are read in camel or snake case; messages with an unknown event are ignored (`undefined`). The shapes are checked by hand: fifty messages a second for each call pass here.
 *
 * `decode` throws AppError('media_malformed') and nothing else.
 *
 * Follows: Twilio, "Media Streams - WebSocket Messages".
 */
export const twilioCodec: CarrierCodec = {
  name: 'twilio',
  encoding: 'mulaw',
  sampleRateHz: 8000,
  minChunkMs: 20,
  maxLeadMs: 1000,
  echoesClearedMarks: true,

  decode(text) {
    if (text.length > MAX_TEXT_CHARS) throw malformed(`it is ${text.length} characters long`);
    const message = fieldsOf(parse(text), 'message');
    switch (message.event) {
      case 'media':
        return toAudio(message);
      case 'mark':
        return { kind: 'mark', name: textOf(fieldsOf(message.mark, 'mark').name, 'mark.name') };
      case 'dtmf':
        return toDtmf(message);
      case 'start':
        return toStreamStart(message);
      case 'stop':
        return { kind: 'stream-stop' };
      default:
        if (typeof message.event !== 'string') throw malformed('event is not a string');
        return undefined;
    }
  },

  encodeAudio: (streamId, payload) =>
    payload.length === 0 ? [] : [`{"event":"media","streamSid":${JSON.stringify(streamId)},"media":{"payload":"${payload.toString('base64')}"}}`],
  encodeMark: (streamId, name) => JSON.stringify({ event: 'mark', streamSid: streamId, mark: { name } }),
  encodeClear: (streamId) => JSON.stringify({ event: 'clear', streamSid: streamId }),
};

const toAudio = (message: Fields): MediaEvent | undefined => {
  const media = fieldsOf(message.media, 'media');
  // Only a one-way fork carries our own audio back; it says nothing about the candidate.
  if (media.track === 'outbound') return undefined;
  const base64 = media.payload;
  if (typeof base64 !== 'string' || base64.length === 0) throw malformed('media.payload is missing');
  // The length is judged before anything is decoded.
  if (base64.length > (MAX_PAYLOAD_BYTES / 3) * 4 + 4) throw malformed(`media.payload is ${base64.length} characters long`);
  if (base64.length % 4 !== 0 || !BASE64.test(base64)) throw malformed('media.payload is not base64');
  return { kind: 'audio', timestampMs: timestampOf(media.timestamp), payload: Buffer.from(base64, 'base64') };
};

const toDtmf = (message: Fields): MediaEvent => {
  const digit = fieldsOf(message.dtmf, 'dtmf').digit;
  if (typeof digit !== 'string' || !/^[0-9*#A-D]$/.test(digit)) throw malformed('dtmf.digit is not a key');
  return { kind: 'dtmf', digit };
};

const toStreamStart = (message: Fields): MediaEvent => {
  const start = fieldsOf(message.start, 'start');
  const format = start.mediaFormat ?? start.media_format;
  if (format !== undefined) {
    const { encoding, sampleRate, sample_rate: sampleRateSnake } = fieldsOf(format, 'start.mediaFormat');
    const rate = sampleRate ?? sampleRateSnake;
    if (encoding !== undefined && encoding !== 'audio/x-mulaw') throw malformed('the stream is not mu-law');
    if (rate !== undefined && rate !== 8000 && rate !== '8000') throw malformed('the stream is not at 8000 Hz');
  }
  const streamId = start.streamSid ?? start.stream_sid ?? message.streamSid ?? message.stream_sid;
  const parameters = start.customParameters ?? start.custom_parameters ?? {};
  return {
    kind: 'stream-start',
    streamId: textOf(streamId, 'start.streamSid'),
    providerCallId: textOf(start.callSid ?? start.call_sid, 'start.callSid'),
    // fromEntries defines properties instead of assigning them: a `__proto__` parameter stays a plain key.
    parameters: Object.fromEntries(Object.entries(fieldsOf(parameters, 'start.customParameters')).map(([name, value]) => [name, plainText(value)])),
  };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('media_malformed', { reason: 'it is not JSON' }, { cause });
  }
};

const fieldsOf = (value: unknown, what: string): Fields => {
  if (!isFields(value)) throw malformed(`${what} is not an object`);
  return value;
};

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: unknown, what: string): string => {
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_NAME_CHARS) throw malformed(`${what} is missing or too long`);
  return value;
};

const timestampOf = (value: unknown): number => {
  const ms = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof ms !== 'number' || !Number.isFinite(ms) || ms < 0) throw malformed('media.timestamp is not a time in ms');
  return ms;
};

const plainText = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw malformed('a custom parameter is not text');
};

const malformed = (reason: string) => new AppError('media_malformed', { reason });
