import { CommandError } from './command-error.js';
import { SESSION_TIMEOUT_MINUTES } from './handshake.js';
import type { Storage } from './storage.js';
import { RETRIES, retryKey } from './storage-keys.js';

/**
 * The answers to retryable writes. A driver that lost the reply sends the same (session, number) again and must get the first answer, not a second write.
 * Kept in the store, in the transaction of the write itself, so a restart in between changes nothing. Only inside a transaction.
 * Follows: MongoDB specifications, "Retryable Writes".
 */
export interface RetryableWrites {
  /** The first answer to this write, if there was one. Throws TransactionTooOld (225) for a number below the session's last. */
  findAnswer(session: Buffer, number: bigint): Buffer | undefined;
  keepAnswer(session: Buffer, number: bigint, answer: Buffer): void;
  forget(session: Buffer): void;
  /** Forgets the sessions that are past their time-out. */
  forgetOld(): void;
}

/** Write number (8 bytes) and instant (8 bytes) stand before the answer. */
const HEAD_BYTES = 16;
const SWEEP_BLOCK = 500;

export const openRetryableWrites = (storage: Storage, now: () => number): RetryableWrites => ({
  findAnswer(session, number) {
    const kept = storage.get(retryKey(session));
    const last = kept?.readBigInt64BE(0);
    if (!kept || last === undefined || number > last) return undefined;
    if (number < last)
      throw new CommandError('TransactionTooOld', `Retryable write with txnNumber ${number} is prohibited: the session has gone on to ${last}.`);
    return kept.subarray(HEAD_BYTES);
  },
  keepAnswer(session, number, answer) {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeBigInt64BE(number, 0);
    head.writeDoubleBE(now(), 8);
    storage.put(retryKey(session), Buffer.concat([head, answer]));
  },
  forget: (session) => storage.remove(retryKey(session)),
  forgetOld() {
    const oldest = now() - SESSION_TIMEOUT_MINUTES * 60_000;
    let { start } = RETRIES;
    for (;;) {
      const block = storage.readBlock({ start, end: RETRIES.end }, SWEEP_BLOCK);
      for (const { key, value } of block) if (value.readDoubleBE(8) < oldest) storage.remove(key);
      const last = block.at(-1);
      if (!last || block.length < SWEEP_BLOCK) return;
      start = Buffer.concat([last.key, Buffer.from([0])]);
    }
  },
});
