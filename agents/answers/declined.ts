import { DECLINES, SOFT_DECLINES } from './english/talk.js';
import { phraseSet, type SpokenWord } from './spoken-text.js';

const firm = phraseSet(DECLINES);
const soft = phraseSet(SOFT_DECLINES);
/** Single words that refuse only when little else is said: "pass" alone, not "I have a boarding pass". */
const ALONE = new Set(['pass', 'skip']);

/**
 * Finds the last refusal to answer ("I'd rather not say", "skip that"): its place in words, or undefined. With `softToo` also a bare "I'd rather not", which
 * to a yes-no question is simply a no.
 */
export const findDecline = (words: readonly SpokenWord[], softToo: boolean): { from: number; to: number } | undefined => {
  for (let index = words.length - 1; index >= 0; index--) {
    const found = firm.at(words, index) ?? (softToo ? soft.at(words, index) : undefined);
    if (!found) continue;
    if (found.length === 1 && ALONE.has(words[index]?.text ?? '') && words.length > 3) continue;
    // The longest phrase may begin earlier: "I would prefer not to say" also holds "prefer not to say".
    for (let earlier = Math.max(0, index - 3); earlier < index; earlier++) {
      const longer = firm.at(words, earlier) ?? (softToo ? soft.at(words, earlier) : undefined);
      if (longer && earlier + longer.length >= index + found.length) return { from: earlier, to: earlier + longer.length };
    }
    return { from: index, to: index + found.length };
  }
  return undefined;
};
