import t from 'tap';
import { type FailedTry, failoverLanguageModel } from '../../agents/llm/failover.js';
import { openAiLanguageModel } from '../../agents/llm/openai.js';
import type { Clock } from '../../schemas/clock.js';
import { ENGINE_FAILURES, EngineError, type EngineFailure } from '../../schemas/engine-error.js';
import type { EngineHealth } from '../../schemas/engine-health.js';
import type { LanguageModel, ModelPart } from '../../schemas/ports/language-model.js';
import { virtualClock } from '../../server/runtime.js';
import { turnRequest } from '../fixtures/openai/prompt.js';
import { API_KEY, MODEL, openSandbox, SECOND_MODEL } from '../fixtures/openai/sandbox.js';
import { fc } from '../fixtures/properties.js';
import { collect, endOf, languageModelSuite, textOf } from './conformance/language-model.js';

const TURN = turnRequest({ kind: 'question', variable: 'pay' }, 'Twenty dollars an hour.');
const half = { next: () => 0.5, bytes: (count: number) => Buffer.alloc(count) };
/** The wait before a second try with these draws, ms. */
const JITTER_MS = 125;

/** What a vendor does with one request: waits, writes so many parts with a pause after each, and then this. */
interface Script {
  waitMs: number;
  parts: number;
  pauseMs: number;
  ending: EngineFailure | 'end' | 'two-ends' | 'no-end' | 'defect' | 'hang';
}

const fails = (ending: EngineFailure, waitMs = 50): Script => ({ waitMs, parts: 0, pauseMs: 0, ending });
const serves: Script = { waitMs: 300, parts: 2, pauseMs: 20, ending: 'end' };

/** A vendor on the clock. Requests beyond the script get its last line. `asked` are the instants of the requests, `open` how many run. */
const vendor = (clock: Clock, name: string, ...scripts: Script[]) => {
  const asked: number[] = [];
  let open = 0;
  const model: LanguageModel = {
    name,
    async *stream(_, signal): AsyncGenerator<ModelPart> {
      asked.push(clock.monotonic());
      const nth = asked.length;
      const script = scripts[nth - 1] ?? scripts.at(-1) ?? serves;
      open += 1;
      try {
        await clock.sleep(script.waitMs, signal);
        for (let part = 1; part <= script.parts; part += 1) {
          yield { kind: 'text-delta', text: `${name}/${nth}/${part} ` };
          if (script.pauseMs > 0) await clock.sleep(script.pauseMs, signal);
        }
        if (script.ending === 'hang') await clock.sleep(1e9, signal);
        if (script.ending === 'defect') throw new TypeError('x is not a function');
        if (script.ending === 'end' || script.ending === 'two-ends') yield { kind: 'end', reason: 'stop' };
        if (script.ending === 'two-ends') yield { kind: 'end', reason: 'stop' };
        const failure = ENGINE_FAILURES.find((one) => one === script.ending);
        if (failure) throw new EngineError(name, failure, `${name} failed`, { vendorCode: failure });
      } finally {
        open -= 1;
      }
    },
  };
  return { model, asked, open: () => open };
};

/** Runs one request to its end in virtual time. */
const play = async (clock: ReturnType<typeof virtualClock>, model: LanguageModel, signal = new AbortController().signal) => {
  const from = clock.monotonic();
  const parts: ModelPart[] = [];
  let firstPartMs: number | undefined;
  let overMs: number | undefined;
  let error: unknown;
  const run = async () => {
    for await (const part of model.stream(TURN, signal)) {
      firstPartMs ??= clock.monotonic() - from;
      parts.push(part);
    }
  };
  const over = run()
    .catch((cause: unknown) => {
      error = cause;
    })
    .finally(() => {
      overMs = clock.monotonic() - from;
    });
  for (let minute = 0; overMs === undefined && minute < 10; minute += 1) await clock.advance(60_000);
  await over;
  return { parts, text: textOf(parts).trim(), error, firstPartMs, overMs: overMs ?? Number.POSITIVE_INFINITY };
};

