import type { IncomingMessage } from 'node:http';
import { type CallParameters, type CallUpdate, parseCreate, parseUpdate } from './call-parameters.js';
import { type SandboxCall, toResource } from './call-record.js';
import { RestError } from './rest-error.js';

const MAX_BODY_BYTES = 64 * 1024;
const MAX_PAGE_SIZE = 1000;

/** One request to the REST API, for tests and the log of a scenario. */
export interface RestRequest {
  method: string;
  /** With the query. */
  path: string;
  /** The raw body. */
  body: string;
  /** HTTP status of the reply; undefined while there is none. */
  status: number | undefined;
}

/** What the API does to the account's calls. The functions throw RestError to refuse. */
export interface CallsOfAccount {
  readonly accountSid: string;
  readonly authToken: string;
  create(parameters: CallParameters): SandboxCall;
  /** In the order of their creation. */
  list(): SandboxCall[];
  find(sid: string): SandboxCall | undefined;
  update(sid: string, update: CallUpdate): SandboxCall;
}

export interface RestReply {
  status: number;
  body: Record<string, unknown>;
}

/**
 * The part of Twilio's REST API that places and steers calls: basic auth, form-encoded requests, JSON replies. Throws RestError for every refusal.
 *
 * Follows: Twilio, "Call resource" and "Twilio's request / response".
 */
export const answerRest = (account: CallsOfAccount, method: string, url: URL, headers: IncomingMessage['headers'], body: string): RestReply => {
  authenticate(account, headers.authorization);
  const base = `/2010-04-01/Accounts/${account.accountSid}/Calls`;
  const notFound = () => new RestError(404, 20_404, `The requested resource ${url.pathname} was not found`);
  if (url.pathname === `${base}.json`) {
    if (method === 'POST') return { status: 201, body: toResource(account.accountSid, account.create(parseCreate(formOf(headers, body)))) };
    if (method === 'GET') return { status: 200, body: listPage(account, url) };
    throw new RestError(405, 20_004, 'Method not allowed');
  }
  const sid = url.pathname.startsWith(`${base}/`) ? /^(CA[0-9a-f]{32})\.json$/.exec(url.pathname.slice(base.length + 1))?.[1] : undefined;
  if (sid === undefined || !account.find(sid)) throw notFound();
  if (method === 'POST') return { status: 200, body: toResource(account.accountSid, account.update(sid, parseUpdate(formOf(headers, body)))) };
  const call = account.find(sid);
  if (method === 'GET' && call) return { status: 200, body: toResource(account.accountSid, call) };
  throw new RestError(405, 20_004, 'Method not allowed');
};

/** Reads a request's body; throws RestError when it is too long. */
export const readBody = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new RestError(413, 20_001, 'The request is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
};

const authenticate = (account: CallsOfAccount, authorization: string | undefined): void => {
  const expected = `Basic ${Buffer.from(`${account.accountSid}:${account.authToken}`).toString('base64')}`;
  if (authorization !== expected) throw new RestError(401, 20_003, 'Authenticate');
};

const formOf = (headers: IncomingMessage['headers'], body: string): URLSearchParams => {
  const type = headers['content-type'] ?? '';
  if (!type.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
    // The vendor reads forms only, so to it nothing was given at all.
    throw new RestError(400, 21_201, `No 'To' number is specified (the body is ${type || 'of no type'}; send application/x-www-form-urlencoded)`);
  }
  return new URLSearchParams(body);
};

const LIST_FILTERS = new Set(
  ['To', 'From', 'ParentCallSid', 'Status', 'Page', 'PageSize', 'PageToken'].concat(
    ['StartTime', 'EndTime'].flatMap((name) => [name, `${name}<`, `${name}>`]),
  ),
);

const listPage = (account: CallsOfAccount, url: URL): Record<string, unknown> => {
  const query = url.searchParams;
  for (const name of query.keys()) if (!LIST_FILTERS.has(name)) throw new RestError(400, 20_001, `Unknown parameter '${name}'.`);
  const size = pageNumber(query, 'PageSize', 50, 1, MAX_PAGE_SIZE);
  const page = pageNumber(query, 'Page', 0, 0, Number.MAX_SAFE_INTEGER);
  const found = account
    .list()
    .filter((call) => matches(call, query))
    .reverse();
  const start = page * size;
  const shown = found.slice(start, start + size);
  const uri = (number: number) => {
    const parameters = new URLSearchParams(query);
    parameters.set('Page', String(number));
    parameters.set('PageSize', String(size));
    return `${url.pathname}?${parameters}`;
  };
  return {
    calls: shown.map((call) => toResource(account.accountSid, call)),
    page,
    page_size: size,
    start,
    end: Math.max(start, start + shown.length - 1),
    uri: uri(page),
    first_page_uri: uri(0),
    previous_page_uri: page > 0 ? uri(page - 1) : null,
    next_page_uri: found.length > start + size ? uri(page + 1) : null,
  };
};

const matches = (call: SandboxCall, query: URLSearchParams): boolean => {
  const is = (name: string, value: string) => (query.get(name) ?? value) === value;
  if (!is('To', call.to) || !is('From', call.from) || !is('Status', call.status) || query.has('ParentCallSid')) return false;
  // As at the vendor, a call that still waits in the queue has no start, and one that lives has no end.
  return isWithin(query, 'StartTime', call.answeredAt ?? call.dialedAt) && isWithin(query, 'EndTime', call.endedAt);
};

const isWithin = (query: URLSearchParams, name: string, instant: number | undefined): boolean => {
  const bound = (suffix: string) => {
    const text = query.get(`${name}${suffix}`);
    if (text === null) return undefined;
    const value = Date.parse(text);
    if (Number.isNaN(value)) throw new RestError(400, 20_001, `Invalid ${name}${suffix}: ${text}`);
    return value;
  };
  const [on, from, to] = [bound(''), bound('>'), bound('<')];
  if (on === undefined && from === undefined && to === undefined) return true;
  if (instant === undefined) return false;
  const second = Math.floor(instant / 1000) * 1000;
  return (from === undefined || second >= from) && (to === undefined || second <= to) && (on === undefined || sameDay(second, on));
};

const sameDay = (a: number, b: number): boolean => Math.floor(a / 86_400_000) === Math.floor(b / 86_400_000);

const pageNumber = (query: URLSearchParams, name: string, otherwise: number, min: number, max: number): number => {
  const text = query.get(name);
  if (text === null) return otherwise;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min)) throw new RestError(400, 20_001, `Invalid ${name}: ${text}`);
  return Math.min(value, max);
};
