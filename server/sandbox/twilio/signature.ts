import { createHmac } from 'node:crypto';

/** The fields of a webhook, as they stand in its form. */
export type Form = Readonly<Record<string, string>>;

/**
 * X-Twilio-Signature of a request: HMAC-SHA1 over the URL exactly as requested and, for a form POST, every field name and value, sorted by name. Written from the
 * vendor's text and not with its SDK, so that the adapter is checked by somebody else.
 *
 * Follows: Twilio, "Webhooks Security - Validating Signatures".
 */
export const signTwilioRequest = (authToken: string, url: string, form: Form = {}): string =>
  createHmac('sha1', authToken)
    .update(
      url +
        Object.keys(form)
          .sort()
          .map((name) => `${name}${form[name]}`)
          .join(''),
      'utf8',
    )
    .digest('base64');
