import type { Connection, Model } from 'mongoose';
import { domainSchema } from './domain-schema.js';

export const SUPPRESSION_REASONS = ['stop', 'dnd', 'wrong_number', 'complaint', 'legal'] as const;
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

export const SUPPRESSED_CHANNELS = ['voice', 'sms'] as const;
export type SuppressedChannel = (typeof SUPPRESSED_CHANNELS)[number];

/** A number that must not be reached, known only by its keyed hash, so that it can outlive the person's record. */
export interface SuppressionDocument {
  _id: string;
  companyId: string;
  phone_hash: string;
  channels: SuppressedChannel[];
  reason: SuppressionReason;
  source: string;
  created_at: Date;
}

export const suppressionModel = (connection: Connection): Model<SuppressionDocument> => {
  const schema = domainSchema<SuppressionDocument>('suppressions', {
    companyId: { type: String, required: true },
    phone_hash: { type: String, required: true },
    channels: { type: [String], required: true },
    reason: { type: String, required: true },
    source: { type: String, required: true },
    created_at: { type: Date, required: true },
  });
  schema.index({ companyId: 1, phone_hash: 1, reason: 1 }, { unique: true });
  schema.index({ companyId: 1, created_at: -1, _id: -1 });
  return connection.model<SuppressionDocument>('Suppression', schema);
};
