import type { Connection, Model } from 'mongoose';
import { Schema } from 'mongoose';
import type { Answer } from '../../../schemas/answer.js';
import { domainSchema } from './domain-schema.js';

/** The answer to one output variable of one screening; `history` holds what it said before, oldest first. */
export interface AnswerDocument {
  _id: string;
  companyId: string;
  screening_id: string;
  application_id: string;
  call_id: string;
  variable: string;
  answer: Answer;
  history: { answer: Answer; call_id: string; replaced_at: Date }[];
  revision: number;
  created_at: Date;
  modified_at: Date;
}

export const answerModel = (connection: Connection): Model<AnswerDocument> => {
  const schema = domainSchema<AnswerDocument>('answers', {
    companyId: { type: String, required: true },
    screening_id: { type: String, required: true },
    application_id: { type: String, required: true },
    call_id: { type: String, required: true },
    variable: { type: String, required: true },
    answer: { type: Schema.Types.Mixed, required: true },
    history: { type: [Schema.Types.Mixed], required: true },
    revision: { type: Number, required: true },
    created_at: { type: Date, required: true },
    modified_at: { type: Date, required: true },
  });
  schema.index({ screening_id: 1, variable: 1 }, { unique: true });
  schema.index({ companyId: 1, application_id: 1 });
  return connection.model<AnswerDocument>('Answer', schema);
};
