import { z } from 'zod';
import { CONSENT_CHANNELS } from '../../../schemas/candidate.js';
import { idSchema } from '../../../schemas/ids.js';
import { hashPhone } from '../../store/phone-hash.js';
import type { ConsentRecord } from '../../store/repositories/consents.js';
import { type ApiDeps, nowOf } from '../deps.js';
import { found } from '../found.js';
import { dataOf, listOf, many, one, pageQuery, type Route, route } from '../route.js';

const inputSchema = z.strictObject({
  candidate_id: idSchema('candidate'),
  channel: z.enum(CONSENT_CHANNELS),
  state: z.enum(['granted', 'revoked']),
  wording: z.string().min(1).max(2000).meta({ description: 'The words that the candidate agreed to.' }),
  source: z.enum(['api', 'recruiter', 'candidate']).default('api'),
  captured_at: z.iso.datetime({ offset: true }).optional().meta({ description: 'When it was given; now unless told.' }),
});

const consentView = z.object({
  id: idSchema('consent'),
  candidate_id: idSchema('candidate'),
  channel: z.enum(CONSENT_CHANNELS),
  state: z.enum(['granted', 'revoked']),
  wording: z.string(),
  source: z.enum(['api', 'call', 'recruiter', 'candidate']),
  call_id: z.string().nullable(),
  turn_id: z.string().nullable(),
  quote: z.string().nullable(),
  captured_at: z.iso.datetime(),
  created_at: z.iso.datetime(),
});

const toView = ({ companyId: _, ...record }: ConsentRecord): z.infer<typeof consentView> => ({
  ...record,
  captured_at: record.captured_at.toISOString(),
  created_at: record.created_at.toISOString(),
});

/** Consents: an append-only record; the candidate's `consents` are what it adds up to. */
export const consentRoutes = (deps: ApiDeps): Route[] => {
  const { store, ids } = deps;
  return [
    route({
      method: 'post',
      path: '/v1/consents',
      tag: 'Consents',
      summary: 'Record that a candidate granted or revoked a consent',
      body: inputSchema,
      idempotent: true,
      replies: { 201: { description: 'Recorded.', schema: dataOf(consentView) } },
      errors: ['not_found'],
      async handle({ companyId }, { body: { captured_at, ...body } }) {
        const candidate = found(await store.candidates.find(companyId, body.candidate_id), 'candidate', 'candidate_id');
        const now = nowOf(deps);
        const consent = {
          id: ids.create('consent'),
          ...body,
          phone_hash: hashPhone(deps.phoneHashKey, candidate.phone),
          call_id: null,
          turn_id: null,
          quote: null,
          captured_at: captured_at === undefined ? now : new Date(captured_at),
        };
        // The record first: a consent that counts without its proof would be worse than a proof that does not count yet.
        const record = await store.consents.append(companyId, consent, now);
        await store.candidates.setConsent(companyId, candidate.id, body.channel, body.state === 'granted', now);
        await store.screenings.wakeHeld(companyId, candidate.id, now);
        return one(toView(record), 201);
      },
    }),
    route({
      method: 'get',
      path: '/v1/consents',
      tag: 'Consents',
      summary: 'List consent records, newest first',
      query: z.strictObject({ ...pageQuery, candidate_id: idSchema('candidate').optional() }),
      replies: { 200: { description: 'A page of records.', schema: listOf(consentView) } },
      async handle({ companyId }, { query }) {
        return many(await store.consents.list(companyId, query, query), toView);
      },
    }),
  ];
};
