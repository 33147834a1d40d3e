import { z } from 'zod';
import { CALL_STATES } from '../../../schemas/call-state.js';
import { AppError } from '../../../schemas/errors.js';
import { idSchema } from '../../../schemas/ids.js';
import { turnSchema } from '../../../schemas/transcript.js';
import type { ApiDeps } from '../deps.js';
import { found } from '../found.js';
import { streamCall } from '../live-stream.js';
import { recordingReply } from '../recording-reply.js';
import { dataOf, listOf, many, one, pageQuery, type Route, route } from '../route.js';
import { callView, toCallView } from '../views/call.js';
import { callEventView, eventView } from '../views/call-event.js';

const listQuery = z.strictObject({
  ...pageQuery,
  screening_id: idSchema('screening').optional(),
  candidate_id: idSchema('candidate').optional(),
  state: z.enum(CALL_STATES).optional(),
});

const eventsQuery = z.strictObject({
  limit: pageQuery.limit,
  cursor: z.coerce.number().int().min(0).default(0).meta({ description: '`next_cursor` of the page before: the last `seq`.' }),
});

/** Where a reader of the live stream left off; anything but a number starts from the beginning. */
const lastSeqOf = (header: string | string[] | undefined): number => (typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : 0);

/** Calls: what happened, what was said, the recording, and the call as it goes on. */
export const callRoutes = ({ store, clock, liveCalls, recordings, callControl }: ApiDeps): Route[] => [
  route({
    method: 'get',
    path: '/v1/calls',
    tag: 'Calls',
    summary: 'List calls, newest first',
    query: listQuery,
    replies: { 200: { description: 'A page of calls.', schema: listOf(callView) } },
    async handle({ companyId }, { query: { limit, cursor, ...query } }) {
      return many(await store.calls.list(companyId, query, { limit, cursor }), toCallView);
    },
  }),
  route({
    method: 'get',
    path: '/v1/calls/{id}',
    tag: 'Calls',
    summary: 'Get a call',
    replies: { 200: { description: 'The call.', schema: dataOf(callView) } },
    async handle({ companyId }, { id }) {
      return one(toCallView(found(await store.calls.find(companyId, id), 'call')));
    },
  }),
  route({
    method: 'get',
    path: '/v1/calls/{id}/transcript',
    tag: 'Calls',
    summary: 'The turns of both sides, with the words that were really heard',
    replies: { 200: { description: 'All turns, in the order of their start.', schema: listOf(turnSchema) } },
    async handle({ companyId }, { id }) {
      found(await store.calls.find(companyId, id), 'call');
      return many({ items: await store.callEvents.getTranscript(companyId, id), nextCursor: null }, (turn) => turn);
    },
  }),
  route({
    method: 'get',
    path: '/v1/calls/{id}/events',
    tag: 'Calls',
    summary: 'The timeline of a call, oldest first',
    query: eventsQuery,
    replies: { 200: { description: 'A page of events.', schema: listOf(callEventView) } },
    async handle({ companyId }, { id, query: { limit, cursor } }) {
      found(await store.calls.find(companyId, id), 'call');
      const events = await store.callEvents.list(companyId, id, cursor, limit + 1);
      const items = events.slice(0, limit);
      const last = events.length > limit ? items.at(-1) : undefined;
      return many({ items, nextCursor: last ? String(last.seq) : null }, eventView);
    },
  }),
  route({
    method: 'get',
    path: '/v1/calls/{id}/recording',
    tag: 'Calls',
    summary: 'The recording: stereo, the candidate left, the agent right',
    replies: {
      200: { description: 'The whole file.', content: 'audio/wav' },
      206: { description: 'The bytes of the Range header.', content: 'audio/wav' },
      304: { description: 'Not changed: the ETag was named in If-None-Match.' },
    },
    errors: ['recording_not_ready', 'range_not_satisfiable'],
    async handle({ companyId }, { id, headers, method }) {
      const call = found(await store.calls.find(companyId, id), 'call');
      const file = await recordings.find(companyId, id);
      if (!file && call.disposition === null) throw new AppError('recording_not_ready');
      return recordingReply(found(file, 'recording'), { callId: id, headers, method });
    },
  }),
  route({
    method: 'get',
    path: '/v1/calls/{id}/live',
    tag: 'Calls',
    summary: 'The call as it goes on, as server-sent events; Last-Event-ID resumes',
    replies: {
      200: {
        description: 'A stream that ends after the call. `id` is the `seq`, `event` the kind, `data` an event as in the timeline.',
        content: 'text/event-stream',
      },
      204: { description: 'The call is over and everything was told: do not reconnect.' },
    },
    async handle({ companyId }, { id, headers, method }) {
      const call = found(await store.calls.find(companyId, id), 'call');
      const afterSeq = lastSeqOf(headers['last-event-id']);
      if (method === 'HEAD') return { kind: 'json', status: 200, headers: { 'Content-Type': 'text/event-stream' } };
      // A browser's EventSource stops for good on 204, and only then.
      if (call.disposition !== null && afterSeq > 0 && (await store.callEvents.list(companyId, id, afterSeq, 1)).length === 0)
        return { kind: 'json', status: 204 };
      const from = { clock, live: liveCalls, calls: store.calls, callEvents: store.callEvents };
      return { kind: 'stream', send: (response, closed) => streamCall({ companyId, callId: id, afterSeq }, from, response, closed) };
    },
  }),
  route({
    method: 'post',
    path: '/v1/calls/{id}/hang-up',
    tag: 'Calls',
    summary: 'End a call that is under way; unless its interview had settled an outcome, the screening closes as canceled',
    replies: { 202: { description: 'The provider was asked; the state follows.', schema: dataOf(callView) } },
    errors: ['conflict', 'provider_unavailable'],
    async handle({ companyId }, { id }) {
      const call = found(await store.calls.find(companyId, id), 'call');
      if (call.disposition !== null || !(await callControl.hangUp(companyId, id)))
        throw new AppError('conflict', { reason: 'This call is over already.' });
      return one(toCallView(found(await store.calls.find(companyId, id), 'call')), 202);
    },
  }),
];
