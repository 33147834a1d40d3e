import { badRequest } from './api-error.js';
import type { ChatMessage } from './chat-request.js';

/** Tool calls and their results belong together: each call is answered right after it, and nothing else is. Throws ApiError. */
export const checkMessageOrder = (messages: readonly ChatMessage[]): void => {
  let pending: string[] = [];
  let answered: string[] = [];
  const unanswered = () => {
    if (pending.length === 0) return;
    throw badRequest(
      `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${pending.join(', ')}`,
      'messages',
    );
  };
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      const id = message.tool_call_id;
      if (answered.includes(id) || !pending.includes(id)) {
        throw badRequest(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `messages.[${index}].role`,
        );
      }
      answered.push(id);
      pending = pending.filter((one) => one !== id);
      continue;
    }
    unanswered();
    answered = [];
    if (message.role !== 'assistant') continue;
    if (message.content == null && message.tool_calls === undefined) {
      throw badRequest(`Invalid value for 'content': expected a string, got null.`, `messages.[${index}].content`, 'invalid_type');
    }
    pending = message.tool_calls?.map(({ id }) => id) ?? [];
  }
  unanswered();
};
