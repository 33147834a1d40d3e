/*
 * The mind's engine: text and tools in, text and tool calls out. What may be said and what counts is never decided here (agents/).
 */

export interface ModelTool {
  name: string;
  description: string;
  /** JSON Schema of the arguments, an object with every property required and no additional ones. */
  parameters: Readonly<Record<string, unknown>>;
}

export interface ModelToolCall {
  id: string;
  name: string;
  /** JSON text as the model wrote it: not yet checked, maybe not even JSON. */
  arguments: string;
}

export type ModelMessage =
  | { role: 'system'; text: string }
  | { role: 'user'; text: string }
  | { role: 'assistant'; text: string; toolCalls?: readonly ModelToolCall[] }
  | { role: 'tool'; toolCallId: string; text: string };

export interface ModelRequest {
  messages: readonly ModelMessage[];
  tools: readonly ModelTool[];
  toolChoice: 'auto' | 'none' | 'required';
  maxTokens: number;
  /** The reply must be JSON of this shape (JSON Schema, strict subset); absent: free text. */
  responseShape?: { name: string; schema: Readonly<Record<string, unknown>> };
  /** Requests with the same key share a cached prefix: put what never changes first. */
  cacheKey?: string;
}

/** A part of a streamed reply, in order. Every complete reply ends with exactly one `end`; a stream that stops without it has failed. */
export type ModelPart =
  | { kind: 'text-delta'; text: string }
  /** Given once, when its arguments are whole. */
  | ({ kind: 'tool-call' } & ModelToolCall)
  | {
      kind: 'end';
      reason: 'stop' | 'tool-calls' | 'length' | 'filtered';
      usage?: { promptTokens: number; cachedTokens: number; completionTokens: number };
      /** Which of several models served, set by those that are made of several. */
      engine?: string;
    };

/**
 * One model of one vendor. `stream` throws EngineError when the engine fails, before or in the middle of a reply, and ends quietly on abort. It never
 * retries: whoever composes engines does.
 */
export interface LanguageModel {
  /** Vendor and model, as shown to people. */
  readonly name: string;
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelPart>;
}
