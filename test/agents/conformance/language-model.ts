import type { Test } from 'tap';
import { z } from 'zod';
import { EngineError } from '../../../schemas/engine-error.js';
import type { LanguageModel, ModelPart, ModelRequest } from '../../../schemas/ports/language-model.js';
import { RULES, stateMessage, TOOLS, turnRequest } from '../../fixtures/openai/prompt.js';

/** A model under test, and how to make its vendor misbehave. */
export interface ModelUnderTest {
  model: LanguageModel;
  /** The next request is never answered; resolves when it has reached the vendor. */
  hangNext(): Promise<void>;
  /** The next request is refused for good. */
  refuseNext(): void;
}

/** The parts of a reply, in order. Throws what the stream throws. */
export const collect = async (model: LanguageModel, request: ModelRequest, signal = new AbortController().signal): Promise<ModelPart[]> => {
  const parts: ModelPart[] = [];
  for await (const part of model.stream(request, signal)) parts.push(part);
  return parts;
};

export const textOf = (parts: readonly ModelPart[]): string => parts.map((part) => (part.kind === 'text-delta' ? part.text : '')).join('');
export const callsOf = (parts: readonly ModelPart[]) => parts.filter((part) => part.kind === 'tool-call');
export const endOf = (parts: readonly ModelPart[]) => parts.find((part) => part.kind === 'end');

const TURN = turnRequest({ kind: 'question', variable: 'pay' }, 'Twenty dollars an hour. Where is the kitchen?');
const pair = z.strictObject({ word: z.string(), count: z.number().int() });
const reportSchema = z.strictObject({ title: z.string(), score: z.number().nullable(), kind: z.enum(['good', 'bad']), pairs: z.array(pair) });
const SHAPE = { name: 'report', schema: z.toJSONSchema(reportSchema, { target: 'draft-7' }) };

