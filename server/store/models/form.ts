import type { Connection, Model } from 'mongoose';
import { Schema } from 'mongoose';
import type { FormElement } from '../../../schemas/form.js';
import { domainSchema } from './domain-schema.js';

/** A form as stored: what an application asks for, element by element, in order. */
export interface FormDocument {
  _id: string;
  companyId: string;
  name: string;
  elements: FormElement[];
  created_at: Date;
  modified_at: Date;
}

export const formModel = (connection: Connection): Model<FormDocument> => {
  const schema = domainSchema<FormDocument>('forms', {
    companyId: { type: String, required: true },
    name: { type: String, required: true },
    elements: { type: [Schema.Types.Mixed], required: true },
    created_at: { type: Date, required: true },
    modified_at: { type: Date, required: true },
  });
  schema.index({ companyId: 1, created_at: -1, _id: -1 });
  return connection.model<FormDocument>('Form', schema);
};
