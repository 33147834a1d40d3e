import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../../schemas/errors.js';
import type { Route } from './route.js';

type Json = { [name: string]: unknown };

/** An OpenAPI 3.1 document as plain data. */
export type OpenApiDocument = Json & { openapi: '3.1.0'; paths: Record<string, Record<string, Json>> };

const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON Schema 2020-12, which OpenAPI 3.1 takes as it is. What JSON Schema cannot say (cross-field rules) is left to the server. */
const toJsonSchema = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any', reused: 'inline' });
  return rest;
};

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', description: 'Stable; for programs.' },
        message: { type: 'string', description: 'For people.' },
        field: { type: 'string', description: 'Path of the field at fault.' },
      },
    },
  },
};

/** The errors a route may give: those of its nature, and those it names itself. */
const errorsOf = (route: Route): ErrorCode[] => [
  ...(route.access === 'key' ? (['unauthorized', 'rate_limited', 'store_unavailable'] as const) : []),
  ...(route.query || route.body ? (['validation_failed'] as const) : []),
  ...(route.body ? (['malformed_json', 'body_too_large', 'unsupported_media_type'] as const) : []),
  ...(route.path.includes('{') ? (['not_found'] as const) : []),
  ...(route.idempotent ? (['idempotency_key_reused', 'conflict'] as const) : []),
  ...route.errors,
];

const errorReplies = (route: Route): Json => {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(errorsOf(route))) byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\``).join(', '),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    ]),
  );
};

const pathParameters = ({ path }: Route): Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));

const queryParameters = ({ query }: Route): Json[] => {
  if (!query) return [];
  const { properties = {}, required = [] } = toJsonSchema(query, 'input');
  if (!isRecord(properties)) return [];
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: Array.isArray(required) && required.includes(name),
    schema,
  }));
};

const headerParameters = ({ idempotent }: Route): Json[] =>
  idempotent
    ? [
        {
          name: 'Idempotency-Key',
          in: 'header',
          required: false,
          schema: { type: 'string', minLength: 1, maxLength: 255 },
          description: 'The same key and body give the same answer, however often they are sent within a day.',
        },
      ]
    : [];

const requestBody = ({ body, partialBody }: Route): Json => {
  if (!body) return {};
  const { required: requiredFields, ...schema } = toJsonSchema(body, 'input');
  const shown = partialBody || requiredFields === undefined ? schema : { ...schema, required: requiredFields };
  return { requestBody: { required: true, content: { 'application/json': { schema: shown } } } };
};

const replies = (route: Route): Json =>
  Object.fromEntries(
    Object.entries(route.replies).map(([status, { description, schema, content }]) => {
      const type = content ?? (schema ? 'application/json' : undefined);
      if (type === undefined) return [status, { description }];
      const shown = schema ? toJsonSchema(schema, 'output') : { type: 'string', ...(type === 'audio/wav' ? { format: 'binary' } : {}) };
      return [status, { description, content: { [type]: { schema: shown } } }];
    }),
  );

/** `get /v1/calls/{id}/events` → `getCallsIdEvents`. */
const operationId = ({ method, path }: Route): string =>
  method +
  path
    .replace('/v1', '')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** The OpenAPI 3.1 document of a route table: the same rows and zod schemas that serve the requests. */
export const openApiDocument = (routes: readonly Route[]): OpenApiDocument => {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const parameters = [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)];
    const operation: Json = {
      operationId: operationId(route),
      tags: [route.tag],
      summary: route.summary,
      ...(route.access === 'public' ? { security: [] } : {}),
      ...(parameters.length > 0 ? { parameters } : {}),
      ...requestBody(route),
      responses: { ...errorReplies(route), ...replies(route) },
    };
    paths[route.path] = { ...paths[route.path], [route.method]: operation };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Screenline',
      version: '1',
      description:
        'A real-time AI voice caller for recruiters. JSON in snake_case, ISO-8601 UTC, E.164, ISO 3166-1 alpha-2, BCP-47, IANA zones. One thing is `{"data": {…}}`, many are `{"data": […], "next_cursor": …}`.',
    },
    security: [{ bearer: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'An API key.' } },
      schemas: { Error: errorSchema },
    },
  };
};
