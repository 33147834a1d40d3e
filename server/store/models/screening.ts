import type { Connection, Model } from 'mongoose';
import type { Screening } from '../../../schemas/screening.js';
import { domainSchema } from './domain-schema.js';

/**
 * A screening as stored, which is also the dialer's queue.
 *
 * - `open_key`: `<application>:<bot>` while open, `closed:<id>` afterwards. Unique, so one application has one open screening per bot.
 * - `queue`: `waiting` may be claimed when `run_at` has come; `parked` may not (a call is under way, closed, or held with no instant to wait for).
 * - `cancel_requested`: somebody cancelled while a call was under way; whatever the call comes to, the outcome is `canceled`.
 * - `look_back_call`: the call that has ended and is still to be looked back at; null when nothing is due.
 * - `fence` grows with every change of owner; a write that carries an older one does not match. `lease_until` in the past means nobody owns it.
 */
export type ScreeningDocument = Omit<Screening, 'id'> & {
  _id: string;
  open_key: string;
  queue: 'waiting' | 'parked';
  cancel_requested: boolean;
  look_back_call: string | null;
  fence: number;
  lease_owner: string | null;
  lease_until: Date;
};

export const screeningModel = (connection: Connection): Model<ScreeningDocument> => {
  const schema = domainSchema<ScreeningDocument>('screenings', {
    companyId: { type: String, required: true },
    application_id: { type: String, required: true },
    bot_id: { type: String, required: true },
    bot_version: { type: Number, required: true },
    candidate_id: { type: String, required: true },
    state: { type: String, required: true },
    outcome: { type: String, default: null },
    held_because: { type: String, default: null },
    next_allowed_at: { type: Date, default: null },
    run_at: { type: Date, required: true },
    priority: { type: Number, required: true },
    attempts: { type: Number, required: true },
    progress: { type: String, default: null },
    summary: { type: String, default: null },
    outcome_reason: { type: String, default: null },
    open_key: { type: String, required: true },
    queue: { type: String, required: true },
    cancel_requested: { type: Boolean, default: false },
    look_back_call: { type: String, default: null },
    fence: { type: Number, required: true },
    lease_owner: { type: String, default: null },
    lease_until: { type: Date, required: true },
    created_at: { type: Date, required: true },
    modified_at: { type: Date, required: true },
    closed_at: { type: Date, default: null },
  });
  schema.index({ open_key: 1 }, { unique: true });
  schema.index({ queue: 1, priority: -1, run_at: 1, _id: 1 });
  schema.index({ state: 1, lease_until: 1, _id: 1 });
  schema.index({ look_back_call: 1 });
  schema.index({ companyId: 1, created_at: -1, _id: -1 });
  schema.index({ companyId: 1, application_id: 1 });
  schema.index({ companyId: 1, candidate_id: 1 });
  return connection.model<ScreeningDocument>('Screening', schema);
};
