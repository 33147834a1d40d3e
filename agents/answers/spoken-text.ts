/** One word as it was said, with its place in the original text, so that a quote is always a verbatim part of what was said. */
export interface SpokenWord {
  /** Lower case, straight apostrophes, no thousands separators: `don't`, `18.50`, `60000`, `pm`. */
  text: string;
  /** Character offsets in the original, `end` exclusive. */
  start: number;
  end: number;
  /** The characters between the word before and this one: spaces and punctuation. */
  before: string;
}

// In order: ordinals in digits, grouped numerals (also lakh grouping), numerals, a.m./p.m., words, signs that people's tools write for words.
const WORD =
  /\d{1,2}(?:st|nd|rd|th)\b|\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|(?<!\p{L})[ap]\.\s?m\b\.?|\p{L}[\p{L}\p{M}]*(?:['’]\p{L}+)*|[$£€₹%@+&]/giu;

/** Recognisers often leave the apostrophe out; the tables have it. */
const APOSTROPHES: Readonly<Record<string, string>> = {
  arent: "aren't",
  cant: "can't",
  couldnt: "couldn't",
  didnt: "didn't",
  doesnt: "doesn't",
  dont: "don't",
  hadnt: "hadn't",
  hasnt: "hasn't",
  havent: "haven't",
  im: "i'm",
  isnt: "isn't",
  ive: "i've",
  oclock: "o'clock",
  shouldnt: "shouldn't",
  thats: "that's",
  wasnt: "wasn't",
  werent: "weren't",
  wouldnt: "wouldn't",
};

const plain = (raw: string): string => {
  const text = raw.toLowerCase().replaceAll('’', "'");
  if (/^\d/.test(text)) return text.replaceAll(',', '');
  if (/^[ap]\./.test(text)) return text.replaceAll(/[.\s]/g, '');
  return APOSTROPHES[text] ?? text;
};

/** Cuts speech into words that keep their offsets. Punctuation survives in `before` of the next word. */
export const spokenWords = (said: string): SpokenWord[] => {
  const words: SpokenWord[] = [];
  let last = 0;
  for (const match of said.matchAll(WORD)) {
    const start = match.index;
    const end = start + match[0].length;
    words.push({ text: plain(match[0]), start, end, before: said.slice(last, start) });
    last = end;
  }
  return words;
};

/** The verbatim stretch from word `from` up to, not including, word `to`. */
export const quoteOf = (said: string, words: readonly SpokenWord[], from: number, to: number): string => {
  const first = words[from];
  const last = words[to - 1];
  if (!first || !last) return '';
  const quote = said.slice(first.start, last.end);
  if (/^\d/.test(first.text) && /(?:^|\s)[-−]$/.test(said.slice(0, first.start))) return said.slice(first.start - 1, last.end);
  // "(415) 892-3245" keeps its opening bracket.
  return said[first.start - 1] === '(' && quote.includes(')') ? `(${quote}` : quote;
};

/** A new sentence starts at this word. */
export const startsSentence = (word: SpokenWord | undefined): boolean => word !== undefined && /[.!?;\n]/.test(word.before);

/** A new clause starts at this word: after a comma, a dash between spaces or the end of a sentence. */
export const startsClause = (word: SpokenWord | undefined): boolean => word !== undefined && /[.!?;,:\n—–…]|\s-+\s/.test(word.before);

/** The word follows the one before it without punctuation that separates; a hyphen joins. */
export const joined = (word: SpokenWord | undefined): boolean => word !== undefined && /^[\s-]*$/.test(word.before);

/** Phrases with a meaning, found longest first. */
export interface PhraseTable<T> {
  at(words: readonly SpokenWord[], index: number): { length: number; meaning: T } | undefined;
}

/**
 * Compiles phrases such as `as soon as possible` into a table. A phrase matches across commas ("no, wait") but not across the end of a sentence; of two that
 * match at one place the longer one counts.
 */
export const phraseTable = <T>(entries: Iterable<readonly [string, T]>): PhraseTable<T> => {
  const byFirst = new Map<string, { rest: string[]; meaning: T }[]>();
  for (const [phrase, meaning] of entries) {
    const [first = '', ...rest] = phrase.split(' ');
    const bucket = byFirst.get(first) ?? [];
    bucket.push({ rest, meaning });
    byFirst.set(first, bucket);
  }
  for (const bucket of byFirst.values()) bucket.sort((a, b) => b.rest.length - a.rest.length);
  return {
    at(words, index) {
      const found = byFirst.get(words[index]?.text ?? '')?.find(({ rest }) =>
        rest.every((text, offset) => {
          const word = words[index + 1 + offset];
          return word?.text === text && !startsSentence(word);
        }),
      );
      return found && { length: found.rest.length + 1, meaning: found.meaning };
    },
  };
};

/** A table of phrases that all mean the same. */
export const phraseSet = (phrases: Iterable<string>): PhraseTable<true> => phraseTable([...phrases].map((phrase) => [phrase, true] as const));

/** The first place where a phrase of the table stands, or undefined. */
export const findPhrase = <T>(
  table: PhraseTable<T>,
  words: readonly SpokenWord[],
  from = 0,
): { index: number; length: number; meaning: T } | undefined => {
  for (let index = from; index < words.length; index++) {
    const found = table.at(words, index);
    if (found) return { index, ...found };
  }
  return undefined;
};
