import type { Connection, Model } from 'mongoose';
import type { ConsentChannel } from '../../../schemas/candidate.js';
import { domainSchema } from './domain-schema.js';

/** One statement of consent, never changed afterwards. Its words go when the candidate is erased; the fact stays. */
export interface ConsentDocument {
  _id: string;
  companyId: string;
  candidate_id: string;
  /** Null where no key for it was at hand. */
  phone_hash: string | null;
  channel: ConsentChannel;
  state: 'granted' | 'revoked';
  wording: string;
  source: 'api' | 'call' | 'recruiter' | 'candidate';
  call_id: string | null;
  turn_id: string | null;
  quote: string | null;
  /** When it was given; `created_at` is when we were told. */
  captured_at: Date;
  created_at: Date;
}

export const consentModel = (connection: Connection): Model<ConsentDocument> => {
  const schema = domainSchema<ConsentDocument>('consents', {
    companyId: { type: String, required: true },
    candidate_id: { type: String, required: true },
    phone_hash: { type: String, default: null },
    channel: { type: String, required: true },
    state: { type: String, required: true },
    wording: { type: String, required: true },
    source: { type: String, required: true },
    call_id: { type: String, default: null },
    turn_id: { type: String, default: null },
    quote: { type: String, default: null },
    captured_at: { type: Date, required: true },
    created_at: { type: Date, required: true },
  });
  schema.index({ companyId: 1, created_at: -1, _id: -1 });
  schema.index({ companyId: 1, candidate_id: 1 });
  schema.index({ companyId: 1, phone_hash: 1 });
  return connection.model<ConsentDocument>('Consent', schema);
};
