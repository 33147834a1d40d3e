/*
 * What the driver's failures mean to us. Codes and class names only: message texts differ between servers and versions.
 */

const DUPLICATE_KEY = 11_000;

const hasCode = (error: unknown): error is { code: unknown } => typeof error === 'object' && error !== null && 'code' in error;

/** Whether a write was refused by a unique index (MongoDB error 11000). */
export const isDuplicateKey = (error: unknown): boolean => hasCode(error) && error.code === DUPLICATE_KEY;

/** Whether every failed write of an unordered bulk was refused by a unique index: all of it is stored, some of it from before. */
export const isOnlyDuplicateKeys = (error: unknown): boolean => {
  if (!isDuplicateKey(error)) return false;
  if (typeof error !== 'object' || error === null || !('writeErrors' in error)) return true;
  const { writeErrors } = error;
  return (Array.isArray(writeErrors) ? writeErrors : [writeErrors]).every(isDuplicateKey);
};

const UNAVAILABLE = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongooseServerSelectionError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoPoolClosedError',
  'MongoPoolClearedError',
  'MongoWaitQueueTimeoutError',
  'MongoOperationTimeoutError',
  'MongoClientClosedError',
  'MongooseError',
]);

/** Whether the store could not be reached in time, as opposed to having refused what was asked. `MongooseError` alone is what a closed connection throws. */
export const isStoreUnavailable = (error: unknown): boolean => error instanceof Error && UNAVAILABLE.has(error.name);
