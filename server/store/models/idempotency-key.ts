import type { Connection, Model } from 'mongoose';
import { Schema } from 'mongoose';
import { domainSchema } from './domain-schema.js';

/**
 * One use of an Idempotency-Key, `_id` `<company id>:<SHA-256 of the key>`. `response` is null while the first request runs, and for good once the key is
 * `erased`; TTL cleans up after a day.
 */
export interface IdempotencyKeyDocument {
  _id: string;
  companyId: string;
  /** Empty once erased: a name and a number could be guessed from it. */
  request_hash: string;
  started_at: Date;
  response: { status: number; body: string } | null;
  /** Ids of the candidates that the response tells of. */
  subjects: string[];
  /** One of them was erased. */
  erased: boolean;
}

/** How long a key is remembered, s; the TTL sweep adds up to a minute. */
export const IDEMPOTENCY_TTL_S = 86_400;

export const idempotencyKeyModel = (connection: Connection): Model<IdempotencyKeyDocument> => {
  const schema = domainSchema<IdempotencyKeyDocument>('idempotency_keys', {
    companyId: { type: String, required: true },
    request_hash: { type: String, required: true },
    started_at: { type: Date, required: true },
    response: { type: Schema.Types.Mixed, default: null },
    subjects: { type: [String], default: [] },
    erased: { type: Boolean, default: false },
  });
  schema.index({ companyId: 1, subjects: 1 });
  schema.index({ started_at: 1 }, { expireAfterSeconds: IDEMPOTENCY_TTL_S });
  return connection.model<IdempotencyKeyDocument>('IdempotencyKey', schema);
};
