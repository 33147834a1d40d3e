import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock, Random } from '../../../schemas/clock.js';
import { type Form, signTwilioRequest } from './signature.js';

/** The vendor waits this long in all for an answer. */
const TIMEOUT_MS = 15_000;
/**
 * The last part of the wait. The timer runs in two parts because a process that was busy for the whole wait would otherwise find the time over before it
 * had looked at the answer that is there.
 */
const LAST_LOOK_MS = 1000;
const MAX_REPLY_BYTES = 64 * 1024;

/** Where a webhook goes. */
export interface WebhookTarget {
  url: string;
  method: 'GET' | 'POST';
}

export interface WebhookReply {
  status: number;
  /** Without parameters, in lower case. */
  contentType: string;
  body: string;
}

/** One attempt to deliver a webhook, for tests and the log of a scenario. */
export interface WebhookDelivery {
  url: string;
  method: 'GET' | 'POST';
  form: Form;
  /** From 1. */
  attempt: number;
  /** Wall clock at the start, ms. */
  at: number;
  /** HTTP status of the reply; undefined when there was none, then `problem` says why. */
  status: number | undefined;
  problem?: string;
}

/** The webhook was not answered, or not with 2xx. `vendorCode` is that of the vendor's debugger. */
export class WebhookFailure extends Error {
  readonly vendorCode: number;
  constructor(vendorCode: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'WebhookFailure';
    this.vendorCode = vendorCode;
  }
}

/**
 * Sends one webhook and returns the 2xx reply; throws WebhookFailure otherwise. A lost connection or a time-out is tried once more; with
 * `retryStatus` a non-2xx reply too. A repeated webhook carries the same I-Twilio-Idempotency-Token.
 */
export type SendWebhook = (target: WebhookTarget, form: Form, options: { retryStatus: boolean; signal: AbortSignal }) => Promise<WebhookReply>;

/**
 * Signed webhooks as the vendor sends them: a form in the body (POST) or in the query (GET), 15 s in all, no redirects followed. Each attempt is told to `record`.
 *
 * Follows: Twilio, "Webhooks (HTTP callbacks): Connection overrides" and "Security".
 */
export const webhookSender =
  (parts: { clock: Clock; random: Random; authToken: string; record: (delivery: WebhookDelivery) => void }): SendWebhook =>
  async (target, form, { retryStatus, signal }) => {
    const url = target.method === 'GET' ? withQuery(target.url, form) : target.url;
    const body = target.method === 'GET' ? undefined : new URLSearchParams(form).toString();
    const headers = {
      'user-agent': 'TwilioProxy/1.1',
      accept: '*/*',
      'x-twilio-signature': signTwilioRequest(parts.authToken, url, body === undefined ? {} : form),
      'i-twilio-idempotency-token': parts.random.bytes(16).toString('hex'),
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8', 'content-length': String(Buffer.byteLength(body)) }),
    };
    for (let attempt = 1; ; attempt += 1) {
      const delivery: WebhookDelivery = { url, method: target.method, form, attempt, at: parts.clock.now(), status: undefined };
      parts.record(delivery);
      try {
        const reply = await exchange(parts.clock, url, target.method, headers, body, signal);
        delivery.status = reply.status;
        if (reply.status >= 200 && reply.status < 300) return reply;
        if (!retryStatus || attempt > 1) throw new WebhookFailure(11200, `${target.method} ${url} was answered with ${reply.status}`);
      } catch (error) {
        if (error instanceof WebhookFailure || signal.aborted) throw error;
        delivery.problem = error instanceof Error ? error.message : String(error);
        if (attempt > 1) throw new WebhookFailure(11205, `${target.method} ${url} was not answered: ${delivery.problem}`, error);
      }
    }
  };

const withQuery = (url: string, form: Form): string => `${url}${url.includes('?') ? '&' : '?'}${new URLSearchParams(form)}`;

const exchange = (
  clock: Clock,
  url: string,
  method: 'GET' | 'POST',
  headers: Record<string, string>,
  body: string | undefined,
  signal: AbortSignal,
): Promise<WebhookReply> =>
  new Promise((resolve, reject) => {
    const send = new URL(url).protocol === 'https:' ? httpsRequest : httpRequest;
    // One connection a request: a kept one that the server closes at the same moment would look like a lost webhook.
    const request = send(url, { method, headers, agent: false, signal });
    let cancel = clock.after(TIMEOUT_MS - LAST_LOOK_MS, () => {
      cancel = clock.after(LAST_LOOK_MS, () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    });
    request.on('close', () => cancel());
    request.on('error', reject);
    request.on('response', (response) => {
      readReply(response).then(resolve, reject);
    });
    request.end(body);
  });

const readReply = async (response: IncomingMessage): Promise<WebhookReply> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.length;
    if (bytes > MAX_REPLY_BYTES) throw new WebhookFailure(11750, 'the reply is longer than 64 kB');
    parts.push(part);
  }
  const contentType = (response.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return { status: response.statusCode ?? 0, contentType, body: Buffer.concat(parts).toString('utf8') };
};
