import type { Model } from 'mongoose';
import type { SuppressedChannel, SuppressionDocument, SuppressionReason } from '../models/suppression.js';
import { mapPage, type Page, type PageRequest, readPage } from '../page.js';
import type { PhoneHash } from '../phone-hash.js';
import { isDuplicateKey } from '../store-errors.js';

/** A number that must not be reached, without the number. */
export type Suppression = Omit<SuppressionDocument, '_id' | 'phone_hash'> & { id: string };

const toSuppression = ({ _id, phone_hash: _, ...rest }: SuppressionDocument): Suppression => ({ id: _id, ...rest });

export type SuppressionRepository = ReturnType<typeof suppressionRepository>;

export const suppressionRepository = (model: Model<SuppressionDocument>) => ({
  /** Suppresses a number for some channels. For a number and reason that stand already, channels are added and the record kept. */
  async add(
    companyId: string,
    input: { id: string; phone_hash: PhoneHash; channels: readonly SuppressedChannel[]; reason: SuppressionReason; source: string },
    now: Date,
  ): Promise<Suppression> {
    const { id, phone_hash, reason, source } = input;
    const write = () =>
      model
        .findOneAndUpdate(
          { companyId, phone_hash, reason },
          { $addToSet: { channels: { $each: [...input.channels] } }, $setOnInsert: { _id: id, source, created_at: now } },
          { upsert: true, returnDocument: 'after' },
        )
        .lean<SuppressionDocument>();
    const stored = await write().catch((error: unknown) => {
      // Two first writers of one number: the loser finds the winner's record.
      if (isDuplicateKey(error)) return write();
      throw error;
    });
    return toSuppression(stored);
  },

  /** The records that forbid this channel for this number; empty when it may be used. */
  async findFor(companyId: string, phoneHash: PhoneHash, channel: SuppressedChannel): Promise<Suppression[]> {
    const found = await model
      .find({ companyId, phone_hash: phoneHash, channels: channel })
      .sort({ created_at: 1, _id: 1 })
      .lean<SuppressionDocument[]>();
    return found.map(toSuppression);
  },

  async list(companyId: string, query: { phone_hash?: PhoneHash | undefined }, page: PageRequest): Promise<Page<Suppression>> {
    const filter = { companyId, ...(query.phone_hash === undefined ? {} : { phone_hash: query.phone_hash }) };
    return mapPage(await readPage(model, filter, page), toSuppression);
  },
});
