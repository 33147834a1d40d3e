/** The vendor's word for a kind of error, by status. */
const TYPES: Readonly<Record<number, string>> = {
  400: 'validation_error',
  401: 'authentication_error',
  403: 'authorization_error',
  404: 'not_found',
  422: 'validation_error',
  429: 'rate_limit_error',
};

/**
 * An error as the vendor sends it. The present form repeats the code as `status` for old clients; 422 is a list, as its framework makes it.
 *
 * Follows: ElevenLabs, "API errors" and "Error messages".
 */
export class VendorError extends Error {
  readonly status: number;
  readonly code: string;
  private readonly param: string | undefined;

  constructor(status: number, code: string, message: string, param?: string) {
    super(message);
    this.name = 'VendorError';
    this.status = status;
    this.code = code;
    this.param = param;
  }

  body(requestId: string): Record<string, unknown> {
    if (this.status === 422) return { detail: [{ loc: ['body', this.param ?? 'text'], msg: this.message, type: this.code }] };
    return {
      detail: {
        type: TYPES[this.status] ?? 'internal_error',
        code: this.code,
        message: this.message,
        status: this.code,
        request_id: requestId,
        ...(this.param === undefined ? {} : { param: this.param }),
      },
    };
  }
}

export const invalid = (message: string, param?: string): VendorError => new VendorError(400, 'invalid_parameters', message, param);
