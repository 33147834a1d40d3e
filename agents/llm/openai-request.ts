import type OpenAI from 'openai';
import type { ModelMessage, ModelRequest } from '../../schemas/ports/language-model.js';
import { modelTraits } from './openai-models.js';

type Body = OpenAI.ChatCompletionCreateParamsStreaming;

/**
 * The body of a streamed chat completion. Nothing is stored at the vendor: the messages are people's words. `temperature` is dropped for models that refuse
 * it. Follows: platform.openai.com, "Create chat completion".
 */
export const toChatBody = (model: string, request: ModelRequest, temperature?: number): Body => {
  const { tools, toolChoice, responseShape, cacheKey } = request;
  const { takesTemperature, reasoningEffort } = modelTraits(model);
  return {
    model,
    messages: request.messages.map(toChatMessage),
    stream: true,
    stream_options: { include_usage: true },
    store: false,
    max_completion_tokens: request.maxTokens,
    ...(takesTemperature && temperature !== undefined ? { temperature } : {}),
    ...(reasoningEffort ? { reasoning_effort: reasoningEffort } : {}),
    // An empty list is refused, and so is a choice without tools.
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, parameters }) => ({
            type: 'function' as const,
            function: { name, description, parameters: { ...parameters }, strict: true },
          })),
          tool_choice: toolChoice,
        }),
    ...(responseShape
      ? {
          response_format: {
            type: 'json_schema' as const,
            json_schema: { name: responseShape.name, strict: true, schema: { ...responseShape.schema } },
          },
        }
      : {}),
    ...(cacheKey === undefined ? {} : { prompt_cache_key: cacheKey }),
  };
};

const toChatMessage = (message: ModelMessage): OpenAI.ChatCompletionMessageParam => {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content: message.text };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.text };
    case 'assistant': {
      const { text, toolCalls = [] } = message;
      if (toolCalls.length === 0) return { role: 'assistant', content: text };
      return {
        role: 'assistant',
        content: text || null,
        tool_calls: toolCalls.map((call) => ({ id: call.id, type: 'function' as const, function: { name: call.name, arguments: call.arguments } })),
      };
    }
    default:
      return message satisfies never;
  }
};
