import { z } from 'zod';
import { type ChatRequest, textOf } from './chat-request.js';

/*
 * What a reader of the request sees: the state that the last system message with a block ```state {…}``` holds, the knowledge of that block or under the
 * heading "Knowledge:" of a system message, the candidate's last words (the last user message), what was said (the assistant messages), and what became of the
 * last tool calls. A prompt without the block is an ordinary chat.
 *
 * `open` is what the candidate is answering now. A yes or no to a confirmation is recorded as an answer in the candidate's words, like any other; a
 * corrected value instead of it when there is one. A plain yes to a read-back goes on; a plain no calls nothing. A tool result is a refusal when it is JSON with
 * `ok: false` or an `error`, or begins with a word such as "refused".
 */

const optionSchema = z.object({ value: z.string(), label: z.string(), synonyms: z.array(z.string()).default([]) });
const variableSchema = z.object({
  name: z.string(),
  type: z.string(),
  capture_prompt: z.string().default(''),
  options: z.array(optionSchema).nullish(),
  status: z.enum(['open', 'answered']).default('open'),
  value: z.unknown().optional(),
});
const stateSchema = z.object({
  open: z.object({ kind: z.enum(['question', 'confirm', 'read-back', 'their-questions', 'change']), variable: z.string().nullish() }).nullish(),
  variables: z.array(variableSchema).default([]),
  knowledge: z.array(z.string()).default([]),
  say_next: z.string().nullish(),
});

export type PromptVariable = z.infer<typeof variableSchema>;
export type PromptState = z.infer<typeof stateSchema>;

export interface ToolResult {
  name: string;
  arguments: string;
  refused: boolean;
}

export interface Conversation {
  state: PromptState | undefined;
  /** The candidate's last words; empty before the first ones. */
  turn: string;
  /** What the assistant has said so far, oldest first. */
  said: readonly string[];
  /** Results of the calls of the last assistant message, if nothing came after them. */
  results: readonly ToolResult[];
}

export const readConversation = ({ messages }: ChatRequest): Conversation => {
  const system = messages.filter(({ role }) => role === 'system' || role === 'developer').map(textOf);
  const user = messages.filter(({ role }) => role === 'user').map(textOf);
  const assistant = messages.filter(({ role }) => role === 'assistant').map(textOf);
  const state = system.map(parseState).findLast((parsed) => parsed !== undefined);
  return {
    state: state && { ...state, knowledge: [...state.knowledge, ...system.flatMap(knowledgeIn)] },
    turn: (user.at(-1) ?? '').trim(),
    said: assistant.filter((text) => text !== ''),
    results: lastResults(messages),
  };
};

/** Sentences of the line under the heading "Knowledge:". */
const knowledgeIn = (text: string): string[] => {
  const line = /^Knowledge:\n(.+)$/m.exec(text)?.[1] ?? '';
  return line === '' || line === '(nothing)' ? [] : line.split(/(?<=[.!?])\s+/);
};

const parseState = (text: string): PromptState | undefined => {
  const block = /```state\s+([\s\S]*?)```/.exec(text)?.[1];
  if (block === undefined) return undefined;
  try {
    return stateSchema.safeParse(JSON.parse(block)).data;
  } catch {
    // A model reads on when a block is garbled; it just does not understand it.
    return undefined;
  }
};

/** System messages may stand after the results: the state comes last in the prompt. */
const lastResults = (messages: ChatRequest['messages']): ToolResult[] => {
  const spoken = messages.filter(({ role }) => role !== 'system' && role !== 'developer');
  const lastAssistant = spoken.findLastIndex(({ role }) => role === 'assistant');
  const caller = spoken[lastAssistant];
  const after = spoken.slice(lastAssistant + 1);
  if (caller?.role !== 'assistant' || after.length === 0) return [];
  return after.flatMap((message) => {
    const call = message.role === 'tool' ? caller.tool_calls?.find(({ id }) => id === message.tool_call_id) : undefined;
    return call ? [{ name: call.function.name, arguments: call.function.arguments, refused: isRefusal(textOf(message)) }] : [];
  });
};

/** JSON with `ok: false` or an `error`, or a sentence that sounds like a no. */
const isRefusal = (text: string): boolean => /"ok":\s*false|"error"/.test(text) || /^\W*(?:refused|rejected|error|invalid|unknown|not)\b/i.test(text);
