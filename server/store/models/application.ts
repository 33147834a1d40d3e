import type { Connection, Model } from 'mongoose';
import { Schema } from 'mongoose';
import type { Application } from '../../../schemas/application.js';
import { domainSchema } from './domain-schema.js';

/** An application as stored. `revision` counts its writes; every change is a compare-and-set on it, so no form value is lost between two writers. */
export type ApplicationDocument = Omit<Application, 'id'> & { _id: string; revision: number };

export const applicationModel = (connection: Connection): Model<ApplicationDocument> => {
  const schema = domainSchema<ApplicationDocument>('applications', {
    companyId: { type: String, required: true },
    candidate_id: { type: String, required: true },
    form_id: { type: String, required: true },
    bot_id: { type: String, default: null },
    status: { type: String, required: true },
    current_stage: { type: String, default: null },
    source: { type: String, default: null },
    elements: { type: [Schema.Types.Mixed], required: true },
    transition_history: { type: [Schema.Types.Mixed], required: true },
    revision: { type: Number, required: true },
    created_at: { type: Date, required: true },
    modified_at: { type: Date, required: true },
  });
  schema.index({ companyId: 1, created_at: -1, _id: -1 });
  schema.index({ companyId: 1, candidate_id: 1 });
  return connection.model<ApplicationDocument>('Application', schema);
};
