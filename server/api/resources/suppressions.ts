import { z } from 'zod';
import { idSchema } from '../../../schemas/ids.js';
import { SUPPRESSED_CHANNELS, SUPPRESSION_REASONS } from '../../store/models/suppression.js';
import { hashPhone } from '../../store/phone-hash.js';
import type { Suppression } from '../../store/repositories/suppressions.js';
import { parseCandidatePhone } from '../candidate-phone.js';
import { type ApiDeps, nowOf } from '../deps.js';
import { dataOf, listOf, many, one, pageQuery, type Route, route } from '../route.js';

const inputSchema = z.strictObject({
  phone: z.string().min(3).max(40),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'use ISO 3166-1 alpha-2, such as US')
    .optional(),
  channels: z
    .array(z.enum(SUPPRESSED_CHANNELS))
    .min(1)
    .default([...SUPPRESSED_CHANNELS]),
  reason: z.enum(SUPPRESSION_REASONS),
});

const suppressionView = z.object({
  id: idSchema('suppression'),
  channels: z.array(z.enum(SUPPRESSED_CHANNELS)),
  reason: z.enum(SUPPRESSION_REASONS),
  source: z.string(),
  created_at: z.iso.datetime(),
});

const toView = ({ companyId: _, ...rest }: Suppression): z.infer<typeof suppressionView> => ({ ...rest, created_at: rest.created_at.toISOString() });

/** Suppressions: numbers that must not be reached. Only hashes are kept, so a list shows no numbers; `phone` asks about one. */
export const suppressionRoutes = (deps: ApiDeps): Route[] => {
  const { store, ids, phoneHashKey } = deps;
  return [
    route({
      method: 'post',
      path: '/v1/suppressions',
      tag: 'Suppressions',
      summary: 'Never call or text a number again',
      body: inputSchema,
      idempotent: true,
      replies: { 201: { description: 'It stands.', schema: dataOf(suppressionView) } },
      errors: ['candidate_phone_invalid'],
      async handle({ companyId }, { body: { channels, reason, ...number } }) {
        const { phone } = parseCandidatePhone(number.phone, number.country);
        const input = { id: ids.create('suppression'), phone_hash: hashPhone(phoneHashKey, phone), channels, reason, source: 'api' };
        return one(toView(await store.suppressions.add(companyId, input, nowOf(deps))), 201);
      },
    }),
    route({
      method: 'get',
      path: '/v1/suppressions',
      tag: 'Suppressions',
      summary: 'List suppressions, newest first, or those of one number',
      query: z.strictObject({ ...pageQuery, phone: z.string().max(40).optional().meta({ description: 'E.164, with + as %2B.' }) }),
      replies: { 200: { description: 'A page of suppressions.', schema: listOf(suppressionView) } },
      errors: ['candidate_phone_invalid'],
      async handle({ companyId }, { query: { phone, ...page } }) {
        const phone_hash = phone === undefined ? undefined : hashPhone(phoneHashKey, parseCandidatePhone(phone, undefined).phone);
        return many(await store.suppressions.list(companyId, { phone_hash }, page), toView);
      },
    }),
  ];
};
