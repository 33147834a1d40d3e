import { z } from 'zod';
import { answerSchema, answerValueSchema } from '../../../schemas/answer.js';
import { CALL_STATES, FINAL_CALL_STATES, SCREENING_OUTCOMES } from '../../../schemas/call-state.js';
import { outputVariableSchema, questionSchema } from '../../../schemas/caller-bot.js';
import { elementSchema, elementSubmissionSchema } from '../../../schemas/form.js';
import { HELD_BECAUSE, SCREENING_STATES } from '../../../schemas/screening.js';
import { turnSchema } from '../../../schemas/transcript.js';
import { processRandom, randomToken } from '../../runtime.js';

/** A server under test: nothing but its address and a key of its administrator. */
export interface ServerUnderTest {
  url: string;
  apiKey: string;
}

/** The API answered something else than was needed; `status` and `code` are the server's. */
export class ApiRefusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(method: string, path: string, status: number, code: string, message: string) {
    super(`${method} ${path} answered ${status} ${code}: ${message}`);
    this.name = 'ApiRefusal';
    this.status = status;
    this.code = code;
  }
}

const botView = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  script: z.object({ questions: z.array(questionSchema) }),
  output_variables: z.array(outputVariableSchema),
});
export type BotView = z.infer<typeof botView>;

const formView = z.object({ id: z.string(), name: z.string(), elements: z.array(elementSchema) });
export type FormView = z.infer<typeof formView>;

const screeningView = z.object({
  id: z.string(),
  state: z.enum(SCREENING_STATES),
  outcome: z.enum(SCREENING_OUTCOMES).nullable(),
  held_because: z.enum(HELD_BECAUSE).nullable(),
  summary: z.string().nullable(),
  run_at: z.iso.datetime(),
  answers: z.array(answerSchema),
  call_ids: z.array(z.string()),
});
export type ScreeningView = z.infer<typeof screeningView>;

const callView = z.object({
  id: z.string(),
  provider: z.string(),
  state: z.enum(CALL_STATES),
  disposition: z.enum(FINAL_CALL_STATES).nullable(),
  answered_by: z.string().nullable(),
  duration_ms: z.number().nullable(),
  dialed_at: z.iso.datetime().nullable(),
});
export type CallView = z.infer<typeof callView>;

const applicationView = z.object({ values: z.record(z.string(), answerValueSchema.nullable()), elements: z.array(elementSubmissionSchema) });
export type ApplicationView = z.infer<typeof applicationView>;

const liveEvent = z.object({ seq: z.number(), line_ms: z.number().optional(), event: z.looseObject({ kind: z.string() }) });
export type LiveEvent = z.infer<typeof liveEvent>;

const created = z.object({ id: z.string() });

/** One request may take this long; the API never computes longer. Real time, since a hanging server must not hang the runner. */
const REQUEST_TIMEOUT_MS = 15_000;

/** The part of the HTTP API that a scenario needs. Every method throws ApiRefusal when the server says no, and what fetch throws when it does not answer. */
export interface ServerClient {
  updateCompany(settings: object): Promise<void>;
  findBot(slug: string): Promise<BotView | undefined>;
  /** Creates the bot, or replaces the one with the same slug. */
  saveBot(bot: { slug: string }): Promise<BotView>;
  listForms(): Promise<FormView[]>;
  getForm(id: string): Promise<FormView>;
  createForm(form: { name: string; elements: object[] }): Promise<FormView>;
  createCandidate(candidate: object): Promise<string>;
  createApplication(application: object): Promise<string>;
  getApplication(id: string): Promise<ApplicationView>;
  requestScreening(applicationId: string): Promise<string>;
  getScreening(id: string): Promise<ScreeningView>;
  getCall(id: string): Promise<CallView>;
  getTranscript(callId: string): Promise<z.infer<typeof turnSchema>[]>;
  /** The call's timeline so far. */
  listEvents(callId: string): Promise<LiveEvent[]>;
  /** The WAV file; undefined while it is not finalised, and when the call has none. */
  findRecording(callId: string): Promise<Buffer | undefined>;
  /** The call's timeline as it happens, from its beginning, until the server ends the stream or the signal aborts. */
  followCall(callId: string, signal: AbortSignal): AsyncIterable<LiveEvent>;
}

