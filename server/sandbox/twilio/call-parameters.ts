import { RestError } from './rest-error.js';

/** The events of a call that a status callback can be asked for. */
export const STATUS_EVENTS = ['initiated', 'ringing', 'answered', 'completed'] as const;
export type StatusEvent = (typeof STATUS_EVENTS)[number];

/** A create-call request after all checks, with the vendor's defaults. */
export interface CallParameters {
  to: string;
  from: string;
  /** Where the TwiML is, or the TwiML itself. */
  answer: DocumentSource;
  fallback: DocumentAddress | undefined;
  statusCallback: DocumentAddress | undefined;
  statusEvents: readonly StatusEvent[];
  /** Ring time, s. */
  timeoutS: number;
  /** Longest call after the answer, s. */
  timeLimitS: number;
  machineDetection: { mode: 'Enable' | 'DetectMessageEnd'; timeoutS: number; asyncCallback: DocumentAddress | undefined } | undefined;
}

export interface DocumentAddress {
  url: string;
  method: 'GET' | 'POST';
}

/** A TwiML document to fetch, or one that is given. */
export type DocumentSource = DocumentAddress | { twiml: string };

/** What may be changed on a call that lives. */
export type CallUpdate = { status: 'completed' | 'canceled' } | { redirect: DocumentSource };

/** Allowed on create, but nothing in this sandbox depends on them. */
const WITHOUT_EFFECT =
  'Record RecordingChannels RecordingTrack RecordingStatusCallback RecordingStatusCallbackMethod RecordingStatusCallbackEvent RecordingConfigurationId Trim SipAuthUsername SipAuthPassword MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout CallerId Passports Byoc CallReason CallToken ClientNotificationUrl';
const WITH_EFFECT =
  'To From Url Method Twiml FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod StatusCallbackEvent SendDigits Timeout TimeLimit MachineDetection MachineDetectionTimeout AsyncAmd AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod';
const CREATE_NAMES = new Set(`${WITH_EFFECT} ${WITHOUT_EFFECT}`.split(' '));
const UPDATE_NAMES = new Set('Url Method Twiml Status FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod TimeLimit'.split(' '));

const E164 = /^\+[1-9]\d{6,14}$/;
const MAX_TWIML_CHARS = 4000;

/**
 * Checks a create-call form as the vendor does, and harder: a name that the API does not have (wrong casing is one) is refused with 20001 instead of ignored, so
 * that a slip in an adapter shows. Throws RestError.
 *
 * Follows: Twilio, "Call resource: Create a Call" and the error pages 21201 to 21217.
 */
