import { setMaxListeners } from 'node:events';
import type { Cancel, Clock } from '../../schemas/clock.js';
import type { Ids } from '../../schemas/ids.js';
import type { LanguageModel } from '../../schemas/ports/language-model.js';
import type { Store } from '../store/connect.js';
import { lookBack } from './look-back.js';

/*
 * Looks back at calls that have ended, behind everybody's back: nothing waits for it. The store is the queue, so what a server leaves undone the next one
 * does.
 */

/** Looked back at side by side; a model is asked for one at a time in each. */
const AT_ONCE = 4;
const LISTED = 100;
/** After a look back that failed, which is the store's doing. */
const RETRY_MS = 10_000;
/** One that fails as often is left to the next start of the server. */
const MAX_FAILURES = 5;

export interface LookBacks {
  /** Something may be due: looks at once. */
  poke(): void;
  /** Breaks off what a model is asked for and begins nothing more; resolves when all of it is over. */
  close(): Promise<void>;
}

export const createLookBacks = (deps: {
  store: Store;
  clock: Clock;
  ids: Ids;
  model: LanguageModel | undefined;
  onTrouble: (error: unknown, at: { where: string; callId?: string }) => void;
}): LookBacks => {
  const { store, clock, ids, model } = deps;
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const underWay = new Map<string, Promise<void>>();
  const failures = new Map<string, { count: number; restsUntilMs: number }>();
  let looking: Promise<void> | undefined;
  let poked = false;
  let retry: Cancel | undefined;

  const retryLater = () => {
    retry?.();
    if (!stopping.signal.aborted) retry = clock.after(RETRY_MS, poke);
  };

  const begin = async (screening: Parameters<typeof lookBack>[1], callId: string): Promise<void> => {
    const onTrouble = (error: unknown) => deps.onTrouble(error, { where: 'look-back', callId });
    try {
      await lookBack({ store, clock, ids, model, stopping: stopping.signal, onTrouble }, screening, callId);
      failures.delete(callId);
    } catch (error) {
      onTrouble(error);
      failures.set(callId, { count: (failures.get(callId)?.count ?? 0) + 1, restsUntilMs: clock.monotonic() + RETRY_MS });
      retryLater();
    }
  };

  const isResting = (callId: string): boolean => {
    const failed = failures.get(callId);
    return failed !== undefined && (failed.count >= MAX_FAILURES || clock.monotonic() < failed.restsUntilMs);
  };

  const look = async (): Promise<void> => {
    try {
      while (poked && !stopping.signal.aborted) {
        poked = false;
        for (const { screening, callId } of await store.screenings.listToLookBack(LISTED)) {
          if (stopping.signal.aborted || underWay.size >= AT_ONCE) break;
          if (underWay.has(screening.id) || isResting(callId)) continue;
          const work = begin(screening, callId).finally(() => {
            underWay.delete(screening.id);
            poke();
          });
          underWay.set(screening.id, work);
        }
      }
    } catch (error) {
      deps.onTrouble(error, { where: 'look-backs' });
      retryLater();
    }
  };

  const poke = (): void => {
    poked = true;
    if (stopping.signal.aborted) return;
    looking ??= look().finally(() => {
      looking = undefined;
      // Poked after the last look and before its end was known.
      if (poked) poke();
    });
  };

  return {
    poke,
    async close() {
      stopping.abort(new Error('the server stops'));
      retry?.();
      await looking;
      await Promise.all(underWay.values());
    },
  };
};
