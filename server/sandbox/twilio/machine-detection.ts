import type { AnsweredBy } from '../../../schemas/call-state.js';

/**
 * A verdict in the vendor's words. A robot that screens calls, or a menu, is a machine to it.
 *
 * Follows: Twilio, "Answering Machine Detection: AnsweredBy".
 */
export const twilioAnsweredBy = (verdict: AnsweredBy, mode: 'Enable' | 'DetectMessageEnd'): string => {
  switch (verdict) {
    case 'human':
    case 'fax':
    case 'unknown':
      return verdict;
    case 'silence':
      return 'unknown';
    case 'voicemail':
    case 'call-screening':
    case 'ivr':
      return mode === 'Enable' ? 'machine_start' : 'machine_end_beep';
    default:
      return verdict satisfies never;
  }
};
