import type { Clock, Random } from '../../../schemas/clock.js';
import { ApiError } from './api-error.js';
import { type ChatRequest, parseChatRequest } from './chat-request.js';
import { type Completion, toCompletion, toPlainBody } from './completion.js';
import { forever, sendEventStream } from './event-stream.js';
import type { Exchange } from './exchange.js';
import type { Fault } from './faults.js';
import { interviewerModel } from './interviewer-model.js';
import type { Misbehaviour } from './misbehaviour.js';
import { checkContext } from './model-limits.js';
import { createPromptCache } from './prompt-cache.js';
import { createRateHeaders } from './rate-headers.js';
import { GATEWAY_PAGE, refusalOf } from './refusals.js';
import { drawPace, type Pace, type TimingProfile } from './timing-profile.js';
import { promptTokens } from './tokens.js';

/** As gpt-4o; gpt-4.1 takes more, which no call needs. */
const CONTEXT_TOKENS = 128_000;
/** What is counted for a reply when the request names no limit. */
const REPLY_TOKENS = 4096;

export interface SandboxModel {
  id: string;
  /** 128 000 when absent. */
  contextTokens?: number;
  /** Absent: that of the sandbox. */
  profile?: TimingProfile;
}

/** Throws ApiError for a model that the account does not have. */
export const modelNamed = (models: readonly SandboxModel[], id: string): SandboxModel => {
  const model = models.find((one) => one.id === id);
  if (model) return model;
  throw new ApiError(404, `The model \`${id}\` does not exist or you do not have access to it.`, { code: 'model_not_found' });
};

export interface ChatCompletionsOptions {
  clock: Clock;
  random: Random;
  models: readonly SandboxModel[];
  profile: TimingProfile;
  faults: { take(model: string): Fault | undefined };
  misbehaviours: { take(model: string): Misbehaviour | undefined };
}

/** Answers chat completions whose body was read: checks, fault, reply. The returned function throws ApiError to refuse, and the reason of `gone`. */
export const chatCompletions = ({
  clock,
  random,
  models,
  profile,
  faults,
  misbehaviours,
}: ChatCompletionsOptions): ((exchange: Exchange) => Promise<void>) => {
  const cache = createPromptCache();
  const rateHeaders = createRateHeaders(clock);

  const complete = (request: ChatRequest, misbehaviour: Misbehaviour | undefined, prompt: readonly string[]): Completion =>
    toCompletion(interviewerModel(request, misbehaviour), request, {
      id: `chatcmpl-${random.bytes(12).toString('hex')}`,
      callId: () => `call_${random.bytes(12).toString('hex')}`,
      created: Math.floor(clock.now() / 1000),
      promptTokens: prompt.length,
      cachedTokens: cache.hit(`${request.model}\n${request.cacheKey}`, prompt),
    });

  return async (exchange) => {
    const { entry, response, gone } = exchange;
    const request = parseChatRequest(entry.body);
    entry.model = request.model;
    const model = modelNamed(models, request.model);
    const prompt = promptTokens(request);
    checkContext(model.contextTokens ?? CONTEXT_TOKENS, prompt.length, request.maxTokens ?? REPLY_TOKENS);

    const fault = faults.take(request.model);
    const refusal = refusalOf(fault);
    if (refusal) throw refusal;
    if (fault?.kind === 'reset') return exchange.cut('now');
    if (fault?.kind === 'hang-before-headers') return forever(gone);
    if (fault?.kind === 'hang-in-error' || fault?.kind === 'unavailable-html') {
      entry.status = fault.kind === 'unavailable-html' ? 503 : 500;
      response.writeHead(entry.status, { ...exchange.headers(), 'content-type': entry.status === 503 ? 'text/html' : 'application/json' });
      if (fault.kind === 'unavailable-html') return void response.end(GATEWAY_PAGE);
      response.write('{"error":{"message":"The server had');
      return forever(gone);
    }

    const completion = complete(request, misbehaviours.take(request.model), prompt);
    const pace = drawPace(model.profile ?? profile, random);
    const headers = () => {
      entry.status = 200;
      return { ...exchange.headers(), ...rateHeaders(completion.usage.total_tokens) };
    };
    if (request.stream) return sendEventStream(exchange, completion, request, { clock, pace, headers, fault });
    const waitMs = fault?.kind === 'slow-first-token' ? fault.ms : writingMs(completion, pace);
    if (waitMs > 0) await clock.sleep(waitMs, gone);
    exchange.reply(200, toPlainBody(completion, request), headers());
  };
};

const writingMs = ({ pieces }: Completion, pace: Pace): number => pieces.reduce((sum) => sum + pace.tokenMs(), pace.firstTokenMs());
