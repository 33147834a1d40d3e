import type { Clock } from '../../schemas/clock.js';
import type { SpokenAudio } from '../../schemas/ports/speech.js';

/*
 * Watches a voice at work: audio that does not come in time ends the waiting, and the silence that waiting causes is counted for the whole text, so that
 * several voices that fail one after the other do not add up to a long one.
 */

/** The audio of a voice did not come in time. */
export class AudioLateError extends Error {
  constructor(waitedMs: number) {
    super(`no audio within ${Math.round(waitedMs)} ms`);
    this.name = 'AudioLateError';
  }
}

/**
 * Yields the pieces of `source`. Throws `AudioLateError` when the next one with audio takes longer than `limitMs()`, which is asked when the waiting for
 * it begins; time that the reader takes does not count, nor do pieces without audio. Ends on abort, whatever the source does then. A source that hangs is
 * told to return and not waited for: the caller's signal has to make it stop.
 */
export async function* watchAudio(
  source: AsyncIterable<SpokenAudio>,
  options: { clock: Clock; signal: AbortSignal; limitMs: () => number },
): AsyncGenerator<SpokenAudio, void> {
  const { clock, signal, limitMs } = options;
  const pieces = source[Symbol.asyncIterator]();
  let limit = limitMs();
  let leftMs = limit;
  try {
    for (;;) {
      const askedAt = clock.monotonic();
      const next = await within(() => pieces.next(), leftMs, clock, signal);
      if (next === 'aborted') return;
      if (next === 'late') throw new AudioLateError(limit);
      if (next.done) return;
      leftMs = Math.max(0, leftMs - (clock.monotonic() - askedAt));
      yield next.value;
      if (next.value.audio.length === 0) continue;
      limit = limitMs();
      leftMs = limit;
    }
  } finally {
    void stop(pieces);
  }
}

/** Never rejects: what a source says to being stopped interests nobody. */
const stop = async (pieces: AsyncIterator<unknown>): Promise<void> => {
  try {
    await pieces.return?.();
  } catch {
    // It had failed before, or fails because it was stopped.
  }
};

const within = <T>(run: () => Promise<T>, ms: number, clock: Clock, signal: AbortSignal): Promise<T | 'late' | 'aborted'> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return resolve('aborted');
    const release = () => {
      cancel();
      signal.removeEventListener('abort', onAbort);
    };
    const settle = (value: T | 'late' | 'aborted') => {
      release();
      resolve(value);
    };
    const onAbort = () => settle('aborted');
    const cancel = clock.after(ms, () => settle('late'));
    signal.addEventListener('abort', onAbort, { once: true });
    // Asked inside the chain, so that an iterator that throws at once is like one that rejects.
    Promise.resolve()
      .then(run)
      .then(settle, (error: unknown) => {
        release();
        reject(error);
      });
  });

/** Silence that the failing voices of one text may cause together, whatever their number; the one that serves in the end needs some time of its own. */
const SILENCE_BUDGET_MS = 3500;
/** The same until the first sound of the text: the end of the turn and the model have taken up to 2 s by then, and nobody may be kept waiting for 4 s. */
const FIRST_SOUND_BUDGET_MS = 2000;
/** A voice that is asked at all gets this long for its first audio: less is no chance over a network. */
const LEAST_PATIENCE_MS = 250;
/** With nobody else to ask, late audio is better than none, up to the longest silence that a call may have. */
const LAST_BUDGET_MS = 3900;

export interface SilenceBudget {
  /**
   * How long to wait now for a voice whose limit is `limitMs`: less when silence has been spent and there is somebody else to ask, more when there is nobody.
   * `isFirst` when the voice has yet to be heard.
   */
  patienceMs(limitMs: number, how: { isFirst: boolean; hasOther: boolean }): number;
  /** The waiting of `patienceMs` is over. */
  waited(): void;
  /** Audio was passed on: that long nobody hears the waiting. */
  passed(audioMs: number): void;
}

/** Made when a text is begun. It takes audio as played from when it was passed on, or after what was passed on before. */
export const createSilenceBudget = (clock: Clock): SilenceBudget => {
  let spentMs = 0;
  let soundUntilMs = Number.NEGATIVE_INFINITY;
  let waitingSinceMs: number | undefined;
  return {
    patienceMs(limitMs, { isFirst, hasOther }) {
      const now = clock.monotonic();
      waitingSinceMs = now;
      const soundMs = Math.max(0, soundUntilMs - now);
      const budgetMs = soundUntilMs === Number.NEGATIVE_INFINITY ? FIRST_SOUND_BUDGET_MS : SILENCE_BUDGET_MS;
      if (!hasOther) return Math.max(limitMs, soundMs + LAST_BUDGET_MS - spentMs);
      return Math.min(limitMs, soundMs + Math.max(isFirst ? LEAST_PATIENCE_MS : 0, budgetMs - spentMs));
    },
    waited() {
      const now = clock.monotonic();
      if (waitingSinceMs !== undefined) spentMs += Math.max(0, now - Math.max(waitingSinceMs, soundUntilMs));
      waitingSinceMs = undefined;
    },
    passed(audioMs) {
      soundUntilMs = Math.max(soundUntilMs, clock.monotonic()) + audioMs;
    },
  };
};
