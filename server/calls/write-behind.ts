import type { Clock } from '../../schemas/clock.js';

/*
 * Writes that a live call wants done but never waits for. They run one after the other in the order in which they were asked for; one that fails is tried
 * again, so each must be harmless when repeated.
 */

const ATTEMPTS = 30;
const RETRY_MS = 1000;
const MAX_WAITING = 5000;

export interface WriteBehind {
  add(name: string, write: () => Promise<unknown>): void;
  /** Resolves when everything asked for so far is done, or after `withinMs`; false when it is not. */
  drained(withinMs: number): Promise<boolean>;
}

export const createWriteBehind = (deps: { clock: Clock; onTrouble: (error: unknown, write: string) => void }): WriteBehind => {
  const { clock } = deps;
  const waiting: { name: string; write: () => Promise<unknown> }[] = [];
  let running: Promise<void> | undefined;

  const attempt = async ({ name, write }: { name: string; write: () => Promise<unknown> }) => {
    for (let nth = 1; nth <= ATTEMPTS; nth++) {
      try {
        await write();
        return;
      } catch (error) {
        deps.onTrouble(error, name);
        if (nth < ATTEMPTS) await clock.sleep(RETRY_MS);
      }
    }
  };
  const run = async () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      await attempt(next);
      waiting.shift();
    }
    running = undefined;
  };

  return {
    add(name, write) {
      if (waiting.length >= MAX_WAITING) return deps.onTrouble(new Error('too many writes wait for the store'), name);
      waiting.push({ name, write });
      running ??= run();
    },
    async drained(withinMs) {
      if (!running) return true;
      const late = new AbortController();
      const timeout = clock.sleep(withinMs, late.signal).then(
        () => false,
        () => false,
      );
      const done = await Promise.race([running.then(() => true), timeout]);
      late.abort();
      return done;
    },
  };
};
