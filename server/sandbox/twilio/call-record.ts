import { twilioTime } from './twilio-time.js';

/** The vendor's states of a call. */
export type TwilioCallStatus = 'queued' | 'ringing' | 'in-progress' | 'completed' | 'busy' | 'failed' | 'no-answer' | 'canceled';

const FINAL: ReadonlySet<TwilioCallStatus> = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);
export const isOver = (status: TwilioCallStatus): boolean => FINAL.has(status);

/** A call as the sandbox's owner sees it. Instants are wall clock, ms. */
export interface SandboxCall {
  sid: string;
  to: string;
  from: string;
  status: TwilioCallStatus;
  createdAt: number;
  /** When it left the calls-per-second queue. */
  dialedAt?: number;
  answeredAt?: number;
  endedAt?: number;
  /** The vendor's word from machine detection. */
  answeredBy?: string;
  /** The wait in the queue, ms. */
  queueTimeMs: number;
  endedBy?: 'party' | 'api' | 'document' | 'carrier' | 'limit' | 'sandbox';
  /** Frames of the phone that were sent to the application, and frames of the application's audio that were played. */
  framesIn: number;
  framesOut: number;
  /** Its media streams and the line time (ms since the answer) of their first frame: timestamp 0 of the stream. */
  streams: { streamSid: string; fromLineMs: number }[];
}

/** Whole seconds between answer and end, as the vendor counts them. */
export const durationS = (call: SandboxCall): number =>
  call.answeredAt === undefined || call.endedAt === undefined ? 0 : Math.round((call.endedAt - call.answeredAt) / 1000);

/**
 * The call resource as the REST API shows it: snake case, every number a string.
 *
 * Follows: Twilio, "Call resource: Call Properties".
 */
export const toResource = (accountSid: string, call: SandboxCall): Record<string, unknown> => {
  const uri = `/2010-04-01/Accounts/${accountSid}/Calls/${call.sid}`;
  const over = isOver(call.status);
  return {
    sid: call.sid,
    account_sid: accountSid,
    to: call.to,
    to_formatted: call.to,
    from: call.from,
    from_formatted: call.from,
    phone_number_sid: null,
    parent_call_sid: null,
    status: call.status,
    start_time: call.dialedAt === undefined ? null : twilioTime(call.answeredAt ?? call.dialedAt),
    end_time: over && call.endedAt !== undefined ? twilioTime(call.endedAt) : null,
    duration: over ? String(durationS(call)) : null,
    // Comes minutes after the end.
    price: null,
    price_unit: 'USD',
    direction: 'outbound-api',
    answered_by: call.answeredBy ?? null,
    caller_name: null,
    forwarded_from: null,
    group_sid: null,
    trunk_sid: null,
    queue_time: String(Math.round(call.queueTimeMs)),
    annotation: null,
    api_version: '2010-04-01',
    date_created: twilioTime(call.createdAt),
    date_updated: twilioTime(call.endedAt ?? call.answeredAt ?? call.dialedAt ?? call.createdAt),
    uri: `${uri}.json`,
    subresource_uris: { notifications: `${uri}/Notifications.json`, recordings: `${uri}/Recordings.json`, streams: `${uri}/Streams.json` },
  };
};
