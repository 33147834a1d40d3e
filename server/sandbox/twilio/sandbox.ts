import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock, Random } from '../../../schemas/clock.js';
import { AppError } from '../../../schemas/errors.js';
import type { FarEnd } from '../far-end.js';
import { type LiveCall, placeCall } from './call.js';
import type { CallParameters, CallUpdate } from './call-parameters.js';
import { isOver, type SandboxCall } from './call-record.js';
import { answerRest, type CallsOfAccount, type RestRequest, readBody } from './rest.js';
import { RestError } from './rest-error.js';
import type { StereoTruth } from './stereo-truth.js';
import { type WebhookDelivery, webhookSender } from './webhooks.js';

/** The vendor's default: one call a second for each account; more wait in its queue. */
const DEFAULT_CPS = 1;
/** What is kept for tests and scenarios; older entries are dropped. */
const MAX_LOG_ENTRIES = 20_000;
const MAX_CALLS = 1000;
/** Audio is kept for the latest calls only; a call of five minutes takes 5 MB. */
const MAX_TRUTHS = 32;

/** An entry of the vendor's debugger. `code` is the vendor's, or 0 for the sandbox's own. */
export interface DebuggerEntry {
  level: 'error' | 'warning';
  code: number;
  text: string;
  callSid: string;
}

/** What goes wrong with the next request to the REST API. `placed`: a call is created all the same, and the phone rings. */
export interface RestFault {
  reply: { status: number; code: number; message: string } | 'reset' | 'silence';
  placed: boolean;
}

export interface TwilioSandboxOptions {
  clock: Clock;
  random: Random;
  farEnd: FarEnd;
  accountSid: string;
  authToken: string;
  /** 0, the default, takes a free port. */
  port?: number;
  /** Calls that leave the queue in a second; the default is the vendor's 1. */
  callsPerSecond?: number;
  log?: { warn(data: object, message: string): void };
}

/** A local Twilio account on loopback. */
export interface TwilioSandbox {
  /** For TWILIO_BASE_URL. */
  readonly baseUrl: string;
  /** How often the far end was dialled; a number that it calls invalid counts too. */
  dials(): number;
  /** Calls in the order of their creation. */
  calls(): SandboxCall[];
  requests(): RestRequest[];
  webhooks(): WebhookDelivery[];
  debuggerEntries(): DebuggerEntry[];
  /** What was really said and played in a call so far; kept for the latest 32 calls, 20 minutes each; undefined for an unknown call. */
  truthOf(callSid: string): StereoTruth | undefined;
  /** Resolves when the call has ended and its status callbacks are delivered or given up; at once for an unknown call. */
  callDone(callSid: string): Promise<void>;
  /** The next request to the REST API meets this fault; several are met in order. */
  failNext(fault: RestFault): void;
  /** Ends all calls without further webhooks and stops the server. */
  close(): Promise<void>;
}

