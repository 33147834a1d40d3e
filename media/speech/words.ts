/** The words of a text as every voice here counts them: what is between white space, exactly; a broken surrogate becomes U+FFFD as in any UTF-8. */
export const toWords = (text: string): string[] =>
  Buffer.from(text)
    .toString()
    .split(/\s+/u)
    .filter((word) => word !== '');

/**
 * Cuts a text into pieces that a voice speaks at once: sentences, and long ones at spaces so that no piece exceeds `maxCharacters` unless one word does.
 * The words of all pieces in order are the words of the text.
 */
export const toSpokenPieces = (text: string, maxCharacters: number): string[] => {
  const pieces: string[] = [];
  let piece = '';
  for (const word of toWords(text)) {
    if (piece !== '' && piece.length + 1 + word.length > maxCharacters) {
      pieces.push(piece);
      piece = '';
    }
    piece = piece === '' ? word : `${piece} ${word}`;
    if (/[.!?…]["'”’)\]]*$/u.test(word) && !ABBREVIATION.test(word)) {
      pieces.push(piece);
      piece = '';
    }
  }
  return piece === '' ? pieces : [...pieces, piece];
};

/** A full stop that ends no sentence: initials, "e.g.", titles. */
const ABBREVIATION = /^(?:\p{L}\.)+$|^(?:mr|mrs|ms|dr|st|no|vs|etc|approx|inc|ltd|co)\.$/iu;
