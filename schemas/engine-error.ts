/**
 * What went wrong with a speech or language engine, in our words. `auth` and `quota` mean that a person must act: no other try with the same account can
 * help. `bad-request` is our own mistake (or a setting's). The rest may pass: `rate-limited`, `unavailable` (refused, 5xx, dropped), `timeout` (one of our
 * watchdogs fired), `malformed` (the reply broke the protocol).
 */
export const ENGINE_FAILURES = ['auth', 'quota', 'bad-request', 'rate-limited', 'unavailable', 'timeout', 'malformed'] as const;
export type EngineFailure = (typeof ENGINE_FAILURES)[number];

/** A failure of an engine. The message is for people and logs; it never carries what was said, nor a key. */
export class EngineError extends Error {
  readonly engine: string;
  readonly failure: EngineFailure;
  /** The vendor's own code or status, for people. */
  readonly vendorCode: string | undefined;

  constructor(engine: string, failure: EngineFailure, message: string, options: { vendorCode?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EngineError';
    this.engine = engine;
    this.failure = failure;
    this.vendorCode = options.vendorCode;
  }

  /** A person must act before this engine can serve again. */
  get needsPerson(): boolean {
    return this.failure === 'auth' || this.failure === 'quota';
  }
}
