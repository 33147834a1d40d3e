import type { IncomingMessage } from 'node:http';
import type { DeepgramTransport } from '@deepgram/sdk';
import { type RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock } from '../../schemas/clock.js';
import type { EngineError } from '../../schemas/engine-error.js';
import { toClosedError, toRefusedError, toSocketError } from './deepgram-failure.js';

/*
 * The SDK's own socket tells of a refused handshake only in prose ("Unexpected server response: 401") and loses the header `dg-error` and the body; it also
 * queues without limit. This one is given to the SDK in its place (`transportFactory`), so that a refusal is known by its status and a slow network by the
 * bytes that wait. A custom transport turns the SDK's reconnect off as well.
 */

/** What the vendor sends is small; more is no transcript. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_REFUSAL_BYTES = 4096;
/** The far end has this long to answer a close, ms. */
const CLOSE_MS = 2000;
const NORMAL = 1000;

export interface DeepgramWebSocket extends DeepgramTransport {
  /** Bytes that the network has not taken yet. */
  readonly bufferedBytes: number;
}

/** Opens the socket. `onDown` is called once, before the SDK hears of it: refused, closed or broken. It is not called after `close`. */
export const openDeepgramWebSocket = (
  url: string,
  options: { headers: Record<string, string>; clock: Clock; onDown: (error: EngineError) => void },
): DeepgramWebSocket => {
  const ws = new WebSocket(url, { headers: options.headers, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  let over = false;
  const down = (error: EngineError) => {
    if (over) return;
    over = true;
    options.onDown(error);
  };
  // Without this listener a later error would have none and end the process.
  ws.on('error', (error) => down(toSocketError(error)));
  ws.on('close', (code, reason) => down(toClosedError(code, reason.toString())));
  ws.on('unexpected-response', (request, response) => {
    readRefusal(response, (body) => {
      const code = refusalSchema.safeParse(body).data?.err_code;
      const reason = response.headers['dg-error'];
      down(toRefusedError({ status: response.statusCode ?? 0, reason: typeof reason === 'string' ? reason : undefined, code }));
      request.destroy();
      ws.terminate();
    });
  });

  return {
    send(data) {
      // The SDK's type allows a Blob; we send text and buffers only.
      if (!(data instanceof Blob)) ws.send(data, noop);
    },
    onOpen: (listener) => ws.on('open', listener),
    onMessage: (listener) => ws.on('message', (data, isBinary) => listener(isBinary ? toArrayBuffer(data) : data.toString())),
    onError: (listener) => ws.on('error', listener),
    onClose: (listener) => ws.on('close', (code, reason) => listener({ code, reason: reason.toString() })),
    isOpen: () => ws.readyState === ws.OPEN,
    close() {
      over = true;
      if (ws.readyState === ws.CONNECTING) return ws.terminate();
      if (ws.readyState === ws.CLOSED) return;
      ws.close(NORMAL);
      const cancel = options.clock.after(CLOSE_MS, () => ws.terminate());
      ws.once('close', cancel);
    },
    get bufferedBytes() {
      return ws.bufferedAmount;
    },
  };
};

/** What `send` cannot deliver is reported by the close that follows. */
const noop = () => {};

const refusalSchema = z.object({ err_code: z.string().max(100) });

/** The body as JSON, or undefined; as much as arrives before its end, its limit or a break. */
const readRefusal = (response: IncomingMessage, done: (body: unknown) => void) => {
  const parts: Buffer[] = [];
  let bytes = 0;
  let isDone = false;
  const finish = () => {
    if (isDone) return;
    isDone = true;
    done(parseJson(Buffer.concat(parts).toString()));
  };
  response.on('data', (part: Buffer) => {
    parts.push(part);
    bytes += part.length;
    if (bytes > MAX_REFUSAL_BYTES) finish();
  });
  response.on('end', finish);
  response.on('close', finish);
  response.on('error', finish);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The status alone says enough.
    return undefined;
  }
};

const toArrayBuffer = (data: RawData): ArrayBuffer => {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
};
