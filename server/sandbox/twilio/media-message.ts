/** What the application may send on a media stream. */
export type ApplicationMessage = { kind: 'media'; audio: Buffer } | { kind: 'mark'; name: string } | { kind: 'clear' };

/**
 * Reads a text message of the application as strictly as the vendor: JSON, a known event, the right streamSid, base64 that is audio. Otherwise the reason, which
 * becomes warning 31950.
 *
 * Follows: Twilio, "Media Streams - WebSocket Messages: Messages to Twilio" and error 31950.
 */
export const readApplicationMessage = (text: string, streamSid: string): ApplicationMessage | { problem: string } => {
  const message = parseJson(text);
  if (message === undefined) return { problem: 'the message is not a JSON object' };
  if (message.streamSid !== streamSid) return { problem: `streamSid is not ${streamSid}` };
  switch (message.event) {
    case 'media': {
      const payload = isWire(message.media) ? message.media.payload : undefined;
      if (typeof payload !== 'string' || payload === '') return { problem: 'media.payload is missing' };
      if (payload.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(payload)) return { problem: 'media.payload is not base64' };
      const audio = Buffer.from(payload, 'base64');
      // A file header would be played as noise; it is the classic mistake.
      if (audio.subarray(0, 4).toString('latin1') === 'RIFF') return { problem: 'media.payload has a file header' };
      return { kind: 'media', audio };
    }
    case 'mark': {
      const name = isWire(message.mark) ? message.mark.name : undefined;
      return typeof name === 'string' && name !== '' ? { kind: 'mark', name } : { problem: 'mark.name is missing' };
    }
    case 'clear':
      return { kind: 'clear' };
    default:
      return { problem: `unknown event ${JSON.stringify(message.event)}` };
  }
};

type Wire = { readonly [key in 'event' | 'streamSid' | 'media' | 'payload' | 'mark' | 'name']?: unknown };

const isWire = (value: unknown): value is Wire => typeof value === 'object' && value !== null && !Array.isArray(value);

const parseJson = (text: string): Wire | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isWire(value) ? value : undefined;
  } catch {
    // Not JSON: the caller reports it, as the vendor does.
    return undefined;
  }
};
