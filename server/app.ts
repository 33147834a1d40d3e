import { hkdfSync } from 'node:crypto';
import express from 'express';
import type { Logger } from 'pino';
import { checkQuestion } from '../agents/never-ask.js';
import type { FliteOptions } from '../media/speech/flite.js';
import type { Clock, Random } from '../schemas/clock.js';
import { AppError } from '../schemas/errors.js';
import type { TelephonyProvider } from '../schemas/ports/telephony.js';
import { createApi } from './api/create-api.js';
import { errorHandler } from './api/error-response.js';
import type { RecordingReader } from './api/ports.js';
import { createLiveCalls, type LiveCalls } from './calls/live-calls.js';
import { createLookBacks } from './calls/look-backs.js';
import { createTimelines } from './calls/timeline.js';
import type { Config, TwilioConfig } from './config.js';
import { createDialer } from './dialer/dialer.js';
import { createScreeningDesk } from './dialer/screening-desk.js';
import { type Engines, openEngines } from './engines/engines.js';
import { previewVoice } from './engines/voice-preview.js';
import { openFirstCompany } from './first-company.js';
import { listen } from './http-server.js';
import { serveMediaSockets } from './media-socket.js';
import { PROVIDERS } from './providers/registry.js';
import { createRecordings } from './recording/index.js';
import { randomIds, randomToken } from './runtime.js';
import { connectStore } from './store/connect.js';
import { startEmbeddedStore } from './store/embedded/index.js';
import { voiceWebhooks } from './webhooks/voice-webhooks.js';

/*
 * The composition root: the one place that knows every part, in the order in which they start. Nothing here decides anything about a call. The end has an
 * order of its own: no more requests and calls, the conversations end, what follows from them is written, then the sockets and the last requests; after that
 * the parts in the opposite order of their start, the store last.
 */

export interface AppOptions {
  config: Config;
  /** The account that calls go through: the configured one or a local sandbox's. */
  twilio: TwilioConfig;
  clock: Clock;
  random: Random;
  log: Logger;
  /** Told of every synthesis of the embedded voice: a sandbox's far end knows words by their audio. */
  onSynthesis?: FliteOptions['onSynthesis'];
  /** Engines in place of the configured ones: for tests of what breaks. The app closes them. */
  engines?: Engines;
}

export interface App {
  /** Where the server listens, `http://host:port`. */
  readonly url: string;
  /** The administrator's key, when this start made or was given it; undefined when it was made at an earlier start. */
  readonly apiKey: string | undefined;
  readonly companyName: string;
  readonly dataDir: string;
  /** Calls under way, until what follows from them is written. */
  readonly liveCalls: number;
  /** Takes no new calls from now on; readiness turns false. */
  drain(): void;
  /** Ends calls, sockets, workers and the store, in bounded time. */
  close(): Promise<void>;
}

const API_REQUESTS_PER_MINUTE = 6000;

