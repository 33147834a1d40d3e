import type { Connection, Model } from 'mongoose';
import { Schema } from 'mongoose';
import type { Company } from '../../../schemas/company.js';
import { domainSchema } from './domain-schema.js';

/** A company as stored; the only entity that is its own tenant. */
export type CompanyDocument = Omit<Company, 'id'> & { _id: string };

export const companyModel = (connection: Connection): Model<CompanyDocument> => {
  const schema = domainSchema<CompanyDocument>('companies', {
    name: { type: String, required: true },
    slug: { type: String, required: true },
    settings: { type: Schema.Types.Mixed, required: true },
    created_at: { type: Date, required: true },
  });
  schema.index({ slug: 1 }, { unique: true });
  return connection.model<CompanyDocument>('Company', schema);
};
