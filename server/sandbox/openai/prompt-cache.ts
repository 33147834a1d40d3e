/** Shorter prompts are not cached; longer ones in steps. Follows: platform.openai.com, "Prompt caching". */
const MIN_TOKENS = 1024;
const STEP_TOKENS = 128;
/** Prompts that are remembered for one key; the oldest is forgotten first. */
const MAX_PROMPTS = 16;
const MAX_KEYS = 64;

/** Remembers prompts and tells how much of a new one was seen before. */
export interface PromptCache {
  /** Tokens of this prompt that are read from the cache; remembers it. Requests share a cache when `key` is the same. */
  hit(key: string, prompt: readonly string[]): number;
}

export const createPromptCache = (): PromptCache => {
  const seen = new Map<string, (readonly string[])[]>();
  return {
    hit(key, prompt) {
      const prompts = seen.get(key) ?? [];
      const longest = Math.max(0, ...prompts.map((other) => sharedPrefix(other, prompt)));
      seen.delete(key);
      seen.set(key, [...prompts.slice(-(MAX_PROMPTS - 1)), prompt]);
      const oldest = seen.keys().next().value;
      if (seen.size > MAX_KEYS && oldest !== undefined) seen.delete(oldest);
      return longest < MIN_TOKENS ? 0 : longest - (longest % STEP_TOKENS);
    },
  };
};

const sharedPrefix = (a: readonly string[], b: readonly string[]): number => {
  const end = Math.min(a.length, b.length);
  for (let at = 0; at < end; at += 1) if (a[at] !== b[at]) return at;
  return end;
};
