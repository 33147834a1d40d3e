import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { AppError } from '../schemas/errors.js';

/** Requests that are being answered when the server closes have this long, in real time; then their connections are cut. */
const CLOSE_WITHIN_MS = 2_000;

/** The listening server. Until `serve`, and again after `refuse`, every request is answered with 503. */
export interface HttpServer {
  readonly server: Server;
  readonly port: number;
  serve(handler: RequestListener): void;
  /** Takes no new connections and no new requests from now on. Harmless to repeat. */
  refuse(): void;
  /** Refuses, and resolves when the last connection is gone; those that do not end are cut after 2 s. Harmless to repeat. */
  close(): Promise<void>;
}

/** Listens on `host` and `port` (0: a free one). The caller closes it. Throws AppError `port_taken`. */
export const listen = async ({ host, port }: { host: string; port: number }): Promise<HttpServer> => {
  const unavailable: RequestListener = (_request, response) => response.writeHead(503, { 'Retry-After': '2', Connection: 'close' }).end();
  let handler = unavailable;
  let closed: Promise<unknown> | undefined;
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, (request, response) => handler(request, response));
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') throw new AppError('port_taken', { port, host }, { cause });
    throw cause;
  }
  const address = server.address();

  const refuse = (): Promise<unknown> => {
    handler = unavailable;
    closed ??= new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    return closed;
  };
  return {
    server,
    port: typeof address === 'object' && address ? address.port : port,
    serve(next) {
      handler = next;
    },
    refuse: () => void refuse(),
    async close() {
      const late = AbortSignal.timeout(CLOSE_WITHIN_MS);
      // A socket that was taken over for another protocol is not among these and must not hold up the end.
      const cut = new Promise<void>((resolve) => {
        late.addEventListener('abort', () => {
          server.closeAllConnections();
          resolve();
        });
      });
      await Promise.race([refuse(), cut]);
    },
  };
};
