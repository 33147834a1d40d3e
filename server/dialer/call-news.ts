import type { Clock } from '../../schemas/clock.js';

/** Wakes whoever follows a call as soon as something is known of it. */
export interface CallNews {
  /** Something happened to the call; harmless when nobody waits. */
  tell(callId: string): void;
  /** Waits for news of the call, at most `ms`; returns early when `stopping` aborts. */
  wait(callId: string, ms: number): Promise<void>;
}

export const createCallNews = (clock: Clock, stopping: AbortSignal): CallNews => {
  const waiting = new Map<string, () => void>();
  return {
    tell: (callId) => waiting.get(callId)?.(),
    async wait(callId, ms) {
      const told = new AbortController();
      const wake = () => told.abort(new Error('news'));
      waiting.set(callId, wake);
      stopping.addEventListener('abort', wake, { once: true });
      // Rejects only because there are news, which is what was waited for.
      await clock.sleep(ms, told.signal).catch(() => undefined);
      stopping.removeEventListener('abort', wake);
      waiting.delete(callId);
    },
  };
};
