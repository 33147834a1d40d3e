import { createServer } from 'node:http';
import { inspect } from 'node:util';
import t from 'tap';
import { openAiLanguageModel } from '../../agents/llm/openai.js';
import { modelTraits } from '../../agents/llm/openai-models.js';
import { createReplyAssembler } from '../../agents/llm/openai-reply.js';
import type { Clock } from '../../schemas/clock.js';
import { EngineError, type EngineFailure } from '../../schemas/engine-error.js';
import type { ModelPart } from '../../schemas/ports/language-model.js';
import { virtualClock } from '../../server/runtime.js';
import type { Fault } from '../../server/sandbox/openai/faults.js';
import type { OpenAiSandbox } from '../../server/sandbox/openai/sandbox.js';
import { turnRequest } from '../fixtures/openai/prompt.js';
import { API_KEY, MODEL, openSandbox } from '../fixtures/openai/sandbox.js';
import { fc } from '../fixtures/properties.js';
import { callsOf, collect, endOf, languageModelSuite, textOf } from './conformance/language-model.js';

const TURN = turnRequest({ kind: 'question', variable: 'pay' }, 'Twenty dollars an hour.');
/** What a promise rejects with. */
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const never = () => new AbortController().signal;

const modelOf = (sandbox: OpenAiSandbox, clock: Clock = virtualClock(), changes: { model?: string; apiKey?: string; temperature?: number } = {}) =>
  openAiLanguageModel({ apiKey: API_KEY, baseUrl: sandbox.baseUrl, model: MODEL, clock, ...changes });

t.test('the OpenAI adapter is a language model', async (t) => {
  languageModelSuite(t, async (t) => {
    const sandbox = await openSandbox(t);
    return {
      model: modelOf(sandbox),
      hangNext: () => {
        sandbox.faults.add({ kind: 'hang-before-headers' });
        return sandbox.asked(sandbox.requests().length + 1);
      },
      refuseNext: () => sandbox.faults.add({ kind: 'context-too-long' }),
    };
  });
});

t.test('the request is the documented one, and nothing is stored', async (t) => {
  const sandbox = await openSandbox(t);
  await collect(modelOf(sandbox, virtualClock(), { temperature: 0.3 }), { ...TURN, cacheKey: 'bot-1' });
  await collect(modelOf(sandbox), { ...TURN, tools: [], toolChoice: 'none' });
  const [first, second] = sandbox.requests();
  t.match(first, { method: 'POST', path: '/v1/chat/completions', headers: { authorization: `Bearer ${API_KEY}`, 'x-stainless-retry-count': '0' } });
  t.match(first?.body, {
    model: MODEL,
    stream: true,
    stream_options: { include_usage: true },
    store: false,
    max_completion_tokens: 300,
    temperature: 0.3,
    tool_choice: 'auto',
    prompt_cache_key: 'bot-1',
    tools: [{ type: 'function', function: { name: 'record_answer', strict: true, parameters: { additionalProperties: false } } }],
    messages: [{ role: 'system' }, { role: 'assistant' }, { role: 'user', content: 'Twenty dollars an hour.' }, { role: 'system' }],
  });
  t.strictSame(
    Object.keys(second?.body ?? {}).sort(),
    ['max_completion_tokens', 'messages', 'model', 'store', 'stream', 'stream_options'],
    'without tools, key and temperature none is sent',
  );
});

t.test('each family of models gets what it takes, and serves', async (t) => {
  const sandbox = await openSandbox(t);
  for (const [model, expected] of [
    [MODEL, { temperature: 0.3 }],
    ['gpt-5-mini', { reasoning_effort: 'minimal' }],
    ['gpt-5.4', {}],
    ['gpt-5.6-terra', { reasoning_effort: 'none' }],
    ['o4-mini', { reasoning_effort: 'low' }],
  ] as const) {
    t.match(endOf(await collect(modelOf(sandbox, virtualClock(), { model, temperature: 0.3 }), TURN)), { reason: 'tool-calls' }, model);
    const { temperature, reasoning_effort } = Object(sandbox.requests().at(-1)?.body);
    t.strictSame(JSON.parse(JSON.stringify({ temperature, reasoning_effort })), expected, model);
  }
  t.strictSame(modelTraits('llama-3.3-70b'), { takesTemperature: true }, 'unknown names are plain models');
  t.strictSame(modelTraits('gpt-5.2-chat-latest'), { takesTemperature: false });
});