t.test('two adapters with failover are a language model', async (t) => {
  languageModelSuite(t, async (t) => {
    const sandbox = await openSandbox(t);
    const clock = virtualClock();
    const adapter = (model: string) => openAiLanguageModel({ apiKey: API_KEY, baseUrl: sandbox.baseUrl, model, clock });
    return {
      model: failoverLanguageModel([adapter(MODEL), adapter(SECOND_MODEL)], { clock, random: half, budgetMs: 3000 }),
      hangNext: () => {
        sandbox.faults.add({ kind: 'hang-before-headers' });
        return sandbox.asked(sandbox.requests().length + 1);
      },
      refuseNext: () => sandbox.faults.add({ kind: 'context-too-long' }, { times: 2 }),
    };
  });
});

t.test('over the wire, the second model answers when the first one is overloaded', async (t) => {
  const sandbox = await openSandbox(t);
  const clock = virtualClock();
  const adapter = (model: string) => openAiLanguageModel({ apiKey: API_KEY, baseUrl: sandbox.baseUrl, model, clock });
  sandbox.faults.add({ kind: 'insufficient-quota' }, { model: MODEL });
  const served: string[] = [];
  const failed: FailedTry[] = [];
  const model = failoverLanguageModel([adapter(MODEL), adapter(SECOND_MODEL)], {
    clock,
    random: half,
    budgetMs: 3000,
    onServed: (name) => served.push(name),
    onFailure: (one) => failed.push(one),
  });
  t.match(endOf(await collect(model, TURN)), { reason: 'tool-calls' });
  t.match(endOf(await collect(model, TURN)), { reason: 'tool-calls' });
  t.strictSame(served, [`OpenAI ${SECOND_MODEL}`, `OpenAI ${SECOND_MODEL}`]);
  t.match(failed, [{ model: `OpenAI ${MODEL}`, nth: 1, next: 'next-model', error: { failure: 'quota' } }]);
  t.strictSame(
    sandbox.requests().map(({ model }) => model),
    [MODEL, SECOND_MODEL, SECOND_MODEL],
    'an empty account is not asked again',
  );
});

t.test('who serves after which failure', async (t) => {
  const rows: {
    name: string;
    budgetMs?: number;
    first: Script[];
    second?: Script[];
    served?: string;
    asked: number[][];
    failure?: EngineFailure;
    overMs?: number;
  }[] = [
    { name: 'none', first: [serves], second: [serves], served: 'a/1', asked: [[0], []] },
    { name: 'one that passes', first: [fails('rate-limited'), serves], second: [serves], served: 'a/2', asked: [[0, 50 + JITTER_MS], []] },
    { name: 'one that stays', first: [fails('unavailable')], second: [serves], served: 'b/1', asked: [[0, 175], [225]] },
    { name: 'a refused key', first: [fails('auth')], second: [serves], served: 'b/1', asked: [[0], [50]] },
    { name: 'an empty account', first: [fails('quota')], second: [serves], served: 'b/1', asked: [[0], [50]] },
    { name: 'our own mistake', first: [fails('bad-request')], second: [serves], served: 'b/1', asked: [[0], [50]] },
    { name: 'a garbled reply', first: [fails('malformed')], second: [serves], served: 'b/1', asked: [[0], [50]] },
    { name: 'a reply without end', first: [{ ...serves, parts: 0, ending: 'no-end' }], second: [serves], served: 'b/1', asked: [[0], [300]] },
    { name: 'a defect of ours', first: [{ ...serves, parts: 0, ending: 'defect' }], second: [serves], served: 'b/1', asked: [[0], [300]] },
    {
      name: 'a slow model, time enough',
      budgetMs: 4000,
      first: [fails('timeout', 1200)],
      second: [serves],
      served: 'b/1',
      asked: [[0, 1325], [2525]],
    },
    {
      name: 'a slow model, the second needs the time',
      budgetMs: 3000,
      first: [fails('timeout', 1200)],
      second: [serves],
      served: 'b/1',
      asked: [[0], [1200]],
    },
    { name: 'a slow model alone', budgetMs: 3000, first: [fails('timeout', 1200)], asked: [[0, 1325]], failure: 'timeout', overMs: 2525 },
    {
      name: 'a model that hangs',
      budgetMs: 1500,
      first: [{ ...serves, waitMs: 1e9 }],
      second: [serves],
      asked: [[0], []],
      failure: 'timeout',
      overMs: 1500,
    },
    { name: 'both for good', first: [fails('auth')], second: [fails('quota')], asked: [[0], [50]], failure: 'quota', overMs: 100 },
    {
      name: 'both for now',
      first: [fails('unavailable')],
      second: [fails('rate-limited')],
      asked: [
        [0, 175],
        [225, 400],
      ],
      failure: 'rate-limited',
      overMs: 450,
    },
  ];
  for (const { name, budgetMs = 3000, first, second, served, asked, failure, overMs } of rows) {
    const clock = virtualClock();
    const vendors = [vendor(clock, 'a', ...first), ...(second ? [vendor(clock, 'b', ...second)] : [])];
    const tellers: string[] = [];
    const failed: FailedTry[] = [];
    const model = failoverLanguageModel(
      vendors.map((one) => one.model),
      { clock, random: half, budgetMs, onServed: (by) => tellers.push(by), onFailure: (one) => failed.push(one) },
    );
    const { parts, text, error, overMs: tookMs } = await play(clock, model);
    t.strictSame(
      vendors.map((one) => one.asked),
      asked,
      `${name}: who was asked when`,
    );
    if (served === undefined)
      t.match({ error, parts, tookMs, last: failed.at(-1)?.next }, { error: { failure }, parts: [], tookMs: overMs, last: 'none' }, name);
    else t.strictSame([text, parts.at(-1)?.kind, tellers], [`${served}/1 ${served}/2`, 'end', [served.slice(0, 1)]], name);
    t.equal(failed.length, vendors.flatMap((one) => one.asked).length - (served === undefined ? 0 : 1), `${name}: each failed try is told once`);
  }
});