/** Starts the sandbox on 127.0.0.1. Throws AppError('port_taken'). The caller closes it. */
export const startTwilioSandbox = async (options: TwilioSandboxOptions): Promise<TwilioSandbox> => {
  const { clock, random, farEnd, accountSid, authToken } = options;
  const shutdown = new AbortController();
  // One listener a call: many are no leak.
  setMaxListeners(0, shutdown.signal);
  const calls = new Map<string, LiveCall>();
  const dialled = new Map<string, number>();
  const requests: RestRequest[] = [];
  const webhooks: WebhookDelivery[] = [];
  const entries: DebuggerEntry[] = [];
  const faults: RestFault[] = [];
  const send = webhookSender({ clock, random, authToken, record: (delivery) => keep(webhooks, delivery) });
  let dials = 0;
  let nextSlotMs = Number.NEGATIVE_INFINITY;

  const create = (parameters: CallParameters): SandboxCall => {
    const nth = dialled.get(parameters.to) ?? 0;
    dialled.set(parameters.to, nth + 1);
    dials += 1;
    const line = farEnd.dial({ to: parameters.to, from: parameters.from, nth });
    if (line.result === 'invalid-number') {
      throw new RestError(400, 21_211, `The phone number you are attempting to call, ${parameters.to}, is not valid.`);
    }
    const nowMs = clock.monotonic();
    const slotMs = Math.max(nowMs, nextSlotMs);
    nextSlotMs = slotMs + 1000 / (options.callsPerSecond ?? DEFAULT_CPS);
    const sid = `CA${random.bytes(16).toString('hex')}`;
    const record: SandboxCall = {
      sid,
      to: parameters.to,
      from: parameters.from,
      status: 'queued',
      createdAt: clock.now(),
      queueTimeMs: slotMs - nowMs,
      framesIn: 0,
      framesOut: 0,
      streams: [],
    };
    const report = (level: 'error' | 'warning', code: number, text: string) => {
      keep(entries, { level, code, text, callSid: sid });
      options.log?.warn({ callSid: sid, code, level, text }, 'twilio sandbox debugger');
    };
    calls.set(sid, placeCall({ clock, random, accountSid, authToken, record, parameters, line, send, report, shutdown: shutdown.signal }));
    [...calls.values()].at(-MAX_TRUTHS - 1)?.forgetTruth();
    const oldest = [...calls.values()].find((call) => isOver(call.record.status));
    if (calls.size > MAX_CALLS && oldest) calls.delete(oldest.record.sid);
    return record;
  };

  const account: CallsOfAccount = {
    accountSid,
    authToken,
    create,
    list: () => [...calls.values()].map((call) => call.record),
    find: (sid) => calls.get(sid)?.record,
    update: (sid, update) => {
      const call = calls.get(sid);
      if (!call || isOver(call.record.status)) throw new RestError(404, 20_404, `The requested resource Calls/${sid}.json was not found`);
      applyUpdate(call, update);
      return call.record;
    },
  };

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const entry: RestRequest = { method: request.method ?? '', path: request.url ?? '', body: '', status: undefined };
    keep(requests, entry);
    const reply = (status: number, body: unknown) => {
      entry.status = status;
      response.writeHead(status, {
        'content-type': 'application/json;charset=utf-8',
        ...(status === 401 ? { 'www-authenticate': 'Basic realm="Twilio API"' } : {}),
      });
      response.end(JSON.stringify(body));
    };
    try {
      entry.body = await readBody(request);
      const url = new URL(entry.path, 'http://127.0.0.1');
      const fault = faults.shift();
      const answer = () => answerRest(account, entry.method, url, request.headers, entry.body);
      if (!fault) {
        const { status, body } = answer();
        return reply(status, body);
      }
      if (fault.placed) answer();
      if (fault.reply === 'reset') return request.socket.resetAndDestroy();
      if (fault.reply === 'silence') return;
      throw new RestError(fault.reply.status, fault.reply.code, fault.reply.message);
    } catch (error) {
      if (error instanceof RestError) return reply(error.status, error.body);
      options.log?.warn({ error }, 'twilio sandbox request failed');
      reply(500, new RestError(500, 20_500, 'Internal server error').body);
    }
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      options.log?.warn({ error }, 'twilio sandbox reply failed');
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new AppError('port_taken', { port: options.port ?? 0, host: '127.0.0.1' }, { cause })));
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    baseUrl: `http://127.0.0.1:${port}`,
    dials: () => dials,
    calls: () => [...calls.values()].map((call) => call.record),
    requests: () => [...requests],
    webhooks: () => [...webhooks],
    debuggerEntries: () => [...entries],
    truthOf: (callSid) => calls.get(callSid)?.truth(),
    callDone: async (callSid) => calls.get(callSid)?.done,
    failNext: (fault) => {
      faults.push(fault);
    },
    async close() {
      // Before the calls end, so that their last callbacks are not sent.
      shutdown.abort();
      for (const call of calls.values()) call.end('failed', 'sandbox');
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([closed, ...[...calls.values()].map((call) => call.done)]);
    },
  };
};

const applyUpdate = (call: LiveCall, update: CallUpdate): void => {
  const isAnswered = call.record.status === 'in-progress';
  if ('redirect' in update) {
    if (!isAnswered) throw new RestError(400, 21_220, 'Invalid call state: the call is not in progress and cannot be redirected');
    return call.redirect(update.redirect);
  }
  if (update.status === 'canceled' && isAnswered) throw new RestError(400, 21_220, 'Invalid call state: a call in progress cannot be canceled');
  call.end(isAnswered ? 'completed' : 'canceled', 'api');
};

const keep = <T>(log: T[], entry: T): void => {
  if (log.length >= MAX_LOG_ENTRIES) log.shift();
  log.push(entry);
};
