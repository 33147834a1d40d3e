import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Random } from '../../../schemas/clock.js';
import { AppError } from '../../../schemas/errors.js';
import { ApiError } from './api-error.js';
import { chatCompletions, modelNamed, type SandboxModel } from './chat-completions.js';
import { createExchange, type Exchange } from './exchange.js';
import { createSchedule, type Fault, type FaultSchedule, type MisbehaviourSchedule } from './faults.js';
import type { Misbehaviour } from './misbehaviour.js';
import { authenticate } from './refusals.js';
import { createRequestLog, type LoggedRequest } from './request-log.js';
import { type TimingProfile, USUAL_TIMING } from './timing-profile.js';

const MAX_BODY_BYTES = 4 * 1024 * 1024;

export interface OpenAiSandboxOptions {
  clock: Clock;
  random: Random;
  /** The one key that is accepted. */
  apiKey: string;
  models: readonly SandboxModel[];
  profile?: TimingProfile;
  /** 0, the default, takes a free port. */
  port?: number;
  /** What was said is never logged. */
  log?: { warn(data: object, message: string): void };
}

/** A local account at OpenAI on loopback. */
export interface OpenAiSandbox {
  /** With the version: for OPENAI_BASE_URL. */
  readonly baseUrl: string;
  /** Faults of coming chat completions that pass the checks. */
  readonly faults: FaultSchedule;
  /** What the model behind it does wrong in coming chat completions. */
  readonly misbehaviours: MisbehaviourSchedule;
  /** What was asked, oldest first; the latest 500. */
  requests(): LoggedRequest[];
  /** Resolves when `count` requests have come since the start. */
  asked(count: number): Promise<void>;
  /** Ends all replies and stops the server. */
  close(): Promise<void>;
}

/**
 * Starts the sandbox on 127.0.0.1: chat completions, streamed and plain, and the list of models, as strict as the vendor. Throws AppError('port_taken'). The
 * caller closes it. Judges nothing of ours: it knows no code but the contracts.
 *
 * Follows: platform.openai.com, "API reference".
 */
export const startOpenAiSandbox = async (options: OpenAiSandboxOptions): Promise<OpenAiSandbox> => {
  const { clock, random, apiKey, models, profile = USUAL_TIMING, log } = options;
  const faults = createSchedule<Fault>();
  const misbehaviours = createSchedule<Misbehaviour>();
  const requests = createRequestLog();
  const answer = chatCompletions({ clock, random, models, profile, faults, misbehaviours });
  const createdAt = Math.floor(clock.now() / 1000);
  const toModel = ({ id }: SandboxModel) => ({ id, object: 'model', created: createdAt, owned_by: 'system' });

  const serve = async (exchange: Exchange) => {
    const { method, path, entry } = exchange;
    authenticate(exchange.authorization, apiKey);
    const named = /^\/v1\/models\/([^/]+)$/.exec(path)?.[1];
    if (method === 'GET' && path === '/v1/models') return exchange.reply(200, { object: 'list', data: models.map(toModel) });
    if (method === 'GET' && named !== undefined) return exchange.reply(200, toModel(modelNamed(models, decodeURIComponent(named))));
    if (path !== '/v1/chat/completions') throw new ApiError(404, `Invalid URL (${method} ${path})`);
    if (method !== 'POST') throw new ApiError(405, `Not allowed to ${method} on ${path} (HINT: Perhaps you meant to use a different HTTP method?)`);
    entry.body = await exchange.readJson(MAX_BODY_BYTES);
    await answer(exchange);
  };

  const server = createServer((request, response) => {
    const exchange = createExchange({ clock, random, connection: connections.get(request.socket) ?? 0 }, request, response);
    requests.add(exchange.entry);
    serve(exchange).catch((error: unknown) => {
      if (exchange.gone.aborted || response.destroyed) return;
      if (error instanceof ApiError) return exchange.reply(error.status, error.body, error.headers);
      log?.warn({ error }, 'openai sandbox request failed');
      if (response.headersSent) response.destroy();
      else exchange.reply(500, new ApiError(500, 'The server had an error while processing your request.', { type: 'server_error' }).body);
    });
  });
  const connections = new WeakMap<Socket, number>();
  let connectionCount = 0;
  server.on('connection', (socket) => {
    connectionCount += 1;
    connections.set(socket, connectionCount);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new AppError('port_taken', { port: options.port ?? 0, host: '127.0.0.1' }, { cause })));
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    faults,
    misbehaviours,
    requests: () => requests.entries(),
    asked: (count) => requests.reached(count),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
};
