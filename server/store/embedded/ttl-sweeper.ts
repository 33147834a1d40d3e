import type { Cancel, Clock } from '../../../schemas/clock.js';
import type { CollectionDefinition, IndexDefinition } from './catalog.js';
import type { GroupCommit } from './group-commit.js';
import { parseFilter } from './parse-filter.js';
import { runQuery } from './query.js';
import type { RetryableWrites } from './retryable-writes.js';
import type { Engine } from './statement.js';

/** How often expired documents are looked for; MongoDB's own pace. A TTL index cleans up, it is no timer. */
const SWEEP_MS = 60_000;

/** Documents removed in one transaction, so that other writes get their turn in between. */
const SWEEP_BLOCK = 200;

/** Removes expired documents, idle cursors and old retry answers, from now on and about every minute. Returns what stops it. */
export const startSweeper = (engine: Engine, commits: GroupCommit, retries: RetryableWrites, clock: Clock): Cancel => {
  let cancel: Cancel = () => {};
  let stopped = false;
  const sweep = async () => {
    try {
      engine.cursors.closeIdle();
      await commits.submit(() => retries.forgetOld());
      await removeExpired(engine, commits, () => stopped);
    } catch {
      // Nothing is lost by a failed sweep: what is expired stays expired for the next one, and a broken store shows at the next statement.
    }
    if (!stopped) cancel = clock.after(SWEEP_MS, () => void sweep());
  };
  cancel = clock.after(SWEEP_MS, () => void sweep());
  return () => {
    stopped = true;
    cancel();
  };
};

/** Removes every document whose date in a TTL index is old enough. */
const removeExpired = async (engine: Engine, commits: GroupCommit, isStopped: () => boolean): Promise<void> => {
  for (const { database, name, indexes } of engine.catalog.list()) {
    for (const index of indexes.filter(({ expireAfterSeconds }) => expireAfterSeconds !== undefined)) {
      for (let removed = SWEEP_BLOCK; removed === SWEEP_BLOCK && !isStopped(); ) {
        removed = await commits.submit(() => {
          // Looked up again each time: it may have been dropped meanwhile.
          const collection = engine.catalog.find(database, name);
          return collection?.indexes.some(({ number }) => number === index.number) ? removeBlock(engine, collection, index) : 0;
        });
      }
    }
  }
};

const removeBlock = (engine: Engine, collection: CollectionDefinition, index: IndexDefinition): number => {
  const path = index.fields[0]?.path ?? '';
  const before = new Date(engine.now() - (index.expireAfterSeconds ?? 0) * 1000);
  const expired = parseFilter(new Map([[path, new Map([['$lte', before]])]]));
  const filter = index.partialFilter ? { kind: 'all' as const, clauses: [expired, index.partialFilter.filter] } : expired;
  const found = [...runQuery(engine.storage, collection, { filter, sort: [], skip: 0, limit: SWEEP_BLOCK }, () => {})];
  for (const record of found) engine.records.remove(collection, record);
  return found.length;
};
