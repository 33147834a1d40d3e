import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Clock, Random } from '../../../schemas/clock.js';
import { AppError } from '../../../schemas/errors.js';
import { type SandboxVoice, USER_RESOURCE, voiceResource } from './account.js';
import { createFaults, type Faults, refusal } from './faults.js';
import { serveSpeech } from './http-speech.js';
import { type SandboxSocket, serveMultiStream } from './multi-stream.js';
import { ELEVENLABS_PROFILE, type ElevenLabsProfile } from './speech-pieces.js';
import { parseHttpRequest, parseSocketRequest } from './speech-request.js';
import type { SandboxSpeak } from './synthesis.js';
import { VendorError } from './vendor-error.js';

export type { SandboxVoice } from './account.js';
export type { ElevenLabsFault } from './faults.js';
export type { SandboxSocket } from './multi-stream.js';
export type { ElevenLabsProfile } from './speech-pieces.js';
export type { SandboxSpeak } from './synthesis.js';

const MAX_BODY_BYTES = 256 * 1024;
const MAX_FRAME_BYTES = 256 * 1024;
/** What is kept for tests and scenarios; older entries are dropped. */
const MAX_LOG_ENTRIES = 2000;

/** One HTTP request or upgrade. */
export interface ElevenLabsRequest {
  method: string;
  /** With the query. */
  path: string;
  body: string;
  /** HTTP status of the reply, 101 for an upgrade; undefined while there is none. */
  status: number | undefined;
}

export interface ElevenLabsSandboxOptions {
  clock: Clock;
  random: Random;
  apiKey: string;
  voices: readonly SandboxVoice[];
  /** What the voice says. */
  speak: SandboxSpeak;
  profile?: Partial<ElevenLabsProfile>;
  /** 0, the default, takes a free port. */
  port?: number;
  log?: { warn(data: object, message: string): void };
}

/** A local ElevenLabs account on loopback. */
export interface ElevenLabsSandbox {
  readonly baseUrl: string;
  readonly faults: Faults;
  requests(): ElevenLabsRequest[];
  sockets(): SandboxSocket[];
  /** Breaks every open socket as a failing network does. */
  dropSockets(): void;
  /** Ends everything and stops the server. */
  close(): Promise<void>;
}

/**
 * Starts a local ElevenLabs on 127.0.0.1: the multi-context socket, both HTTP streams, voices and user. The single-context socket (`stream-input`) is not
 * served, nor is anything else: 404. Throws AppError('port_taken'). The caller closes it.
 */
