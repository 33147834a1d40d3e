import type { Model } from 'mongoose';
import type { ConsentChannel } from '../../../schemas/candidate.js';
import type { ConsentDocument } from '../models/consent.js';
import { mapPage, type Page, type PageRequest, readPage } from '../page.js';
import type { PhoneHash } from '../phone-hash.js';
import { isDuplicateKey } from '../store-errors.js';

/** One statement of consent, as given: who, for what, in which words, how we know. */
export type ConsentRecord = Omit<ConsentDocument, '_id' | 'phone_hash'> & { id: string };

export type NewConsent = Omit<ConsentRecord, 'companyId' | 'created_at'> & { phone_hash: PhoneHash | null };

const toConsent = ({ _id, phone_hash: _, ...rest }: ConsentDocument): ConsentRecord => ({ id: _id, ...rest });

export type ConsentRepository = ReturnType<typeof consentRepository>;

export const consentRepository = (model: Model<ConsentDocument>) => ({
  /** Adds a record. Records are never changed; a revocation is another record. The same id again adds nothing. */
  async append(companyId: string, input: NewConsent, now: Date): Promise<ConsentRecord> {
    const { id, ...rest } = input;
    const document: ConsentDocument = { _id: id, companyId, ...rest, created_at: now };
    try {
      await model.create(document);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    return toConsent(document);
  },

  async list(companyId: string, query: { candidate_id?: string | undefined }, page: PageRequest): Promise<Page<ConsentRecord>> {
    const filter = { companyId, ...(query.candidate_id === undefined ? {} : { candidate_id: query.candidate_id }) };
    return mapPage(await readPage(model, filter, page), toConsent);
  },

  /**
   * Whether the latest word on a channel was a revocation, of this candidate or under this number (a person may be imported again as somebody new). False
   * when nothing was ever said.
   */
  async isRevoked(companyId: string, who: { candidate_id: string; phone_hash: PhoneHash }, channel: ConsentChannel): Promise<boolean> {
    const { candidate_id, phone_hash } = who;
    const latest = await model
      .findOne({ companyId, channel, $or: [{ candidate_id }, { phone_hash }] })
      .sort({ captured_at: -1, created_at: -1, _id: -1 })
      .lean<ConsentDocument | null>();
    return latest?.state === 'revoked';
  },

  /** Takes the candidate's own words out of the records; who consented to what and when stays, under the phone's hash. For erasure. */
  async forgetWords(companyId: string, candidateId: string): Promise<void> {
    await model.updateMany({ companyId, candidate_id: candidateId }, { $set: { quote: null } });
  },
});
