import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parseConfig } from '../../server/config.js';

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
      OPENAI_API_KEY: 'sk-very-secret',
    });
    t.fail('must throw');
  } catch (error) {
    const { message } = error as Error;
    for (const name of ['PORT', 'PUBLIC_URL', 'MAX_CALLS', 'TWILIO_ACCOUNT_SID', 'TWILIO_FROM', 'MONGODB_URI', 'SECRET_KEY', 'OPENAI_API_KEY'])
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
