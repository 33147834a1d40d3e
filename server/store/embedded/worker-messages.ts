import { z } from 'zod';

/** What the worker is started with. */
export const WorkerDataSchema = z.object({ dataDir: z.string() });

/** What the worker tells: that it listens, or why it cannot start. */
export const WorkerMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), uri: z.string() }),
  z.object({ kind: z.literal('unusable'), reason: z.string() }),
  z.object({ kind: z.literal('in-use'), pid: z.number() }),
]);

export type WorkerMessage = z.infer<typeof WorkerMessageSchema>;

/** Asks the worker to close; it ends by itself afterwards. */
export const CLOSE_REQUEST = 'close';
