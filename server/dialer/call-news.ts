import type { Clock } from '../../schemas/clock.js';

/** Wakes whoever follows a call as soon as something is known of it. */
export interface CallNews {
  /** Something happened to the call; harmless when nobody waits. */
  tell(callId: string): void;
  /** Wakes everybody who waits. */
  tellAll(): void;
  /** Waits for news of the call, at most `ms`. */
  wait(callId: string, ms: number): Promise<void>;
}

export const createCallNews = (clock: Clock): CallNews => {
  const waiting = new Map<string, () => void>();
  return {
    tell: (callId) => waiting.get(callId)?.(),
    tellAll() {
      for (const wake of waiting.values()) wake();
    },
    async wait(callId, ms) {
      const told = new AbortController();
      waiting.set(callId, () => told.abort(new Error('news')));
      // Rejects only because there are news, which is what was waited for.
      await clock.sleep(ms, told.signal).catch(() => undefined);
      waiting.delete(callId);
    },
  };
};