/** What every LanguageModel keeps to, whatever is behind it. `open` gives a fresh one and closes it with the test. */
export const languageModelSuite = (t: Test, open: (t: Test) => Promise<ModelUnderTest>): void => {
  t.test('a reply is text, then whole tool calls, then exactly one end', async (t) => {
    const { model } = await open(t);
    t.ok(model.name);
    const parts = await collect(model, TURN);
    const kinds = parts.map(({ kind }) => kind);
    t.equal(kinds.filter((kind) => kind === 'end').length, 1);
    t.equal(kinds.at(-1), 'end', 'and nothing comes after it');
    t.strictSame(
      kinds,
      [...kinds].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)),
    );
    t.not(textOf(parts), '');
    t.notOk(
      parts.some((part) => part.kind === 'text-delta' && part.text === ''),
      'no empty text',
    );
    const calls = callsOf(parts);
    t.ok(calls.length >= 2);
    t.equal(new Set(calls.map(({ id }) => id)).size, calls.length, 'each call once');
    for (const call of calls) {
      const required = TOOLS.find(({ name }) => name === call.name)?.parameters['required'];
      t.strictSame(Object.keys(JSON.parse(call.arguments)), required, `${call.name} has its arguments`);
    }
    t.match(endOf(parts), { reason: 'tool-calls' });
  });

  t.test('tools are called when they may be, and only then', async (t) => {
    const { model } = await open(t);
    const none = await collect(model, { ...TURN, toolChoice: 'none' });
    t.strictSame([callsOf(none), endOf(none)?.reason], [[], 'stop']);
    const without = await collect(model, { ...TURN, tools: [], toolChoice: 'none' });
    t.strictSame([callsOf(without), endOf(without)?.reason], [[], 'stop']);
    t.ok(
      callsOf(await collect(model, { ...TURN, messages: [RULES, { role: 'user', text: 'Hm.' }, stateMessage(null)], toolChoice: 'required' }))
        .length > 0,
    );
  });

  t.test('results of tools go back with their calls', async (t) => {
    const { model } = await open(t);
    const first = await collect(model, TURN);
    const calls = callsOf(first);
    const answered: ModelRequest['messages'] = [
      ...TURN.messages,
      { role: 'assistant', text: textOf(first), toolCalls: calls },
      ...calls.map(({ id }) => ({ role: 'tool' as const, toolCallId: id, text: '{"ok":true}' })),
    ];
    const second = await collect(model, { ...TURN, messages: answered });
    t.strictSame([callsOf(second), endOf(second)?.reason], [[], 'stop'], 'nothing is left to do');
  });

  t.test('a reply of a given shape is JSON that fits', async (t) => {
    const { model } = await open(t);
    const parts = await collect(model, { ...TURN, tools: [], toolChoice: 'none', responseShape: SHAPE });
    t.ok(reportSchema.safeParse(JSON.parse(textOf(parts))).success);
    t.equal(endOf(parts)?.reason, 'stop');
  });

  t.test('the usage is told, and a long prefix is read from the cache', async (t) => {
    const { model } = await open(t);
    const rules = { role: 'system' as const, text: `${RULES.text} ${'Be brief and kind to everybody. '.repeat(400)}` };
    const ask = async (said: string, cacheKey: string) =>
      endOf(await collect(model, { ...TURN, cacheKey, messages: [rules, { role: 'user', text: said }, stateMessage(null)] }))?.usage;
    const first = await ask('Yes.', 'bot-1');
    const second = await ask('No, not at all.', 'bot-1');
    const other = await ask('Yes.', 'bot-2');
    t.ok(first && first.promptTokens > 1024 && first.completionTokens > 0);
    t.equal(first?.cachedTokens, 0);
    t.ok(second && second.cachedTokens >= 1024 && second.cachedTokens <= second.promptTokens);
    t.equal(other?.cachedTokens, 0, 'another key, another cache');
  });

  t.test('a reply that meets the limit ends so, without a call that is not whole', async (t) => {
    const { model } = await open(t);
    const whole = await collect(model, TURN);
    const tokens = endOf(whole)?.usage?.completionTokens ?? 0;
    for (let maxTokens = 1; maxTokens < tokens; maxTokens += 7) {
      const parts = await collect(model, { ...TURN, maxTokens });
      t.equal(endOf(parts)?.reason, 'length', `${maxTokens} tokens`);
      t.strictSame(callsOf(parts).map(withoutId), callsOf(whole).slice(0, callsOf(parts).length).map(withoutId));
      t.ok(textOf(whole).startsWith(textOf(parts)));
    }
  });

  t.test('an abort ends the stream quietly, at once, and for good', async (t) => {
    const { model, hangNext } = await open(t);
    t.strictSame(await collect(model, TURN, AbortSignal.abort()), [], 'before the start');

    const { length } = await collect(model, TURN);
    for (let after = 1; after < length; after += 1) {
      const abort = new AbortController();
      const parts: ModelPart[] = [];
      for await (const part of model.stream(TURN, abort.signal)) {
        parts.push(part);
        if (parts.length === after) abort.abort();
      }
      t.equal(parts.length, after, `after part ${after}`);
    }

    const waiting = new AbortController();
    const asked = hangNext();
    const parts = collect(model, TURN, waiting.signal);
    await asked;
    waiting.abort(new Error('barge-in'));
    t.strictSame(await parts, [], 'while it waits');
    t.match(endOf(await collect(model, TURN)), { reason: 'tool-calls' }, 'the model serves on');
  });

  t.test('a reader may leave', async (t) => {
    const { model } = await open(t);
    for await (const part of model.stream(TURN, new AbortController().signal)) {
      t.equal(part.kind, 'text-delta');
      break;
    }
    t.match(endOf(await collect(model, TURN)), { reason: 'tool-calls' });
  });

  t.test('a failure is an EngineError without a word of what was said, and the model serves on', async (t) => {
    const { model, refuseNext } = await open(t);
    refuseNext();
    const said = 'Marzipan dollars an hour.';
    const error = await collect(model, turnRequest({ kind: 'question', variable: 'pay' }, said)).catch((cause: unknown) => cause);
    t.ok(error instanceof EngineError && error.failure === 'bad-request' && error.engine !== '');
    t.notMatch(JSON.stringify(error, Object.getOwnPropertyNames(error)), /marzipan/i);
    t.match(endOf(await collect(model, TURN)), { reason: 'tool-calls' });
  });

  t.test('replies at the same time do not mix', async (t) => {
    const { model } = await open(t);
    const amounts = ['eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen'];
    const replies = await Promise.all(
      amounts.map((amount) => collect(model, turnRequest({ kind: 'question', variable: 'pay' }, `I want ${amount} dollars.`))),
    );
    t.strictSame(
      replies.map((parts) => JSON.parse(callsOf(parts)[0]?.arguments ?? '{}').value_text),
      amounts.map((amount) => `${amount} dollars`),
    );
  });
};

const ORDER: readonly ModelPart['kind'][] = ['text-delta', 'tool-call', 'end'];
const withoutId = ({ name, arguments: args }: { name: string; arguments: string }) => ({ name, args });
