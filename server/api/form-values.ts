import { z } from 'zod';
import { type AnswerValue, availabilitySlotSchema, moneyValueSchema } from '../../schemas/answer.js';
import { AppError } from '../../schemas/errors.js';
import type { FormElement } from '../../schemas/form.js';
import { e164Schema } from '../../schemas/phone.js';

/** What a value in an element of this type looks like; `undefined` for elements that only lay out the form. */
const valueSchema = ({ type, options }: FormElement): z.ZodType | undefined => {
  const option = options ? z.enum(options) : z.string().max(10_000);
  switch (type) {
    case 'text':
    case 'text_area':
    case 'address':
    case 'time':
    case 'file_upload':
    case 'e_signature':
      return z.union([z.string().max(10_000), z.array(availabilitySlotSchema), moneyValueSchema]);
    case 'email':
      return z.email();
    case 'phone':
      return e164Schema;
    case 'number':
      return z.union([z.number(), moneyValueSchema]);
    case 'date':
      return z.iso.date();
    case 'dropdown':
    case 'radio':
      return z.union([option, z.boolean()]);
    case 'multi_select':
      return z.array(option);
    case 'checkbox':
      return z.boolean();
    case 'rich_text':
    case 'section':
    case 'page_break':
      return undefined;
    default:
      return type satisfies never;
  }
};

/**
 * Checks values that a person typed against the form: the element exists, takes a value, and the value has its type. Null empties an element. Throws
 * AppError `validation_failed` with the field `values.<slug>`.
 */
export const checkFormValues = (elements: readonly FormElement[], values: Readonly<Record<string, AnswerValue | null>>): void => {
  for (const [slug, value] of Object.entries(values)) {
    const field = `values.${slug}`;
    const refuse = (why: string) => new AppError('validation_failed', { reason: `${field}: ${why}.` }, { field });
    const element = elements.find((candidate) => candidate.slug === slug);
    if (!element) throw refuse('the form has no such element');
    const schema = valueSchema(element);
    if (!schema) throw refuse(`a ${element.type} takes no value`);
    if (value !== null && !schema.safeParse(value).success)
      throw refuse(`not a value for a ${element.type}${element.options ? ` with the options ${element.options.join(', ')}` : ''}`);
  }
};
