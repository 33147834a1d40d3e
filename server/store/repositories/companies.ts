import type { Model } from 'mongoose';
import type { Company, CompanySettings } from '../../../schemas/company.js';
import { AppError } from '../../../schemas/errors.js';
import type { CompanyDocument } from '../models/company.js';
import { withoutUndefined } from '../plain-value.js';
import { isDuplicateKey } from '../store-errors.js';

const toCompany = ({ _id, ...rest }: CompanyDocument): Company => ({ id: _id, ...rest });

/** Companies. A company is its own tenant: its id is the first argument of everything but the two look-ups that start a server. */
export type CompanyRepository = ReturnType<typeof companyRepository>;

export const companyRepository = (model: Model<CompanyDocument>) => ({
  /** Throws AppError `conflict` when the slug is taken. */
  async create(companyId: string, input: { name: string; slug: string; settings: CompanySettings }, now: Date): Promise<Company> {
    try {
      await model.create({ _id: companyId, ...withoutUndefined(input), created_at: now });
    } catch (error) {
      if (isDuplicateKey(error))
        throw new AppError('conflict', { reason: `The company slug ${input.slug} is taken.` }, { field: 'slug', cause: error });
      throw error;
    }
    return { id: companyId, ...input, created_at: now };
  },

  async find(companyId: string): Promise<Company | undefined> {
    const found = await model.findOne({ _id: companyId }).lean<CompanyDocument | null>();
    return found ? toCompany(found) : undefined;
  },

  /** Changes the named settings and leaves the others. Returns undefined when there is no such company. */
  async update(
    companyId: string,
    change: { name?: string | undefined; settings?: { [name in keyof CompanySettings]?: CompanySettings[name] | undefined } | undefined },
  ): Promise<Company | undefined> {
    const set: Record<string, unknown> = change.name === undefined ? {} : { name: change.name };
    for (const [name, value] of Object.entries(change.settings ?? {})) if (value !== undefined) set[`settings.${name}`] = value;
    if (Object.keys(set).length === 0) return this.find(companyId);
    const updated = await model.findOneAndUpdate({ _id: companyId }, { $set: set }, { returnDocument: 'after' }).lean<CompanyDocument | null>();
    return updated ? toCompany(updated) : undefined;
  },

  /** Without tenant: the company of a slug. */
  async findBySlug(slug: string): Promise<Company | undefined> {
    const found = await model.findOne({ slug }).lean<CompanyDocument | null>();
    return found ? toCompany(found) : undefined;
  },

  /** Without tenant: the oldest company, whose key the server prints at its first start; undefined in an empty store. */
  async findFirst(): Promise<Company | undefined> {
    const found = await model.findOne({}).sort({ created_at: 1, _id: 1 }).lean<CompanyDocument | null>();
    return found ? toCompany(found) : undefined;
  },
});