export const parseCreate = (form: URLSearchParams): CallParameters => {
  refuseUnknown(form, CREATE_NAMES);
  const to = form.get('To') ?? '';
  if (!to) throw new RestError(400, 21201, "No 'To' number is specified");
  if (!E164.test(to)) throw new RestError(400, 21211, `The phone number you are attempting to call, ${to}, is not valid.`);
  const from = form.get('From') ?? '';
  if (!from) throw new RestError(400, 21213, "No 'From' number is specified");
  if (!E164.test(from)) throw new RestError(400, 21212, `The source phone number provided, ${from}, is not a valid phone number.`);
  const answer = parseDocument(form);
  if (!answer) throw new RestError(400, 21205, "One of 'Url' or 'Twiml' is required.");
  const digits = form.get('SendDigits');
  if (digits !== null && !/^[0-9A-D#*wW]{1,32}$/.test(digits)) throw new RestError(400, 21206, `Invalid SendDigits: ${digits}`);
  return {
    to,
    from,
    answer,
    fallback: parseAddress(form, 'FallbackUrl', 'FallbackMethod', 21205),
    statusCallback: parseAddress(form, 'StatusCallback', 'StatusCallbackMethod', 21609),
    statusEvents: parseStatusEvents(form),
    timeoutS: parseWhole(form, 'Timeout', { min: 1, max: 600, otherwise: 60, code: 21208 }),
    timeLimitS: parseWhole(form, 'TimeLimit', { min: 1, max: 86_400, otherwise: 14_400, code: 20001 }),
    machineDetection: digits === null ? parseMachineDetection(form) : undefined,
  };
};

/** Checks an update-call form. Throws RestError. */
export const parseUpdate = (form: URLSearchParams): CallUpdate => {
  refuseUnknown(form, UPDATE_NAMES);
  const status = form.get('Status');
  if (status === 'completed' || status === 'canceled') return { status };
  if (status !== null) throw new RestError(400, 20001, `Invalid Status: ${status}. It may be 'completed' or 'canceled'.`);
  const redirect = parseDocument(form);
  if (!redirect) throw new RestError(400, 20001, "One of 'Status', 'Url' or 'Twiml' is required.");
  return { redirect };
};

const refuseUnknown = (form: URLSearchParams, names: ReadonlySet<string>): void => {
  for (const name of form.keys()) {
    if (names.has(name)) continue;
    const meant = [...names].find((known) => known.toLowerCase() === name.toLowerCase());
    throw new RestError(400, 20001, `Unknown parameter '${name}'.${meant ? ` Did you mean '${meant}'? Names are case-sensitive.` : ''}`);
  }
};

const parseDocument = (form: URLSearchParams): DocumentSource | undefined => {
  const address = parseAddress(form, 'Url', 'Method', 21205);
  if (address) return address;
  const twiml = form.get('Twiml');
  if (twiml !== null && twiml.length > MAX_TWIML_CHARS) throw new RestError(400, 20001, `Twiml is longer than ${MAX_TWIML_CHARS} characters.`);
  return twiml ? { twiml } : undefined;
};

const parseAddress = (form: URLSearchParams, urlName: string, methodName: string, code: number): DocumentAddress | undefined => {
  const method = form.get(methodName) ?? 'POST';
  if (method !== 'GET' && method !== 'POST') throw new RestError(400, 21209, `Invalid ${methodName}: ${method}. It may be GET or POST.`);
  const url = form.get(urlName);
  if (url === null) return undefined;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.hostname.includes('_'))
    throw new RestError(400, code, `${urlName} is not a valid URL: ${url}`);
  return { url, method };
};

const parseStatusEvents = (form: URLSearchParams): StatusEvent[] => {
  const events = form.getAll('StatusCallbackEvent').map((name) => {
    const event = STATUS_EVENTS.find((known) => known === name);
    if (!event) throw new RestError(400, 21626, `Invalid StatusCallbackEvent: ${name}`);
    return event;
  });
  return events.length > 0 ? events : ['completed'];
};

const parseMachineDetection = (form: URLSearchParams): CallParameters['machineDetection'] => {
  const asyncAmd = form.get('AsyncAmd') ?? 'false';
  if (asyncAmd !== 'true' && asyncAmd !== 'false') throw new RestError(400, 20001, `Invalid AsyncAmd: ${asyncAmd}. It may be 'true' or 'false'.`);
  const callback = parseAddress(form, 'AsyncAmdStatusCallback', 'AsyncAmdStatusCallbackMethod', 21609);
  const timeoutS = parseWhole(form, 'MachineDetectionTimeout', { min: 3, max: 59, otherwise: 30, code: 20001 });
  const mode = form.get('MachineDetection');
  if (mode === null) return undefined;
  if (mode !== 'Enable' && mode !== 'DetectMessageEnd') throw new RestError(400, 21207, `Invalid MachineDetection: ${mode}`);
  if (asyncAmd === 'true' && !callback) throw new RestError(400, 21262, 'AsyncAmd needs AsyncAmdStatusCallback.');
  return { mode, timeoutS, asyncCallback: asyncAmd === 'true' ? callback : undefined };
};

const parseWhole = (form: URLSearchParams, name: string, at: { min: number; max: number; otherwise: number; code: number }): number => {
  const text = form.get(name);
  if (text === null) return at.otherwise;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= at.min && value <= at.max)) throw new RestError(400, at.code, `Invalid ${name}: ${text}. It may be ${at.min} to ${at.max}.`);
  return value;
};
