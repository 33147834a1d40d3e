import { EngineError, type EngineFailure } from '../../schemas/engine-error.js';

/*
 * The vendor's failures in our words. Follows: Deepgram docs, "Errors", "STT troubleshooting: WebSocket, NET and DATA errors".
 */

export const DEEPGRAM = 'deepgram';

/** Longest piece of the vendor's prose that goes into a message. */
const MAX_PROSE = 200;

/** A handshake that was answered with an HTTP status instead of an upgrade. */
export interface Refusal {
  status: number;
  /** The header `dg-error`. */
  reason: string | undefined;
  /** `err_code` of the body. */
  code: string | undefined;
}

const failureOfStatus = (status: number): EngineFailure => {
  if (status === 401 || status === 403) return 'auth';
  if (status === 402) return 'quota';
  if (status === 408) return 'timeout';
  if (status === 429) return 'rate-limited';
  return status >= 400 && status < 500 ? 'bad-request' : 'unavailable';
};

export const toRefusedError = ({ status, reason, code }: Refusal): EngineError =>
  new EngineError(DEEPGRAM, failureOfStatus(status), `Deepgram refused the connection with ${status}${prose(reason ?? code)}`, {
    vendorCode: code ?? String(status),
  });

/** A connection that the vendor or the network ended. */
export const toClosedError = (code: number, reason: string): EngineError => {
  const vendorCode = /(?:NET|DATA)-\d{4}/i.exec(reason)?.[0].toUpperCase() ?? String(code);
  return new EngineError(DEEPGRAM, failureOfClose(code, vendorCode), `Deepgram closed the connection with ${code}${prose(reason)}`, { vendorCode });
};

const failureOfClose = (code: number, vendorCode: string): EngineFailure => {
  // 1008 says that our audio could not be decoded, NET-0001 that none came in time.
  if (code === 1008) return 'bad-request';
  return vendorCode === 'NET-0001' ? 'timeout' : 'unavailable';
};

/** An error of the socket itself: no connection, or a frame that breaks the protocol. */
export const toSocketError = (error: Error): EngineError => {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const failure = code?.startsWith('WS_ERR') ? 'malformed' : 'unavailable';
  const said = error.message === '' ? (code ?? error.name) : error.message;
  return new EngineError(DEEPGRAM, failure, `The connection to Deepgram failed${prose(said)}`, {
    cause: error,
    ...(code === undefined ? {} : { vendorCode: code }),
  });
};

/** The message `Error` of Flux, which ends the connection. */
export const toFatalError = (code: string, description: string): EngineError =>
  new EngineError(
    DEEPGRAM,
    code === 'UNPARSABLE_CLIENT_MESSAGE' ? 'bad-request' : 'unavailable',
    `Deepgram reported an error${prose(`${code} ${description}`)}`,
    { vendorCode: code.slice(0, MAX_PROSE) },
  );

export const toTimeoutError = (what: string, ms: number): EngineError =>
  new EngineError(DEEPGRAM, 'timeout', `Deepgram gave no ${what} within ${ms} ms`);

/** Another try with the same account and settings may succeed. Handshakes only: an open connection that ends is always worth another. */
export const mayPass = (error: EngineError): boolean => !error.needsPerson && error.failure !== 'bad-request';

const prose = (text: string | undefined): string => (text ? `: ${text.slice(0, MAX_PROSE)}` : '');
