import type { Connection, Model } from 'mongoose';
import type { Candidate } from '../../../schemas/candidate.js';
import { domainSchema } from './domain-schema.js';

/**
 * A candidate as stored. `email_key` carries the uniqueness of the e-mail within a company: the e-mail, or the id where there is none (a unique index
 * counts two absent values as equal, and partial indexes are outside the portable subset).
 */
export type CandidateDocument = Omit<Candidate, 'id'> & { _id: string; email_key: string };

export const candidateModel = (connection: Connection): Model<CandidateDocument> => {
  const schema = domainSchema<CandidateDocument>('candidates', {
    companyId: { type: String, required: true },
    first_name: { type: String, required: true },
    last_name: { type: String, default: '' },
    email: { type: String, default: null },
    email_key: { type: String, required: true },
    phone: { type: String, required: true },
    country: { type: String, default: null },
    language: { type: String, default: null },
    time_zone: { type: String, default: null },
    time_zone_source: { type: String, default: null },
    consents: { type: [String], required: true },
    remote_id: { type: String, default: null },
    created_at: { type: Date, required: true },
    modified_at: { type: Date, required: true },
  });
  schema.index({ companyId: 1, email_key: 1 }, { unique: true });
  schema.index({ companyId: 1, phone: 1 });
  schema.index({ companyId: 1, created_at: -1, _id: -1 });
  return connection.model<CandidateDocument>('Candidate', schema);
};
