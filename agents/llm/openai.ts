import OpenAI from 'openai';
import type { Clock } from '../../schemas/clock.js';
import { EngineError } from '../../schemas/engine-error.js';
import type { LanguageModel, ModelPart, ModelRequest } from '../../schemas/ports/language-model.js';
import { boundedStream } from './bounded-stream.js';
import { keepAliveFetch } from './keep-alive-fetch.js';
import { toEngineError } from './openai-failure.js';
import { createReplyAssembler } from './openai-reply.js';
import { toChatBody } from './openai-request.js';

/** How long the vendor may keep us waiting, ms of the clock. Time in which the reader does not ask for a part does not count. */
export interface ModelTimeouts {
  firstPartMs: number;
  betweenPartsMs: number;
  /** All waits of one reply together. */
  wholeMs: number;
}

/** For a turn of a live call: what the candidate may be kept waiting, and no reply that can be spoken takes longer to write. */
const LIVE_TIMEOUTS: ModelTimeouts = { firstPartMs: 1200, betweenPartsMs: 1000, wholeMs: 10_000 };
/** The first request after the start also looks up the name and sets up TLS, and nobody waits on the line. */
const CHECK_TIMEOUTS: ModelTimeouts = { firstPartMs: 10_000, betweenPartsMs: 5000, wholeMs: 15_000 };
/** The usage and the end of the stream follow the finish reason at once or not at all. */
const TAIL_MS = 250;

/** One pool for all models: they have the same address as a rule. */
const connections = keepAliveFetch();

export interface OpenAiOptions {
  apiKey: string;
  /** With the version, as in `https://api.openai.com/v1`, the default. */
  baseUrl?: string;
  model: string;
  clock: Clock;
  timeouts?: Partial<ModelTimeouts>;
  /** 0 to 2; the vendor's default is 1. Models that refuse it get none. */
  temperature?: number;
}

export interface OpenAiLanguageModel extends LanguageModel {
  /**
   * Asks the model for one word, which proves address, key, quota and model name, and warms the connection. Throws EngineError, or the signal's reason when
   * aborted.
   */
  check(signal: AbortSignal): Promise<void>;
}

/**
 * A model of OpenAI, or of a server that speaks the same protocol, by streamed chat completions. Each watchdog aborts the request. Holds no state besides
 * the connections of the process's pool; nothing is to be closed. Importing this module loads the vendor's SDK.
 *
 * Follows: platform.openai.com, "Create chat completion" and "Streaming".
 */
export const openAiLanguageModel = (options: OpenAiOptions): OpenAiLanguageModel => {
  const { apiKey, model, clock, temperature } = options;
  const name = `OpenAI ${model}`;
  const client = new OpenAI({
    apiKey,
    baseURL: options.baseUrl ?? 'https://api.openai.com/v1',
    // Given, so that the SDK does not take them from the environment.
    organization: null,
    project: null,
    adminAPIKey: null,
    webhookSecret: null,
    fetch: connections,
    // Its waits ignore the abort signal and have no bound.
    maxRetries: 0,
    // It prints what it cannot parse, which is what was said.
    logLevel: 'off',
  });

  async function* streamWithin(timeouts: ModelTimeouts, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelPart, void, undefined> {
    if (signal.aborted) return;
    const body = toChatBody(model, request, temperature);
    const reply = createReplyAssembler();
    const chunks = boundedStream(clock, signal, (stop) => openChunks(client, body, stop));
    const waited = { wholeMs: 0, partMs: 0 };
    try {
      for (;;) {
        const partMs = reply.isWhole ? TAIL_MS : reply.progress > 0 ? timeouts.betweenPartsMs : timeouts.firstPartMs;
        const from = clock.monotonic();
        const next = await chunks.next(Math.min(partMs - waited.partMs, reply.isWhole ? TAIL_MS : timeouts.wholeMs - waited.wholeMs));
        if (next === 'aborted') return;
        if (next === 'late' && !reply.isWhole) {
          throw new EngineError(name, 'timeout', `${name}: ${reply.progress > 0 ? 'the reply stopped or took too long' : 'no first part in time'}`);
        }
        if (next === 'late' || next.done) break;
        const waitMs = clock.monotonic() - from;
        const before = reply.progress;
        const parts = reply.take(next.value);
        waited.wholeMs += waitMs;
        waited.partMs = reply.progress > before ? 0 : waited.partMs + waitMs;
        for (const part of parts) {
          yield part;
          if (signal.aborted) return;
        }
      }
      reply.mustBeWhole();
    } catch (error) {
      if (signal.aborted) return;
      // A whole reply does not become wrong because its stream breaks after it.
      if (!reply.isWhole) throw toEngineError(name, error);
    } finally {
      chunks.close();
    }
    const end = reply.end();
    if (end && !signal.aborted) yield end;
  }

  const live = { ...LIVE_TIMEOUTS, ...options.timeouts };
  return {
    name,
    stream: (request, signal) => streamWithin(live, request, signal),
    async check(signal) {
      const parts = streamWithin(CHECK_TIMEOUTS, CHECK_REQUEST, signal);
      while (!(await parts.next()).done);
      signal.throwIfAborted();
    },
  };
};

async function* openChunks(client: OpenAI, body: ReturnType<typeof toChatBody>, signal: AbortSignal): AsyncGenerator<unknown, void, undefined> {
  yield* await client.chat.completions.create(body, { signal });
}

const CHECK_REQUEST: ModelRequest = {
  messages: [{ role: 'user', text: 'Reply with the word: ready' }],
  tools: [],
  toolChoice: 'none',
  maxTokens: 16,
};
