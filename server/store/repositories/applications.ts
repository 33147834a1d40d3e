import type { Model } from 'mongoose';
import type { Application, ApplicationStatus } from '../../../schemas/application.js';
import { AppError } from '../../../schemas/errors.js';
import { type ElementChange, mergeElements } from '../element-merge.js';
import type { ApplicationDocument } from '../models/application.js';
import { mapPage, type Page, type PageRequest, readPage } from '../page.js';
import { withoutUndefined } from '../plain-value.js';

const toApplication = ({ _id, revision: _, ...rest }: ApplicationDocument): Application => ({ id: _id, ...rest });

/** A new application; `elements` are what is already filled in. */
export type NewApplication = Pick<Application, 'id' | 'candidate_id' | 'form_id' | 'bot_id' | 'source' | 'elements'>;

/** A change by a person or a machine; `actor` is an id such as `key_…` or `scr_…` and stands in the transition history. */
export interface ApplicationChange {
  elements?: ElementChange[] | undefined;
  status?: ApplicationStatus | undefined;
  current_stage?: string | null | undefined;
  actor: string;
  reason?: string | undefined;
}

/** How often a change is tried again when another writer came between. */
const REVISE_ATTEMPTS = 10;

export type ApplicationRepository = ReturnType<typeof applicationRepository>;

export const applicationRepository = (model: Model<ApplicationDocument>) => {
  const revise = async (companyId: string, id: string, change: ApplicationChange, now: Date): Promise<Application | undefined> => {
    for (let attempt = 0; attempt < REVISE_ATTEMPTS; attempt++) {
      const current = await model.findOne({ _id: id, companyId }).lean<ApplicationDocument | null>();
      if (!current) return undefined;
      const { actor, reason = null } = change;
      const status = change.status ?? current.status;
      const stage = change.current_stage === undefined ? current.current_stage : change.current_stage;
      const moves = [
        ...(status === current.status ? [] : [{ from: current.status, to: status, at: now, actor, reason }]),
        ...(stage === current.current_stage ? [] : [{ from: current.current_stage, to: stage ?? '', at: now, actor, reason }]),
      ];
      const next = {
        status,
        current_stage: stage,
        elements: withoutUndefined(mergeElements(current.elements, change.elements ?? [])),
        transition_history: [...current.transition_history, ...moves],
        modified_at: now,
      };
      const { revision } = current;
      const { matchedCount } = await model.updateOne({ _id: id, companyId, revision }, { $set: { ...next, revision: revision + 1 } });
      if (matchedCount === 1) return toApplication({ ...current, ...next });
    }
    throw new AppError('conflict', { reason: 'This application is being changed by others at the same time. Try again.' });
  };

  return {
    async create(companyId: string, input: NewApplication, now: Date): Promise<Application> {
      const { id, ...rest } = withoutUndefined(input);
      const document: ApplicationDocument = {
        _id: id,
        companyId,
        ...rest,
        status: 'NEW',
        current_stage: null,
        transition_history: [],
        revision: 1,
        created_at: now,
        modified_at: now,
      };
      await model.create(document);
      return toApplication(document);
    },

    async find(companyId: string, id: string): Promise<Application | undefined> {
      const found = await model.findOne({ _id: id, companyId }).lean<ApplicationDocument | null>();
      return found ? toApplication(found) : undefined;
    },

    async list(
      companyId: string,
      query: { candidate_id?: string | undefined; form_id?: string | undefined; status?: ApplicationStatus | undefined },
      page: PageRequest,
    ): Promise<Page<Application>> {
      return mapPage(await readPage(model, { companyId, ...withoutUndefined(query) }, page), toApplication);
    },

    /**
     * Writes values into the form by the rule of `mergeElement`, all of them in one atomic write that fails when another writer came between and is then
     * made again from what stands there now. Returns undefined when there is no such application.
     */
    async applyElements(companyId: string, id: string, changes: ElementChange[], actor: string, now: Date): Promise<Application | undefined> {
      return revise(companyId, id, { elements: changes, actor }, now);
    },

    /** The same with status and stage; their moves are kept in the transition history. */
    update: revise,

    /** Ids of all applications of a candidate; for erasure. */
    async idsForCandidate(companyId: string, candidateId: string): Promise<string[]> {
      const found = await model.find({ companyId, candidate_id: candidateId }).select({ _id: 1 }).lean<{ _id: string }[]>();
      return found.map(({ _id }) => _id);
    },

    /** Removes all applications of a candidate; for erasure. */
    async removeForCandidate(companyId: string, candidateId: string): Promise<void> {
      await model.deleteMany({ companyId, candidate_id: candidateId });
    },
  };
};
