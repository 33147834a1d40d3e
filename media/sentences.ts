/**
 * Cuts a text at the ends of its sentences, so that the first can be heard while the next is still being made. Joining the parts with a space gives the
 * text back. Abbreviations and decimals are not ends: a sentence ends at punctuation followed by a space and a capital letter, digit or quote.
 */
export const splitSentences = (text: string): string[] =>
  text
    .trim()
    .split(/(?<=[.?!…]["')\]]?)\s+(?=["'([]?[\p{Lu}\p{N}])/u)
    .filter((part) => part !== '');
