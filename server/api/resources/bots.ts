import { z } from 'zod';
import { type CallerBot, callerBotSchema } from '../../../schemas/caller-bot.js';
import { checkBot } from '../bot-checks.js';
import { type ApiDeps, nowOf } from '../deps.js';
import { found } from '../found.js';
import { inUse } from '../in-use.js';
import { dataOf, listOf, many, noContent, one, pageQuery, type Route, route } from '../route.js';
import { parseField } from '../validation.js';
import { botVersionView, botView, toBotVersionView, toBotView } from '../views/bot.js';

const versionsQuery = z.strictObject({
  limit: pageQuery.limit,
  cursor: z.coerce.number().int().min(1).optional().meta({ description: '`next_cursor` of the page before.' }),
});

/** Caller bots and their versions. Every save is checked as a whole. */
export const botRoutes = (deps: ApiDeps): Route[] => {
  const { store, ids } = deps;

  /** Read as the API takes it, so that a change is checked against all rules of a bot. */
  const parseBot = (bot: unknown): CallerBot => {
    const definition = parseField(callerBotSchema, bot, 'bot_invalid');
    checkBot(definition, deps.checkQuestion);
    return definition;
  };

  return [
    route({
      method: 'post',
      path: '/v1/bots',
      tag: 'Bots',
      summary: 'Create a caller bot',
      body: callerBotSchema,
      refusal: 'bot_invalid',
      idempotent: true,
      replies: { 201: { description: 'Created.', schema: dataOf(botView) } },
      errors: ['bot_invalid', 'question_not_allowed', 'conflict'],
      async handle({ companyId }, { body }) {
        checkBot(body, deps.checkQuestion);
        return one(toBotView(await store.bots.create(companyId, ids.create('bot'), body, nowOf(deps))), 201);
      },
    }),
    route({
      method: 'get',
      path: '/v1/bots',
      tag: 'Bots',
      summary: 'List caller bots, newest first',
      query: z.strictObject({ ...pageQuery, slug: z.string().max(64).optional() }),
      replies: { 200: { description: 'A page of bots.', schema: listOf(botView) } },
      async handle({ companyId }, { query }) {
        return many(await store.bots.list(companyId, query, query), toBotView);
      },
    }),
    route({
      method: 'get',
      path: '/v1/bots/{id}',
      tag: 'Bots',
      summary: 'Get a caller bot in its current version',
      replies: { 200: { description: 'The bot.', schema: dataOf(botView) } },
      async handle({ companyId }, { id }) {
        return one(toBotView(found(await store.bots.find(companyId, id), 'bot')));
      },
    }),
    route({
      method: 'patch',
      path: '/v1/bots/{id}',
      tag: 'Bots',
      summary: 'Save a new version: the fields given replace those of the current one',
      body: z.record(z.string(), z.unknown()),
      documentedBody: callerBotSchema,
      partialBody: true,
      replies: { 200: { description: 'The new version.', schema: dataOf(botView) } },
      errors: ['bot_invalid', 'question_not_allowed', 'conflict'],
      async handle({ companyId }, { id, body }) {
        const saved = await store.bots.update(companyId, id, (current) => parseBot({ ...current, ...body }), nowOf(deps));
        return one(toBotView(found(saved, 'bot')));
      },
    }),
    route({
      method: 'delete',
      path: '/v1/bots/{id}',
      tag: 'Bots',
      summary: 'Delete a caller bot that has no open screening',
      replies: { 204: { description: 'Deleted.' } },
      errors: ['conflict'],
      async handle({ companyId }, { id }) {
        for (const state of ['queued', 'held', 'calling'] as const) {
          const open = await store.screenings.list(companyId, { bot_id: id, state }, { limit: 1 });
          if (open.items.length > 0) throw inUse('bot', 'open screenings');
        }
        found((await store.bots.remove(companyId, id)) || undefined, 'bot');
        return noContent;
      },
    }),
    route({
      method: 'get',
      path: '/v1/bots/{id}/versions',
      tag: 'Bots',
      summary: 'List the versions of a caller bot, newest first',
      query: versionsQuery,
      replies: { 200: { description: 'A page of versions.', schema: listOf(botVersionView) } },
      async handle({ companyId }, { id, query }) {
        const versions = found(await store.bots.listVersions(companyId, id, query.limit + 1, query.cursor), 'bot');
        const items = versions.slice(0, query.limit);
        const last = versions.length > query.limit ? items.at(-1) : undefined;
        return many({ items, nextCursor: last ? String(last.version) : null }, toBotVersionView);
      },
    }),
    route({
      method: 'get',
      path: '/v1/bots/{id}/versions/{version}',
      tag: 'Bots',
      summary: 'Get one version of a caller bot',
      replies: { 200: { description: 'The version.', schema: dataOf(botVersionView) } },
      async handle({ companyId }, { id, params }) {
        const version = z.coerce.number().int().min(1).safeParse(params['version']);
        return one(toBotVersionView(found(version.success ? await store.bots.findVersion(companyId, id, version.data) : undefined, 'bot version')));
      },
    }),
  ];
};
