import { CommandError } from './command-error.js';
import type { Storage } from './storage.js';

/** Runs writing statements; those that arrive together share one durable transaction and so one flush to disk. */
export interface GroupCommit {
  /**
   * Runs `statement` inside a transaction and resolves with its result once that is on disk. A CommandError thrown by the statement rejects for it alone: it
   * must not have left a half-done change. Any other error undoes the transaction.
   */
  submit<T>(statement: () => T): Promise<T>;
  /** Resolves when everything submitted so far is done. */
  settled(): Promise<void>;
}

interface Waiting {
  run(): void;
  /** Tells the waiting caller what `run` came to. */
  answer(): void;
  reject(error: unknown): void;
}

/** `onUndone` is called after a transaction was undone, to bring what is kept in memory back in line with the disk. */
export const createGroupCommit = (storage: Storage, onUndone: () => void): GroupCommit => {
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | undefined;

  const runTogether = (group: readonly Waiting[]) => {
    try {
      storage.transaction(() => {
        for (const one of group) one.run();
      });
    } catch (error) {
      onUndone();
      const [only] = group;
      // One statement spoilt it for all: each gets its own transaction, and only the culprit fails.
      if (group.length > 1) for (const one of group) runTogether([one]);
      else only?.reject(toStorageError(error));
      return;
    }
    for (const one of group) one.answer();
  };

  const flush = () => {
    const group = waiting;
    waiting = [];
    flushing = undefined;
    runTogether(group);
  };

  return {
    submit: (statement) =>
      new Promise((resolve, reject) => {
        let outcome: () => void = () => reject(new CommandError('InternalError', 'The statement was not run'));
        waiting.push({
          run: () => {
            try {
              const result = statement();
              outcome = () => resolve(result);
            } catch (error) {
              if (!(error instanceof CommandError)) throw error;
              outcome = () => reject(error);
            }
          },
          answer: () => outcome(),
          reject,
        });
        flushing ??= new Promise((done) => {
          setImmediate(() => {
            flush();
            done();
          });
        });
      }),
    settled: async () => flushing,
  };
};

const toStorageError = (error: unknown): CommandError => {
  const reason = error instanceof Error ? error.message : String(error);
  const full = /MDB_MAP_FULL|ENOSPC|No space left/i.test(reason);
  return new CommandError(
    full ? 'OutOfDiskSpace' : 'InternalError',
    full ? `The disk that holds DATA_DIR is full: ${reason}` : `The embedded store failed: ${reason}`,
    error,
  );
};
