import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { ErrorCode } from '../../schemas/errors.js';
import type { Page } from '../store/page.js';
import { parseField } from './validation.js';

/** Who asks: the company of the API key, and the key itself as the actor of what is changed. */
export interface Caller {
  companyId: string;
  keyId: string;
}

/** What a handler answers: a body that becomes JSON (none for 204), or a function that writes the response itself. */
export type Reply =
  | { kind: 'json'; status: number; body?: unknown; headers?: Record<string, string> }
  | { kind: 'stream'; send(response: ServerResponse, closed: AbortSignal): Promise<void> };

/** How one status of a route looks in the OpenAPI document. `content` defaults to JSON. */
export interface DocumentedReply {
  description: string;
  schema?: z.ZodType;
  content?: string;
}

/** What a handler gets: the path's parameters (`id` is '' on paths without one) and what the schemas made of query and body. */
export interface RouteInput<Query, Body> {
  id: string;
  params: Readonly<Record<string, string>>;
  query: Query;
  body: Body;
  headers: IncomingHttpHeaders;
  method: string;
}

/** What arrives, before anything of it is trusted. */
export type RawInput = Omit<RouteInput<unknown, unknown>, 'id'>;

/**
 * One row of the API's table. Routing, validation, the OpenAPI document and the tests over all routes read the same row. `path` writes parameters as
 * OpenAPI does: `/v1/calls/{id}`.
 */
export interface Route {
  method: 'get' | 'post' | 'patch' | 'delete';
  path: string;
  /** The resource, as the document groups it. */
  tag: string;
  summary: string;
  access: 'key' | 'public';
  query: z.ZodType | undefined;
  body: z.ZodType | undefined;
  /** The body may leave out any field of its schema. */
  partialBody: boolean;
  /** Honours Idempotency-Key: every POST that dials, texts or creates. A reply that tells of a candidate holds their id, so that erasure finds what was kept. */
  idempotent: boolean;
  /** Field of the reply's data that is shown once and must not be kept for replays. */
  secretField: string | undefined;
  replies: Readonly<Record<number, DocumentedReply>>;
  /** Errors beyond those that every route may give. */
  errors: readonly ErrorCode[];
  run(caller: Caller, input: RawInput): Promise<Reply>;
}

interface RouteDefinition<Query, Body> {
  method: Route['method'];
  path: string;
  tag: string;
  summary: string;
  access?: 'public';
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  /** What the document shows as the body where the handler itself checks it against more than `body` says. */
  documentedBody?: z.ZodType;
  partialBody?: boolean;
  /** The code for a body that is well formed but refused by a rule across fields; `validation_failed` unless given. */
  refusal?: ErrorCode;
  idempotent?: boolean;
  secretField?: string;
  replies: Record<number, DocumentedReply>;
  errors?: readonly ErrorCode[];
  handle(caller: Caller, input: RouteInput<Query, Body>): Promise<Reply>;
}

const nothing = z.strictObject({});

/** Makes a row of the table out of its typed definition: query and body reach the handler as their schemas' output. Without a schema neither may hold a field. */
export const route = <Query = Record<string, never>, Body = Record<string, never>>(definition: RouteDefinition<Query, Body>): Route => {
  const querySchema = definition.query ?? (nothing as unknown as z.ZodType<Query>);
  const bodySchema = definition.body ?? (nothing as unknown as z.ZodType<Body>);
  return {
    method: definition.method,
    path: definition.path,
    tag: definition.tag,
    summary: definition.summary,
    access: definition.access ?? 'key',
    query: definition.query,
    body: definition.documentedBody ?? definition.body,
    partialBody: definition.partialBody ?? false,
    idempotent: definition.idempotent ?? false,
    secretField: definition.secretField,
    replies: definition.replies,
    errors: definition.errors ?? [],
    run: async (caller, input) => {
      const query = parseField(querySchema, input.query);
      const body = parseField(bodySchema, input.body, definition.refusal);
      return definition.handle(caller, { ...input, id: input.params['id'] ?? '', query, body });
    },
  };
};

/** `{"data": …}`. */
export const one = (data: unknown, status = 200): Reply => ({ kind: 'json', status, body: { data } });

/** `{"data": […], "next_cursor": …}`. */
export const many = <Item>(page: Page<Item>, toView: (item: Item) => unknown): Reply => ({
  kind: 'json',
  status: 200,
  body: { data: page.items.map(toView), next_cursor: page.nextCursor },
});

export const noContent: Reply = { kind: 'json', status: 204 };

export const dataOf = <Schema extends z.ZodType>(schema: Schema) => z.object({ data: schema });
export const listOf = <Schema extends z.ZodType>(schema: Schema) => z.object({ data: z.array(schema), next_cursor: z.string().nullable() });

/** Query fields of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(25).meta({ description: 'How many at most.' }),
  cursor: z.string().max(500).optional().meta({ description: '`next_cursor` of the page before.' }),
};
