import { z } from 'zod';
import { answerSchema } from '../../../schemas/answer.js';
import { idSchema } from '../../../schemas/ids.js';
import type { StoredAnswer } from '../../store/repositories/answers.js';

/** An answer as the API returns it: the value with its proof, and what it said before. */
export const answerView = z.object({
  id: idSchema('answer'),
  screening_id: idSchema('screening'),
  call_id: idSchema('call'),
  ...answerSchema.shape,
  history: z.array(z.object({ answer: answerSchema, call_id: idSchema('call'), replaced_at: z.iso.datetime() })),
  created_at: z.iso.datetime(),
  modified_at: z.iso.datetime(),
});

export const toAnswerView = (stored: StoredAnswer): z.infer<typeof answerView> => ({
  id: stored.id,
  screening_id: stored.screening_id,
  call_id: stored.call_id,
  ...stored.answer,
  history: stored.history.map((entry) => ({ ...entry, replaced_at: entry.replaced_at.toISOString() })),
  created_at: stored.created_at.toISOString(),
  modified_at: stored.modified_at.toISOString(),
});
