import { z } from 'zod';
import { answerValueSchema } from './answer.js';
import { variableNameSchema } from './caller-bot.js';

export const ELEMENT_TYPES = [
  'text',
  'text_area',
  'email',
  'phone',
  'number',
  'date',
  'time',
  'dropdown',
  'multi_select',
  'radio',
  'checkbox',
  'file_upload',
  'e_signature',
  'address',
  'rich_text',
  'section',
  'page_break',
] as const;

export const elementSchema = z
  .object({
    slug: variableNameSchema,
    label: z.string().min(1).max(200),
    type: z.enum(ELEMENT_TYPES),
    required: z.boolean().default(false),
    options: z.array(z.string()).optional(),
  })
  .strict();
export type FormElement = z.infer<typeof elementSchema>;

export const formInputSchema = z
  .object({ name: z.string().min(1).max(100), elements: z.array(elementSchema).max(200) })
  .strict()
  .superRefine((form, context) => {
    const seen = new Set<string>();
    form.elements.forEach((element, index) => {
      if (seen.has(element.slug))
        context.addIssue({ code: 'custom', path: ['elements', index, 'slug'], message: `${element.slug} is defined twice` });
      seen.add(element.slug);
    });
  });
export type FormInput = z.infer<typeof formInputSchema>;

export const VALUE_SOURCES = ['candidate', 'call', 'recruiter', 'automation'] as const;

/**
 * What stands in one element of an application's form. A value from a call never replaces one that the candidate typed: it is kept beside it as
 * `proposed` and the status becomes `conflict`, for a person to decide.
 */
export const elementSubmissionSchema = z.object({
  element_slug: z.string(),
  value: answerValueSchema.nullable(),
  source: z.enum(VALUE_SOURCES),
  status: z.enum(['confirmed', 'inferred', 'missing', 'declined', 'conflict']),
  answer_id: z.string().nullable(),
  proposed: answerValueSchema.nullable(),
});
export type ElementSubmission = z.infer<typeof elementSubmissionSchema>;
