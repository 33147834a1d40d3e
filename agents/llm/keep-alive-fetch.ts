import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';

/*
 * `fetch` for a vendor who is asked once a turn. Node's own gives an idle connection up after 4 s unless the server names another time, which the vendor does
 * not, and turns lie further apart, so that each would pay for TCP and TLS anew: two round trips before the first token. Its pool can be set only through a
 * Dispatcher of the package undici, which Node has inside and does not give out. Node's http agent keeps connections as long as it is told.
 */

/** Idle connections are kept this long, ms of real time. Turns seldom lie further apart, and load balancers wait longer, so that ours is the end that closes. */
const IDLE_MS = 60_000;

/**
 * The part of `fetch` that the SDK uses: text bodies, no redirects, no compression. Idle connections do not keep the process alive, so there is nothing to
 * close. Rejects with the network's error, and with the signal's reason when aborted; both also end a body that is being read.
 */
export const keepAliveFetch = (idleMs = IDLE_MS): ((input: string | URL | Request, init?: RequestInit) => Promise<Response>) => {
  const options = { keepAlive: true, timeout: idleMs };
  const agents = { http: new HttpAgent(options), https: new HttpsAgent(options) };
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const { method = 'GET', body, signal } = init;
      if (input instanceof Request || (body !== undefined && body !== null && typeof body !== 'string'))
        return reject(new TypeError('only an address and a text can be sent'));
      if (signal?.aborted) return reject(signal.reason);
      const url = new URL(input);
      const isPlain = url.protocol === 'http:';
      const headers = { ...Object.fromEntries(new Headers(init.headers)), ...(body ? { 'content-length': Buffer.byteLength(body) } : {}) };
      const send = isPlain ? httpRequest : httpsRequest;
      const request = send(url, { method, headers, agent: isPlain ? agents.http : agents.https });
      const abort = () => request.destroy(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      request.once('close', () => signal?.removeEventListener('abort', abort));
      request.on('error', reject);
      request.once('response', (response) => {
        try {
          resolve(toResponse(response));
        } catch (error) {
          // A status that no response can have.
          request.destroy();
          reject(error);
        }
      });
      request.end(body ?? undefined);
    });
};

const toResponse = (message: IncomingMessage): Response => {
  const status = message.statusCode ?? 0;
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.append(name, one);
  }
  const isEmpty = status === 204 || status === 205 || status === 304;
  if (isEmpty) message.resume();
  return new Response(isEmpty ? null : bodyOf(message), { status, headers });
};

/** Node's converter is typed for its own streams, which are those of the platform. */
const bodyOf = (message: IncomingMessage): ReadableStream<Uint8Array> => Readable.toWeb(message) as ReadableStream<Uint8Array>;
