import { z } from 'zod';
import { elementSchema } from '../../../schemas/form.js';
import { idSchema } from '../../../schemas/ids.js';
import type { Form } from '../../store/repositories/forms.js';

/** A form as the API returns it. */
export const formView = z.object({
  id: idSchema('form'),
  name: z.string(),
  elements: z.array(elementSchema),
  created_at: z.iso.datetime(),
  modified_at: z.iso.datetime(),
});

export const toFormView = ({ id, name, elements, created_at, modified_at }: Form): z.infer<typeof formView> => ({
  id,
  name,
  elements,
  created_at: created_at.toISOString(),
  modified_at: modified_at.toISOString(),
});
