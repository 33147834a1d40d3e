import { join } from 'node:path';
import type { Logger } from 'pino';
import { type FailoverOptions, failoverLanguageModel } from '../../agents/llm/failover.js';
import { failoverSpeechToText } from '../../media/speech/failover-speech-to-text.js';
import { failoverTextToSpeech } from '../../media/speech/failover-text-to-speech.js';
import type { FliteOptions } from '../../media/speech/flite.js';
import { cachedTextToSpeech } from '../../media/speech/phrase-cache.js';
import type { Clock, Random } from '../../schemas/clock.js';
import type { EngineHealth } from '../../schemas/engine-health.js';
import type { LanguageModel } from '../../schemas/ports/language-model.js';
import type { SpeechToText, TextToSpeech } from '../../schemas/ports/speech.js';
import type { Config } from '../config.js';
import { embeddedSpeech } from './embedded-speech.js';
import { isFixedPhrase } from './fixed-phrases.js';
import { createHealthBoard, type EngineKind, type EngineReport, type HealthBoard } from './health-board.js';
import { openVendors, type VendorEngine } from './vendors.js';

/*
 * Ear, voice and mind of a server, in the order in which they are asked: a vendor's engine where there is a key, then what can stand in for it, the embedded
 * one last. Which one served is measured, and an account that a person must mend is found at the start or at the first use.
 */

export interface Engines {
  readonly speechToText: SpeechToText;
  readonly textToSpeech: TextToSpeech;
  /** Undefined: nobody's model; the scripted interviewer talks. */
  readonly languageModel: LanguageModel | undefined;
  /** The same models with the patience of a call that is over: what they do here neither helps nor harms those that talk. */
  readonly extractionModel: LanguageModel | undefined;
  report(): EngineReport[];
  /** Engines that a person must mend before calls are made with them. */
  misconfigured(): string[];
  /** Asks every vendor once, as `npm run doctor` does; what they answer goes on the board. */
  check(signal: AbortSignal): Promise<EngineCheck[]>;
  /**
   * Asks them now, and those that a person must mend every minute, so that calls go on by themselves once one has been there. Until `close`. Resolves when
   * they have answered, or after 3 s: no call should be what finds out that a key is wrong.
   */
  watch(): Promise<void>;
  close(): Promise<void>;
}

/** One vendor's answer to being asked. */
export interface EngineCheck {
  name: string;
  kind: EngineKind;
  place: EngineReport['place'];
  /** Undefined: it serves. */
  problem: { failure: string; message: string } | undefined;
  ms: number;
}

/** A reply's first part comes within this, all models and tries together, or the scripted interviewer talks: with the filler the line is never silent for 4 s. */
const MODEL_BUDGET_MS = 2800;
/** Nobody waits on the line for the look back at a call. */
const EXTRACTION_BUDGET_MS = 20_000;
const PHRASES_BYTES = 64 * 1024 * 1024;
/** How often an account that needs a person is asked whether one has been there. */
const RECHECK_MS = 60_000;
const CHECK_WITHIN_MS = 15_000;
/** How long the start of the server waits for the vendors' first answers. */
const START_WITHIN_MS = 3_000;

