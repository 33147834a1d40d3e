import { z } from 'zod';
import { AppError } from '../../../schemas/errors.js';
import { idSchema } from '../../../schemas/ids.js';
import type { ApiKey } from '../../store/repositories/api-keys.js';
import { newApiKey } from '../api-key-secret.js';
import { type ApiDeps, nowOf } from '../deps.js';
import { found } from '../found.js';
import { dataOf, listOf, many, noContent, one, pageQuery, type Route, route } from '../route.js';

const keyView = z.object({
  id: idSchema('apiKey'),
  name: z.string(),
  hint: z.string().meta({ description: 'The last four characters.' }),
  created_at: z.iso.datetime(),
  revoked_at: z.iso.datetime().nullable(),
});

const newKeyView = keyView.extend({
  secret: z.string().nullable().meta({ description: 'Shown this once; null when the request is replayed by its Idempotency-Key.' }),
});

const toView = ({ companyId: _, ...key }: ApiKey): z.infer<typeof keyView> => ({
  ...key,
  created_at: key.created_at.toISOString(),
  revoked_at: key.revoked_at?.toISOString() ?? null,
});

/** API keys of the company. */
export const apiKeyRoutes = (deps: ApiDeps): Route[] => {
  const { store, ids } = deps;
  return [
    route({
      method: 'post',
      path: '/v1/api-keys',
      tag: 'API keys',
      summary: 'Create an API key; its secret is shown this once',
      body: z.strictObject({ name: z.string().trim().min(1).max(100) }),
      idempotent: true,
      secretField: 'secret',
      replies: { 201: { description: 'Created.', schema: dataOf(newKeyView) } },
      async handle({ companyId }, { body }) {
        const { secret, ...kept } = newApiKey(deps.random);
        const key = await store.apiKeys.create(companyId, { id: ids.create('apiKey'), name: body.name, ...kept }, nowOf(deps));
        return one({ ...toView(key), secret }, 201);
      },
    }),
    route({
      method: 'get',
      path: '/v1/api-keys',
      tag: 'API keys',
      summary: 'List API keys, newest first, revoked ones too',
      query: z.strictObject(pageQuery),
      replies: { 200: { description: 'A page of keys.', schema: listOf(keyView) } },
      async handle({ companyId }, { query }) {
        return many(await store.apiKeys.list(companyId, query), toView);
      },
    }),
    route({
      method: 'delete',
      path: '/v1/api-keys/{id}',
      tag: 'API keys',
      summary: 'Revoke an API key, at once and for good; not the one in use',
      replies: { 204: { description: 'Revoked.' } },
      errors: ['conflict'],
      async handle({ companyId, keyId }, { id }) {
        if (id === keyId) throw new AppError('conflict', { reason: 'A key does not revoke itself. Use another key.' });
        found(await store.apiKeys.revoke(companyId, id, nowOf(deps)), 'API key');
        return noContent;
      },
    }),
  ];
};
