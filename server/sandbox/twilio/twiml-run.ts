import type { DocumentAddress, DocumentSource } from './call-parameters.js';
import { parseTwiml, type TwimlElement, TwimlError } from './twiml.js';
import { WebhookFailure, type WebhookReply } from './webhooks.js';

/** The vendor accepts these types as TwiML. */
const TWIML_TYPES = new Set(['text/xml', 'application/xml', 'text/html']);
/** An estimate of the vendor's text-to-speech, which is not heard here. */
const SAY_MS_PER_CHAR = 65;
const MAX_SAY_MS = 30_000;
/** One key with its pause; `w` waits half a second. */
const DIGIT_MS = 250;
const MAX_REDIRECTS = 100;
/** Code of what the vendor would have done and this sandbox does not. */
const SANDBOX_NOTE = 0;
/** Verbs that exist and that this sandbox does not play. */
const UNSUPPORTED = new Set('Dial Gather Record Enqueue Leave Sms Refer Pay Prompt Queue Start Stop'.split(' '));

/** What a running document can do to its call. */
export interface TwimlCall {
  fetch(address: DocumentAddress, extra?: Readonly<Record<string, string>>): Promise<WebhookReply>;
  /** Runs a `<Stream>`; resolves when its socket has ended while the call goes on. */
  connectStream(url: string, parameters: Readonly<Record<string, string>>): Promise<void>;
  wait(ms: number): Promise<void>;
  /** The vendor's debugger. */
  report(level: 'error' | 'warning', code: number, text: string): void;
  readonly fallback: DocumentAddress | undefined;
}

/**
 * Runs the TwiML of an answered call, from document to document, until it ends: by `<Hangup>`, `<Reject>`, the end of a document, or an error that the fallback URL does not
 * mend. The caller hangs up then. Rejects only when the call's own functions do (it ended meanwhile).
 *
 * Follows: Twilio, "TwiML for Programmable Voice", "<Stream>", error 12100.
 */
export const runTwiml = async (call: TwimlCall, first: DocumentSource): Promise<void> => {
  let source: DocumentSource | undefined = first;
  let extra: Readonly<Record<string, string>> = {};
  for (let count = 0; source; count += 1) {
    if (count >= MAX_REDIRECTS) return call.report('error', 11215, `more than ${MAX_REDIRECTS} documents in one call`);
    const current: DocumentSource = source;
    try {
      source = await runVerbs(call, await load(call, current, extra), 'url' in current ? current.url : undefined);
      extra = {};
    } catch (error) {
      const code = failureCode(error);
      if (code === undefined || !(error instanceof Error)) throw error;
      call.report('error', code, error.message);
      const isFallback = 'url' in current && extra['ErrorCode'] !== undefined;
      source = isFallback ? undefined : call.fallback;
      extra = { ErrorCode: String(code), ...('url' in current ? { ErrorUrl: current.url } : {}) };
    }
  }
};

const failureCode = (error: unknown): number | undefined => {
  if (error instanceof TwimlError) return 12_100;
  return error instanceof WebhookFailure ? error.vendorCode : undefined;
};

const load = async (call: TwimlCall, source: DocumentSource, extra: Readonly<Record<string, string>>): Promise<TwimlElement> => {
  if ('twiml' in source) return parseTwiml(source.twiml);
  const reply = await call.fetch(source, extra);
  // An empty answer is an empty document: the call ends.
  if (reply.body === '' && reply.status === 204) return { name: 'Response', attributes: new Map(), children: [], text: '' };
  if (!TWIML_TYPES.has(reply.contentType))
    throw new WebhookFailure(12_300, `${source.url} answered with content type ${reply.contentType || '(none)'}`);
  return parseTwiml(reply.body);
};

