import { EngineError, type EngineFailure } from '../../schemas/engine-error.js';

/*
 * ElevenLabs' failures in our words. The vendor's own messages are not passed on: they may quote what was to be said.
 *
 * Follows: ElevenLabs, "Error messages" and "API errors"; close codes of the WebSocket as seen in reports of its users.
 */

/** The two transports are two engines: each fails under its own name. */
export const SOCKET_ENGINE = 'elevenlabs';
export const HTTP_ENGINE = 'elevenlabs-http';

const BY_CODE: Readonly<Record<string, EngineFailure>> = {
  invalid_api_key: 'auth',
  missing_permissions: 'auth',
  needs_authorization: 'auth',
  detected_unusual_activity: 'auth',
  free_users_not_allowed: 'auth',
  only_for_creator: 'auth',
  quota_exceeded: 'quota',
  payment_required: 'quota',
  payment_issue: 'quota',
  subscription_required: 'quota',
  rate_limit_exceeded: 'rate-limited',
  concurrent_limit_exceeded: 'rate-limited',
  too_many_concurrent_requests: 'rate-limited',
  system_busy: 'rate-limited',
  max_active_conversations: 'rate-limited',
  voice_not_found: 'bad-request',
  voice_id_does_not_exist: 'bad-request',
  model_not_found: 'bad-request',
  model_can_not_do_text_to_speech: 'bad-request',
  invalid_input_message: 'bad-request',
  invalid_parameters: 'bad-request',
  max_character_limit_exceeded: 'bad-request',
  input_timeout_exceeded: 'unavailable',
};

const byStatus = (status: number): EngineFailure => {
  if (status === 401 || status === 403) return 'auth';
  if (status === 402) return 'quota';
  if (status === 429) return 'rate-limited';
  if (status === 408) return 'timeout';
  return status >= 400 && status < 500 ? 'bad-request' : 'unavailable';
};

/** The vendor's code in a body of any of its forms: `{detail:{code,status}}`, `{detail:[{type}]}`, `{detail:"…"}`, `{error}`. */
const codeIn = (body: unknown): string | undefined => {
  if (typeof body !== 'object' || body === null) return undefined;
  const { detail, error } = body as { detail?: unknown; error?: unknown };
  if (Array.isArray(detail)) return textAt(detail[0], 'type');
  return textAt(detail, 'code') ?? textAt(detail, 'status') ?? (typeof error === 'string' ? error : undefined);
};

const textAt = (value: unknown, key: string): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, key);
  // A code is one word; anything longer may be a sentence about the text.
  return typeof found === 'string' && /^[\w.-]{1,60}$/.test(found) ? found : undefined;
};

export interface ElevenLabsErrors {
  /** A reply with an error status, or a refused upgrade. `body` is the parsed JSON, if it was any. */
  statusError(status: number, body: unknown): EngineError;
  /** An error message on the open socket; the vendor closes it afterwards. */
  frameError(frame: { error?: unknown; code?: unknown }): EngineError;
  /**
   * The socket was closed. A bad key is taken at the upgrade and closed with 1008 before anything else is said; a socket that was idle too long is closed with
   * 1008 too, which is no more than a drop.
   */
  closeError(code: number, reason: string, heardBefore: boolean): EngineError;
  lostError(message: string): EngineError;
  timeoutError(message: string): EngineError;
  malformedError(message: string): EngineError;
}

/** The failures of one engine. */
export const elevenLabsErrors = (engine: string): ElevenLabsErrors => {
  const failed = (failure: EngineFailure, message: string, vendorCode?: string): EngineError =>
    new EngineError(engine, failure, `ElevenLabs: ${message}`, vendorCode === undefined ? {} : { vendorCode });
  return {
    statusError(status, body) {
      const code = codeIn(body);
      const failure = (code === undefined ? undefined : BY_CODE[code]) ?? byStatus(status);
      return failed(failure, `refused with status ${status}${code ? ` (${code})` : ''}`, code ?? String(status));
    },
    frameError(frame) {
      const code = textAt(frame, 'error');
      return failed((code === undefined ? undefined : BY_CODE[code]) ?? 'bad-request', `reported an error${code ? ` (${code})` : ''}`, code);
    },
    closeError(code, reason, heardBefore) {
      const known = Object.keys(BY_CODE).find((one) => reason.includes(one));
      const vendorCode = known ?? String(code);
      if (known) return failed(BY_CODE[known] ?? 'unavailable', `closed the connection (${known})`, vendorCode);
      if (code === 1008 && /new text input|timeout/i.test(reason)) return failed('unavailable', 'closed the idle connection', vendorCode);
      if (code === 1008) return failed(heardBefore ? 'bad-request' : 'auth', 'closed the connection for a breach of its rules', vendorCode);
      if (code === 1007 || code === 1009 || code === 1002) return failed('malformed', `the connection broke the protocol (${code})`, vendorCode);
      return failed('unavailable', `the connection was lost (${code})`, vendorCode);
    },
    lostError: (message) => failed('unavailable', message),
    timeoutError: (message) => failed('timeout', message),
    malformedError: (message) => failed('malformed', message),
  };
};
