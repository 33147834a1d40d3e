import type { ErrorRequestHandler } from 'express';
import { AppError, ProviderError } from '../../schemas/errors.js';
import { isStoreUnavailable } from '../store/store-errors.js';
import type { ApiLog } from './ports.js';

/** Largest JSON body, bytes; `BODY_LIMIT_TEXT` is the same for people. */
export const BODY_LIMIT_BYTES = 256 * 1024;
const BODY_LIMIT_TEXT = '256 KiB';

/** Seconds to wait before another try, where the error itself does not say. */
const RETRY_AFTER_S: Partial<Record<number, number>> = { 429: 60, 503: 2 };

/** What body-parser and the router call their failures, in our words; undefined for everything that is a defect of ours. */
const fromExpress = (error: unknown): AppError | undefined => {
  if (error instanceof URIError)
    return new AppError('validation_failed', { reason: 'The address is not correctly percent-encoded.' }, { cause: error });
  if (typeof error !== 'object' || error === null || !('type' in error)) return undefined;
  switch (error.type) {
    case 'entity.parse.failed':
      return new AppError('malformed_json', { reason: 'check quotes, commas and brackets' }, { cause: error });
    case 'entity.too.large':
      return new AppError('body_too_large', { limit: BODY_LIMIT_TEXT }, { cause: error });
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new AppError('unsupported_media_type', {}, { cause: error });
    case 'request.size.invalid':
    case 'request.aborted':
    case 'stream.encoding.set':
      return new AppError('malformed_json', { reason: 'the body ended early' }, { cause: error });
    default:
      return undefined;
  }
};

/** The error that a person is told about: ours as it is, express's translated, a store or a provider that fails as such, everything else `internal`. */
export const toAppError = (error: unknown, requestId: string): AppError => {
  if (error instanceof AppError) return error;
  if (isStoreUnavailable(error)) return new AppError('store_unavailable', {}, { cause: error });
  if (error instanceof ProviderError) return new AppError('provider_unavailable', {}, { cause: error });
  return fromExpress(error) ?? new AppError('internal', { request_id: requestId }, { cause: error });
};

/** `{"error": {"code", "message", "field"?}}`. */
export const errorBody = ({ code, message, field }: AppError) => ({ error: { code, message, ...(field === undefined ? {} : { field }) } });

/**
 * The one place where a thrown error becomes a response. Defects are logged with their stack and leave as `internal` with the request id; a detail
 * `retry_after_s` becomes the Retry-After header. A response that has begun is cut, so that nobody takes it for complete.
 */
export const errorHandler =
  (log: ApiLog): ErrorRequestHandler =>
  (error, _request, response, _next) => {
    const requestId = String(response.getHeader('X-Request-Id') ?? '');
    const told = toAppError(error, requestId);
    if (told.status >= 500 && told.code !== 'not_ready') log.error({ err: error, requestId, code: told.code }, 'request failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const retryAfterS = told.details['retry_after_s'] ?? RETRY_AFTER_S[told.status];
    if (retryAfterS !== undefined && !response.hasHeader('Retry-After')) response.setHeader('Retry-After', String(retryAfterS));
    if (told.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    response.status(told.status).json(errorBody(told));
  };
