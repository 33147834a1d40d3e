import type { Connection, Model } from 'mongoose';
import { Schema } from 'mongoose';
import type { Call } from '../../../schemas/call.js';
import { domainSchema } from './domain-schema.js';

type Instants = 'dialed_at' | 'answered_at' | 'ended_at';

/**
 * A call as stored. The three instants are absent until known, not null: `$min` then keeps the earliest report of each, whatever the order of the
 * callbacks. `key` and `token` are unique over all companies.
 */
export type CallDocument = Omit<Call, 'id' | Instants> & { _id: string } & { [instant in Instants]?: Date };

export const callModel = (connection: Connection): Model<CallDocument> => {
  const schema = domainSchema<CallDocument>('calls', {
    companyId: { type: String, required: true },
    screening_id: { type: String, required: true },
    candidate_id: { type: String, required: true },
    attempt: { type: Number, required: true },
    key: { type: String, required: true },
    token: { type: String, required: true },
    provider: { type: String, required: true },
    provider_call_id: { type: String, default: null },
    to: { type: String, required: true },
    from: { type: String, required: true },
    state: { type: String, required: true },
    disposition: { type: String, default: null },
    answered_by: { type: String, default: null },
    ended_by: { type: String, default: null },
    end_reason: { type: String, default: null },
    vendor_reason: { type: String, default: null },
    short_drop: { type: Boolean, required: true },
    created_at: { type: Date, required: true },
    dialed_at: { type: Date },
    answered_at: { type: Date },
    ended_at: { type: Date },
    duration_ms: { type: Number, default: null },
    latency: { type: Schema.Types.Mixed, required: true },
  });
  schema.index({ key: 1 }, { unique: true });
  schema.index({ token: 1 }, { unique: true });
  schema.index({ provider_call_id: 1 });
  schema.index({ state: 1, created_at: 1, _id: 1 });
  schema.index({ companyId: 1, created_at: -1, _id: -1 });
  schema.index({ companyId: 1, screening_id: 1 });
  schema.index({ companyId: 1, candidate_id: 1 });
  return connection.model<CallDocument>('Call', schema);
};