t.test('what was passed on cannot be taken back', async (t) => {
  for (const ending of ['unavailable', 'no-end', 'defect', 'hang'] as const) {
    const clock = virtualClock();
    const [a, b] = [vendor(clock, 'a', { ...serves, ending }), vendor(clock, 'b', serves)];
    const failed: FailedTry[] = [];
    const { text, parts, error } = await play(
      clock,
      failoverLanguageModel([a.model, b.model], { clock, random: half, budgetMs: 3000, onFailure: (one) => failed.push(one) }),
    );
    t.strictSame([text, parts.length, b.asked], ['a/1/1 a/1/2', 2, []], ending);
    t.ok(error instanceof EngineError, ending);
    t.match(failed, [{ next: 'none' }], ending);
    t.equal(a.open(), 0, 'and the model is left');
  }
});

t.test('a model that needs a person is left alone for a while, in every call', async (t) => {
  const clock = virtualClock();
  const [a, b] = [vendor(clock, 'a', fails('auth'), serves), vendor(clock, 'b', serves)];
  const health = new Map<string, EngineHealth>();
  const call = () => failoverLanguageModel([a.model, b.model], { clock, random: half, budgetMs: 3000, health });
  t.equal((await play(clock, call())).text, 'b/1/1 b/1/2');
  t.equal((await play(clock, call())).text, 'b/2/1 b/2/2');
  t.equal(a.asked.length, 1);
  t.match(health.get('a'), { circuit: { state: 'open' }, lastFailure: { failure: 'auth', vendorCode: 'auth' } });
  t.match(health.get('b'), { circuit: { state: 'closed' }, latenciesMs: [300, 300] });
  await clock.advance(300_000);
  t.equal((await play(clock, call())).text, 'a/2/1 a/2/2', 'then it gets a try');
  t.match(health.get('a'), { circuit: { state: 'closed' }, consecutiveFailures: 0 });
});

