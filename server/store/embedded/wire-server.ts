import { createServer, type Server, type Socket } from 'node:net';
import type { Dispatcher } from './commands.js';
import { MessageSplitter, parseMessage } from './wire-framing.js';

/** Where to listen: a Unix socket's path, or a free port of 127.0.0.1. Nothing else: there is no log-in. */
export type ListenAt = { readonly path: string } | { readonly host: '127.0.0.1'; readonly port: 0 };

export interface WireServer {
  /** "path.sock" or "127.0.0.1:1234". */
  readonly address: string;
  /** Stops listening and drops all connections. */
  close(): Promise<void>;
}

/** Serves the wire protocol; `getDispatcher` is asked for each message, since the dispatcher needs to know the address first. Rejects when it cannot listen. */
export const startWireServer = async (at: ListenAt, getDispatcher: (address: string) => Dispatcher): Promise<WireServer> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveConnection(socket, getDispatcher(addressOf(server, at)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    address: addressOf(server, at),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

const addressOf = (server: Server, at: ListenAt): string => {
  if ('path' in at) return at.path;
  const bound = server.address();
  return `${at.host}:${typeof bound === 'object' && bound ? bound.port : 0}`;
};

/** Answers one connection's messages one after the other. Bytes that are no message close this connection and touch nothing else. */
const serveConnection = (socket: Socket, dispatcher: Dispatcher): void => {
  const splitter = new MessageSplitter();
  let busy = false;

  const work = async () => {
    if (busy) return;
    busy = true;
    try {
      for (let message = splitter.next(); message; message = splitter.next()) {
        // One message at a time, so the other side's bytes wait in its own buffers.
        socket.pause();
        const { command, frame } = parseMessage(message);
        const reply = await dispatcher.answer(command);
        if (frame && !socket.destroyed) socket.write(frame(reply));
      }
      socket.resume();
    } catch {
      // Only framing fails here (commands answer their failures), and after it nothing on this connection can be understood.
      socket.destroy();
    } finally {
      busy = false;
    }
  };

  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    splitter.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk));
    void work();
  });
  // A broken connection is the client's business; 'close' follows and cleans up.
  socket.on('error', () => socket.destroy());
};
