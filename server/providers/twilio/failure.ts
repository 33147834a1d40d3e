import { ProviderError } from '../../../schemas/errors.js';

/** Failures that come before the first byte of the request: the phone cannot have rung. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ERR_INVALID_URL']);
/** Node's names for a refused TLS handshake, which is also before the request. */
const TLS_REFUSED = /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/**
 * Vendor codes that a person can act on.
 *
 * Follows: Twilio, "Error and Warning Dictionary".
 */
const ADVICE: Readonly<Record<string, string>> = {
  '10004': 'The account has too many calls at once.',
  '20003': 'Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.',
  '20404': 'Twilio knows no such account or call.',
  '20429': 'Too many requests at once; it was not processed.',
  '21210': 'The caller number is not verified for this account.',
  '21211': 'The number to call is not valid.',
  '21212': 'The caller number is not valid for this account; check TWILIO_FROM.',
  '21214': 'The number to call cannot be reached.',
  '21215': 'Calls to this country are not enabled in the account (geographic permissions).',
  '21216': 'Twilio blocks this number.',
  '21217': 'The number to call is not valid.',
  '21219': 'A trial account may call verified numbers only.',
};

/**
 * Any failure of a request to Twilio in our words. An answer of 3xx or 4xx means that nothing happened (`refused`), except 408; an answer of 5xx, a timeout, a reset
 * or anything that we do not understand leaves open whether the phone rings (`unknown`).
 *
 * Follows: Twilio error 20500, "a retry after a 500 can place the call twice".
 */
export const toProviderError = (operation: string, error: unknown): ProviderError => {
  if (error instanceof ProviderError) return error;
  const status = numberIn(error, 'status');
  if (status !== undefined) {
    const vendorCode = numberIn(error, 'code')?.toString();
    const advice = (vendorCode && ADVICE[vendorCode]) ?? '';
    const outcome = status < 500 && status !== 408 ? 'refused' : 'unknown';
    const retryable = status === 408 || status === 429 || status >= 500;
    const said = `Twilio answered ${status}${vendorCode ? ` (${vendorCode})` : ''} to ${operation}.`;
    return failure(operation, outcome, retryable, vendorCode, advice ? `${said} ${advice}` : said, error);
  }
  const code = textIn(error, 'code');
  if (code !== undefined && NEVER_SENT.has(code)) {
    return failure(operation, 'refused', true, code, `Twilio could not be reached for ${operation} (${code}).`, error);
  }
  if (code !== undefined && TLS_REFUSED.test(code)) {
    return failure(operation, 'refused', false, code, `The TLS connection for ${operation} was refused (${code}).`, error);
  }
  return failure(operation, 'unknown', true, code, `Twilio gave no clear answer to ${operation}${code ? ` (${code})` : ''}.`, error);
};

/** The request was never sent: the caller had given up before, or the client could not be made. */
export const notSent = (operation: string, cause: unknown): ProviderError =>
  failure(operation, 'refused', false, undefined, `The request for ${operation} was not sent.`, cause);

/** The number itself is at fault; no other attempt can help. */
const NUMBER_INVALID = new Set(['21211', '21214', '21217']);

const failure = (
  operation: string,
  outcome: 'refused' | 'unknown',
  retryable: boolean,
  vendorCode: string | undefined,
  message: string,
  cause: unknown,
): ProviderError =>
  new ProviderError(
    {
      provider: 'twilio',
      operation,
      outcome,
      retryable,
      ...(vendorCode === undefined ? {} : { vendorCode, numberInvalid: NUMBER_INVALID.has(vendorCode) }),
    },
    message,
    cause,
  );

const valueIn = (error: unknown, key: string): unknown =>
  typeof error === 'object' && error !== null && key in error ? Object.getOwnPropertyDescriptor(error, key)?.value : undefined;

const numberIn = (error: unknown, key: string): number | undefined => {
  const value = valueIn(error, key);
  return typeof value === 'number' ? value : undefined;
};

const textIn = (error: unknown, key: string): string | undefined => {
  const value = valueIn(error, key);
  return typeof value === 'string' ? value : undefined;
};
