import { z } from 'zod';
import { answerValueSchema } from '../../../schemas/answer.js';
import { APPLICATION_STATUSES, applicationInputSchema } from '../../../schemas/application.js';
import { idSchema } from '../../../schemas/ids.js';
import type { ElementChange } from '../../store/element-merge.js';
import { type ApiDeps, nowOf } from '../deps.js';
import { checkFormValues } from '../form-values.js';
import { found } from '../found.js';
import { dataOf, listOf, many, one, pageQuery, type Route, route } from '../route.js';
import { applicationView, toApplicationView } from '../views/application.js';

const changeSchema = z.strictObject({
  values: z.record(z.string(), answerValueSchema.nullable()).optional().meta({ description: 'Form values by element slug; null empties one.' }),
  status: z.enum(APPLICATION_STATUSES).optional(),
  current_stage: z.string().min(1).max(100).nullable().optional(),
  reason: z.string().max(500).optional(),
});

const listQuery = z.strictObject({
  ...pageQuery,
  candidate_id: idSchema('candidate').optional(),
  form_id: idSchema('form').optional(),
  status: z.enum(APPLICATION_STATUSES).optional(),
});

/** Values that a person typed, ready for the form. */
const typedBy = (source: 'candidate' | 'recruiter', values: Readonly<Record<string, ElementChange['value']>>): ElementChange[] =>
  Object.entries(values).map(([element_slug, value]) => ({
    element_slug,
    value,
    source,
    status: value === null ? 'missing' : 'confirmed',
    answer_id: null,
  }));

/** Applications: a candidate's form with the source and the proof of each value. */
export const applicationRoutes = (deps: ApiDeps): Route[] => {
  const { store, ids } = deps;
  return [
    route({
      method: 'post',
      path: '/v1/applications',
      tag: 'Applications',
      summary: 'Create an application, with what the candidate has typed already',
      body: applicationInputSchema,
      idempotent: true,
      replies: { 201: { description: 'Created.', schema: dataOf(applicationView) } },
      errors: ['not_found'],
      async handle({ companyId }, { body }) {
        const { candidate_id, form_id, bot_id = null, source = null, values } = body;
        found(await store.candidates.find(companyId, candidate_id), 'candidate', 'candidate_id');
        const form = found(await store.forms.find(companyId, form_id), 'form', 'form_id');
        if (bot_id !== null) found(await store.bots.find(companyId, bot_id), 'bot', 'bot_id');
        checkFormValues(form.elements, values);
        const elements = typedBy('candidate', values).map((change) => ({ ...change, proposed: null }));
        const input = { id: ids.create('application'), candidate_id, form_id, bot_id, source, elements };
        return one(toApplicationView(await store.applications.create(companyId, input, nowOf(deps))), 201);
      },
    }),
    route({
      method: 'get',
      path: '/v1/applications',
      tag: 'Applications',
      summary: 'List applications, newest first',
      query: listQuery,
      replies: { 200: { description: 'A page of applications.', schema: listOf(applicationView) } },
      async handle({ companyId }, { query: { limit, cursor, ...query } }) {
        return many(await store.applications.list(companyId, query, { limit, cursor }), toApplicationView);
      },
    }),
    route({
      method: 'get',
      path: '/v1/applications/{id}',
      tag: 'Applications',
      summary: 'Get an application',
      replies: { 200: { description: 'The application.', schema: dataOf(applicationView) } },
      async handle({ companyId }, { id }) {
        return one(toApplicationView(found(await store.applications.find(companyId, id), 'application')));
      },
    }),
    route({
      method: 'patch',
      path: '/v1/applications/{id}',
      tag: 'Applications',
      summary: 'Change values, status or stage as a recruiter; this settles conflicts',
      body: changeSchema,
      replies: { 200: { description: 'The application after the change.', schema: dataOf(applicationView) } },
      errors: ['conflict'],
      async handle({ companyId, keyId }, { id, body: { values = {}, ...change } }) {
        const { form_id } = found(await store.applications.find(companyId, id), 'application');
        const form = await store.forms.find(companyId, form_id);
        checkFormValues(form?.elements ?? [], values);
        const elements = typedBy('recruiter', values);
        const changed = await store.applications.update(companyId, id, { ...change, elements, actor: keyId }, nowOf(deps));
        return one(toApplicationView(found(changed, 'application')));
      },
    }),
  ];
};