/** Runs one document's verbs in order; returns the document that follows, if any. */
const runVerbs = async (call: TwimlCall, response: TwimlElement, baseUrl: string | undefined): Promise<DocumentSource | undefined> => {
  for (const verb of response.children) {
    switch (verb.name) {
      case 'Connect': {
        const next = await runConnect(call, verb, baseUrl);
        if (next) return next;
        break;
      }
      case 'Redirect':
        return addressIn(verb, verb.text.trim(), baseUrl);
      case 'Hangup':
      case 'Reject':
        return undefined;
      case 'Pause':
        await call.wait(wholeSeconds(verb, 'length', 1) * 1000);
        break;
      case 'Say':
        call.report('warning', SANDBOX_NOTE, '<Say> takes its time here but is not heard');
        await call.wait(Math.min(verb.text.trim().length * SAY_MS_PER_CHAR, MAX_SAY_MS));
        break;
      case 'Play':
        await runPlay(call, verb);
        break;
      default:
        if (!UNSUPPORTED.has(verb.name)) throw new TwimlError(`<${verb.name}> is not a verb`);
        call.report('warning', SANDBOX_NOTE, `<${verb.name}> is not played by this sandbox; the call goes on with the next verb`);
    }
  }
  return undefined;
};

const runConnect = async (call: TwimlCall, connect: TwimlElement, baseUrl: string | undefined): Promise<DocumentSource | undefined> => {
  const [stream, ...others] = connect.children;
  if (!stream || others.length > 0 || stream.name !== 'Stream') throw new TwimlError('<Connect> needs exactly one <Stream> here');
  const url = stream.attributes.get('url') ?? '';
  const problem = streamProblem(url, stream.attributes.get('track'));
  if (problem) {
    call.report('error', 31_920, problem);
    return undefined;
  }
  const parameters = stream.children.map((child) => {
    if (child.name !== 'Parameter') throw new TwimlError(`<${child.name}> inside <Stream>`);
    const name = child.attributes.get('name') ?? '';
    const value = child.attributes.get('value') ?? '';
    if (name === '' || name.length + value.length > 500) throw new TwimlError('a <Parameter> has no name, or is longer than 500 characters');
    return [name, value] as const;
  });
  await call.connectStream(url, Object.fromEntries(parameters));
  const action = connect.attributes.get('action');
  return action === undefined ? undefined : addressIn(connect, action, baseUrl);
};

/** Twilio takes wss only; ws is let through to the own machine, where there is no certificate. */
const streamProblem = (url: string, track: string | undefined): string | undefined => {
  if (!URL.canParse(url)) return `<Stream> url is not a URL: ${url}`;
  const { protocol, hostname, search } = new URL(url);
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  if (protocol !== 'wss:' && !(protocol === 'ws:' && isLoopback)) return `<Stream> url is not wss: ${url}`;
  if (search !== '' || url.includes('?')) return '<Stream> url may not have a query string; use <Parameter>';
  if (track !== undefined && track !== 'inbound_track') return `<Connect><Stream> takes track inbound_track only, not ${track}`;
  return undefined;
};

const runPlay = async (call: TwimlCall, play: TwimlElement): Promise<void> => {
  const digits = play.attributes.get('digits');
  if (digits === undefined)
    return call.report('warning', SANDBOX_NOTE, '<Play> of a URL is not played by this sandbox; the call goes on with the next verb');
  if (!/^[0-9A-D#*wW]*$/.test(digits)) throw new TwimlError(`<Play digits> has other characters than keys: ${digits}`);
  await call.wait(digits.length * DIGIT_MS);
};

const addressIn = (verb: TwimlElement, url: string, baseUrl: string | undefined): DocumentAddress => {
  const method = verb.attributes.get('method') ?? 'POST';
  if (method !== 'GET' && method !== 'POST') throw new TwimlError(`<${verb.name}> has method ${method}`);
  if (!URL.canParse(url, baseUrl)) throw new TwimlError(`<${verb.name}> has no valid URL: ${url}`);
  return { url: URL.canParse(url) ? url : new URL(url, baseUrl).href, method };
};

const wholeSeconds = (verb: TwimlElement, name: string, otherwise: number): number => {
  const text = verb.attributes.get(name);
  if (text === undefined) return otherwise;
  if (!/^\d{1,4}$/.test(text)) throw new TwimlError(`<${verb.name}> has ${name} ${text}`);
  return Number(text);
};
