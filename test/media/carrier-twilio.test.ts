import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { twilioCodec } from '../../media/carriers/twilio.js';
import { AppError } from '../../schemas/errors.js';
import { readApplicationMessage } from '../../server/sandbox/twilio/media-message.js';
import { fc, runs } from '../fixtures/properties.js';

const GOLDEN: { name: string; text: string; event: Record<string, unknown> | null }[] = JSON.parse(
  readFileSync(join(process.cwd(), 'test/fixtures/twilio/media-stream.json'), 'utf8'),
);

const media = (fields: Record<string, unknown>) => JSON.stringify({ event: 'media', streamSid: 'MZ2', media: fields });
const start = (fields: Record<string, unknown>) => JSON.stringify({ event: 'start', start: { streamSid: 'MZ2', callSid: 'CA3', ...fields } });

t.test('the vendor messages are read', async (t) => {
  for (const { name, text, event } of GOLDEN) {
    const decoded = twilioCodec.decode(text);
    t.strictSame(decoded?.kind === 'audio' ? { ...decoded, payload: decoded.payload.toString('base64') } : decoded, event ?? undefined, name);
  }
});

t.test('a message that breaks the format is media_malformed', async (t) => {
  const table: Record<string, string> = {
    nothing: '',
    'no JSON': '{"event":"media"',
    'a list': '[]',
    null: 'null',
    'a number': '7',
    'no event': '{}',
    'an event that is no text': '{"event":7}',
    'media without its object': '{"event":"media"}',
    'media that is a list': '{"event":"media","media":[]}',
    'no payload': media({ timestamp: '5' }),
    'an empty payload': media({ timestamp: '5', payload: '' }),
    'a payload that is no text': media({ timestamp: '5', payload: 7 }),
    'a payload that is not base64': media({ timestamp: '5', payload: 'not base64!' }),
    'a payload of odd length': media({ timestamp: '5', payload: 'AAA' }),
    'padding in the middle': media({ timestamp: '5', payload: 'A=AA' }),
    'more than a second of audio': media({ timestamp: '5', payload: Buffer.alloc(8010).toString('base64') }),
    'a giant message': media({ timestamp: '5', payload: 'A'.repeat(1_000_000) }),
    'no timestamp': media({ payload: '/w==' }),
    'an empty timestamp': media({ timestamp: ' ', payload: '/w==' }),
    'a timestamp that is no number': media({ timestamp: 'soon', payload: '/w==' }),
    'a negative timestamp': media({ timestamp: -20, payload: '/w==' }),
    'start without its object': '{"event":"start"}',
    'start without a stream id': '{"event":"start","start":{"callSid":"CA3"}}',
    'start without a call id': '{"event":"start","start":{"streamSid":"MZ2"}}',
    'start with another encoding': start({ mediaFormat: { encoding: 'audio/x-l16', sampleRate: 8000 } }),
    'start with another rate': start({ mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 16000 } }),
    'start with parameters that are a list': start({ customParameters: ['a'] }),
    'start with a parameter that is an object': start({ customParameters: { a: {} } }),
    'dtmf of two keys': '{"event":"dtmf","dtmf":{"digit":"12"}}',
    'dtmf of no key': '{"event":"dtmf","dtmf":{"digit":"x"}}',
    'mark without a name': '{"event":"mark","mark":{}}',
    'mark with a giant name': JSON.stringify({ event: 'mark', mark: { name: 'a'.repeat(300) } }),
  };
  for (const [name, text] of Object.entries(table)) t.throws(() => twilioCodec.decode(text), { code: 'media_malformed' }, name);
});

t.test('no input makes it throw anything else, nor touches a prototype', async (t) => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant('/w=='), fc.jsonValue());
  const key = fc.constantFrom(
    'event',
    'media',
    'start',
    'mark',
    'dtmf',
    'streamSid',
    'payload',
    'timestamp',
    'track',
    'name',
    'digit',
    'callSid',
    'customParameters',
    'mediaFormat',
    '__proto__',
    'constructor',
    'toString',
  );
  const inner = fc.array(fc.tuple(key, value), { maxLength: 6 });
  const message = fc.tuple(fc.constantFrom('media', 'start', 'mark', 'dtmf', 'stop', 'connected', 'x'), inner, inner);
  const object = (pairs: [string, unknown][]) => `{${pairs.map(([name, held]) => `${JSON.stringify(name)}:${JSON.stringify(held)}`).join(',')}}`;
  const survives = (text: string) => {
    try {
      twilioCodec.decode(text);
      return true;
    } catch (error) {
      return error instanceof AppError && error.code === 'media_malformed';
    }
  };
  fc.assert(fc.property(fc.string(), survives));
  fc.assert(fc.property(fc.json(), survives));
  fc.assert(
    fc.property(message, ([event, outer, within]) =>
      survives(`{"event":"${event}",${JSON.stringify(event)}:${object(within)},"rest":${object(outer)}}`),
    ),
    { numRuns: runs(1000) },
  );
  const event = twilioCodec.decode('{"event":"start","start":{"streamSid":"MZ2","callSid":"CA3","customParameters":{"__proto__":"x","a":"b"}}}');
  t.match(event, { kind: 'stream-start', parameters: { a: 'b' } });
  t.equal(Object.getPrototypeOf(event?.kind === 'stream-start' ? event.parameters : {}), Object.prototype);
});

t.test('messages to the vendor have its exact form', async (t) => {
  t.strictSame(twilioCodec.encodeAudio('MZ2', Buffer.from([0xff, 0xfe])), ['{"event":"media","streamSid":"MZ2","media":{"payload":"//4="}}']);
  t.strictSame(twilioCodec.encodeAudio('MZ2', Buffer.alloc(0)), []);
  t.equal(twilioCodec.encodeMark('MZ2', 'turn-3'), '{"event":"mark","streamSid":"MZ2","mark":{"name":"turn-3"}}');
  t.equal(twilioCodec.encodeClear('MZ2'), '{"event":"clear","streamSid":"MZ2"}');
});

t.test('what it writes is taken by the strict reader of the sandbox', async () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 2000 }),
      fc.string({ minLength: 1, maxLength: 40 }),
      fc.string(),
      (bytes, name, streamId) => {
        const sent = Buffer.from(bytes);
        const read = twilioCodec.encodeAudio(streamId, sent).map((text) => readApplicationMessage(text, streamId));
        const audio = Buffer.concat(read.map((message) => ('kind' in message && message.kind === 'media' ? message.audio : Buffer.alloc(0))));
        const mark = readApplicationMessage(twilioCodec.encodeMark(streamId, name), streamId);
        const clear = readApplicationMessage(twilioCodec.encodeClear(streamId), streamId);
        const isHeader = sent.subarray(0, 4).toString('latin1') === 'RIFF';
        return (
          (isHeader || audio.equals(sent)) &&
          'kind' in mark &&
          mark.kind === 'mark' &&
          mark.name === name &&
          'kind' in clear &&
          clear.kind === 'clear'
        );
      },
    ),
  );
});
