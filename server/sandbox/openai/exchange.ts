import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Random } from '../../../schemas/clock.js';
import { ApiError, badRequest } from './api-error.js';
import type { LoggedRequest } from './request-log.js';

/** One request and its reply. */
export interface Exchange {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly entry: LoggedRequest;
  readonly response: ServerResponse;
  /** Aborts when the connection is gone. */
  readonly gone: AbortSignal;
  /** Throws ApiError when the body is too long, of another type or no JSON. */
  readJson(maxBytes: number): Promise<unknown>;
  /** The headers of every reply. */
  headers(): Record<string, string>;
  reply(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void;
  /** The vendor breaks the connection: at once, or when what was written is sent. */
  cut(when: 'now' | 'after-writes'): void;
}

/** `connection` numbers the connection of the request. */
export const createExchange = (
  { clock, random, connection }: { clock: Clock; random: Random; connection: number },
  request: IncomingMessage,
  response: ServerResponse,
): Exchange => {
  const startedMs = clock.monotonic();
  const requestId = `req_${random.bytes(16).toString('hex')}`;
  const gone = new AbortController();
  let isCut = false;
  const method = request.method ?? '';
  const { pathname: path } = new URL(request.url ?? '/', 'http://127.0.0.1');

  const over = new Promise<'answered' | 'client-gone' | 'cut'>((resolve) => {
    response.once('close', () => {
      gone.abort(new Error('the connection is gone'));
      resolve(isCut ? 'cut' : response.writableFinished ? 'answered' : 'client-gone');
    });
  });
  const entry: LoggedRequest = { method, path, headers: request.headers, body: undefined, model: undefined, connection, status: undefined, over };
  const headers = () => ({
    'x-request-id': requestId,
    'openai-version': '2020-10-01',
    'openai-processing-ms': String(Math.round(clock.monotonic() - startedMs)),
  });

  return {
    method,
    path,
    authorization: request.headers.authorization,
    entry,
    response,
    gone: gone.signal,
    headers,
    async readJson(maxBytes) {
      const unparsed = () =>
        badRequest('We could not parse the JSON body of your request. (HINT: This likely means you aren’t using your HTTP library correctly.)');
      const parts: Buffer[] = [];
      let bytes = 0;
      for await (const part of request) {
        if (!Buffer.isBuffer(part)) continue;
        bytes += part.length;
        // Read to its end all the same: a client that is still writing would not see the refusal.
        if (bytes <= maxBytes) parts.push(part);
      }
      if (bytes > maxBytes) throw new ApiError(413, 'Request body too large.');
      if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
        throw new ApiError(
          415,
          `Unsupported 'Content-Type' header: '${request.headers['content-type'] ?? ''}'. This API method only accepts 'application/json' requests.`,
        );
      }
      try {
        return JSON.parse(Buffer.concat(parts).toString('utf8'));
      } catch {
        throw unparsed();
      }
    },
    reply(status, body, more = {}) {
      entry.status = status;
      response.writeHead(status, { ...headers(), ...more, 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    },
    cut(when) {
      isCut = true;
      if (when === 'now') request.socket.resetAndDestroy();
      else request.socket.destroySoon();
    },
  };
};
