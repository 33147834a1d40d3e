import { createHash } from 'node:crypto';
import express, { type RequestHandler, type Router } from 'express';
import { rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import { AppError } from '../../schemas/errors.js';
import { randomToken } from '../runtime.js';
import type { ApiDeps } from './deps.js';
import { errorHandler } from './error-response.js';
import { routeTable } from './route-table.js';
import { serveRoute } from './serve-route.js';

/** Keeps a caller's own X-Request-Id when it is a plain word, else makes one; it stands in the response and in the log. */
const requestId =
  ({ random }: Pick<ApiDeps, 'random'>): RequestHandler =>
  (request, response, next) => {
    const given = request.headers['x-request-id'];
    response.setHeader('X-Request-Id', typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomToken(random));
    next();
  };

/** Counts the requests of one key, by its hash, in windows of a minute. */
const limitPerKey = ({ requestsPerMinute }: Pick<ApiDeps, 'requestsPerMinute'>): RequestHandler =>
  rateLimit({
    windowMs: 60_000,
    limit: requestsPerMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (request) =>
      createHash('sha256')
        .update(request.headers.authorization ?? '')
        .digest('hex'),
    handler: (_request, _response, next) => next(new AppError('rate_limited')),
  });

/**
 * The HTTP API as an express router: `/v1/…`, `/healthz`, `/readyz`, `/openapi.json`, `/docs`. Every error below it leaves in the error shape; unknown paths
 * under `/v1` end here, all others pass on to what the server mounts after it. It holds no timers or sockets beyond the requests it serves.
 */
export const createApi = (deps: ApiDeps): Router => {
  const router = express.Router({ caseSensitive: true });
  const services = { apiKeys: deps.store.apiKeys, idempotencyKeys: deps.store.idempotencyKeys, clock: deps.clock, rateLimit: limitPerKey(deps) };
  router.use(requestId(deps), helmet());
  for (const route of routeTable(deps)) router[route.method](route.path.replace(/\{(\w+)\}/g, ':$1'), serveRoute(route, services));
  router.use('/v1', (_request, _response, next) => next(new AppError('route_not_found')));
  router.use(errorHandler(deps.log));
  return router;
};
