import { z } from 'zod';
import { SCREENING_OUTCOMES } from '../../../schemas/call-state.js';
import { idSchema } from '../../../schemas/ids.js';
import { SCREENING_STATES, screeningRequestSchema } from '../../../schemas/screening.js';
import type { ApiDeps } from '../deps.js';
import { found } from '../found.js';
import { dataOf, listOf, many, one, pageQuery, type Route, route } from '../route.js';
import { toAnswerView } from '../views/answer.js';
import { screeningDetailView, screeningView, toScreeningView } from '../views/screening.js';

const listQuery = z.strictObject({
  ...pageQuery,
  application_id: idSchema('application').optional(),
  candidate_id: idSchema('candidate').optional(),
  bot_id: idSchema('bot').optional(),
  state: z.enum(SCREENING_STATES).optional(),
  outcome: z.enum(SCREENING_OUTCOMES).optional(),
});

/** Screenings: the main job. The desk (the dialer) does the work; the answer is "accepted". */
export const screeningRoutes = ({ store, desk }: ApiDeps): Route[] => [
  route({
    method: 'post',
    path: '/v1/screenings',
    tag: 'Screenings',
    summary: 'Ask for a screening call',
    body: screeningRequestSchema,
    idempotent: true,
    replies: { 202: { description: 'Accepted; it calls as soon as it may.', schema: dataOf(screeningView) } },
    errors: ['not_found', 'screening_active'],
    async handle({ companyId }, { body }) {
      return one(toScreeningView(await desk.request(companyId, body)), 202);
    },
  }),
  route({
    method: 'get',
    path: '/v1/screenings',
    tag: 'Screenings',
    summary: 'List screenings, newest first',
    query: listQuery,
    replies: { 200: { description: 'A page of screenings.', schema: listOf(screeningView) } },
    async handle({ companyId }, { query: { limit, cursor, ...query } }) {
      return many(await store.screenings.list(companyId, query, { limit, cursor }), toScreeningView);
    },
  }),
  route({
    method: 'get',
    path: '/v1/screenings/{id}',
    tag: 'Screenings',
    summary: 'Get a screening with its answers and calls; a held one says why and until when',
    replies: { 200: { description: 'The screening.', schema: dataOf(screeningDetailView) } },
    async handle({ companyId }, { id }) {
      const screening = found(await store.screenings.find(companyId, id), 'screening');
      const answers = await store.answers.listByScreening(companyId, id);
      const calls = await store.calls.listByScreening(companyId, id);
      return one({ ...toScreeningView(screening), answers: answers.map(toAnswerView), call_ids: calls.map((call) => call.id) });
    },
  }),
  route({
    method: 'post',
    path: '/v1/screenings/{id}/cancel',
    tag: 'Screenings',
    summary: 'Cancel an open screening; a call under way is hung up',
    replies: { 200: { description: 'The screening.', schema: dataOf(screeningView) } },
    errors: ['conflict', 'provider_unavailable'],
    async handle({ companyId }, { id }) {
      return one(toScreeningView(await desk.cancel(companyId, id)));
    },
  }),
];
