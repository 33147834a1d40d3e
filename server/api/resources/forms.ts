import { z } from 'zod';
import { formInputSchema } from '../../../schemas/form.js';
import { withoutUndefined } from '../../store/plain-value.js';
import { type ApiDeps, nowOf } from '../deps.js';
import { found } from '../found.js';
import { inUse } from '../in-use.js';
import { dataOf, listOf, many, noContent, one, pageQuery, type Route, route } from '../route.js';
import { parseField } from '../validation.js';
import { formView, toFormView } from '../views/form.js';

const changeSchema = z.strictObject({ name: formInputSchema.shape.name.optional(), elements: formInputSchema.shape.elements.optional() });

/** Forms: what an application asks for. */
export const formRoutes = (deps: ApiDeps): Route[] => {
  const { store, ids } = deps;
  return [
    route({
      method: 'post',
      path: '/v1/forms',
      tag: 'Forms',
      summary: 'Create a form',
      body: formInputSchema,
      idempotent: true,
      replies: { 201: { description: 'Created.', schema: dataOf(formView) } },
      async handle({ companyId }, { body }) {
        return one(toFormView(await store.forms.create(companyId, ids.create('form'), body, nowOf(deps))), 201);
      },
    }),
    route({
      method: 'get',
      path: '/v1/forms',
      tag: 'Forms',
      summary: 'List forms, newest first',
      query: z.strictObject(pageQuery),
      replies: { 200: { description: 'A page of forms.', schema: listOf(formView) } },
      async handle({ companyId }, { query }) {
        return many(await store.forms.list(companyId, query), toFormView);
      },
    }),
    route({
      method: 'get',
      path: '/v1/forms/{id}',
      tag: 'Forms',
      summary: 'Get a form',
      replies: { 200: { description: 'The form.', schema: dataOf(formView) } },
      async handle({ companyId }, { id }) {
        return one(toFormView(found(await store.forms.find(companyId, id), 'form')));
      },
    }),
    route({
      method: 'patch',
      path: '/v1/forms/{id}',
      tag: 'Forms',
      summary: 'Rename a form or replace its elements; values in applications stay',
      body: changeSchema,
      replies: { 200: { description: 'The form after the change.', schema: dataOf(formView) } },
      async handle({ companyId }, { id, body }) {
        const { name, elements } = found(await store.forms.find(companyId, id), 'form');
        const change = withoutUndefined(body);
        parseField(formInputSchema, { name, elements, ...change });
        return one(toFormView(found(await store.forms.update(companyId, id, change, nowOf(deps)), 'form')));
      },
    }),
    route({
      method: 'delete',
      path: '/v1/forms/{id}',
      tag: 'Forms',
      summary: 'Delete a form that no application uses',
      replies: { 204: { description: 'Deleted.' } },
      errors: ['conflict'],
      async handle({ companyId }, { id }) {
        const using = await store.applications.list(companyId, { form_id: id }, { limit: 1 });
        if (using.items.length > 0) throw inUse('form', 'applications');
        found((await store.forms.remove(companyId, id)) || undefined, 'form');
        return noContent;
      },
    }),
  ];
};
