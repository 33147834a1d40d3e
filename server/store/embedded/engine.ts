import type { Clock } from '../../../schemas/clock.js';
import { openCatalog } from './catalog.js';
import { createDispatcher, type Dispatcher } from './commands.js';
import { createCursors } from './cursors.js';
import { createGroupCommit } from './group-commit.js';
import { openRecords } from './records.js';
import { openRetryableWrites } from './retryable-writes.js';
import type { Storage } from './storage.js';
import { factKey } from './storage-keys.js';
import { startSweeper } from './ttl-sweeper.js';

/** The running engine over an opened storage. */
export interface RunningEngine {
  readonly dispatcher: Dispatcher;
  /** Stops the sweeper and waits for the writes under way. The storage stays open. */
  stop(): Promise<void>;
}

/** The layout in storage-keys.ts; raised when it changes. */
const FORMAT = '1';

/** The store was written by a later version of this program. */
export class UnknownFormatError extends Error {}

/** Joins the engine's parts. `address` is what `hello` tells clients. Throws UnknownFormatError. */
export const startEngine = (storage: Storage, clock: Clock, address: string): RunningEngine => {
  const format = storage.get(factKey('format'))?.toString();
  if (format === undefined) storage.transaction(() => storage.put(factKey('format'), Buffer.from(FORMAT)));
  else if (format !== FORMAT) throw new UnknownFormatError(`it has the format ${format}, this program knows ${FORMAT}`);
  const now = () => clock.now();
  const catalog = openCatalog(storage);
  const commits = createGroupCommit(storage, () => catalog.reload());
  const retries = openRetryableWrites(storage, now);
  const engine = { storage, catalog, records: openRecords(storage, catalog), cursors: createCursors(now), address, now };
  const stopSweeper = startSweeper(engine, commits, retries, clock);
  return {
    dispatcher: createDispatcher(engine, commits, retries, () => clock.monotonic()),
    stop: async () => {
      stopSweeper();
      await commits.settled();
    },
  };
};