export const openEngines = async (options: {
  config: Config;
  clock: Clock;
  random: Random;
  log: Logger;
  onSynthesis?: FliteOptions['onSynthesis'];
}): Promise<Engines> => {
  const { config, clock, random, log, onSynthesis } = options;
  const board = createHealthBoard(clock);
  const closing = new AbortController();
  const vendors = await openVendors({ config, clock, random, log });
  const embedded = await embeddedSpeech({
    embeddedVoice: config.embeddedVoice,
    log,
    ...(onSynthesis ? { onSynthesis } : {}),
  });
  enrol(board, 'speech-to-text', [...vendors.ears, { engine: embedded.speechToText, place: 'embedded' }]);
  enrol(board, 'text-to-speech', [...vendors.voices, { engine: embedded.textToSpeech, place: 'embedded' }]);
  enrol(board, 'language-model', vendors.models);

  const told = {
    clock,
    random,
    isUsable: ({ name }: { name: string }) => board.isUsable(name),
    onFailure({ name }: { name: string }, error: unknown) {
      board.failed(name, error);
      log.warn({ engine: name, err: error }, 'an engine failed');
    },
    onServed: ({ name }: { name: string }, { latencyMs }: { latencyMs: number }) => board.note(name, { kind: 'success', latencyMs }),
  };
  const ears = vendors.ears.map(({ engine }) => engine);
  const voices = vendors.voices.map(({ engine }) =>
    cachedTextToSpeech(engine, {
      dir: join(config.dataDir, 'phrases'),
      engineKey: `${engine.name} ${config.elevenLabs?.voiceId ?? ''} ${config.elevenLabs?.model ?? ''}`,
      shouldCache: isFixedPhrase,
      maxBytes: PHRASES_BYTES,
      clock,
      random,
      log,
    }),
  );
  const models = vendors.models.map(({ engine }) => engine);

  /** Asks one vendor and keeps the answer. */
  const ask = async (kind: EngineKind, vendor: VendorEngine<{ name: string }>, signal: AbortSignal): Promise<EngineCheck> => {
    const { name } = vendor.engine;
    const from = clock.monotonic();
    const done = (problem: EngineCheck['problem']) => ({ name, kind, place: vendor.place, problem, ms: Math.round(clock.monotonic() - from) });
    try {
      await vendor.check(AbortSignal.any([signal, closing.signal]));
      board.note(name, { kind: 'success', latencyMs: clock.monotonic() - from });
      return done(undefined);
    } catch (error) {
      if (closing.signal.aborted) return done({ failure: 'unavailable', message: 'the server stops' });
      board.failed(name, error);
      return done({
        failure: board.records.get(name)?.lastFailure?.failure ?? 'unavailable',
        message: error instanceof Error ? error.message : 'failed',
      });
    }
  };
  /** Runs after so long, unless the server stops before. */
  const afterwards = (ms: number, run: () => void): void => {
    const cancel = clock.after(ms, () => {
      closing.signal.removeEventListener('abort', cancel);
      run();
    });
    closing.signal.addEventListener('abort', cancel, { once: true });
  };
  const within = (): AbortSignal => {
    const late = new AbortController();
    afterwards(CHECK_WITHIN_MS, () => late.abort());
    return late.signal;
  };
  const all = () => [
    ...vendors.ears.map((one) => ['speech-to-text', one] as const),
    ...vendors.voices.map((one) => ['text-to-speech', one] as const),
    ...vendors.models.map((one) => ['language-model', one] as const),
  ];
  const check = (signal: AbortSignal) => Promise.all(all().map(([kind, one]) => ask(kind, one, signal)));

  const recheck = () => {
    if (closing.signal.aborted) return;
    afterwards(RECHECK_MS, () => {
      const broken = new Set(board.misconfigured());
      void Promise.all(all().flatMap(([kind, one]) => (broken.has(one.engine.name) ? [ask(kind, one, within())] : []))).then(recheck);
    });
  };
  return {
    speechToText: failoverSpeechToText([...ears, embedded.speechToText], told),
    textToSpeech: failoverTextToSpeech([...voices, embedded.textToSpeech], told),
    languageModel: models.length === 0 ? undefined : preferred(models, { clock, random, budgetMs: MODEL_BUDGET_MS, health: board.records, log }),
    extractionModel:
      vendors.extractionModels.length === 0
        ? undefined
        : preferred(vendors.extractionModels, { clock, random, budgetMs: EXTRACTION_BUDGET_MS, health: new Map(), log }),
    report: board.report,
    misconfigured: board.misconfigured,
    check,
    async watch() {
      if (all().length === 0) return;
      const checked = check(within()).then((checks) => {
        for (const { name, problem } of checks) if (problem) log.error({ engine: name, ...problem }, 'an engine does not serve; see npm run doctor');
      });
      recheck();
      await new Promise<void>((resolve) => {
        const cancel = clock.after(START_WITHIN_MS, resolve);
        void checked.then(() => {
          cancel();
          resolve();
        });
      });
    },
    async close() {
      closing.abort();
      await embedded.close();
    },
  };
};

const enrol = (board: HealthBoard, kind: EngineKind, engines: readonly { engine: { name: string }; place: EngineReport['place'] }[]): void => {
  for (const [index, { engine, place }] of engines.entries()) board.enrol({ name: engine.name, kind, place, order: index + 1 });
};

/** Models in order of preference as one, which says with each reply who gave it. */
const preferred = (
  models: readonly LanguageModel[],
  { log, ...how }: Pick<FailoverOptions, 'clock' | 'random' | 'budgetMs'> & { health: Map<string, EngineHealth>; log: Logger },
): LanguageModel => ({
  name: models.map(({ name }) => name).join(', then '),
  async *stream(request, signal) {
    let engine: string | undefined;
    const all = failoverLanguageModel(models, {
      ...how,
      onFailure: ({ model, error, next }) => log.warn({ engine: model, err: error, next }, 'an engine failed'),
      onServed: (name) => {
        engine = name;
      },
    });
    for await (const part of all.stream(request, signal)) yield part.kind === 'end' && engine !== undefined ? { ...part, engine } : part;
  },
});
