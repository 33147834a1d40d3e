import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { RawWebhook } from '../../schemas/ports/telephony.js';
import { twilioVoice } from '../../server/providers/twilio/voice.js';
import { signTwilioRequest } from '../../server/sandbox/twilio/signature.js';
import { fc } from '../fixtures/properties.js';
import { ACCOUNT } from '../fixtures/twilio/application.js';

const VECTORS: { token: string; url: string; form: Record<string, string>; signature: string; socketUrl: string; socketSignature: string } =
  JSON.parse(readFileSync(join(process.cwd(), 'test/fixtures/twilio/signatures.json'), 'utf8'));
const PUBLIC_URL = 'https://calls.example.com';
const webhook = (form: Record<string, string>, changes: Partial<RawWebhook> = {}): RawWebhook => ({
  method: 'POST',
  url: VECTORS.url,
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8', 'x-twilio-signature': VECTORS.signature },
  body: Buffer.from(new URLSearchParams(form).toString()),
  ...changes,
});

t.test('a signature is accepted for exactly what was signed', async (t) => {
  const provider = twilioVoice({ accountSid: ACCOUNT.accountSid, authToken: VECTORS.token, publicUrl: PUBLIC_URL });
  t.ok(provider.verifyWebhook(webhook(VECTORS.form)), 'the vector of the vendor');
  t.ok(provider.verifyMediaUpgrade(VECTORS.socketUrl, { 'x-twilio-signature': VECTORS.socketSignature }), 'the vector of a socket');
  t.equal(signTwilioRequest(VECTORS.token, VECTORS.url, VECTORS.form), VECTORS.signature, 'the sandbox signs alike');
  t.equal(signTwilioRequest(VECTORS.token, VECTORS.socketUrl), VECTORS.socketSignature);
  const reordered = Object.fromEntries(Object.entries(VECTORS.form).reverse());
  t.ok(provider.verifyWebhook(webhook(reordered)), 'the order of the fields does not matter');
  t.ok(provider.verifyWebhook(webhook(VECTORS.form, { url: VECTORS.url.replace('example.com', 'example.com:443') })), 'nor the default port');

  const type = 'application/x-www-form-urlencoded';
  const forged: Record<string, RawWebhook> = {
    'no signature': webhook(VECTORS.form, { headers: { 'content-type': type } }),
    'an empty signature': webhook(VECTORS.form, { headers: { 'content-type': type, 'x-twilio-signature': '' } }),
    'a cut signature': webhook(VECTORS.form, { headers: { 'content-type': type, 'x-twilio-signature': VECTORS.signature.slice(0, -2) } }),
    'the signature in another case': webhook(VECTORS.form, {
      headers: { 'content-type': type, 'x-twilio-signature': VECTORS.signature.toUpperCase() },
    }),
    'two signatures': webhook(VECTORS.form, { headers: { 'content-type': type, 'x-twilio-signature': [VECTORS.signature, VECTORS.signature] } }),
    'the header twice in two cases': webhook(VECTORS.form, {
      headers: { 'content-type': type, 'x-twilio-signature': VECTORS.signature, 'X-Twilio-Signature': 'x' },
    }),
    'the token of another account': webhook(VECTORS.form, {
      headers: { 'content-type': type, 'x-twilio-signature': signTwilioRequest('54321', VECTORS.url, VECTORS.form) },
    }),
    'another host': webhook(VECTORS.form, { url: VECTORS.url.replace('example.com', 'example.org') }),
    'another path': webhook(VECTORS.form, { url: VECTORS.url.replace('myapp', 'other') }),
    'another query': webhook(VECTORS.form, { url: VECTORS.url.replace('foo=1', 'foo=2') }),
    'http for https': webhook(VECTORS.form, { url: VECTORS.url.replace('https', 'http') }),
    'a trailing slash': webhook(VECTORS.form, { url: `${VECTORS.url}/` }),
    'a changed value': webhook({ ...VECTORS.form, Digits: '1235' }),
    'a field more': webhook({ ...VECTORS.form, Extra: '', X: '1' }),
    'a field less': webhook(Object.fromEntries(Object.entries(VECTORS.form).slice(1))),
    'a field twice': webhook(VECTORS.form, { body: Buffer.from(`${new URLSearchParams(VECTORS.form)}&Digits=9`) }),
    'no body': webhook({}),
    'the body as JSON': webhook(VECTORS.form, {
      headers: { 'content-type': 'application/json', 'x-twilio-signature': VECTORS.signature },
      body: Buffer.from(JSON.stringify(VECTORS.form)),
    }),
    'the form in a GET': webhook(VECTORS.form, { method: 'GET' }),
    'a thousand fields': webhook(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`f${index}`, '1']))),
    'a URL that is none': webhook(VECTORS.form, { url: 'myapp.php' }),
  };
  for (const [name, request] of Object.entries(forged)) t.notOk(provider.verifyWebhook(request), name);

  const upgrades: Record<string, [string, RawWebhook['headers']]> = {
    'the https form of the URL': [VECTORS.socketUrl.replace('wss', 'https'), { 'x-twilio-signature': VECTORS.socketSignature }],
    'another path': [`${VECTORS.socketUrl}2`, { 'x-twilio-signature': VECTORS.socketSignature }],
    'no header': [VECTORS.socketUrl, {}],
    'the signature of a webhook': [VECTORS.socketUrl, { 'x-twilio-signature': VECTORS.signature }],
  };
  for (const [name, [url, headers]] of Object.entries(upgrades)) t.notOk(provider.verifyMediaUpgrade(url, headers), name);
});

t.test('any form that the sandbox signs is accepted, and refused when one character of the signature differs', async () => {
  const provider = twilioVoice({ ...ACCOUNT, publicUrl: PUBLIC_URL });
  const form = fc.dictionary(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,15}$/), fc.string({ unit: 'grapheme' }), { maxKeys: 12 });
  fc.assert(
    fc.property(form, fc.nat({ max: 26 }), (fields, at) => {
      const url = `${PUBLIC_URL}/webhooks/twilio/call/t0k3n`;
      const signature = signTwilioRequest(ACCOUNT.authToken, url, fields);
      const signed = (text: string) =>
        provider.verifyWebhook(
          webhook(fields, { url, headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': text } }),
        );
      const changed = signature.slice(0, at) + (signature[at] === 'A' ? 'B' : 'A') + signature.slice(at + 1);
      return signed(signature) && !signed(changed);
    }),
  );
});