/** One row a fault: what it becomes, what was passed on before, and how long the adapter waits for it. */
const FAULTS: {
  fault: Fault;
  failure: EngineFailure;
  vendorCode?: string | undefined;
  partsBefore?: number;
  waitsMs?: number;
  over: 'answered' | 'client-gone' | 'cut';
}[] = [
  { fault: { kind: 'context-too-long' }, failure: 'bad-request', vendorCode: 'context_length_exceeded', over: 'answered' },
  { fault: { kind: 'unauthorized' }, failure: 'auth', vendorCode: 'invalid_api_key', over: 'answered' },
  { fault: { kind: 'rate-limited', retryAfterS: 3600 }, failure: 'rate-limited', vendorCode: 'rate_limit_exceeded', over: 'answered' },
  { fault: { kind: 'insufficient-quota' }, failure: 'quota', vendorCode: 'insufficient_quota', over: 'answered' },
  { fault: { kind: 'server-error' }, failure: 'unavailable', vendorCode: 'server_error', over: 'answered' },
  { fault: { kind: 'unavailable-html' }, failure: 'unavailable', vendorCode: '503', over: 'answered' },
  { fault: { kind: 'reset' }, failure: 'unavailable', vendorCode: 'ECONNRESET', over: 'cut' },
  { fault: { kind: 'hang-before-headers' }, failure: 'timeout', waitsMs: 1200, over: 'client-gone' },
  { fault: { kind: 'hang-after-headers' }, failure: 'timeout', waitsMs: 1200, over: 'client-gone' },
  { fault: { kind: 'hang-in-error' }, failure: 'timeout', waitsMs: 1200, over: 'client-gone' },
  { fault: { kind: 'slow-first-token', ms: 60_000 }, failure: 'timeout', waitsMs: 1200, over: 'client-gone' },
  { fault: { kind: 'stall', afterTokens: 2 }, failure: 'timeout', partsBefore: 2, waitsMs: 1000, over: 'client-gone' },
  // In the middle of a tool call: nothing of it is passed on.
  { fault: { kind: 'stall', afterTokens: 10 }, failure: 'timeout', partsBefore: 3, waitsMs: 1000, over: 'client-gone' },
  { fault: { kind: 'cut', afterTokens: 2 }, failure: 'unavailable', vendorCode: 'ECONNRESET', partsBefore: 2, over: 'cut' },
  { fault: { kind: 'cut', afterTokens: 10_000 }, failure: 'unavailable', vendorCode: 'ECONNRESET', partsBefore: 3, over: 'cut' },
  { fault: { kind: 'error-in-stream', afterTokens: 1 }, failure: 'unavailable', vendorCode: 'server_error', partsBefore: 1, over: 'answered' },
  {
    fault: { kind: 'error-in-stream', afterTokens: 0, code: 'rate_limit_exceeded' },
    failure: 'rate-limited',
    vendorCode: 'rate_limit_exceeded',
    over: 'answered',
  },
  {
    fault: { kind: 'error-in-stream', afterTokens: 0, code: 'insufficient_quota' },
    failure: 'quota',
    vendorCode: 'insufficient_quota',
    over: 'answered',
  },
  { fault: { kind: 'bad-json', afterTokens: 2 }, failure: 'malformed', partsBefore: 2, over: 'answered' },
  { fault: { kind: 'no-finish-reason' }, failure: 'malformed', partsBefore: 3, over: 'answered' },
];

t.test('whatever the vendor does becomes a failure in our words, once, in bounded time', async (t) => {
  for (const { fault, failure, vendorCode, partsBefore = 0, waitsMs, over } of FAULTS) {
    await t.test(`${fault.kind}${'afterTokens' in fault ? ` after ${fault.afterTokens}` : ''}`, async (t) => {
      const clock = virtualClock();
      const sandbox = await openSandbox(t);
      sandbox.faults.add(fault);
      const parts = modelOf(sandbox, clock).stream(TURN, never())[Symbol.asyncIterator]();
      for (let nth = 0; nth < partsBefore; nth += 1) t.match(await parts.next(), { done: false, value: { kind: 'text-delta' } });

      let outcome: unknown;
      const settled = parts.next().then(
        (part) => {
          outcome = part;
        },
        (error: unknown) => {
          outcome = error;
        },
      );
      if (waitsMs !== undefined) {
        await sandbox.asked(1);
        await clock.advance(waitsMs - 1);
        t.equal(outcome, undefined, `it waits ${waitsMs} ms`);
        // Pieces that arrive only now give the reply as long again.
        for (let left = waitsMs; outcome === undefined && left > 0; left -= 1) await clock.advance(1);
      }
      await settled;
      t.ok(outcome instanceof EngineError);
      t.match(outcome, { engine: 'OpenAI gpt-4.1-mini', failure, vendorCode });
      t.strictSame(await parts.next(), { done: true, value: undefined }, 'and the stream is over');
      const [request, ...more] = sandbox.requests();
      t.equal(await request?.over, over);
      t.strictSame(more, [], 'no retry');
    });
  }
});

