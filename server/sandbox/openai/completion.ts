import type { ChatRequest } from './chat-request.js';
import { toTokens } from './tokens.js';

/** What the model wrote. */
export interface ModelReply {
  text: string;
  toolCalls: readonly { name: string; arguments: string }[];
}

/** A reply as the vendor sends it. */
export interface Completion {
  id: string;
  /** Seconds since the epoch. */
  created: number;
  /** Pieces in the order of the stream, cut at the limit of tokens. */
  pieces: readonly Piece[];
  finishReason: 'stop' | 'tool_calls' | 'length';
  usage: {
    prompt_tokens: number;
    completion_tokens: number;
    total_tokens: number;
    prompt_tokens_details: { cached_tokens: number; audio_tokens: 0 };
    completion_tokens_details: { reasoning_tokens: 0; audio_tokens: 0; accepted_prediction_tokens: 0; rejected_prediction_tokens: 0 };
  };
}

export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'call-start'; index: number; id: string; name: string }
  | { kind: 'call-arguments'; index: number; text: string };

export const toCompletion = (
  reply: ModelReply,
  request: ChatRequest,
  {
    id,
    callId,
    created,
    promptTokens,
    cachedTokens,
  }: { id: string; callId: () => string; created: number; promptTokens: number; cachedTokens: number },
): Completion => {
  const all: Piece[] = [
    ...toTokens(reply.text).map((text): Piece => ({ kind: 'text', text })),
    ...reply.toolCalls.flatMap((call, index): Piece[] => [
      { kind: 'call-start', index, id: callId(), name: call.name },
      ...toTokens(call.arguments).map((text): Piece => ({ kind: 'call-arguments', index, text })),
    ]),
  ];
  const limit = request.maxTokens ?? Number.POSITIVE_INFINITY;
  const isCut = all.length > limit;
  const pieces = isCut ? all.slice(0, limit) : all;
  return {
    id,
    created,
    pieces,
    finishReason: isCut ? 'length' : reply.toolCalls.length > 0 ? 'tool_calls' : 'stop',
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: pieces.length,
      total_tokens: promptTokens + pieces.length,
      prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
    },
  };
};

/** The reply of a request without `stream`. */
export const toPlainBody = (completion: Completion, { model }: ChatRequest): Record<string, unknown> => {
  const calls = new Map<number, { id: string; type: 'function'; function: { name: string; arguments: string } }>();
  for (const piece of completion.pieces) {
    if (piece.kind === 'call-start') calls.set(piece.index, { id: piece.id, type: 'function', function: { name: piece.name, arguments: '' } });
    const call = piece.kind === 'call-arguments' ? calls.get(piece.index) : undefined;
    if (call && piece.kind === 'call-arguments') call.function.arguments += piece.text;
  }
  const text = completion.pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('');
  return {
    id: completion.id,
    object: 'chat.completion',
    created: completion.created,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text || null,
          refusal: null,
          annotations: [],
          ...(calls.size > 0 ? { tool_calls: [...calls.values()] } : {}),
        },
        logprobs: null,
        finish_reason: completion.finishReason,
      },
    ],
    usage: completion.usage,
    service_tier: 'default',
    system_fingerprint: null,
  };
};

/** The chunks of a streamed reply, in order: the role, a chunk for each piece, the finish reason, the usage if it was asked for. */
export const toChunks = (
  completion: Completion,
  request: ChatRequest,
): { first: object; pieces: object[]; finish: object; usage: object | undefined } => {
  const chunk = (choices: object[], usage: object | null = null) => ({
    id: completion.id,
    object: 'chat.completion.chunk',
    created: completion.created,
    model: request.model,
    service_tier: 'default',
    system_fingerprint: null,
    choices,
    ...(request.includeUsage ? { usage } : {}),
  });
  const delta = (content: object, finishReason: string | null = null) =>
    chunk([{ index: 0, delta: content, logprobs: null, finish_reason: finishReason }]);
  return {
    first: delta({ role: 'assistant', content: '', refusal: null }),
    pieces: completion.pieces.map((piece) => {
      if (piece.kind === 'text') return delta({ content: piece.text });
      if (piece.kind === 'call-arguments') return delta({ tool_calls: [{ index: piece.index, function: { arguments: piece.text } }] });
      return delta({ tool_calls: [{ index: piece.index, id: piece.id, type: 'function', function: { name: piece.name, arguments: '' } }] });
    }),
    finish: delta({}, completion.finishReason),
    usage: request.includeUsage ? chunk([], completion.usage) : undefined,
  };
};
