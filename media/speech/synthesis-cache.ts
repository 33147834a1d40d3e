import type { Word } from '../../schemas/transcript.js';

/** Five minutes of mu-law: the fixed phrases of many bots, and no more memory than a second call. */
const MAX_BYTES = 2_400_000;

/** Recent syntheses by key, the least recently used dropped first; bounded by the bytes of their audio. */
export const createSynthesisCache = (maxBytes = MAX_BYTES) => {
  const entries = new Map<string, { muLaw: Buffer; words: Word[] }>();
  let bytes = 0;
  return {
    find(key: string): { muLaw: Buffer; words: Word[] } | undefined {
      const entry = entries.get(key);
      if (!entry) return undefined;
      // A map keeps the order of insertion: the end is the most recent.
      entries.delete(key);
      entries.set(key, entry);
      return entry;
    },
    keep(key: string, entry: { muLaw: Buffer; words: Word[] }): void {
      bytes += entry.muLaw.length - (entries.get(key)?.muLaw.length ?? 0);
      entries.delete(key);
      entries.set(key, entry);
      for (const [oldest, { muLaw }] of entries) {
        if (bytes <= maxBytes) break;
        entries.delete(oldest);
        bytes -= muLaw.length;
      }
    },
  };
};