t.test('a server that is not there, or speaks another protocol', async (t) => {
  const sandbox = await openSandbox(t);
  t.match(await failureOf(collect(modelOf(sandbox, virtualClock(), { apiKey: 'sk-wrong-key' }), TURN)), {
    failure: 'auth',
    vendorCode: 'invalid_api_key',
  });
  t.match(await failureOf(collect(modelOf(sandbox, virtualClock(), { model: 'gpt-0' }), TURN)), {
    failure: 'bad-request',
    vendorCode: 'model_not_found',
  });
  const gone = await openSandbox(t);
  await gone.close();
  t.match(await failureOf(collect(modelOf(gone), TURN)), { failure: 'unavailable', vendorCode: 'ECONNREFUSED' });

  const bodies: [string, string, EngineFailure][] = [
    ['text/html', '<html><body>Welcome</body></html>', 'malformed'],
    ['text/event-stream', '', 'malformed'],
    ['text/event-stream', 'data: 5\n\n', 'malformed'],
    ['text/event-stream', 'data: {"choices":[{"delta":{"content":7}}]}\n\n', 'malformed'],
    ['text/event-stream', 'data: {"choices":[{"delta":{},"finish_reason":"bored"}]}\n\n', 'malformed'],
    [
      'text/event-stream',
      'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]},"finish_reason":"stop"}]}\n\n',
      'malformed',
    ],
  ];
  let reply = bodies[0];
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-type': reply?.[0] }).end(reply?.[1]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1`;
  const model = openAiLanguageModel({ apiKey: API_KEY, baseUrl, model: MODEL, clock: virtualClock() });
  for (const body of bodies) {
    reply = body;
    t.match(await failureOf(collect(model, TURN)), { name: 'EngineError', failure: body[2] }, body[1]);
  }
});

t.test('a reply that is whole stands, whatever becomes of its stream', async (t) => {
  const sandbox = await openSandbox(t);
  const clock = virtualClock();
  const model = modelOf(sandbox, clock);
  const whole = textOf(await collect(model, TURN));

  sandbox.faults.add({ kind: 'no-done' });
  const silent = await collect(model, TURN);
  t.strictSame([textOf(silent), endOf(silent)], [whole, { kind: 'end', reason: 'tool-calls' }], 'no usage, no end mark');

  sandbox.faults.add({ kind: 'never-closes' });
  const open = model.stream(TURN, never())[Symbol.asyncIterator]();
  let part = await open.next();
  while (!part.done && part.value.kind !== 'end') part = await open.next();
  t.match(part, { value: { kind: 'end', usage: { promptTokens: Number } } }, 'the end is given before the server closes');
  const last = open.next();
  await clock.advance(250);
  t.strictSame(await last, { done: true, value: undefined });
  t.equal(await sandbox.requests().at(-1)?.over, 'client-gone');

  sandbox.faults.add({ kind: 'seven-byte-writes' });
  const said = 'Tēnā koe, naïve café 👍🏽 for twenty € an hour.';
  const small = await collect(model, turnRequest({ kind: 'question', variable: 'last_job' }, said));
  t.match(JSON.parse(callsOf(small)[0]?.arguments ?? ''), { quote: said }, 'bytes may come in any pieces');
});

t.test('a reply may take ten seconds in all, and the time of its reader does not count', async (t) => {
  const clock = virtualClock();
  // A token every 900 ms: each in time, all together not.
  const sandbox = await openSandbox(t, {
    clock,
    random: { next: () => 0.5, bytes: (count) => Buffer.alloc(count) },
    profile: { firstTokenMs: { median: 0, max: 0 }, tokensPerSecond: 1000 / 900 },
  });
  sandbox.misbehaviours.add('ten-thousand-tokens');
  const parts = modelOf(sandbox, clock)
    .stream({ ...TURN, maxTokens: 10_000 }, never())
    [Symbol.asyncIterator]();
  t.match(await parts.next(), { value: { kind: 'text-delta' } });
  await clock.advance(90_000);
  for (let nth = 0; nth < 100; nth += 1) t.match(await parts.next(), { value: { kind: 'text-delta' } }, 'what came while nobody read is passed on');
  let error: unknown;
  let inTime = 0;
  while (error === undefined) {
    const next = parts.next().then(
      () => {
        inTime += 1;
      },
      (cause: unknown) => {
        error = cause;
      },
    );
    await clock.advance(900);
    await next;
  }
  t.match(error, { failure: 'timeout' });
  t.equal(inTime, 11, 'eleven waits of 900 ms fit into ten seconds');
  t.equal(await sandbox.requests()[0]?.over, 'client-gone');
});