export const startElevenLabsSandbox = async (options: ElevenLabsSandboxOptions): Promise<ElevenLabsSandbox> => {
  const { clock, random, speak } = options;
  const profile = { ...ELEVENLABS_PROFILE, ...options.profile };
  const shutdown = new AbortController();
  // One listener a socket and a request: many are no leak.
  setMaxListeners(0, shutdown.signal);
  const faults = createFaults();
  const requests: ElevenLabsRequest[] = [];
  const sockets: SandboxSocket[] = [];
  const connections = new Set<Socket>();
  const requestId = () => random.bytes(10).toString('hex');
  const onDefect = (error: unknown) => options.log?.warn({ error }, 'elevenlabs sandbox failed');
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES });

  const authenticate = (request: IncomingMessage) => {
    const key = request.headers['xi-api-key'];
    if (key !== options.apiKey) throw new VendorError(401, 'invalid_api_key', 'Invalid API key');
  };
  const hasVoice = (id: string) => options.voices.some(({ voice_id }) => voice_id === id);

  /** The path of an endpoint for one voice: its id and what follows. */
  const speechPath = (url: URL): { voiceId: string; endpoint: string } | undefined => {
    const [, voiceId, endpoint] = /^\/v1\/text-to-speech\/([^/]+)\/(.+)$/.exec(url.pathname) ?? [];
    return voiceId && endpoint ? { voiceId: decodeURIComponent(voiceId), endpoint } : undefined;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse, entry: ElevenLabsRequest): Promise<void> => {
    const reply = (status: number, body: unknown) => {
      entry.status = status;
      response.writeHead(status, { 'content-type': 'application/json', 'request-id': requestId() });
      response.end(JSON.stringify(body));
    };
    try {
      entry.body = await readBody(request);
      const url = new URL(entry.path, 'http://127.0.0.1');
      const path = speechPath(url);
      const isSpeech = request.method === 'POST' && (path?.endpoint === 'stream' || path?.endpoint === 'stream/with-timestamps');
      const fault = isSpeech ? faults.atEntrance('http') : undefined;
      if (fault?.kind === 'hang-headers') return;
      if (fault?.kind === 'refuse') throw refusal(fault);
      authenticate(request);
      if (path && isSpeech) {
        const asked = parseHttpRequest(path.voiceId, url.searchParams, entry.body);
        if (!hasVoice(path.voiceId)) throw new VendorError(404, 'voice_not_found', `A voice with voice_id ${path.voiceId} was not found.`);
        entry.status = 200;
        const life = new AbortController();
        response.once('close', () => life.abort());
        return await serveSpeech(response, asked, {
          clock,
          random,
          speak,
          profile,
          faults,
          withTimestamps: path.endpoint !== 'stream',
          requestId: requestId(),
          signal: AbortSignal.any([life.signal, shutdown.signal]),
        });
      }
      if (request.method === 'GET' && url.pathname === '/v1/voices') return reply(200, { voices: options.voices.map(voiceResource) });
      if (request.method === 'GET' && url.pathname === '/v1/user') return reply(200, USER_RESOURCE);
      throw new VendorError(404, 'not_found', 'Not Found');
    } catch (error) {
      if (response.destroyed || response.headersSent) return response.destroy() && undefined;
      if (error instanceof VendorError) return reply(error.status, error.body(requestId()));
      onDefect(error);
      reply(500, new VendorError(500, 'internal_server_error', 'Internal server error').body(requestId()));
    }
  };

  const upgrade = (request: IncomingMessage, connection: Duplex, head: Buffer, entry: ElevenLabsRequest) => {
    const fault = faults.atEntrance('socket');
    if (fault?.kind === 'hang-headers') return;
    try {
      if (fault?.kind === 'refuse') throw refusal(fault);
      const url = new URL(entry.path, 'http://127.0.0.1');
      const path = speechPath(url);
      if (path?.endpoint !== 'multi-stream-input') throw new VendorError(404, 'not_found', 'Not Found');
      authenticate(request);
      const asked = parseSocketRequest(path.voiceId, url.searchParams);
      entry.status = 101;
      webSockets.handleUpgrade(request, connection, head, (socket) => {
        const record: SandboxSocket = { path: entry.path, received: [], contexts: 0, openContexts: 0, sentBytes: {}, closeCode: undefined };
        keep(sockets, record);
        if (fault?.kind === 'accept-then-close') {
          record.closeCode = fault.code ?? 1008;
          return socket.close(record.closeCode, fault.reason ?? '');
        }
        const isVoice = hasVoice(path.voiceId);
        serveMultiStream(socket, { clock, random, speak, profile, faults, request: asked, record, isVoice, shutdown: shutdown.signal, onDefect });
      });
    } catch (error) {
      if (!(error instanceof VendorError)) onDefect(error);
      const refused = error instanceof VendorError ? error : new VendorError(500, 'internal_server_error', 'Internal server error');
      entry.status = refused.status;
      const body = JSON.stringify(refused.body(requestId()));
      const reason = STATUS_CODES[refused.status] ?? 'Error';
      connection.end(
        `HTTP/1.1 ${refused.status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    }
  };

  const enter = (request: IncomingMessage): ElevenLabsRequest => {
    const entry: ElevenLabsRequest = { method: request.method ?? '', path: request.url ?? '', body: '', status: undefined };
    keep(requests, entry);
    return entry;
  };

  const server = createServer((request, response) => {
    serve(request, response, enter(request)).catch(onDefect);
  });
  server.on('upgrade', (request, connection, head) => {
    connection.on('error', () => {
      // The client broke it off; there is nobody left to tell.
    });
    upgrade(request, connection, head, enter(request));
  });
  server.on('connection', (connection) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new AppError('port_taken', { port: options.port ?? 0, host: '127.0.0.1' }, { cause })));
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    baseUrl: `http://127.0.0.1:${port}`,
    faults,
    requests: () => [...requests],
    sockets: () => [...sockets],
    dropSockets() {
      for (const socket of webSockets.clients) socket.terminate();
    },
    async close() {
      shutdown.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
};

const keep = <T>(list: T[], entry: T): void => {
  list.push(entry);
  if (list.length > MAX_LOG_ENTRIES) list.shift();
};

const readBody = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new VendorError(400, 'max_character_limit_exceeded', 'The request is too large.');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
};
