import type { Model } from 'mongoose';
import type { Candidate, ConsentChannel } from '../../../schemas/candidate.js';
import { AppError } from '../../../schemas/errors.js';
import type { CandidateDocument } from '../models/candidate.js';
import { mapPage, type Page, type PageRequest, readPage } from '../page.js';
import { withoutUndefined } from '../plain-value.js';
import { isDuplicateKey } from '../store-errors.js';

const toCandidate = ({ _id, email_key: _, ...rest }: CandidateDocument): Candidate => ({ id: _id, ...rest });

/** What a candidate's record says apart from its id and times: phone already E.164, zone already resolved. */
export type CandidateFields = Omit<Candidate, 'id' | 'companyId' | 'created_at' | 'modified_at'>;

const emailTaken = (cause: unknown) => new AppError('conflict', { reason: 'Another candidate has this e-mail address.' }, { field: 'email', cause });

export type CandidateRepository = ReturnType<typeof candidateRepository>;

export const candidateRepository = (model: Model<CandidateDocument>) => ({
  /**
   * Creates the candidate, or updates the one with the same e-mail in this company, in one atomic write. Fields that are undefined in `fields` keep their
   * stored value on an update and take `defaults` on creation. Without an e-mail it always creates.
   */
  async upsert(
    companyId: string,
    id: string,
    fields: { [field in keyof CandidateFields]?: CandidateFields[field] | undefined } & Pick<CandidateFields, 'first_name' | 'phone'>,
    now: Date,
  ): Promise<{ candidate: Candidate; created: boolean }> {
    const defaults: Omit<CandidateFields, 'first_name' | 'phone' | 'email'> = {
      last_name: '',
      country: null,
      language: null,
      time_zone: null,
      time_zone_source: null,
      consents: [],
      remote_id: null,
    };
    const { email = null, ...others } = fields;
    const given = withoutUndefined(others);
    const missing = Object.fromEntries(Object.entries(defaults).filter(([name]) => !(name in given)));
    const write = () =>
      model
        .findOneAndUpdate(
          { companyId, email_key: email ?? id },
          { $set: { ...given, modified_at: now }, $setOnInsert: { _id: id, email, ...missing, created_at: now } },
          { upsert: true, returnDocument: 'after' },
        )
        .lean<CandidateDocument>();
    // Two first upserts of one e-mail may both try to insert; the loser finds the winner's document on its second try.
    const stored = await write().catch((error: unknown) => {
      if (isDuplicateKey(error)) return write();
      throw error;
    });
    return { candidate: toCandidate(stored), created: stored._id === id };
  },

  async find(companyId: string, id: string): Promise<Candidate | undefined> {
    const found = await model.findOne({ _id: id, companyId }).lean<CandidateDocument | null>();
    return found ? toCandidate(found) : undefined;
  },

  async list(companyId: string, query: { email?: string | undefined; phone?: string | undefined }, page: PageRequest): Promise<Page<Candidate>> {
    const filter = {
      companyId,
      ...(query.email === undefined ? {} : { email_key: query.email }),
      ...(query.phone === undefined ? {} : { phone: query.phone }),
    };
    return mapPage(await readPage(model, filter, page), toCandidate);
  },

  /** Changes the given fields. Returns undefined when there is no such candidate; throws AppError `conflict` when another one has the e-mail. */
  async update(companyId: string, id: string, change: Partial<CandidateFields>, now: Date): Promise<Candidate | undefined> {
    const emailKey = change.email === undefined ? {} : { email_key: change.email ?? id };
    try {
      const updated = await model
        .findOneAndUpdate({ _id: id, companyId }, { $set: { ...change, ...emailKey, modified_at: now } }, { returnDocument: 'after' })
        .lean<CandidateDocument | null>();
      return updated ? toCandidate(updated) : undefined;
    } catch (error) {
      throw isDuplicateKey(error) ? emailTaken(error) : error;
    }
  },

  /** Adds or takes away one channel in the candidate's current consents; the record of it is the consent repository's. */
  async setConsent(companyId: string, id: string, channel: ConsentChannel, granted: boolean, now: Date): Promise<void> {
    const change = granted ? { $addToSet: { consents: channel } } : { $pull: { consents: channel } };
    await model.updateOne({ _id: id, companyId }, { ...change, $set: { modified_at: now } });
  },

  /** Removes the record itself; `eraseCandidate` removes everything that hangs on it. */
  async remove(companyId: string, id: string): Promise<boolean> {
    return (await model.deleteOne({ _id: id, companyId })).deletedCount === 1;
  },
});