t.test('turns share connections', async (t) => {
  const sandbox = await openSandbox(t);
  const model = modelOf(sandbox);
  for (let turn = 0; turn < 8; turn += 1) await collect(model, TURN);
  t.ok(new Set(sandbox.requests().map(({ connection }) => connection)).size <= 2, 'a new one for each turn would cost its set-up');
});

t.test('the check finds what a person must mend', async (t) => {
  const sandbox = await openSandbox(t);
  await modelOf(sandbox).check(never());
  t.match(sandbox.requests()[0]?.body, { max_completion_tokens: 16 }, 'for a few tokens');
  t.match(await failureOf(modelOf(sandbox, virtualClock(), { apiKey: 'sk-wrong-key' }).check(never())), { failure: 'auth', needsPerson: true });
  sandbox.faults.add({ kind: 'insufficient-quota' });
  t.match(await failureOf(modelOf(sandbox).check(never())), { failure: 'quota', needsPerson: true });
  const abort = new AbortController();
  sandbox.faults.add({ kind: 'hang-before-headers' });
  const asked = sandbox.asked(sandbox.requests().length + 1);
  const check = modelOf(sandbox).check(abort.signal);
  await asked;
  abort.abort(new Error('enough'));
  await t.rejects(check, { message: 'enough' });
});

t.test('neither what was said nor the key is printed or thrown', async (t) => {
  // The SDK keeps the functions of the console that it saw first, so what is printed is read where it leaves the process.
  const errors = t.capture(process.stderr, 'write');
  const output = t.capture(process.stdout, 'write', process.stdout.write);
  const sandbox = await openSandbox(t);
  const secret = turnRequest({ kind: 'question', variable: 'last_job' }, 'Marzipan was my employer.');
  const faults: Fault[] = [{ kind: 'bad-json', afterTokens: 4 }, ...FAULTS.filter(({ waitsMs }) => waitsMs === undefined).map(({ fault }) => fault)];
  for (const fault of faults) {
    sandbox.faults.add(fault);
    const error = await failureOf(collect(modelOf(sandbox), secret));
    t.ok(error instanceof EngineError, fault.kind);
    t.notMatch(inspect(error, { depth: 9 }), /marzipan|0123456789|\*\*\*/i, fault.kind);
  }
  t.strictSame(errors(), []);
  t.notMatch(inspect(output(), { depth: 9 }), /marzipan/i);
});

t.test('pieces of tool calls are put together by index, in any order', async (t) => {
  const call = fc.record({ name: fc.constantFrom('a', 'b'), arguments: fc.string({ maxLength: 30 }) });
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 5 }), fc.infiniteStream(fc.nat({ max: 1000 })), (calls, draws) => {
      const reply = createReplyAssembler();
      const queues = calls.map(({ name, arguments: args }, index) => [
        { index, id: `c${index}`, type: 'function', function: { name, arguments: '' } },
        ...(args.match(/[\s\S]{1,4}/g) ?? []).map((piece) => ({ index, function: { arguments: piece } })),
      ]);
      const early: ModelPart[] = [];
      for (;;) {
        const waiting = queues.filter((queue) => queue.length > 0);
        const piece = waiting[draws.next().value % Math.max(1, waiting.length)]?.shift();
        if (!piece) break;
        early.push(...reply.take({ choices: [{ index: 0, delta: { tool_calls: [piece] } }] }));
      }
      const parts = reply.take({ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] });
      return (
        early.length === 0 && JSON.stringify(parts) === JSON.stringify(calls.map((one, index) => ({ kind: 'tool-call', id: `c${index}`, ...one })))
      );
    }),
  );

  const filtered = createReplyAssembler();
  t.strictSame(filtered.take({ choices: [{ delta: { refusal: 'I cannot say that.' } }] }), [], 'a refusal is not said');
  filtered.take({ choices: [{ delta: {}, finish_reason: 'stop' }] });
  t.strictSame(filtered.end(), { kind: 'end', reason: 'filtered' });
  t.equal(filtered.end(), undefined, 'one end');

  const endless = createReplyAssembler();
  t.throws(() => {
    for (let nth = 0; nth < 1000; nth += 1) endless.take({ choices: [{ delta: { content: 'x'.repeat(1000) } }] });
  }, /more than 262144 characters/);
});