/** Starts the whole server. Throws AppError('port_taken'), AppError('data_dir_unusable') and what the store says when it cannot be reached. */
export const createApp = async (options: AppOptions): Promise<App> => {
  const { log } = options;
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) {
      try {
        await one();
      } catch (error) {
        log.error({ err: error }, 'a part did not close');
      }
    }
  };
  try {
    return await start(options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
};

const start = async (options: AppOptions, closers: (() => Promise<void> | void)[], close: () => Promise<void>): Promise<App> => {
  const { config, clock, random, log } = options;
  const ids = randomIds(random);
  let draining = false;
  let storeLost = false;

  const http = await listen(config);
  closers.push(() => http.close());
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${http.port}`;
  const publicUrl = config.publicUrl ?? url;
  const mediaUrl = (token: string) => `${publicUrl.replace(/^http/, 'ws')}/media/${token}`;

  const onFailure = (error: Error) => {
    storeLost = true;
    log.fatal({ err: error }, 'the embedded store is gone; nothing can be kept until the server is started again');
  };
  const embedded = config.mongodbUri ? undefined : await startEmbeddedStore({ dataDir: config.dataDir, onFailure });
  if (embedded) closers.push(() => embedded.close());
  const store = await connectStore(config.mongodbUri ?? embedded?.uri ?? '');
  closers.push(() => store.close());
  const phoneHashKey = new Uint8Array(hkdfSync('sha256', config.secretKey, '', 'phone-hash', 32));
  const first = await openFirstCompany({
    store,
    ids,
    clock,
    random,
    phoneHashKey,
    apiKey: config.apiKey,
    seed: config.seed ?? (embedded ? 'demo' : 'none'),
  });

  const engines = options.engines ?? (await openEngines(options));
  closers.push(() => engines.close());
  const provider = PROVIDERS.twilio.openVoice((name) => (name === 'TWILIO_ACCOUNT_SID' ? options.twilio.accountSid : options.twilio.authToken), {
    publicUrl,
    baseUrl: options.twilio.baseUrl,
    clock,
  });
  const providers: ReadonlyMap<string, TelephonyProvider> = new Map([[provider.name, provider]]);

  const recordings = createRecordings({ connection: store.connection, dataDir: config.dataDir, clock, ids, log });
  closers.push(() => recordings.close());
  const timelines = createTimelines({
    events: store.callEvents,
    clock,
    onTrouble: (error, callId) => log.error({ err: error, callId }, 'the timeline could not be written'),
  });
  closers.push(() => timelines.close());

  const lookBacks = createLookBacks({
    store,
    clock,
    ids,
    model: engines.extractionModel,
    onTrouble: (error, at) => log.warn({ err: error, ...at }, 'trouble in looking back at a call'),
  });
  closers.push(() => lookBacks.close());
  const liveCalls: LiveCalls = createLiveCalls({
    store,
    clock,
    random,
    ids,
    phoneHashKey,
    providers,
    engines,
    recordings,
    timelines,
    onFinal: (callId) => dialer.callEnded(callId),
    onTrouble: (error, at) => log.error({ err: error, ...at }, 'trouble in a live call'),
  });
  const dialer = createDialer({
    store,
    clock,
    random,
    ids,
    phoneHashKey,
    provider,
    from: options.twilio.from,
    seats: config.maxCalls,
    ownerToken: randomToken(random),
    liveCalls,
    misconfiguredEngines: () => engines.misconfigured(),
    onConcluded: () => lookBacks.poke(),
    onTrouble: (error, at) => log.warn({ err: error, ...at }, 'trouble in the dialer'),
  });
  const desk = createScreeningDesk({ store, clock, ids, providers, liveCalls, poke: () => dialer.poke() });

  const sockets = serveMediaSockets(http.server, {
    clock,
    mediaUrl,
    findLiveCall: (token) => liveCalls.find(token),
    onTrouble: (error, where) => log.warn({ err: error, where }, 'trouble on a media socket'),
  });
  closers.push(
    () => http.close(),
    () => sockets.close(),
    () => dialer.stop(),
    () => liveCalls.endAll('server-stopping'),
    () => {
      http.refuse();
      dialer.drain();
    },
  );

  const reader: RecordingReader = {
    async find(companyId, callId) {
      const found = await recordings.reader.find(companyId, callId);
      return found && { ...found, open: ({ start: from, end }) => found.open({ start: from, end: end + 1 }) };
    },
  };
  const app = express();
  app.disable('x-powered-by');
  app.use(voiceWebhooks({ providers, desk: liveCalls, publicUrl, mediaUrl }));
  app.use(
    createApi({
      store,
      clock,
      random,
      ids,
      log,
      phoneHashKey,
      desk,
      callControl: desk,
      liveCalls: timelines,
      recordings: reader,
      eraseRecording: (companyId, callId) => recordings.erase(companyId, callId),
      checkQuestion(text) {
        const verdict = checkQuestion(text);
        return verdict.allowed ? undefined : verdict;
      },
      engines,
      previewVoice: (bot, text, signal) => previewVoice({ textToSpeech: engines.textToSpeech, clock }, bot, text, signal),
      async readiness() {
        const checks = { store: !storeLost && (await store.ping()), seats: liveCalls.count < config.maxCalls, accepting: !draining };
        return { ready: Object.values(checks).every(Boolean), checks };
      },
      requestsPerMinute: API_REQUESTS_PER_MINUTE,
    }),
  );
  app.use((_request, _response, next) => next(new AppError('route_not_found')));
  app.use(errorHandler(log));
  http.serve(app);
  await engines.watch();
  dialer.start();
  lookBacks.poke();
  log.info({ recovered: await recordings.recoverCrashed() }, 'recordings of earlier runs looked after');

  return {
    url,
    apiKey: first.apiKey,
    companyName: first.company.name,
    dataDir: config.dataDir,
    get liveCalls() {
      return Math.max(liveCalls.count, dialer.busy);
    },
    drain() {
      draining = true;
      dialer.drain();
    },
    close,
  };
};
