import type { IncomingMessage } from 'node:http';
import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Clock } from '../../schemas/clock.js';
import { AppError } from '../../schemas/errors.js';
import type { ApiKeyRepository } from '../store/repositories/api-keys.js';
import type { IdempotencyKeyRepository } from '../store/repositories/idempotency-keys.js';
import { authenticate } from './authentication.js';
import { BODY_LIMIT_BYTES } from './error-response.js';
import { requestHash, runOnce } from './idempotency.js';
import type { Caller, Reply, Route } from './route.js';

export interface RouteServices {
  apiKeys: ApiKeyRepository;
  idempotencyKeys: IdempotencyKeyRepository;
  clock: Clock;
  /** Counts a request against its key; calls back with AppError `rate_limited` when there were too many. */
  rateLimit: RequestHandler;
}

const NOBODY: Caller = { companyId: '', keyId: '' };

const parseJson = express.json({ limit: BODY_LIMIT_BYTES, type: () => true });

/** Runs an express middleware to its end; its error is thrown. */
const passThrough = (middleware: RequestHandler, request: Request, response: Response): Promise<void> =>
  new Promise((resolve, reject) => {
    const done = (error?: unknown) => (error === undefined ? resolve() : reject(error));
    Promise.resolve(middleware(request, response, done)).catch(reject);
  });

const hasBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;

/** The JSON body; `{}` when there is none. Throws AppError `unsupported_media_type` for anything that does not call itself JSON. */
const readBody = async (request: Request, response: Response): Promise<unknown> => {
  if (!hasBody(request)) return {};
  if (!request.is('application/json')) throw new AppError('unsupported_media_type');
  await passThrough(parseJson, request, response);
  return request.body;
};

const writeReply = async (reply: Reply, response: Response): Promise<void> => {
  if (reply.kind === 'stream') {
    const closed = new AbortController();
    response.on('close', () => closed.abort());
    return reply.send(response, closed.signal);
  }
  response.status(reply.status).set(reply.headers ?? {});
  if (reply.body === undefined) response.end();
  else response.json(reply.body);
};

/**
 * One row of the table as an express handler: who asks, not too often, JSON within its limit, once per Idempotency-Key, then the handler. Nothing of the
 * body is read before the key is known to be good.
 */
export const serveRoute =
  (route: Route, services: RouteServices): RequestHandler =>
  async (request, response) => {
    const caller = route.access === 'public' ? NOBODY : await authenticate(services.apiKeys, request.headers.authorization);
    if (route.access === 'key') await passThrough(services.rateLimit, request, response);
    const body = await readBody(request, response);
    const params = Object.fromEntries(Object.entries(request.params).map(([name, value]) => [name, String(value)]));
    const run = () => route.run(caller, { params, query: request.query, body, headers: request.headers, method: request.method });
    const header = request.headers['idempotency-key'];
    if (!route.idempotent || typeof header !== 'string') return writeReply(await run(), response);
    const hash = requestHash(request.method, request.path, body);
    const once = { companyId: caller.companyId, header, hash, secretField: route.secretField };
    return writeReply(await runOnce(services.idempotencyKeys, services.clock, once, run), response);
  };
