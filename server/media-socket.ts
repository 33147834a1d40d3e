import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { MediaTransport } from '../media/media-line.js';
import type { Clock } from '../schemas/clock.js';
import type { TelephonyProvider } from '../schemas/ports/telephony.js';
import type { LiveCall } from './calls/live-call.js';

/*
 * The carriers' media sockets: WS /media/<token>. The token names the call; the provider's signature, where it has one, is checked before the upgrade. One
 * socket at a time carries a call: a second is closed with 4409, one for an unknown or finished call with 1008, before anything is spent on it.
 */

const PATH = /^\/media\/([a-z0-9]{16,64})$/;
/** Carriers send 20 to 100 ms of audio a message; more is an attack. */
const MAX_PAYLOAD_BYTES = 64 * 1024;
/** The carrier says within this time which stream it is. */
const START_WITHIN_MS = 5_000;
/** A carrier that stops reading gets nothing more: two seconds of audio as the carrier's JSON. */
const MAX_BUFFERED_BYTES = 64 * 1024;
const CLOSE_WITHIN_MS = 2_000;

const POLICY_VIOLATION = 1008;
const ALREADY_CONNECTED = 4409;
const NORMAL = 1000;

export interface MediaSockets {
  /** Ends every socket; for shutdown. */
  close(): void;
}

/** What the socket needs to know of a token; undefined for an unknown or finished call. */
export type FindLiveCall = (token: string) => Promise<{ live: LiveCall; provider: TelephonyProvider } | undefined>;

/** Takes over the upgrades of the HTTP server. `mediaUrl` gives the address of a token's socket exactly as the provider was told it. */
export const serveMediaSockets = (
  server: Server,
  deps: { clock: Clock; mediaUrl: (token: string) => string; findLiveCall: FindLiveCall; onTrouble: (error: unknown, where: string) => void },
): MediaSockets => {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD_BYTES, perMessageDeflate: false });

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const token = PATH.exec(request.url ?? '')?.[1];
    if (!token) return refuse(socket, '404 Not Found');
    const found = await deps.findLiveCall(token);
    if (found && !found.provider.verifyMediaUpgrade(deps.mediaUrl(token), request.headers)) return refuse(socket, '403 Forbidden');
    sockets.handleUpgrade(request, socket, head, (ws) => {
      ws.on('error', (error) => deps.onTrouble(error, 'media-socket'));
      if (!found) return ws.close(POLICY_VIOLATION, 'unknown or finished call');
      carry(ws, found.live, found.provider);
    });
  };

  const carry = (ws: WebSocket, live: LiveCall, provider: TelephonyProvider) => {
    let attached = false;
    const transport: MediaTransport = {
      send(text) {
        if (ws.readyState === ws.OPEN && ws.bufferedAmount < MAX_BUFFERED_BYTES) ws.send(text);
      },
      close() {
        ws.close(NORMAL);
        deps.clock.after(CLOSE_WITHIN_MS, () => ws.terminate());
      },
    };
    const tooLate = deps.clock.after(START_WITHIN_MS, () => ws.close(POLICY_VIOLATION, 'no start message'));
    ws.on('message', (data: RawData, binary: boolean) => {
      if (binary) return;
      const text = data.toString();
      if (attached) return live.session.receive(text);
      const start = decodeStart(provider, text);
      if (!start) return;
      tooLate();
      if (!live.session.live) return ws.close(POLICY_VIOLATION, 'finished call');
      attached = live.session.attach(transport, start);
      if (!attached) ws.close(ALREADY_CONNECTED, 'the call has a live stream');
    });
    ws.on('close', () => {
      tooLate();
      if (attached) live.session.broke();
      attached = false;
    });
  };

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => deps.onTrouble(error, 'upgrade'));
    upgrade(request, socket, head).catch((error: unknown) => {
      deps.onTrouble(error, 'upgrade');
      refuse(socket, '503 Service Unavailable');
    });
  });

  return {
    close() {
      for (const ws of sockets.clients) ws.terminate();
      sockets.close();
    },
  };
};

const refuse = (socket: Duplex, status: string) => {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};

const decodeStart = (provider: TelephonyProvider, text: string) => {
  try {
    const event = provider.codec.decode(text);
    return event?.kind === 'stream-start' ? event : undefined;
  } catch {
    // Broken messages before the start say nothing; the time limit ends a socket that sends only those.
    return undefined;
  }
};
