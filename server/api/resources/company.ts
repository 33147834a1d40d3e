import { z } from 'zod';
import type { Company } from '../../../schemas/company.js';
import { companySettingsSchema } from '../../../schemas/company.js';
import { idSchema } from '../../../schemas/ids.js';
import type { ApiDeps } from '../deps.js';
import { found } from '../found.js';
import { dataOf, one, type Route, route } from '../route.js';

const { shape } = companySettingsSchema;

/** The settings without their defaults: what is left out of a change stays. */
const settingsChange = z.strictObject({
  countries: shape.countries.unwrap().optional(),
  time_zone: shape.time_zone.unwrap().optional(),
  callback_number: shape.callback_number.unwrap().optional(),
});

const companyView = z.object({
  id: idSchema('company'),
  name: z.string(),
  slug: z.string(),
  settings: companySettingsSchema,
  created_at: z.iso.datetime(),
});

const toView = (company: Company): z.infer<typeof companyView> => ({ ...company, created_at: company.created_at.toISOString() });

/** The company of the key, and what it sets for all its bots. */
export const companyRoutes = ({ store }: ApiDeps): Route[] => [
  route({
    method: 'get',
    path: '/v1/company',
    tag: 'Company',
    summary: 'Get the company of the API key',
    replies: { 200: { description: 'The company.', schema: dataOf(companyView) } },
    async handle({ companyId }) {
      return one(toView(found(await store.companies.find(companyId), 'company')));
    },
  }),
  route({
    method: 'patch',
    path: '/v1/company',
    tag: 'Company',
    summary: 'Change the name or settings; settings left out stay',
    body: z.strictObject({ name: z.string().min(1).max(100).optional(), settings: settingsChange.optional() }),
    replies: { 200: { description: 'The company after the change.', schema: dataOf(companyView) } },
    async handle({ companyId }, { body }) {
      return one(toView(found(await store.companies.update(companyId, body), 'company')));
    },
  }),
];
