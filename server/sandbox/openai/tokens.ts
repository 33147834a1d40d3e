import type { ChatRequest } from './chat-request.js';
import { textOf } from './chat-request.js';

/** Text in pieces of about a token: a word of up to five letters with the space before it, or a part of a longer one. Joined, they are the text again. */
export const toTokens = (text: string): string[] => text.match(/\s?[^\s]{1,5}|\s/gu) ?? [];

/** What the vendor counts as the prompt, in the order in which it caches: tools and shape, then the messages. */
export const promptTokens = (request: ChatRequest): string[] => {
  const messages = request.messages.flatMap((message) => {
    const calls = message.role === 'assistant' && message.tool_calls ? JSON.stringify(message.tool_calls) : '';
    return [`<${message.role}>`, ...toTokens(textOf(message)), ...toTokens(calls), '<end>'];
  });
  const tools = request.tools.length > 0 ? toTokens(JSON.stringify(request.tools)) : [];
  const shape = request.responseShape ? toTokens(JSON.stringify(request.responseShape)) : [];
  return [...tools, ...shape, ...messages, '<assistant>'];
};
