import type { Model } from 'mongoose';
import type { FormElement, FormInput } from '../../../schemas/form.js';
import type { FormDocument } from '../models/form.js';
import { mapPage, type Page, type PageRequest, readPage } from '../page.js';
import { withoutUndefined } from '../plain-value.js';

/** A form as stored and returned. */
export interface Form {
  id: string;
  companyId: string;
  name: string;
  elements: FormElement[];
  created_at: Date;
  modified_at: Date;
}

const toForm = ({ _id, ...rest }: FormDocument): Form => ({ id: _id, ...rest });

export type FormRepository = ReturnType<typeof formRepository>;

export const formRepository = (model: Model<FormDocument>) => ({
  async create(companyId: string, id: string, input: FormInput, now: Date): Promise<Form> {
    const document = { _id: id, companyId, ...withoutUndefined(input), created_at: now, modified_at: now };
    await model.create(document);
    return toForm(document);
  },

  async find(companyId: string, id: string): Promise<Form | undefined> {
    const found = await model.findOne({ _id: id, companyId }).lean<FormDocument | null>();
    return found ? toForm(found) : undefined;
  },

  async list(companyId: string, page: PageRequest): Promise<Page<Form>> {
    return mapPage(await readPage(model, { companyId }, page), toForm);
  },

  async update(companyId: string, id: string, change: Partial<FormInput>, now: Date): Promise<Form | undefined> {
    const updated = await model
      .findOneAndUpdate({ _id: id, companyId }, { $set: { ...withoutUndefined(change), modified_at: now } }, { returnDocument: 'after' })
      .lean<FormDocument | null>();
    return updated ? toForm(updated) : undefined;
  },

  async remove(companyId: string, id: string): Promise<boolean> {
    return (await model.deleteOne({ _id: id, companyId })).deletedCount === 1;
  },
});
