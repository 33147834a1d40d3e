import type { Clock } from '../../schemas/clock.js';

/** What a bounded wait ended with: the next item or the end, or none in time, or the reader gave up. */
export type Waited<T> = IteratorResult<T, unknown> | 'late' | 'aborted';

/**
 * A stream that can be left at any moment, whatever its source does: no wait outlasts its limit, and an abort is noticed while nobody reads. `next` throws
 * what the source throws. The reader calls `close`, which aborts the source's signal and waits for nothing.
 */
export interface BoundedStream<T> {
  next(limitMs: number): Promise<Waited<T>>;
  close(): void;
}

export const boundedStream = <T>(clock: Clock, signal: AbortSignal, open: (signal: AbortSignal) => AsyncIterable<T>): BoundedStream<T> => {
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  let source: AsyncIterator<T, unknown> | undefined;
  const read = async () => {
    source ??= open(stop.signal)[Symbol.asyncIterator]();
    return source.next();
  };

  const next = (limitMs: number) =>
    new Promise<Waited<T>>((resolve, reject) => {
      if (signal.aborted) return resolve('aborted');
      if (limitMs <= 0) return resolve('late');
      const clear = () => {
        cancel();
        signal.removeEventListener('abort', giveUp);
      };
      const settle = (outcome: Waited<T>) => {
        clear();
        resolve(outcome);
      };
      const giveUp = () => settle('aborted');
      const cancel = clock.after(limitMs, () => settle('late'));
      signal.addEventListener('abort', giveUp, { once: true });
      // What comes after the wait is over is let go, an error too.
      read().then(settle, (error: unknown) => {
        clear();
        reject(error);
      });
    });

  return {
    next,
    close() {
      signal.removeEventListener('abort', onAbort);
      stop.abort();
      // A source that hangs in a read would keep us waiting; one that fails while it is being left tells nothing new.
      source?.return?.().then(undefined, () => undefined);
    },
  };
};