t.test('a model that keeps failing is left alone, and one turn at a time tries it again', async (t) => {
  const clock = virtualClock();
  const a = vendor(clock, 'a', fails('unavailable'), fails('unavailable'), fails('unavailable'), serves);
  const health = new Map<string, EngineHealth>();
  const model = failoverLanguageModel([a.model], { clock, random: half, budgetMs: 3000, health });
  const run = async () => {
    const outcome = await collect(model, TURN).catch((error: unknown) => error);
    return outcome instanceof EngineError ? outcome.failure : 'served';
  };
  const first = run();
  await clock.advance(1000);
  t.equal(await first, 'unavailable');
  const second = run();
  await clock.advance(1000);
  t.equal(await second, 'unavailable');
  t.equal(a.asked.length, 3, 'no fourth try');
  t.equal(await run(), 'unavailable', 'at once, without asking');
  t.equal(a.asked.length, 3);

  await clock.advance(20_000);
  const both = [run(), run()];
  await clock.advance(1000);
  t.strictSame(await Promise.all(both), ['served', 'unavailable']);
  t.equal(a.asked.length, 4);
});

t.test('an abort while it waits for a second try is quiet', async (t) => {
  const clock = virtualClock();
  const a = vendor(clock, 'a', fails('unavailable'));
  const abort = new AbortController();
  const parts = collect(failoverLanguageModel([a.model], { clock, random: half, budgetMs: 3000 }), TURN, abort.signal);
  await clock.advance(60);
  abort.abort();
  t.strictSame(await parts, []);
  await clock.advance(1000);
  t.equal(a.asked.length, 1);
});

t.test('without any model the failure says so', async (t) => {
  const clock = virtualClock();
  t.match(await collect(failoverLanguageModel([], { clock, random: half, budgetMs: 1000 }), TURN).catch((error: unknown) => error), {
    failure: 'unavailable',
  });
});

t.test('in every order of failures: one try is heard, one end at most, in bounded time, and nobody is left waiting', async () => {
  const script = fc.record({
    waitMs: fc.constantFrom(0, 30, 400, 1200, 5000),
    parts: fc.constantFrom(0, 0, 1, 3),
    pauseMs: fc.constantFrom(0, 50, 900),
    ending: fc.constantFrom(
      ...ENGINE_FAILURES,
      'end' as const,
      'end' as const,
      'two-ends' as const,
      'no-end' as const,
      'defect' as const,
      'hang' as const,
    ),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(script, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(500, 2000, 3500),
      fc.option(fc.nat({ max: 4000 }), { freq: 2 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      async (models, budgetMs, abortMs, draw) => {
        const clock = virtualClock();
        const vendors = models.map((scripts, nth) => vendor(clock, `m${nth}`, ...scripts));
        const abort = new AbortController();
        if (abortMs !== null) clock.after(abortMs, () => abort.abort());
        const order: string[] = [];
        const model = failoverLanguageModel(
          vendors.map((one) => one.model),
          { clock, random: { ...half, next: () => draw }, budgetMs, onFailure: (failed) => order.push(failed.model) },
        );
        const { parts, error, firstPartMs, overMs } = await play(clock, model, abort.signal);
        await clock.advance(0);

        const texts = parts.flatMap((part) => (part.kind === 'text-delta' ? [part.text.trim().split('/')] : []));
        const heard = new Set(texts.map(([name, nth]) => `${name}/${nth}`));
        const inOrder = texts.every(([, , part], at) => Number(part) === at + 1);
        const ends = parts.filter(({ kind }) => kind === 'end').length;
        const isAborted = abortMs !== null && overMs >= abortMs;
        return (
          heard.size <= 1 &&
          inOrder &&
          ends <= 1 &&
          (ends === 0 || parts.at(-1)?.kind === 'end') &&
          (ends === 1 || error instanceof EngineError || isAborted) &&
          !(ends === 1 && error !== undefined) &&
          (firstPartMs ?? 0) <= budgetMs &&
          (parts.length > 0 || overMs <= budgetMs) &&
          (abortMs === null || overMs <= Math.max(abortMs, 0) || ends === 1 || error instanceof EngineError) &&
          vendors.every((one) => one.asked.length <= 2 && one.open() === 0) &&
          order.every((name, at) => at === 0 || name >= (order[at - 1] ?? ''))
        );
      },
    ),
    { numRuns: 150 },
  );
});
