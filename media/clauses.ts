/**
 * Cuts a text at the ends of its sentences, so that the first can be heard while the next is still being made. Joining the parts with a space gives the
 * text back. Abbreviations and decimals are not ends: a sentence ends at punctuation followed by a space and a capital letter, digit or quote.
 */
export const splitSentences = (text: string): string[] =>
  text
    .trim()
    .split(/(?<=[.?!…]["')\]]?)\s+(?=["'([]?[\p{Lu}\p{N}])/u)
    .filter((part) => part !== '');

/** A clause may begin after these signs… */
const BREAK_AFTER = /[,;:–—-]["')\]]?$/u;
/** …or before these words. */
const BREAK_BEFORE = /^(?:and|but|or|so|because|since|although|though|while|when|where|which|who|if|unless|until)$/iu;
/** A clause shorter than this sounds torn off. */
const FEWEST_WORDS = 2;

/**
 * Like `splitSentences`, with the first sentence cut once more when it has more than `firstMaxWords` words: after the last comma, semicolon, colon or dash
 * within them, else before the last conjunction, else at the first such place after them. A sentence without one stays whole. So the voice has little to
 * make before it is heard. Joining the parts with a space gives the text back.
 */
export const splitClauses = (text: string, { firstMaxWords }: { firstMaxWords: number }): string[] => {
  const [first = '', ...rest] = splitSentences(text);
  const at = firstBreak(first, firstMaxWords);
  return at === undefined ? [first, ...rest].filter((part) => part !== '') : [first.slice(0, at.end), first.slice(at.next), ...rest];
};

/** The white space at which the first clause ends: its first character and the one after it. */
const firstBreak = (sentence: string, maxWords: number): { end: number; next: number } | undefined => {
  const words = [...sentence.matchAll(/\S+/gu)];
  if (words.length <= maxWords) return undefined;
  const places = words.flatMap((match, before) => {
    const next = words[before + 1];
    const count = before + 1;
    if (!next || count < FEWEST_WORDS || words.length - count < FEWEST_WORDS) return [];
    const isSign = BREAK_AFTER.test(match[0]);
    if (!isSign && !BREAK_BEFORE.test(next[0])) return [];
    return [{ count, isSign, end: match.index + match[0].length, next: next.index }];
  });
  const within = places.filter(({ count }) => count <= maxWords);
  return within.findLast(({ isSign }) => isSign) ?? within.at(-1) ?? places[0];
};
