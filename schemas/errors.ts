/**
 * Every error that leaves the server, in one table: stable code, HTTP status, and a sentence that tells the person what to do. Routes never invent
 * a status. `{name}` in a message is filled from the details given to `AppError`.
 */
export const ERRORS = {
  malformed_json: { status: 400, message: 'The request body is not valid JSON: {reason}.' },
  validation_failed: { status: 400, message: '{reason}' },
  unauthorized: { status: 401, message: 'Send a valid API key: Authorization: Bearer <key>.' },
  signature_invalid: { status: 403, message: 'The provider signature is missing or does not match this URL and body.' },
  not_found: { status: 404, message: 'There is no {what} here with that id.' },
  route_not_found: { status: 404, message: 'There is no such path. See /openapi.json for the list.' },
  conflict: { status: 409, message: '{reason}' },
  idempotency_key_reused: { status: 409, message: 'This Idempotency-Key was used before with another body. Use a new key for a new request.' },
  screening_active: { status: 409, message: 'This application already has an open screening ({id}). Wait for it or cancel it.' },
  body_too_large: { status: 413, message: 'The body is larger than {limit}. Send less in one request.' },
  unsupported_media_type: { status: 415, message: 'Send JSON: Content-Type: application/json.' },
  candidate_phone_invalid: {
    status: 422,
    message: 'That is not a phone number that can be called. Give it with the country code, as in +14155550123, or give `country` too.',
  },
  bot_invalid: { status: 422, message: '{reason}' },
  question_not_allowed: { status: 422, message: 'A screening may not ask this ({topic}): {advice}' },
  recording_not_ready: { status: 409, message: 'The recording of this call is not finalised yet. Try again after the call has ended.' },
  range_not_satisfiable: { status: 416, message: 'The requested byte range lies outside this recording.' },
  rate_limited: { status: 429, message: 'Too many requests. Wait for the seconds in Retry-After.' },
  internal: { status: 500, message: 'Something went wrong on our side. The request id is {request_id}.' },
  not_ready: { status: 503, message: 'The server is starting, draining or has lost its store. Try again after Retry-After.' },
  provider_unavailable: {
    status: 503,
    message: 'The telephone provider did not do this or did not answer. Look at the call, then try again after Retry-After.',
  },
  engine_unavailable: { status: 503, message: 'No voice could speak just now. GET /v1/engines tells why; try again after Retry-After.' },
  config_invalid: { status: 500, message: '{reason}' },
  data_dir_unusable: {
    status: 500,
    message: 'DATA_DIR {path} cannot be written ({reason}). Give a folder that this user may write, or fix its permissions.',
  },
  data_dir_in_use: {
    status: 500,
    message: 'DATA_DIR {path} is in use by another server (process {pid}). Stop that one, or give this one another folder.',
  },
  port_taken: { status: 500, message: 'Port {port} on {host} is taken. Stop what uses it or set PORT to another number (0 picks a free one).' },
  media_malformed: { status: 400, message: 'A media message could not be read: {reason}.' },
  store_unavailable: { status: 503, message: 'The store does not answer. Calls in progress go on; try again after Retry-After.' },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** The one error class of the product. Anything else that is thrown is a defect and leaves as `internal`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  /** The request field at fault, for form errors. */
  readonly field: string | undefined;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(code: ErrorCode, details: Record<string, string | number> = {}, options: { field?: string; cause?: unknown } = {}) {
    const { status, message } = ERRORS[code];
    super(
      message.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? `{${name}}`)),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'AppError';
    this.code = code;
    this.status = status;
    this.field = options.field;
    this.details = details;
  }
}

/**
 * A vendor's failure in our words. `outcome` decides what may be done next: `refused` means it certainly did not happen (another try is safe), `unknown`
 * means it may have happened (look, never repeat).
 */
export class ProviderError extends Error {
  readonly provider: string;
  readonly operation: string;
  readonly outcome: 'refused' | 'unknown';
  readonly retryable: boolean;
  readonly vendorCode: string | undefined;
  /** Set when the number itself is at fault: no other try and no other provider can help. */
  readonly numberInvalid: boolean;

  constructor(
    at: { provider: string; operation: string; outcome: 'refused' | 'unknown'; retryable: boolean; vendorCode?: string; numberInvalid?: boolean },
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ProviderError';
    this.provider = at.provider;
    this.operation = at.operation;
    this.outcome = at.outcome;
    this.retryable = at.retryable;
    this.vendorCode = at.vendorCode;
    this.numberInvalid = at.numberInvalid ?? false;
  }
}
