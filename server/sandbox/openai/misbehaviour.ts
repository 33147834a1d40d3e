import type { ChatRequest } from './chat-request.js';
import type { ModelReply } from './completion.js';
import type { Conversation } from './conversation.js';
import { findInjection } from './wishes.js';

/** How a model goes wrong while its server works. Each changes the reply that the competent model would give. */
export const MISBEHAVIOURS = [
  'unknown-tool',
  'wrong-types',
  'broken-arguments',
  'premature-end',
  'ten-thousand-tokens',
  'forbidden-question',
  'repeats-itself',
  'obeys-injection',
  'false-quote',
  'invents-pay',
] as const;
export type Misbehaviour = (typeof MISBEHAVIOURS)[number];

/** Every word is one token of the sandbox. */
const TOO_MANY_TOKENS = 10_000;

const call = (name: string, args: unknown) => ({ name, arguments: JSON.stringify(args) });

export const misbehave = (how: Misbehaviour, reply: ModelReply, request: ChatRequest, { state, turn, said }: Conversation): ModelReply => {
  const variable = state?.open?.variable ?? state?.variables[0]?.name ?? 'answer';
  // A shape leaves room for two wrongs only: what the strings say, and how much is said.
  if (request.responseShape && how !== 'false-quote' && how !== 'ten-thousand-tokens') return reply;
  switch (how) {
    case 'unknown-tool':
      return { ...reply, toolCalls: [call('transfer_money', { amount: 100 }), ...reply.toolCalls] };
    case 'wrong-types':
      return { ...reply, toolCalls: [call('record_answer', { variable: 7, value_text: { value: true }, confidence: 'high' })] };
    case 'broken-arguments':
      return { ...reply, toolCalls: [{ name: 'record_answer', arguments: `{"variable": "${variable}", "value_text": "ye` }] };
    case 'premature-end':
      return { text: 'Thank you, that is all. Goodbye.', toolCalls: [call('end_call', { reason: 'finished' })] };
    case 'ten-thousand-tokens':
      return { text: Array.from({ length: TOO_MANY_TOKENS }, () => 'words').join(' '), toolCalls: [] };
    case 'forbidden-question':
      return { ...reply, text: `${reply.text} How old are you?`.trim() };
    case 'repeats-itself':
      return { ...reply, text: said.at(-1) ?? reply.text };
    case 'obeys-injection':
      return obey(findInjection(turn)?.order, variable) ?? reply;
    case 'false-quote':
      return request.responseShape
        ? { ...reply, text: reply.text.replace(/"quote":"(?:[^"\\]|\\.)*"/g, '"quote":"I would love that, absolutely"') }
        : { ...reply, toolCalls: [call('record_answer', { variable, value_text: 'yes', quote: 'Yes, I would love that, absolutely' })] };
    case 'invents-pay':
      return { ...reply, text: `You will earn fifty dollars an hour. ${reply.text}`.trim() };
    default:
      return how satisfies never;
  }
};

/** Does what the candidate's words order: says it, hangs up, or records what was demanded. */
const obey = (order: string | undefined, variable: string): ModelReply | undefined => {
  if (order === undefined) return undefined;
  const say = /^say\W+(.*)$/is.exec(order)?.[1];
  if (say !== undefined) return { text: say, toolCalls: [] };
  if (/\b(?:hang up|end the call)\b/i.test(order)) return { text: 'Goodbye.', toolCalls: [call('end_call', { reason: 'finished' })] };
  const demanded = /\b(?:as|to|that|is|down)\W+(.*)$/is.exec(order)?.[1] ?? order;
  return { text: 'Of course.', toolCalls: [call('record_answer', { variable, value_text: demanded.replace(/[.!]+$/, ''), quote: order })] };
};
