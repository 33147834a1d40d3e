import { z } from 'zod';
import { type Candidate, type ConsentChannel, candidateInputSchema, timeZoneSchema } from '../../../schemas/candidate.js';
import { eraseCandidate } from '../../store/erase-candidate.js';
import { hashPhone } from '../../store/phone-hash.js';
import { withoutUndefined } from '../../store/plain-value.js';
import type { CandidateFields } from '../../store/repositories/candidates.js';
import { parseCandidatePhone } from '../candidate-phone.js';
import { resolveTimeZone } from '../candidate-time-zone.js';
import { type ApiDeps, nowOf } from '../deps.js';
import { found } from '../found.js';
import { dataOf, listOf, many, noContent, one, pageQuery, type Route, route } from '../route.js';
import { candidateView, toCandidateView } from '../views/candidate.js';

const { shape } = candidateInputSchema;

/** As in the contract, but a last name left out of an upsert does not blank the one that is stored. */
const upsertSchema = candidateInputSchema.extend({ last_name: z.string().trim().max(60).optional() });

const changeSchema = z.strictObject({
  first_name: shape.first_name.optional(),
  last_name: z.string().trim().max(60).optional(),
  email: shape.email.unwrap().nullable().optional(),
  phone: shape.phone.optional(),
  country: shape.country,
  language: shape.language.unwrap().nullable().optional(),
  time_zone: timeZoneSchema.nullable().optional(),
  consents: shape.consents,
  remote_id: shape.remote_id.unwrap().nullable().optional(),
});

const listQuery = z.strictObject({
  ...pageQuery,
  email: z
    .string()
    .max(254)
    .transform((text) => text.toLowerCase())
    .optional(),
  phone: z.string().max(40).optional().meta({ description: 'E.164' }),
});

const WORDING = 'Declared through the API as given by the candidate.';

/** Candidates: upsert by e-mail, phone in any form, consents with their record, erasure. */
export const candidateRoutes = (deps: ApiDeps): Route[] => {
  const { store, ids } = deps;

  /** One record for every channel that was granted or revoked between `before` and `after`. */
  const recordConsents = async (companyId: string, candidate: Candidate, before: readonly ConsentChannel[]): Promise<void> => {
    const granted = candidate.consents.filter((channel) => !before.includes(channel)).map((channel) => ({ channel, state: 'granted' as const }));
    const revoked = before.filter((channel) => !candidate.consents.includes(channel)).map((channel) => ({ channel, state: 'revoked' as const }));
    const now = nowOf(deps);
    const fixed = { wording: WORDING, source: 'api' as const, call_id: null, turn_id: null, quote: null, captured_at: now };
    const who = { candidate_id: candidate.id, phone_hash: hashPhone(deps.phoneHashKey, candidate.phone) };
    for (const consent of [...granted, ...revoked])
      await store.consents.append(companyId, { id: ids.create('consent'), ...who, ...consent, ...fixed }, now);
  };

  return [
    route({
      method: 'post',
      path: '/v1/candidates',
      tag: 'Candidates',
      summary: 'Create a candidate, or update the one with the same e-mail',
      body: upsertSchema,
      idempotent: true,
      replies: {
        201: { description: 'Created.', schema: dataOf(candidateView) },
        200: { description: 'Updated: there was a candidate with this e-mail.', schema: dataOf(candidateView) },
      },
      errors: ['candidate_phone_invalid'],
      async handle({ companyId }, { body }) {
        const { phone, country } = parseCandidatePhone(body.phone, body.country);
        const known = body.email === undefined ? undefined : (await store.candidates.list(companyId, { email: body.email }, { limit: 1 })).items[0];
        // A zone that was declared before outweighs one that is only derived from the number now.
        const keepsZone = body.time_zone === undefined && known?.time_zone_source === 'declared';
        const zone = keepsZone ? { time_zone: undefined } : resolveTimeZone(body.time_zone, phone, country);
        const fields = { ...body, phone, country, ...zone };
        const { candidate, created } = await store.candidates.upsert(companyId, ids.create('candidate'), fields, nowOf(deps));
        await recordConsents(companyId, candidate, created ? [] : (known?.consents ?? []));
        if (!created) await store.screenings.wakeHeld(companyId, candidate.id, nowOf(deps));
        return one(toCandidateView(candidate), created ? 201 : 200);
      },
    }),
    route({
      method: 'get',
      path: '/v1/candidates',
      tag: 'Candidates',
      summary: 'List candidates, newest first',
      query: listQuery,
      replies: { 200: { description: 'A page of candidates.', schema: listOf(candidateView) } },
      async handle({ companyId }, { query }) {
        return many(await store.candidates.list(companyId, query, query), toCandidateView);
      },
    }),
    route({
      method: 'get',
      path: '/v1/candidates/{id}',
      tag: 'Candidates',
      summary: 'Get a candidate',
      replies: { 200: { description: 'The candidate.', schema: dataOf(candidateView) } },
      async handle({ companyId }, { id }) {
        return one(toCandidateView(found(await store.candidates.find(companyId, id), 'candidate')));
      },
    }),
    route({
      method: 'patch',
      path: '/v1/candidates/{id}',
      tag: 'Candidates',
      summary: 'Change a candidate; screenings that were held are looked at again',
      body: changeSchema,
      replies: { 200: { description: 'The candidate after the change.', schema: dataOf(candidateView) } },
      errors: ['candidate_phone_invalid', 'conflict'],
      async handle({ companyId }, { id, body }) {
        const before = found(await store.candidates.find(companyId, id), 'candidate');
        const { phone: givenPhone, country: givenCountry, time_zone: givenZone, ...others } = body;
        const change: Partial<CandidateFields> = withoutUndefined(others);
        if (givenPhone !== undefined || givenCountry !== undefined)
          Object.assign(change, parseCandidatePhone(givenPhone ?? before.phone, givenCountry ?? before.country ?? undefined));
        const declared = before.time_zone_source === 'declared' ? before.time_zone : undefined;
        const { phone, country } = { ...before, ...change };
        Object.assign(change, resolveTimeZone(givenZone === undefined ? declared : givenZone, phone, country));
        const candidate = found(await store.candidates.update(companyId, id, change, nowOf(deps)), 'candidate');
        await recordConsents(companyId, candidate, before.consents);
        await store.screenings.wakeHeld(companyId, id, nowOf(deps));
        return one(toCandidateView(candidate));
      },
    }),
    route({
      method: 'delete',
      path: '/v1/candidates/{id}',
      tag: 'Candidates',
      summary: 'Erase a candidate and everything that was said; the hash of the number stays suppressed',
      replies: { 204: { description: 'Erased.' } },
      errors: ['conflict'],
      async handle({ companyId }, { id }) {
        const { phoneHashKey } = deps;
        const cancelScreening = (company: string, screening: string) => deps.desk.cancel(company, screening);
        const eraseRecording = (company: string, call: string) => deps.eraseRecording(company, call);
        await eraseCandidate(store, companyId, id, { ids, phoneHashKey, cancelScreening, eraseRecording }, nowOf(deps));
        return noContent;
      },
    }),
  ];
};
