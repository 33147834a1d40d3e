import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseConfig } from '../../server/config.js';
import { openEngines } from '../../server/engines/engines.js';
import { createLog } from '../../server/log.js';
import { processRandom, virtualClock } from '../../server/runtime.js';
import type { OpenAiSandbox } from '../../server/sandbox/openai/sandbox.js';
import { collect, textOf } from '../agents/conformance/language-model.js';
import { turnRequest } from '../fixtures/openai/prompt.js';
import { API_KEY, MODEL, openSandbox } from '../fixtures/openai/sandbox.js';

/*
 * The model that looks back at calls is the one that talks, with other patience; what it goes through is no news of those that talk.
 */

const REQUEST = { ...turnRequest({ kind: 'question', variable: 'pay' }, 'Twenty dollars an hour.'), tools: [], toolChoice: 'none' as const };

const enginesWith = async (t: Test, sandbox?: OpenAiSandbox) => {
  const clock = virtualClock();
  const dataDir = await mkdtemp(join(tmpdir(), 'screenline-engines-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const account = sandbox ? { OPENAI_API_KEY: API_KEY, OPENAI_BASE_URL: sandbox.baseUrl, OPENAI_MODEL: MODEL } : {};
  const config = parseConfig({ DATA_DIR: dataDir, EMBEDDED_VOICE: 'modem', ...account });
  const engines = await openEngines({ config, clock, random: processRandom(), log: createLog('silent') });
  t.teardown(() => engines.close());
  const stateOfModel = () => engines.report().find(({ kind }) => kind === 'language-model')?.state;
  const model = () => {
    if (!engines.extractionModel) throw new Error('no model');
    return engines.extractionModel;
  };
  return { clock, engines, model, stateOfModel };
};

t.test('without a key there is none', async (t) => {
  const { engines } = await enginesWith(t);
  t.equal(engines.extractionModel, undefined);
});

t.test('it waits for a model that thinks longer than anybody on the line may be kept waiting', async (t) => {
  const vendorClock = virtualClock();
  const sandbox = await openSandbox(t, { clock: vendorClock });
  const { clock, model, stateOfModel } = await enginesWith(t, sandbox);
  sandbox.faults.add({ kind: 'slow-first-token', ms: 5000 });
  let answered = false;
  const reply = collect(model(), REQUEST).finally(() => {
    answered = true;
  });
  await sandbox.asked(1);
  await clock.advance(5000);
  while (!answered) await vendorClock.advance(5000);
  t.not(textOf(await reply), '');
  t.equal(sandbox.requests().length, 1, 'asked once');
  t.equal(stateOfModel(), 'unused', 'as the calls see it');
});

t.test('a model that hangs there is given up in bounded time, and serves the calls all the same', async (t) => {
  const sandbox = await openSandbox(t);
  const { clock, engines, model, stateOfModel } = await enginesWith(t, sandbox);
  sandbox.faults.add({ kind: 'hang-before-headers' }, { times: 10 });
  const began = clock.monotonic();
  let failure: unknown;
  void collect(model(), REQUEST).catch((error: unknown) => {
    failure = error;
  });
  while (failure === undefined) await clock.advance(1000);
  t.match(failure, { failure: 'timeout' });
  t.ok(clock.monotonic() - began <= 30_000, `given up after ${clock.monotonic() - began} ms`);
  t.equal(stateOfModel(), 'unused');
  t.strictSame(engines.misconfigured(), []);
  sandbox.faults.clear();
  t.not(textOf(await collect(engines.languageModel ?? model(), REQUEST)), '');
  t.equal(stateOfModel(), 'serving');
});
