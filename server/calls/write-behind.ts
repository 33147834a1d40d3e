import type { Clock } from '../../schemas/clock.js';

/*
 * Writes that a live call wants done but never waits for. Those of one lane run one after the other in the order in which they were asked for; lanes do not
 * wait for each other, so what one write stumbles over holds up nothing else. A write that fails is tried again, so each must be harmless when repeated.
 */

const ATTEMPTS = 30;
const RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;
const MAX_WAITING = 5000;

/** One write. `must` ones are tried as long as the process lives; others are given up after 30 tries. */
export interface Write {
  name: string;
  lane: string;
  must: boolean;
  write: () => Promise<unknown>;
}

export interface WriteBehind {
  add(write: Write): void;
  /** Resolves when everything asked for so far is done or given up, or after `withinMs`; false when it is not. */
  drained(withinMs: number): Promise<boolean>;
}

/** `stopping` gives up what still waits. Every failure, and everything that is given up, goes to `onTrouble`. */
export const createWriteBehind = (deps: { clock: Clock; stopping: AbortSignal; onTrouble: (error: unknown, write: string) => void }): WriteBehind => {
  const { clock, stopping } = deps;
  const lanes = new Map<string, Promise<void>>();
  let waiting = 0;

  const attempt = async ({ name, must, write }: Write): Promise<void> => {
    for (let nth = 1; ; nth++) {
      try {
        await write();
        return;
      } catch (error) {
        deps.onTrouble(error, name);
      }
      if (stopping.aborted || (!must && nth >= ATTEMPTS))
        return deps.onTrouble(new Error(`given up after ${nth} tries${stopping.aborted ? ', since the server stops' : ''}`), name);
      const pauseMs = must ? Math.min(RETRY_MS * 2 ** Math.min(nth - 1, 10), LONGEST_RETRY_MS) : RETRY_MS;
      // Rejects only when the server stops; the write then has its last try.
      await clock.sleep(pauseMs, stopping).catch(() => undefined);
    }
  };

  return {
    add(write) {
      if (waiting >= MAX_WAITING && !write.must) return deps.onTrouble(new Error('too many writes wait for the store'), write.name);
      waiting += 1;
      const before = lanes.get(write.lane) ?? Promise.resolve();
      const done = before
        .then(() => attempt(write))
        .finally(() => {
          waiting -= 1;
          if (lanes.get(write.lane) === done) lanes.delete(write.lane);
        });
      lanes.set(write.lane, done);
    },
    async drained(withinMs) {
      if (lanes.size === 0) return true;
      const late = new AbortController();
      const timeout = clock.sleep(withinMs, late.signal).then(
        () => false,
        () => false,
      );
      const done = await Promise.race([Promise.all(lanes.values()).then(() => true), timeout]);
      late.abort();
      return done;
    },
  };
};
