import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { EngineError, type EngineFailure } from '../../schemas/engine-error.js';
import { BrokenReply } from './openai-reply.js';

/**
 * What the SDK threw, in our words. Only codes, the status and the request id are kept: the vendor's messages, the SDK's causes and the text of a JSON error
 * may repeat what was said, or a part of the key.
 *
 * Follows: platform.openai.com, "Error codes"; the observed behaviour of the SDK.
 */
export const toEngineError = (engine: string, error: unknown): EngineError => {
  if (error instanceof EngineError) return error;
  if (error instanceof BrokenReply) return new EngineError(engine, 'malformed', `${engine}: ${error.message}`);
  // The SDK parses the events; a cut or garbled one surfaces so.
  if (error instanceof SyntaxError) return new EngineError(engine, 'malformed', `${engine}: an event is not JSON`);
  if (error instanceof APIConnectionTimeoutError) return new EngineError(engine, 'timeout', `${engine}: no connection in time`);
  if (error instanceof APIError && !(error instanceof APIConnectionError)) {
    const code = plainCode(error.code) ?? plainCode(error.type);
    const vendorCode = code ?? (error.status === undefined ? undefined : String(error.status));
    const request = plainCode(error.requestID);
    const said = [error.status, code, request === undefined ? undefined : `request ${request}`].filter((one) => one !== undefined).join(', ');
    const failure = failureOf(error.status, [plainCode(error.code), plainCode(error.type)].join(' '));
    return new EngineError(engine, failure, `${engine} refused: ${said || 'no reason given'}`, vendorCode === undefined ? {} : { vendorCode });
  }
  const code = networkCode(error);
  return new EngineError(engine, 'unavailable', `${engine}: the connection failed${code ? ` (${code})` : ''}`, code ? { vendorCode: code } : {});
};

/** `codes` are the vendor's code and type in one text. Without a status the error came inside the stream. */
const failureOf = (status: number | undefined, codes: string): EngineFailure => {
  if (/quota|billing|spend|credit/.test(codes) || status === 402) return 'quota';
  if (status === 401 || status === 403 || /api_key|authentication|permission/.test(codes)) return 'auth';
  if (status === 429 || /rate_limit|slow_down|overloaded/.test(codes)) return 'rate-limited';
  if (status === 408 || status === 409) return 'unavailable';
  if (status === undefined) return /invalid_request|context_length|content_policy/.test(codes) ? 'bad-request' : 'unavailable';
  return status >= 400 && status < 500 ? 'bad-request' : 'unavailable';
};

/** A code as vendors write them; anything else might be prose. */
const plainCode = (value: unknown): string | undefined => (typeof value === 'string' && /^[\w.-]{1,80}$/.test(value) ? value : undefined);

/** Node's code of a network error, from whatever depth it was wrapped at. */
const networkCode = (error: unknown, depth = 0): string | undefined => {
  if (!(error instanceof Error) || depth > 4) return undefined;
  return ('code' in error ? plainCode(error.code) : undefined) ?? networkCode(error.cause, depth + 1);
};
