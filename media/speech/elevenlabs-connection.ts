import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import type { Cancel, Clock } from '../../schemas/clock.js';
import type { EngineError } from '../../schemas/engine-error.js';
import { elevenLabsErrors, SOCKET_ENGINE } from './elevenlabs-errors.js';
import type { ElevenLabsTimeouts } from './elevenlabs-options.js';
import { type ClientMessage, readServerMessage, type ServerMessage } from './elevenlabs-wire.js';
import type { EngineLog } from './worker-start.js';

const { closeError, frameError, lostError, statusError, timeoutError } = elevenLabsErrors(SOCKET_ENGINE);

/** Far more than a message of audio; a peer that sends more is not the vendor. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** Texts are short: this much unsent means that the network takes nothing any more. */
const MAX_UNSENT_BYTES = 256 * 1024;
const MAX_BODY_BYTES = 4096;

/** One socket from its opening to its end; it never reconnects. */
export interface Connection {
  /** Resolves when messages can be sent; rejects with EngineError. */
  readonly opened: Promise<void>;
  /** Sends in order, at once. Dropped when the connection is not open. */
  send(...messages: ClientMessage[]): void;
  /** Says goodbye and closes, in bounded time. `onDown` is not called. */
  close(): void;
  /** Ends it without a word, because it does not answer; `onDown` gets the reason. */
  abandon(reason: EngineError): void;
}

export interface ConnectionOptions {
  url: string;
  apiKey: string;
  clock: Clock;
  timeouts: ElevenLabsTimeouts;
  log: EngineLog | undefined;
  onMessage(message: ServerMessage): void;
  /** Once, when the connection failed to open, was lost or was refused by the vendor. */
  onDown(error: EngineError): void;
}

/**
 * Opens a socket to ElevenLabs and keeps it open with an empty text when nothing else is sent. Messages that are not the vendor's are ignored and logged once.
 *
 * Follows: ElevenLabs, "Multi-context WebSocket"; the idle keep-alive as in the vendor's guide for conversational agents.
 */
export const openConnection = (options: ConnectionOptions): Connection => {
  const { url, apiKey, clock, timeouts, log } = options;
  const socket = new WebSocket(url, {
    headers: { 'xi-api-key': apiKey },
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  let settleOpened: { resolve: () => void; reject: (error: EngineError) => void } | undefined;
  const opened = new Promise<void>((resolve, reject) => {
    settleOpened = { resolve, reject };
  });
  opened.catch(() => {
    // Whoever waits for it gets the reason; with nobody waiting, `onDown` has told it.
  });
  let cancelKeepAlive: Cancel = () => undefined;
  let isOver = false;
  let heard = false;
  let ignored = 0;

  const over = () => {
    isOver = true;
    cancelKeepAlive();
    cancelConnect();
  };
  const down = (error: EngineError) => {
    if (isOver) return;
    over();
    log?.warn({ engine: error.engine, failure: error.failure, code: error.vendorCode }, 'the connection to the voice is gone');
    socket.terminate();
    settleOpened?.reject(error);
    options.onDown(error);
  };
  const cancelConnect = clock.after(timeouts.connectMs, () => down(timeoutError(`no connection within ${timeouts.connectMs} ms`)));

  const sendNow = (message: ClientMessage) => {
    if (isOver || socket.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify(message));
    if (socket.bufferedAmount > MAX_UNSENT_BYTES) down(lostError('the connection takes no more text'));
  };
  const keepAlive = () => {
    cancelKeepAlive();
    cancelKeepAlive = clock.after(timeouts.keepAliveMs, () => {
      sendNow({ text: '' });
      if (!isOver) keepAlive();
    });
  };

  socket.on('open', () => {
    if (isOver) return;
    cancelConnect();
    keepAlive();
    settleOpened?.resolve();
  });
  socket.on('message', (data, isBinary) => {
    if (isOver) return;
    const messages = isBinary ? undefined : readServerMessage(data.toString());
    if (!messages) {
      ignored += 1;
      if (ignored === 1) log?.warn({ engine: SOCKET_ENGINE }, 'a message that is not of the protocol was ignored');
      return;
    }
    heard = true;
    for (const message of messages) {
      if (message.kind === 'error') return down(frameError(message));
      options.onMessage(message);
    }
  });
  socket.on('unexpected-response', (request, response) => {
    readBody(response).then(
      (body) => {
        request.destroy();
        down(statusError(response.statusCode ?? 0, body));
      },
      () => down(lostError('the upgrade was refused and its reason was lost')),
    );
  });
  socket.on('error', (error: Error & { code?: string }) => down(lostError(`the connection failed${error.code ? ` (${error.code})` : ''}`)));
  socket.on('close', (code, reason) => down(closeError(code, reason.toString(), heard)));

  return {
    opened,
    send(...messages) {
      for (const message of messages) sendNow(message);
      if (!isOver && socket.readyState === WebSocket.OPEN) keepAlive();
    },
    close() {
      if (isOver) return;
      sendNow({ close_socket: true });
      over();
      settleOpened?.reject(lostError('the voice was closed'));
      if (socket.readyState === WebSocket.CONNECTING) return socket.terminate();
      socket.close(1000);
      const cancel = clock.after(timeouts.closeMs, () => socket.terminate());
      socket.once('close', cancel);
    },
    abandon: down,
  };
};

/** The JSON of a refused upgrade; undefined when it is something else. Bounded by the time for the connection. */
const readBody = async (response: IncomingMessage): Promise<unknown> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) break;
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return undefined;
  }
};
