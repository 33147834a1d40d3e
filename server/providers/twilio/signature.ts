import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import type { RawWebhook } from '../../../schemas/ports/telephony.js';

/** A webhook of a call has about 30 fields. */
const MAX_FIELDS = 200;

/**
 * The form fields of a webhook: those of the body for POST, none for GET (there the URL carries them, and the signature covers it). A repeated field
 * becomes a list. Undefined when the body is no form.
 */
export const formFieldsOf = (webhook: RawWebhook): Record<string, string | string[]> | undefined => {
  const fields: Record<string, string | string[]> = Object.create(null);
  if (webhook.method.toUpperCase() !== 'POST' || webhook.body.length === 0) return fields;
  const type = headerOf(webhook.headers, 'content-type') ?? '';
  if (!type.toLowerCase().startsWith('application/x-www-form-urlencoded')) return undefined;
  let count = 0;
  for (const [name, value] of new URLSearchParams(webhook.body.toString('utf8'))) {
    if (++count > MAX_FIELDS) return undefined;
    const known = fields[name];
    fields[name] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value];
  }
  return fields;
};

/**
 * Whether a webhook was signed with this account's token for exactly this public URL and these form fields. Compared in constant time; anything odd
 * (no header, two headers, a URL that is none) is false, never an error.
 *
 * Follows: Twilio, "Webhooks Security - Validating Signatures".
 */
export const isSignedWebhook = (authToken: string, webhook: RawWebhook): boolean => {
  const fields = formFieldsOf(webhook);
  return fields !== undefined && isSigned(authToken, webhook.headers, webhook.url, fields);
};

/** Whether the upgrade request of a media socket was signed: over the ws:// or wss:// URL as it stands in the TwiML, without fields. */
export const isSignedUpgrade = (authToken: string, url: string, headers: RawWebhook['headers']): boolean => isSigned(authToken, headers, url, {});

const isSigned = (authToken: string, headers: RawWebhook['headers'], url: string, fields: Record<string, string | string[]>): boolean => {
  const signature = headerOf(headers, 'x-twilio-signature');
  if (!signature || !URL.canParse(url)) return false;
  return validateRequest(authToken, signature, url, fields);
};

const headerOf = (headers: RawWebhook['headers'], name: string): string | undefined => {
  const values = Object.keys(headers)
    .filter((key) => key.toLowerCase() === name)
    .flatMap((key) => headers[key] ?? []);
  return values.length === 1 ? values[0] : undefined;
};