export const createServerClient = ({ url, apiKey }: ServerUnderTest): ServerClient => {
  // Several clients may talk to one server, so no two of them may count alike.
  const session = randomToken(processRandom());
  let requests = 0;

  const send = async (method: string, path: string, body?: object): Promise<Response> => {
    requests += 1;
    return fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(method === 'POST' ? { 'idempotency-key': `${session}-${requests}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  };
  const call = async <T>(schema: z.ZodType<T>, method: string, path: string, body?: object): Promise<T> => {
    const response = await send(method, path, body);
    if (!response.ok) throw await refusal(method, path, response);
    const parsed = z.object({ data: schema }).safeParse(await response.json());
    if (!parsed.success) throw new Error(`${method} ${path} answered in an unknown shape: ${z.prettifyError(parsed.error)}`);
    return parsed.data.data;
  };
  const all = async <T>(schema: z.ZodType<T>, path: string): Promise<T[]> => {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const response = await send('GET', `${path}?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      if (!response.ok) throw await refusal('GET', path, response);
      const page: { data: T[]; next_cursor: string | null } = z
        .object({ data: z.array(schema), next_cursor: z.string().nullable() })
        .parse(await response.json());
      items.push(...page.data);
      cursor = page.next_cursor;
    } while (cursor);
    return items;
  };
  const findBot = async (slug: string) => (await all(botView, '/v1/bots')).find((bot) => bot.slug === slug);

  return {
    async updateCompany(settings) {
      await call(z.unknown(), 'PATCH', '/v1/company', { settings });
    },
    findBot,
    async saveBot(bot) {
      const existing = await findBot(bot.slug);
      return existing ? call(botView, 'PATCH', `/v1/bots/${existing.id}`, bot) : call(botView, 'POST', '/v1/bots', bot);
    },
    listForms: () => all(formView, '/v1/forms'),
    getForm: (id) => call(formView, 'GET', `/v1/forms/${id}`),
    createForm: (form) => call(formView, 'POST', '/v1/forms', form),
    createCandidate: async (candidate) => (await call(created, 'POST', '/v1/candidates', candidate)).id,
    createApplication: async (application) => (await call(created, 'POST', '/v1/applications', application)).id,
    getApplication: (id) => call(applicationView, 'GET', `/v1/applications/${id}`),
    requestScreening: async (applicationId) => (await call(created, 'POST', '/v1/screenings', { application_id: applicationId })).id,
    getScreening: (id) => call(screeningView, 'GET', `/v1/screenings/${id}`),
    getCall: (id) => call(callView, 'GET', `/v1/calls/${id}`),
    getTranscript: (callId) => call(z.array(turnSchema), 'GET', `/v1/calls/${callId}/transcript`),
    listEvents: (callId) => all(liveEvent, `/v1/calls/${callId}/events`),
    async findRecording(callId) {
      const path = `/v1/calls/${callId}/recording`;
      const response = await send('GET', path);
      if (response.ok) return Buffer.from(await response.arrayBuffer());
      const problem = await refusal('GET', path, response);
      if (problem.code === 'recording_not_ready' || response.status === 404) return undefined;
      throw problem;
    },
    async *followCall(callId, signal) {
      const path = `/v1/calls/${callId}/live`;
      const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${apiKey}`, accept: 'text/event-stream' }, signal });
      if (!response.ok || !response.body) throw await refusal('GET', path, response);
      let text = '';
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const data = block.split('\n').flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trim()] : []));
          if (data.length > 0) yield liveEvent.parse(JSON.parse(data.join('\n')));
        }
      }
    },
  };
};

const refusal = async (method: string, path: string, response: Response): Promise<ApiRefusal> => {
  const body = z.object({ error: z.object({ code: z.string(), message: z.string() }) }).safeParse(await response.json().catch(() => undefined));
  const { code, message } = body.success ? body.data.error : { code: 'no_error_body', message: response.statusText };
  return new ApiRefusal(method, path, response.status, code, message);
};
