import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ProviderError } from '../../schemas/errors.js';
import { parseConfig } from '../../server/config.js';
import { createLog } from '../../server/log.js';

const folder = (t: { teardown(run: () => void): void }) => {
  const path = mkdtempSync(join(tmpdir(), 'screenline-config-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

t.test('with nothing set everything has a default', async (t) => {
  const dataDir = folder(t);
  const config = parseConfig({ DATA_DIR: dataDir });
  t.match(config, { host: '127.0.0.1', port: 3000, dataDir, mongodbUri: undefined, twilio: undefined, embeddedVoice: 'flite', apiKey: undefined });
  t.equal(config.secretKey.length, 32);
});

t.test('the secret key is made once, kept for the user alone and read again', async (t) => {
  const dataDir = folder(t);
  const first = parseConfig({ DATA_DIR: dataDir }).secretKey;
  t.equal(statSync(join(dataDir, 'secret.key')).mode & 0o777, 0o600);
  t.strictSame(parseConfig({ DATA_DIR: dataDir }).secretKey, first);
  writeFileSync(join(dataDir, 'secret.key'), 'spoilt');
  t.throws(() => parseConfig({ DATA_DIR: dataDir }), { code: 'config_invalid', message: /secret\.key does not hold 32 bytes/ });
});

t.test('all problems are reported together, by name and without values', async (t) => {
  const dataDir = folder(t);
  try {
    parseConfig({
      DATA_DIR: dataDir,
      PORT: 'eighty',
      PUBLIC_URL: 'ftp://x',
      MAX_CALLS: '0',
      TWILIO_AUTH_TOKEN: 'hunter2-secret',
      MONGODB_URI: 'postgres://x',
      SECRET_KEY: 'c2hvcnQ=',
      PLIVO_AUTH_TOKEN: 'very-secret',
      OPENAI_MODEL: 'gpt-5,,',
    });
    t.fail('must throw');
  } catch (error) {
    const { message } = error as Error;
    for (const name of [
      'PORT',
      'PUBLIC_URL',
      'MAX_CALLS',
      'TWILIO_ACCOUNT_SID',
      'TWILIO_FROM',
      'MONGODB_URI',
      'SECRET_KEY',
      'PLIVO_AUTH_TOKEN',
      'OPENAI_MODEL',
    ])
      t.match(message, name);
    t.notMatch(message, /hunter2|very-secret|postgres|eighty/);
  }
});

t.test('a half-set provider says what is missing', async (t) => {
  const dataDir = folder(t);
  t.throws(() => parseConfig({ DATA_DIR: dataDir, TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}` }), {
    message: /TWILIO_AUTH_TOKEN and TWILIO_FROM must be set too, or unset TWILIO_ACCOUNT_SID/,
  });
  t.throws(() => parseConfig({ DATA_DIR: dataDir, MONGODB_URI: 'mongodb://h/db' }), { message: /SECRET_KEY is required with MONGODB_URI/ });
});

t.test('engines with a key are used, with the vendor’s defaults; how to use one is of no use without its key', async (t) => {
  const DATA_DIR = folder(t);
  t.match(parseConfig({ DATA_DIR }), { deepgram: undefined, openAi: undefined, elevenLabs: undefined });
  t.match(parseConfig({ DATA_DIR, DEEPGRAM_API_KEY: 'k', OPENAI_API_KEY: 'k', ELEVENLABS_API_KEY: 'k' }), {
    deepgram: { model: 'nova-3', baseUrl: undefined },
    openAi: { models: ['gpt-4.1-mini', 'gpt-4o-mini'] },
    elevenLabs: { model: 'eleven_flash_v2_5', voiceId: /^[A-Za-z0-9]{20}$/ },
  });
  t.match(parseConfig({ DATA_DIR, OPENAI_API_KEY: 'k', OPENAI_MODEL: 'a, b', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1/' }), {
    openAi: { models: ['a', 'b'], baseUrl: 'http://127.0.0.1:1/v1' },
  });
  t.throws(() => parseConfig({ DATA_DIR, DEEPGRAM_MODEL: 'flux-general-en', ELEVENLABS_VOICE_ID: 'x' }), {
    message: /DEEPGRAM_MODEL cannot serve without DEEPGRAM_API_KEY.*ELEVENLABS_VOICE_ID cannot serve without ELEVENLABS_API_KEY/s,
  });
});

t.test('a data folder that cannot be used says which and what to do', async (t) => {
  const dataDir = folder(t);
  const file = join(dataDir, 'a-file');
  writeFileSync(file, '');
  t.throws(() => parseConfig({ DATA_DIR: join(file, 'below') }), { code: 'data_dir_unusable', message: /a-file.*ENOTDIR.*Give a folder/ });
  if (process.getuid?.() === 0) t.comment('permissions do not bind root: the read-only folder is not tried');
  else {
    chmodSync(dataDir, 0o500);
    t.throws(() => parseConfig({ DATA_DIR: dataDir }), { code: 'data_dir_unusable', message: /EACCES/ });
  }
});

t.test('an empty variable counts as unset', async (t) => {
  t.equal(parseConfig({ DATA_DIR: folder(t), PORT: '', TWILIO_AUTH_TOKEN: '' }).port, 3000);
});

const ACCOUNT = { TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'token', TWILIO_FROM: '+14155550100' };

t.test('a real account needs a public https address', async (t) => {
  const DATA_DIR = folder(t);
  for (const env of [ACCOUNT, { ...ACCOUNT, PUBLIC_URL: 'http://example.com' }])
    t.throws(() => parseConfig({ DATA_DIR, ...env }), { message: /PUBLIC_URL must be set to the https address/ });
  t.match(parseConfig({ DATA_DIR, ...ACCOUNT, PUBLIC_URL: 'https://example.com' }).twilio, { accountSid: ACCOUNT.TWILIO_ACCOUNT_SID });
  t.ok(parseConfig({ DATA_DIR, ...ACCOUNT, TWILIO_BASE_URL: 'http://127.0.0.1:1' }).twilio, 'a sandbox needs none');
});

t.test('a variable that would have no effect is refused by name', async (t) => {
  const DATA_DIR = folder(t);
  t.throws(() => parseConfig({ DATA_DIR, TWILIO_BASE_URL: 'http://127.0.0.1:1' }), { message: /TWILIO_BASE_URL is of no use without/ });
  const unbuilt = ['PLIVO_FROM', 'EXOTEL_API_KEY'];
  for (const name of unbuilt) t.throws(() => parseConfig({ DATA_DIR, [name]: 'x' }), { message: new RegExp(`${name} is set, but this version`) });
});

t.test('an error in the log has no causes and no telephone numbers', async (t) => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => lines.push(line) });
  const cause = new Error("The 'To' number +14155550123 is not valid");
  const at = { provider: 'twilio', operation: 'place a call', outcome: 'refused', retryable: false } as const;
  log.error({ err: new ProviderError(at, 'Twilio refused +14155550123.', cause), to: '+14155550123' }, 'trouble');
  log.error({ err: '+442079460123' }, 'thrown');
  t.notMatch(lines.join(), /4155550123|2079460123|not valid/);
  t.match(JSON.parse(lines[0] ?? ''), { to: '[number]', err: { type: 'ProviderError', message: 'Twilio refused +…0123.', stack: /config\.test/ } });
  t.match(JSON.parse(lines[1] ?? ''), { err: { message: '+…0123' } });
});
