import type { Clock, Random } from '../../schemas/clock.js';
import { EngineError, type EngineFailure } from '../../schemas/engine-error.js';
import { type EngineEvent, type EngineHealth, engineHealth, mayTry, newEngineHealth } from '../../schemas/engine-health.js';
import type { LanguageModel, ModelPart, ModelRequest } from '../../schemas/ports/language-model.js';
import { boundedStream } from './bounded-stream.js';

/** Before the second try with the same model: enough to miss a hiccup, not enough to be heard, ms. */
const JITTER_MIN_MS = 50;
const JITTER_SPAN_MS = 150;
/** What a try may need to its first part, ms; a second try with the same model must leave as much to each model after it. */
const TRY_MS = 1200;
/** Models bound their own waits; this is for one that does not, ms between parts once the reply runs. */
const STALLED_MS = 15_000;

const MAY_PASS: ReadonlySet<EngineFailure> = new Set(['rate-limited', 'unavailable', 'timeout']);

export interface FailedTry {
  model: string;
  error: EngineError;
  /** Counts the tries of this request, from 1. */
  nth: number;
  /** What follows; `none`: the request throws this error now. */
  next: 'same-model' | 'next-model' | 'none';
}

export interface FailoverOptions {
  clock: Clock;
  random: Random;
  /** The first part of a reply comes within this or not at all, ms, all tries together. */
  budgetMs: number;
  /** Health by model name. Give the same map to all compositions that share the models: what one call learns spares the others. */
  health?: Map<string, EngineHealth>;
  onFailure?(failed: FailedTry): void;
  /** Which model serves the reply; told once a reply, with its first part. */
  onServed?(name: string): void;
}

/**
 * Models in the order of preference as one model. A failure before any part was passed on is made good: once by the same model if it may pass, then by the
 * next one; nothing of a failed try is passed on. After the first part nothing can be taken back, so a later failure is thrown. When no model is left, or the
 * budget is spent, the last failure is thrown. Models whose circuit is open are passed over (schemas/engine-health.ts); if all are, the failure that
 * opened the first one is thrown at once.
 */
export const failoverLanguageModel = (models: readonly LanguageModel[], options: FailoverOptions): LanguageModel => {
  const { clock, random, budgetMs, health = new Map<string, EngineHealth>() } = options;
  const healthOf = (name: string) => health.get(name) ?? newEngineHealth(name);
  const note = (name: string, event: EngineEvent) => {
    health.set(name, engineHealth(healthOf(name), event, { now: clock.now(), monotonicMs: clock.monotonic() }));
  };
  const isUsable = (model: LanguageModel) => mayTry(healthOf(model.name), clock.monotonic());

  /** Passes a reply on. Returns the failure if it failed before its first part, and throws it after. */
  async function* oneTry(
    model: LanguageModel,
    request: ModelRequest,
    signal: AbortSignal,
    limitMs: number,
  ): AsyncGenerator<ModelPart, EngineError | 'over'> {
    const from = clock.monotonic();
    let latencyMs: number | undefined;
    let outcome: EngineEvent = { kind: 'abandoned' };
    let isCutShort = false;
    const parts = boundedStream(clock, signal, (stop) => model.stream(request, stop));
    note(model.name, { kind: 'try' });
    try {
      for (;;) {
        const next = await parts.next(latencyMs === undefined ? limitMs : STALLED_MS);
        if (next === 'aborted') return 'over';
        if (next === 'late') {
          isCutShort = latencyMs === undefined && limitMs < TRY_MS;
          throw new EngineError(model.name, 'timeout', `${model.name}: no part within the time of the turn`);
        }
        if (next.done) {
          if (signal.aborted) return 'over';
          throw new EngineError(model.name, 'malformed', `${model.name}: the reply has no end`);
        }
        if (latencyMs === undefined) {
          latencyMs = clock.monotonic() - from;
          options.onServed?.(model.name);
        }
        // Before it is passed on: a reader that leaves now was served.
        outcome = { kind: 'success', latencyMs };
        yield next.value;
        if (next.value.kind === 'end') return 'over';
      }
    } catch (cause) {
      if (signal.aborted) return 'over';
      const error = toEngineError(model.name, cause);
      // Whoever gets only the rest of the budget is not to blame for its end.
      if (!isCutShort) outcome = { kind: 'failure', failure: error.failure, vendorCode: error.vendorCode };
      if (latencyMs !== undefined) throw error;
      return error;
    } finally {
      parts.close();
      note(model.name, outcome);
    }
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelPart, void, undefined> {
    const deadlineMs = clock.monotonic() + budgetMs;
    const leftMs = () => deadlineMs - clock.monotonic();
    let last: EngineError | undefined;
    let nth = 0;
    for (const [index, model] of models.entries()) {
      for (let second = false; ; second = true) {
        if (signal.aborted) return;
        if (leftMs() <= 0 || !isUsable(model)) break;
        nth += 1;
        let outcome: EngineError | 'over';
        try {
          outcome = yield* oneTry(model, request, signal, leftMs());
        } catch (error) {
          if (error instanceof EngineError) options.onFailure?.({ model: model.name, error, nth, next: 'none' });
          throw error;
        }
        if (outcome === 'over') return;
        last = outcome;
        const others = models.slice(index + 1).filter(isUsable).length;
        const waitMs = JITTER_MIN_MS + random.next() * JITTER_SPAN_MS;
        const again = !second && MAY_PASS.has(last.failure) && isUsable(model) && leftMs() >= waitMs + TRY_MS * (1 + others);
        const next = again ? 'same-model' : others > 0 && leftMs() > 0 ? 'next-model' : 'none';
        options.onFailure?.({ model: model.name, error: last, nth, next });
        if (!again) break;
        await clock.sleep(waitMs, signal).catch(() => undefined);
      }
    }
    throw last ?? skipped(models, healthOf);
  }

  return { name: models.map(({ name }) => name).join(', then '), stream };
};

const skipped = (models: readonly LanguageModel[], healthOf: (name: string) => EngineHealth): EngineError => {
  const name = models[0]?.name ?? 'no model';
  const known = healthOf(name).lastFailure;
  const options = known?.vendorCode === undefined ? {} : { vendorCode: known.vendorCode };
  return new EngineError(
    name,
    known?.failure ?? 'unavailable',
    `${name} is left alone for a while after it failed (${known?.failure ?? 'no model'})`,
    options,
  );
};

/** A model that throws anything else has a defect; the call goes on without it. The cause stays out: it may hold what was said. */
const toEngineError = (name: string, error: unknown): EngineError =>
  error instanceof EngineError
    ? error
    : new EngineError(name, 'malformed', `${name} failed in an unknown way (${error instanceof Error ? error.name : typeof error})`);
