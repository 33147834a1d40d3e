import { DeepgramClient } from '@deepgram/sdk';
import type { Clock } from '../../schemas/clock.js';
import type { EngineError } from '../../schemas/engine-error.js';
import { toClosedError, toSocketError } from './deepgram-failure.js';
import type { ListenParameters } from './deepgram-parameters.js';
import { type DeepgramWebSocket, openDeepgramWebSocket } from './deepgram-transport.js';

/** A message to the vendor beside audio. Finalize and KeepAlive are for v1, Configure for v2 only. */
export type ControlMessage = { type: 'KeepAlive' } | { type: 'Finalize' } | { type: 'CloseStream' } | { type: 'Configure'; keyterms: string[] };

/** One connection, once. It is never opened again: another try is another socket with the same handlers. */
export interface DeepgramSocket {
  /** Audio is dropped, and a message too, while the socket is not open. Audio is never empty. */
  sendAudio(audio: Buffer): void;
  send(message: ControlMessage): void;
  readonly bufferedBytes: number;
  /** Ends the connection now; no handler is called afterwards. */
  close(): void;
}

export interface DeepgramSocketHandlers {
  onOpen(): void;
  /** JSON as the SDK parsed it, or what was none. */
  onMessage(message: unknown): void;
  /** Refused, closed or broken; once, and the last call. */
  onDown(error: EngineError): void;
}

interface SdkHandlers {
  open(): void;
  message(message: unknown): void;
  close(event: { code?: number; reason?: string }): void;
  error(error: Error): void;
}

/** The part of the SDK's two sockets that is used. */
interface SdkSocket {
  connect(handlers: SdkHandlers): void;
  close(): void;
  sendMedia(audio: Buffer): void;
  send(message: ControlMessage): void;
}

/** Opens one connection through the SDK. Follows: @deepgram/sdk 5.13, `listen.v1.connect` and `listen.v2.connect`. Never throws. */
export const openDeepgramSocket = (
  options: { apiKey: string; baseUrl: string | undefined; clock: Clock; parameters: ListenParameters },
  handlers: DeepgramSocketHandlers,
): DeepgramSocket => {
  let sdk: SdkSocket | undefined;
  let transport: DeepgramWebSocket | undefined;
  let isOpen = false;
  let over = false;

  const finish = () => {
    over = true;
    isOpen = false;
    sdk?.close();
  };
  const down = (error: EngineError) => {
    if (over) return;
    finish();
    handlers.onDown(error);
  };

  const client = new DeepgramClient({
    apiKey: options.apiKey,
    ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
    maxRetries: 0,
    transportFactory: (url, headers) => {
      transport = openDeepgramWebSocket(url, { headers, clock: options.clock, onDown: down });
      return transport;
    },
  });

  const open = async () => {
    const created = await createSdkSocket(client, options.parameters);
    if (over) return;
    sdk = created;
    created.connect({
      open() {
        if (over) return;
        isOpen = true;
        handlers.onOpen();
      },
      message(message) {
        if (!over) handlers.onMessage(message);
      },
      // The transport has told first unless the SDK itself gave up.
      close: ({ code, reason }) => down(toClosedError(code ?? 0, reason ?? '')),
      error: (error) => down(toSocketError(error)),
    });
  };
  open().catch((error: unknown) => down(toSocketError(error instanceof Error ? error : new Error(String(error)))));

  return {
    sendAudio(audio) {
      if (isOpen && audio.length > 0 && transport?.isOpen()) sdk?.sendMedia(audio);
    },
    send(message) {
      if (isOpen && transport?.isOpen()) sdk?.send(message);
    },
    get bufferedBytes() {
      return transport?.bufferedBytes ?? 0;
    },
    close() {
      if (!over) finish();
    },
  };
};

const createSdkSocket = async (client: DeepgramClient, parameters: ListenParameters): Promise<SdkSocket> => {
  if (parameters.version === 'v2') {
    const socket = await client.listen.v2.connect({ ...parameters.query, reconnectAttempts: 0 });
    return {
      connect({ open, message, close, error }) {
        socket.on('open', open);
        socket.on('message', message);
        socket.on('close', close);
        socket.on('error', error);
        socket.connect();
      },
      close: () => socket.close(),
      sendMedia: (audio) => socket.sendMedia(audio),
      send(message) {
        if (message.type === 'CloseStream') socket.sendCloseStream(message);
        if (message.type === 'Configure') socket.sendConfigure(message);
      },
    };
  }
  const socket = await client.listen.v1.connect({ ...parameters.query, reconnectAttempts: 0 });
  return {
    connect({ open, message, close, error }) {
      socket.on('open', open);
      socket.on('message', message);
      socket.on('close', close);
      socket.on('error', error);
      socket.connect();
    },
    close: () => socket.close(),
    sendMedia: (audio) => socket.sendMedia(audio),
    send(message) {
      if (message.type === 'KeepAlive') socket.sendKeepAlive(message);
      if (message.type === 'Finalize') socket.sendFinalize(message);
      if (message.type === 'CloseStream') socket.sendCloseStream(message);
    },
  };
};
