import type { Model } from 'mongoose';
import type { CallTimelineEvent } from '../../../schemas/call-event.js';
import type { Turn } from '../../../schemas/transcript.js';
import type { CallEventDocument } from '../models/call-event.js';
import { withoutUndefined } from '../plain-value.js';
import { isOnlyDuplicateKeys } from '../store-errors.js';

const toEvent = ({ seq, at, line_ms, event }: CallEventDocument): CallTimelineEvent => ({ seq, at, ...(line_ms === null ? {} : { line_ms }), event });

export type CallEventRepository = ReturnType<typeof callEventRepository>;

export const callEventRepository = (model: Model<CallEventDocument>) => ({
  /** Adds events to a call's timeline. Sending the same `seq` again changes nothing, so a writer that is not sure may repeat its whole batch. */
  async appendMany(companyId: string, callId: string, events: readonly CallTimelineEvent[]): Promise<void> {
    if (events.length === 0) return;
    const documents = events.map(({ seq, at, line_ms, event }) => ({
      _id: `${callId}:${seq}`,
      companyId,
      call_id: callId,
      seq,
      at,
      line_ms: line_ms ?? null,
      event: withoutUndefined(event),
    }));
    try {
      await model.insertMany(documents, { ordered: false, lean: true });
    } catch (error) {
      if (!isOnlyDuplicateKeys(error)) throw error;
    }
  },

  /** Events with `seq` above `afterSeq`, in order, at most `limit`. */
  async list(companyId: string, callId: string, afterSeq = 0, limit = 10_000): Promise<CallTimelineEvent[]> {
    const found = await model
      .find({ call_id: callId, seq: { $gt: afterSeq }, companyId })
      .sort({ seq: 1 })
      .limit(limit)
      .lean<CallEventDocument[]>();
    return found.map(toEvent);
  },

  /** The turns of a call by their start on the line clock; of a turn told twice the later telling counts. */
  async getTranscript(companyId: string, callId: string): Promise<Turn[]> {
    const found = await model.find({ call_id: callId, companyId, 'event.kind': 'turn' }).sort({ seq: 1 }).lean<CallEventDocument[]>();
    const turns = new Map<string, Turn>();
    for (const { event } of found) if (event.kind === 'turn') turns.set(event.turn.id, event.turn);
    return [...turns.values()].sort((a, b) => a.start_ms - b.start_ms);
  },

  /** Removes the timelines of these calls, transcripts with them; for erasure. */
  async removeForCalls(companyId: string, callIds: readonly string[]): Promise<void> {
    await model.deleteMany({ call_id: { $in: [...callIds] }, companyId });
  },
});
