import type { Clock, Random } from '../../schemas/clock.js';
import { EngineError } from '../../schemas/engine-error.js';

/*
 * Which of several engines of one port is asked next, within one call: the first of the list that is not at rest after a failure.
 */

/** How an engine served one request: a text for a voice, a stretch of speech for an ear. */
export interface EngineServed {
  /** From the request to the first audio or the final, ms of the clock. */
  latencyMs: number;
  /** How many engines had failed in this request before it. */
  failedBefore: number;
}

/** What every failover is given, for engines of one port. The callbacks run on the audio path: they must neither throw nor take time. */
export interface FailoverOptions<Engine> {
  clock: Clock;
  random: Random;
  /** An engine failed and another takes over, if there is one. `error` is an `EngineError` or whatever the engine threw. */
  onFailure(engine: Engine, error: unknown): void;
  onServed(engine: Engine, served: EngineServed): void;
  /** False for an engine that is known to be doing badly: it counts as at rest. Looked up before each use; the default is always. */
  isUsable?(engine: Engine): boolean;
}

/** Rest after the first failure; it doubles with each further one, since every try may cost a second of silence. A call lasts some minutes. */
const REST_MS = 15_000;
const LONGEST_REST_MS = 120_000;
/** Up to this much is added by chance, so that calls which lost an engine together do not come back to it together. */
const REST_SPREAD = 0.2;

export interface EngineBench<Engine> {
  /**
   * The engine to ask now, of those not in `tried`: the first that is rested, or the first of all when every one is at rest, as a doubtful engine is better
   * than none. Undefined when nobody is left to ask.
   */
  next(tried: ReadonlySet<Engine>): Engine | undefined;
  /** An engine that is rested is left besides those in `tried`: patience with the present one costs more than it may gain. */
  hasOther(tried: ReadonlySet<Engine>): boolean;
  isRested(engine: Engine): boolean;
  /** The first rested engine that stands before `engine` in the list. */
  better(engine: Engine): Engine | undefined;
  /** Puts the engine to rest, or out for the call when a person must act first, and tells `onFailure`. */
  failed(engine: Engine, error: unknown): void;
}

export const createEngineBench = <Engine>(engines: readonly Engine[], options: FailoverOptions<Engine>): EngineBench<Engine> => {
  const { clock, random } = options;
  const records = new Map<Engine, { failures: number; restUntilMs: number }>();

  const isRested = (engine: Engine) =>
    (records.get(engine)?.restUntilMs ?? Number.NEGATIVE_INFINITY) <= clock.monotonic() && (options.isUsable?.(engine) ?? true);
  const isOut = (engine: Engine) => records.get(engine)?.restUntilMs === Number.POSITIVE_INFINITY;

  const next = (tried: ReadonlySet<Engine>): Engine | undefined => {
    const left = engines.filter((engine) => !tried.has(engine) && !isOut(engine));
    return left.find(isRested) ?? left[0];
  };

  return {
    next,
    hasOther(tried) {
      const other = next(tried);
      return other !== undefined && isRested(other);
    },
    isRested,
    better: (engine) => engines.slice(0, engines.indexOf(engine)).find(isRested),
    failed(engine, error) {
      const failures = (records.get(engine)?.failures ?? 0) + 1;
      const restMs = Math.min(LONGEST_REST_MS, REST_MS * 2 ** (failures - 1)) * (1 + REST_SPREAD * random.next());
      const needsPerson = error instanceof EngineError && error.needsPerson;
      records.set(engine, { failures, restUntilMs: needsPerson ? Number.POSITIVE_INFINITY : clock.monotonic() + restMs });
      options.onFailure(engine, error);
    },
  };
};

/** Names of the engines in their order, for the name of what is made of them. Throws `RangeError` when there is none. */
export const namesOf = (engines: readonly { name: string }[]): string => {
  if (engines.length === 0) throw new RangeError('a failover needs at least one engine');
  return engines.map(({ name }) => name).join('/');
};

/** An engine's failure as an `EngineError`. The message of anything else is left out, as it may quote what was said. */
export const toEngineError = (engine: { name: string }, error: unknown): EngineError =>
  error instanceof EngineError ? error : new EngineError(engine.name, 'unavailable', `${engine.name} broke down`, { cause: error });
