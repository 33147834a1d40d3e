import { z } from 'zod';
import { answerValueSchema } from '../../../schemas/answer.js';
import { APPLICATION_STATUSES, type Application } from '../../../schemas/application.js';
import { elementSubmissionSchema } from '../../../schemas/form.js';
import { idSchema } from '../../../schemas/ids.js';

/** An application as the API returns it. `elements` has the source, status and answer of each value; `values` is the same at a glance. */
export const applicationView = z.object({
  id: idSchema('application'),
  candidate_id: idSchema('candidate'),
  form_id: idSchema('form'),
  bot_id: idSchema('bot').nullable(),
  status: z.enum(APPLICATION_STATUSES),
  current_stage: z.string().nullable(),
  source: z.string().nullable(),
  values: z.record(z.string(), answerValueSchema.nullable()),
  elements: z.array(elementSubmissionSchema),
  transition_history: z.array(
    z.object({ from: z.string().nullable(), to: z.string(), at: z.iso.datetime(), actor: z.string(), reason: z.string().nullable() }),
  ),
  created_at: z.iso.datetime(),
  modified_at: z.iso.datetime(),
});

export const toApplicationView = ({ companyId: _, ...application }: Application): z.infer<typeof applicationView> => ({
  ...application,
  values: Object.fromEntries(application.elements.map(({ element_slug, value }) => [element_slug, value])),
  transition_history: application.transition_history.map((move) => ({ ...move, at: move.at.toISOString() })),
  created_at: application.created_at.toISOString(),
  modified_at: application.modified_at.toISOString(),
});
