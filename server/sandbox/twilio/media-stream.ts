import type { Socket } from 'node:net';
import WebSocket from 'ws';
import type { Clock, Random } from '../../../schemas/clock.js';
import { createArrival } from './arrival.js';
import { readApplicationMessage } from './media-message.js';
import { createPlayoutBuffer, FRAME_MS } from './playout-buffer.js';
import { signTwilioRequest } from './signature.js';

/** The application must take the upgrade within this time. */
const HANDSHAKE_MS = 10_000;
/** After we have closed, the application has this long to do so too. */
const CLOSE_MS = 2000;
/** 4 s of frames as JSON; an application that reads no more than that is not listening. */
const MAX_UNSENT_BYTES = 64 * 1024;
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** A frame of the phone on its way to the application. */
export interface SaidFrame {
  audio: Buffer;
  dtmf?: string | undefined;
}

/** The WebSocket of one `<Stream>`, from the carrier's side. */
export interface MediaStream {
  readonly streamSid: string;
  /** What is played into the line during this frame; the marks are echoed by `endFrame`. */
  beginFrame(): { played: Buffer; audioBytes: number };
  /** The frame is over: what was said in it leaves for the application, and the marks that are due come back. */
  endFrame(said: SaidFrame): void;
  /** Sends what is still on its way, then stop, then closes. */
  stop(): void;
  /** Breaks the connection as a failing network does: no stop, no close frame. */
  reset(): void;
  /** Resolves when the socket is gone, whoever ended it; never rejects. */
  readonly closed: Promise<void>;
}

export interface MediaStreamParts {
  clock: Clock;
  random: Random;
  authToken: string;
  accountSid: string;
  callSid: string;
  url: string;
  parameters: Readonly<Record<string, string>>;
  /** Of the line. */
  loss: number;
  jitterMs: number;
  /** The vendor's debugger: code and text. */
  warn: (code: number, text: string) => void;
  signal: AbortSignal;
}

/**
 * Opens the media WebSocket of a `<Connect><Stream>` and announces the stream on it. Rejects when the application does not take the upgrade within 10 s. Audio is played
 * from an unbounded-pace buffer by the line's frames; messages that break the format are ignored, with warning 31950 once per stream.
 *
 * Follows: Twilio, "Media Streams - WebSocket Messages".
 */
export const openMediaStream = async (parts: MediaStreamParts): Promise<MediaStream> => {
  const { clock, random, accountSid, callSid, url, signal } = parts;
  const streamSid = `MZ${random.bytes(16).toString('hex')}`;
  const { socket, connection } = await connect(parts);
  const playout = createPlayoutBuffer();
  const arrival = createArrival(random, parts);
  let sequence = 0;
  let chunk = 0;
  let frames = 0;
  const dueMarks: string[] = [];
  let warned = false;
  let stopped = false;

  const send = (message: Record<string, unknown>) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  const sendNumbered = (event: string, body: Record<string, unknown>) => {
    sequence += 1;
    send({ event, sequenceNumber: String(sequence), streamSid, [event]: body });
  };
  const warnOnce = (text: string) => {
    if (!warned) parts.warn(31950, `${text} (stream ${streamSid}; further malformed messages are not reported)`);
    warned = true;
  };
  const echo = (names: string[]) => {
    for (const name of names) sendNumbered('mark', { name });
  };
  const sendAudio = (travelled: { lineMs: number; audio: Buffer }[]) => {
    for (const { lineMs, audio } of travelled) {
      if (socket.bufferedAmount > MAX_UNSENT_BYTES) return warnOnce('the application does not read its socket; audio was dropped');
      chunk += 1;
      sendNumbered('media', { track: 'inbound', chunk: String(chunk), timestamp: String(lineMs), payload: audio.toString('base64') });
    }
  };

  socket.on('message', (data, isBinary) => {
    if (stopped) return;
    if (isBinary) return warnOnce('binary frames are not supported');
    const message = readApplicationMessage(data.toString(), streamSid);
    if ('problem' in message) return warnOnce(message.problem);
    if (message.kind === 'mark') echo(playout.mark(message.name));
    else if (message.kind === 'clear') echo(playout.clear());
    else if (!playout.append(message.audio)) warnOnce('more than 10 minutes of audio wait to be played');
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const terminate = () => socket.terminate();
  signal.addEventListener('abort', terminate, { once: true });
  closed.then(
    () => signal.removeEventListener('abort', terminate),
    () => undefined,
  );

  send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
  sendNumbered('start', {
    accountSid,
    streamSid,
    callSid,
    tracks: ['inbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    customParameters: parts.parameters,
  });

  return {
    streamSid,
    beginFrame() {
      const { frame, marks, audioBytes } = playout.takeFrame();
      dueMarks.push(...marks);
      return { played: frame, audioBytes };
    },
    endFrame({ audio, dtmf }) {
      const lineMs = frames * FRAME_MS;
      frames += 1;
      arrival.depart({ lineMs, audio }, lineMs);
      sendAudio(arrival.arrived(lineMs));
      for (const digit of dtmf ?? '') sendNumbered('dtmf', { track: 'inbound_track', digit });
      echo(dueMarks.splice(0));
    },
    stop() {
      if (stopped) return;
      stopped = true;
      sendAudio(arrival.rest());
      sendNumbered('stop', { accountSid, callSid });
      socket.close(1000);
      const cancel = clock.after(CLOSE_MS, terminate);
      closed.then(cancel, cancel);
    },
    reset() {
      stopped = true;
      connection.resetAndDestroy();
    },
    closed,
  };

  async function connect({ authToken }: MediaStreamParts): Promise<{ socket: WebSocket; connection: Socket }> {
    const candidate = new WebSocket(url, {
      headers: { 'x-twilio-signature': signTwilioRequest(authToken, url), 'user-agent': 'Twilio.TmeWs/1.0' },
      perMessageDeflate: false,
      followRedirects: false,
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: MAX_MESSAGE_BYTES,
    });
    return new Promise((resolve, reject) => {
      let connection: Socket | undefined;
      const abandon = () => candidate.terminate();
      signal.addEventListener('abort', abandon, { once: true });
      candidate.once('upgrade', (response) => {
        connection = response.socket;
      });
      candidate.once('open', () => {
        signal.removeEventListener('abort', abandon);
        if (connection) resolve({ socket: candidate, connection });
      });
      // Stays for the life of the socket: an error is always followed by `close`, which is what counts.
      candidate.on('error', reject);
    });
  }
};
