import { z } from 'zod';
import type { CallTimelineEvent } from '../../../schemas/call-event.js';

/** One line of a call's timeline, in lists and in the live stream alike. `event.kind` says what happened; its other fields depend on it. */
export const callEventView = z.object({
  seq: z.number().int(),
  at: z.iso.datetime(),
  line_ms: z.number().optional(),
  event: z.looseObject({ kind: z.string() }),
});

export const eventView = ({ seq, at, line_ms, event }: CallTimelineEvent): z.infer<typeof callEventView> => ({
  seq,
  at: new Date(at).toISOString(),
  ...(line_ms === undefined ? {} : { line_ms }),
  event,
});
