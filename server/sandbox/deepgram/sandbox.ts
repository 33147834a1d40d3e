import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Clock, Random } from '../../../schemas/clock.js';
import { AppError } from '../../../schemas/errors.js';
import { type SandboxConnection, serveConnection } from './connection.js';
import { type ConnectionFaults, createFaultPlan, type FaultSwitch } from './faults.js';
import type { SandboxHearing } from './hearing.js';
import { parseFluxParameters, parseNovaParameters } from './listen-parameters.js';
import { type DeepgramProfile, MEASURED_PROFILE } from './profile.js';
import { ListenRefusal, refusalOf, sendRefusal } from './refusal.js';

export interface DeepgramSandboxOptions {
  clock: Clock;
  random: Random;
  apiKey: string;
  /** Makes the hearing of one connection. */
  hear: () => SandboxHearing;
  profile?: Partial<DeepgramProfile>;
  log?: { warn(data: object, message: string): void };
}

/** A request to connect and what became of it. */
export interface SandboxHandshake {
  path: string;
  /** HTTP status; 101 when accepted, undefined while it hangs. */
  status: number | undefined;
}

/** A local Deepgram on loopback. Follows: Deepgram API reference, v1/listen and v2/listen. */
export interface DeepgramSandbox {
  /** For DEEPGRAM_BASE_URL. */
  readonly baseUrl: string;
  readonly faults: FaultSwitch;
  handshakes(): SandboxHandshake[];
  /** Accepted connections in order, the latest 1000. */
  connections(): SandboxConnection[];
  /** Breaks all connections and stops the server. */
  close(): Promise<void>;
}

/** The vendor's messages are small; audio of 250 ms at 16 kHz is 8 kB. */
const MAX_MESSAGE_BYTES = 256 * 1024;
const MAX_ENTRIES = 1000;

/** Starts the sandbox on a free port of 127.0.0.1. Throws AppError('port_taken'). The caller closes it. */
export const startDeepgramSandbox = async (options: DeepgramSandboxOptions): Promise<DeepgramSandbox> => {
  const { clock, random, log } = options;
  const profile = { ...MEASURED_PROFILE, ...options.profile };
  const faults = createFaultPlan();
  const handshakes: SandboxHandshake[] = [];
  const connections: SandboxConnection[] = [];
  const open = new Set<Duplex>();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  const server = createServer((_, response) => {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ err_code: 'NOT_FOUND', err_msg: 'Only the streaming endpoints exist here.' }));
  });

  const admit = (request: IncomingMessage, fault: ConnectionFaults) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (fault.refuse !== undefined) throw refusalOf(fault.refuse);
    if (!isAuthorized(request.headers.authorization, options.apiKey)) throw refusalOf(401);
    if (url.pathname === '/v1/listen') return parseNovaParameters(url.searchParams);
    if (url.pathname === '/v2/listen') return parseFluxParameters(url.searchParams);
    throw new ListenRefusal(404, 'NOT_FOUND', 'There is no such endpoint.');
  };

  server.on('upgrade', (request, socket, head) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    const handshake: SandboxHandshake = { path: request.url ?? '', status: undefined };
    keep(handshakes, handshake);
    const fault = faults.take();
    if (fault.hang) return;
    const requestId = toUuid(random.bytes(16));
    try {
      const parameters = admit(request, fault);
      sockets.handleUpgrade(request, socket, head, (ws) => {
        handshake.status = 101;
        keep(connections, serveConnection(ws, { clock, random, profile, hearing: options.hear(), parameters, requestId, faults: fault }));
      });
    } catch (error) {
      const refusal = error instanceof ListenRefusal ? error : refusalOf(500);
      log?.warn({ status: refusal.status, code: refusal.code, reason: refusal.message }, 'deepgram sandbox refused a connection');
      handshake.status = refusal.status;
      sendRefusal(socket, refusal, requestId);
    }
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new AppError('port_taken', { port: 0, host: '127.0.0.1' }, { cause })));
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    baseUrl: `http://127.0.0.1:${port}`,
    faults,
    handshakes: () => [...handshakes],
    connections: () => [...connections],
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const ws of sockets.clients) ws.terminate();
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      await closed;
    },
  };
};

const isAuthorized = (header: string | undefined, apiKey: string): boolean => header === `Token ${apiKey}` || header === `Bearer ${apiKey}`;

const toUuid = (bytes: Buffer): string => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const keep = <T>(entries: T[], entry: T): void => {
  if (entries.length >= MAX_ENTRIES) entries.shift();
  entries.push(entry);
};
