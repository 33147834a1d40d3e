import type { Twilio } from 'twilio';
import type RequestClient from 'twilio/lib/base/RequestClient.js';
import type { Clock } from '../../../schemas/clock.js';
import { notSent, toProviderError } from './failure.js';

/** The vendor answers within a second; after this long the outcome is in doubt and is looked up instead. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Where and as whom the REST API is called. */
export interface TwilioRestOptions {
  accountSid: string;
  authToken: string;
  /** Scheme and host in place of https://api.twilio.com; paths stay. */
  baseUrl?: string | undefined;
  /** The clock of the request time-out; without it the time-out is in real time. */
  clock?: Clock | undefined;
}

/** Runs one request with the SDK's client. Rejects with ProviderError only: on failure, after 10 s, or when `signal` aborts. */
export type TwilioRest = <T>(operation: string, signal: AbortSignal, send: (client: Twilio) => Promise<T>) => Promise<T>;

/**
 * The SDK's REST client, loaded when the first request is made (it takes about half a second) and without its retries: a create that is repeated can ring the
 * person twice.
 */
export const twilioRest = (options: TwilioRestOptions): TwilioRest => {
  let client: Promise<Twilio> | undefined;
  return async (operation, signal, send) => {
    if (signal.aborted) throw notSent(operation, signal.reason);
    client ??= openClient(options);
    let ready: Twilio;
    try {
      ready = await client;
      signal.throwIfAborted();
    } catch (cause) {
      throw notSent(operation, cause);
    }
    return bounded(operation, signal, options.clock, send(ready));
  };
};

const openClient = async ({ accountSid, authToken, baseUrl }: TwilioRestOptions): Promise<Twilio> => {
  const { default: sdk } = await import('twilio');
  if (baseUrl === undefined) return sdk(accountSid, authToken, { autoRetry: false, timeout: REQUEST_TIMEOUT_MS });
  const base = baseUrl.replace(/\/+$/, '');
  // The SDK has no option for the host; its request client is the documented way in, and it leaves edge and region out of the URL too.
  class ElsewhereClient extends sdk.RequestClient {
    override request<T>(request: RequestClient.RequestOptions<T>) {
      const { pathname, search } = new URL(request.uri);
      request.uri = base + pathname + search;
      return super.request(request);
    }
  }
  return sdk(accountSid, authToken, { httpClient: new ElsewhereClient({ autoRetry: false, timeout: REQUEST_TIMEOUT_MS }) });
};

/** The SDK takes no signal, so a request that is given up runs on until its own time-out; its outcome is `unknown` here. */
const bounded = <T>(operation: string, signal: AbortSignal, clock: Clock | undefined, sent: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const giveUp = (cause: unknown) => {
      done();
      reject(toProviderError(operation, cause));
    };
    const onAbort = () => giveUp(signal.reason);
    const cancel = clock?.after(REQUEST_TIMEOUT_MS, () => giveUp(new Error(`no answer after ${REQUEST_TIMEOUT_MS} ms`)));
    const done = () => {
      cancel?.();
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    sent.then((value) => {
      done();
      resolve(value);
    }, giveUp);
  });
