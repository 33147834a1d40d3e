import { parentPort, type TransferListItem } from 'node:worker_threads';
import { z } from 'zod';

/** What a worker file answers: the value, and buffers that move instead of being copied. */
export interface WorkerReply {
  value: unknown;
  transfer?: TransferListItem[];
}

const envelopeSchema = z.object({ id: z.number(), request: z.unknown() });

/**
 * The inside of a worker started by `startWorker`: answers requests one after the other and says when it is ready. What `handle` throws reaches the caller
 * as the reason of a failed request; the worker lives on.
 */
export const serveWorker = (handle: (request: unknown) => WorkerReply | Promise<WorkerReply>): void => {
  const port = parentPort;
  if (!port) throw new Error('This file runs in a worker thread only.');
  let previous: Promise<void> = Promise.resolve();
  const answer = async (message: unknown): Promise<void> => {
    const { id, request } = envelopeSchema.parse(message);
    try {
      const { value, transfer } = await handle(request);
      port.postMessage({ id, ok: true, value }, transfer ?? []);
    } catch (error) {
      port.postMessage({ id, ok: false, reason: error instanceof Error ? error.message : String(error) });
    }
  };
  port.on('message', (message: unknown) => {
    previous = previous.then(() => answer(message));
  });
  port.postMessage({ ready: true });
};
