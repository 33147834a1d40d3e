import type { AnsweredBy, CallState } from '../../../schemas/call-state.js';

/**
 * Twilio's CallStatus in our words, from callbacks and from the call resource.
 *
 * Follows: Twilio, "Call resource" and "Track outgoing call status".
 */
export const CALL_STATES: ReadonlyMap<string, CallState> = new Map([
  // `queued` is the vendor's own queue: we have dialled.
  ['queued', 'dialing'],
  ['initiated', 'dialing'],
  ['ringing', 'ringing'],
  ['in-progress', 'in-progress'],
  ['completed', 'completed'],
  ['busy', 'busy'],
  ['no-answer', 'no-answer'],
  ['failed', 'failed'],
  ['canceled', 'canceled'],
]);

/**
 * Twilio's AnsweredBy in our words.
 *
 * Follows: Twilio, "Answering Machine Detection".
 */
export const ANSWERED_BY: ReadonlyMap<string, AnsweredBy> = new Map([
  ['human', 'human'],
  ['machine_start', 'voicemail'],
  ['machine_end_beep', 'voicemail'],
  ['machine_end_silence', 'voicemail'],
  ['machine_end_other', 'voicemail'],
  ['fax', 'fax'],
  ['unknown', 'unknown'],
]);
