/*
 * Which names are hinted to the vendor. Follows: Deepgram docs, "Keyterm prompting": at most 500 tokens in all, one phrase a value, no separators in it. How
 * the vendor counts tokens is not published, so this estimate errs to the high side of one token for four characters.
 */

const MAX_TOKENS = 500;
const MAX_TERMS = 100;
const CHARACTERS_PER_TOKEN = 4;
const SEPARATORS = /[,;\s\p{Cc}]+/gu;

const tokensOf = (term: string): number =>
  term.split(' ').reduce((sum, word) => sum + Math.max(1, Math.ceil([...word].length / CHARACTERS_PER_TOKEN)), 0);

/** The terms that fit, in the order given (the most specific first) and each once, whatever its case. */
export const toKeyterms = (terms: Iterable<string>): string[] => {
  const seen = new Set<string>();
  const kept: string[] = [];
  let tokens = 0;
  for (const raw of terms) {
    const term = raw.replace(SEPARATORS, ' ').trim();
    const key = term.toLowerCase();
    if (term === '' || seen.has(key)) continue;
    seen.add(key);
    const cost = tokensOf(term);
    // One that is too long does not keep out the shorter ones after it.
    if (tokens + cost > MAX_TOKENS) continue;
    tokens += cost;
    kept.push(term);
    if (kept.length === MAX_TERMS) break;
  }
  return kept;
};
