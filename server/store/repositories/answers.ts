import { isDeepStrictEqual } from 'node:util';
import type { Model } from 'mongoose';
import type { Answer } from '../../../schemas/answer.js';
import { AppError } from '../../../schemas/errors.js';
import type { AnswerDocument } from '../models/answer.js';
import { withoutUndefined } from '../plain-value.js';
import { isDuplicateKey } from '../store-errors.js';

/** An answer with its id, where it came from and what it said before. */
export interface StoredAnswer {
  id: string;
  companyId: string;
  screening_id: string;
  application_id: string;
  call_id: string;
  answer: Answer;
  history: { answer: Answer; call_id: string; replaced_at: Date }[];
  created_at: Date;
  modified_at: Date;
}

const toStored = ({ _id, revision: _, variable: _variable, ...rest }: AnswerDocument): StoredAnswer => ({ id: _id, ...rest });

/** How often a write is tried again when another writer came between. */
const WRITE_ATTEMPTS = 5;

export type AnswerRepository = ReturnType<typeof answerRepository>;

export const answerRepository = (model: Model<AnswerDocument>) => ({
  /**
   * Stores the answer to `answer.variable` of a screening. A first one takes `id`; a later one replaces it, keeps its id and puts what it said before into
   * the history; an equal one changes nothing.
   */
  async upsert(
    companyId: string,
    where: { id: string; screening_id: string; application_id: string; call_id: string },
    given: Answer,
    now: Date,
  ): Promise<StoredAnswer> {
    const answer = withoutUndefined(given);
    const { id, screening_id, application_id, call_id } = where;
    const { variable } = answer;
    for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
      const current = await model.findOne({ companyId, screening_id, variable }).lean<AnswerDocument | null>();
      if (!current) {
        const place = { companyId, screening_id, application_id, call_id, variable };
        const document = { _id: id, ...place, answer, history: [], revision: 1, created_at: now, modified_at: now };
        try {
          await model.create(document);
          return toStored(document);
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
          continue;
        }
      }
      if (isDeepStrictEqual(current.answer, answer)) return toStored(current);
      const before = { answer: current.answer, call_id: current.call_id, replaced_at: now };
      const updated = await model
        .findOneAndUpdate(
          { _id: current._id, companyId, revision: current.revision },
          { $set: { answer, call_id, modified_at: now }, $push: { history: before }, $inc: { revision: 1 } },
          { returnDocument: 'after' },
        )
        .lean<AnswerDocument | null>();
      if (updated) return toStored(updated);
    }
    throw new AppError('conflict', { reason: 'This answer is being changed by others at the same time. Try again.' });
  },

  async find(companyId: string, id: string): Promise<StoredAnswer | undefined> {
    const found = await model.findOne({ _id: id, companyId }).lean<AnswerDocument | null>();
    return found ? toStored(found) : undefined;
  },

  /** The answers of a screening in the order in which they were first given. */
  async listByScreening(companyId: string, screeningId: string): Promise<StoredAnswer[]> {
    const found = await model.find({ screening_id: screeningId, companyId }).sort({ created_at: 1, _id: 1 }).lean<AnswerDocument[]>();
    return found.map(toStored);
  },

  /** Removes all answers to these applications; for erasure. */
  async removeForApplications(companyId: string, applicationIds: readonly string[]): Promise<void> {
    await model.deleteMany({ companyId, application_id: { $in: [...applicationIds] } });
  },
});
