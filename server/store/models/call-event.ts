import type { Connection, Model } from 'mongoose';
import { Schema } from 'mongoose';
import type { CallTimelineEntry } from '../../../schemas/call-event.js';
import { domainSchema } from './domain-schema.js';

/** One line of a call's timeline, `_id` `<call id>:<seq>`: writing it again changes nothing. The transcript is the events of kind `turn`. */
export interface CallEventDocument {
  _id: string;
  companyId: string;
  call_id: string;
  seq: number;
  at: number;
  line_ms: number | null;
  event: CallTimelineEntry;
}

export const callEventModel = (connection: Connection): Model<CallEventDocument> => {
  const schema = domainSchema<CallEventDocument>('call_events', {
    companyId: { type: String, required: true },
    call_id: { type: String, required: true },
    seq: { type: Number, required: true },
    at: { type: Number, required: true },
    line_ms: { type: Number, default: null },
    event: { type: Schema.Types.Mixed, required: true },
  });
  schema.index({ call_id: 1, seq: 1 }, { unique: true });
  return connection.model<CallEventDocument>('CallEvent', schema);
};
