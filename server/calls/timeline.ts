import type { CallTimelineEntry, CallTimelineEvent } from '../../schemas/call-event.js';
import type { Cancel, Clock } from '../../schemas/clock.js';
import type { CallEventRepository } from '../store/repositories/call-events.js';

/*
 * The timeline of every call of this process: numbered, told to whoever listens (the live view), and written to the store in batches behind the call's back.
 * The audio path only ever pushes to an array here.
 */

const FLUSH_MS = 100;
const RETRY_MS = 1000;
const BATCH = 200;
/** A store that stays away this long costs the oldest interim texts first; turns and answers are never dropped. */
const MAX_WAITING = 20_000;

export interface Timeline {
  record(entry: CallTimelineEntry, lineMs?: number): void;
  /** Resolves when everything recorded so far is in the store, or after `withinMs`. */
  flushed(withinMs: number): Promise<boolean>;
}

export interface Timelines {
  /**
   * The timeline of a call; the same one while it is in use. The first opening reads from the store where numbering goes on. Every opening ends with a
   * `release`.
   */
  open(companyId: string, callId: string): Promise<Timeline>;
  /** Calls `listener` with every event above `afterSeq`: first those that wait for the store, then each as it happens. Returns the end of it. */
  subscribe(callId: string, afterSeq: number, listener: (event: CallTimelineEvent) => void): () => void;
  /** One of its users needs the timeline no more; after the last one it is forgotten as soon as everything of it is in the store. */
  release(callId: string): void;
  close(): Promise<void>;
}

export const createTimelines = (deps: {
  events: CallEventRepository;
  clock: Clock;
  onTrouble: (error: unknown, callId: string) => void;
}): Timelines => {
  const { clock } = deps;
  const open = new Map<string, { users: number; timeline: Promise<Timeline & { stop(): Promise<void> }> }>();
  const unstored = new Map<string, readonly CallTimelineEvent[]>();
  const listeners = new Map<string, Set<(event: CallTimelineEvent) => void>>();
  let closed = false;

  const forgetUnused = (callId: string) => {
    if (open.get(callId)?.users !== 0 || unstored.get(callId)?.length) return;
    open.delete(callId);
    unstored.delete(callId);
  };

  const create = async (companyId: string, callId: string) => {
    const stored = await deps.events.list(companyId, callId);
    let next = (stored.at(-1)?.seq ?? 0) + 1;
    const waiting: CallTimelineEvent[] = [];
    unstored.set(callId, waiting);
    let timer: Cancel | undefined;
    let writing: Promise<boolean> | undefined;

    const write = async (): Promise<boolean> => {
      while (waiting.length > 0) {
        const batch = waiting.slice(0, BATCH);
        try {
          await deps.events.appendMany(companyId, callId, batch);
          waiting.splice(0, batch.length);
        } catch (error) {
          // The batch stays and is written again; sequence numbers make the repeat harmless.
          deps.onTrouble(error, callId);
          schedule(RETRY_MS);
          return false;
        }
      }
      forgetUnused(callId);
      return true;
    };
    const flush = (): Promise<boolean> => {
      writing ??= write().finally(() => {
        writing = undefined;
      });
      return writing;
    };
    const schedule = (ms: number) => {
      timer?.();
      if (closed) return;
      timer = clock.after(ms, () => {
        timer = undefined;
        // flush reports its trouble itself and never rejects.
        void flush();
      });
    };

    return {
      record(entry: CallTimelineEntry, lineMs?: number) {
        const event: CallTimelineEvent = { seq: next++, at: clock.now(), ...(lineMs === undefined ? {} : { line_ms: lineMs }), event: entry };
        for (const listener of listeners.get(callId) ?? []) listener(event);
        // Interim texts are for the live view; the final words follow in a turn.
        if (entry.kind === 'transcript-interim') return;
        if (waiting.length >= MAX_WAITING) return deps.onTrouble(new Error('the timeline is full, an event was dropped'), callId);
        waiting.push(event);
        if (!timer) schedule(FLUSH_MS);
      },
      async flushed(withinMs: number) {
        const deadline = clock.monotonic() + withinMs;
        while (waiting.length > 0 && clock.monotonic() < deadline) if (!(await flush())) await clock.sleep(Math.min(RETRY_MS, withinMs));
        return waiting.length === 0;
      },
      async stop() {
        timer?.();
        await flush();
      },
    };
  };

  return {
    open(companyId, callId) {
      let entry = open.get(callId);
      if (!entry) {
        entry = { users: 0, timeline: create(companyId, callId) };
        open.set(callId, entry);
        entry.timeline.catch(() => open.delete(callId));
      }
      entry.users += 1;
      return entry.timeline;
    },
    subscribe(callId, afterSeq, listener) {
      const above = (event: CallTimelineEvent) => {
        if (event.seq > afterSeq) listener(event);
      };
      for (const event of unstored.get(callId) ?? []) above(event);
      const set = listeners.get(callId) ?? new Set();
      listeners.set(callId, set.add(above));
      return () => {
        set.delete(above);
        if (set.size === 0) listeners.delete(callId);
      };
    },
    release(callId) {
      const entry = open.get(callId);
      if (!entry) return;
      entry.users -= 1;
      forgetUnused(callId);
    },
    async close() {
      closed = true;
      const timelines = await Promise.allSettled([...open.values()].map(({ timeline }) => timeline));
      await Promise.allSettled(timelines.flatMap((one) => (one.status === 'fulfilled' ? [one.value.stop()] : [])));
      open.clear();
      unstored.clear();
    },
  };
};
