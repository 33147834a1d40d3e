import type { Connection, Model } from 'mongoose';
import { domainSchema } from './domain-schema.js';

/** An API key as stored: only the SHA-256 of the secret, and its last four characters so that a person recognises it. */
export interface ApiKeyDocument {
  _id: string;
  companyId: string;
  name: string;
  hash: string;
  hint: string;
  created_at: Date;
  revoked_at: Date | null;
}

export const apiKeyModel = (connection: Connection): Model<ApiKeyDocument> => {
  const schema = domainSchema<ApiKeyDocument>('api_keys', {
    companyId: { type: String, required: true },
    name: { type: String, required: true },
    hash: { type: String, required: true },
    hint: { type: String, required: true },
    created_at: { type: Date, required: true },
    revoked_at: { type: Date, default: null },
  });
  schema.index({ hash: 1 }, { unique: true });
  schema.index({ companyId: 1, created_at: -1, _id: -1 });
  return connection.model<ApiKeyDocument>('ApiKey', schema);
};
