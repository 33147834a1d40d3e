import { plainText } from './commands.js';

/*
 * Small words of courtesy: thanks, assent, apology. The model and the plan speak one after the other and both are polite; who has just been thanked is not
 * thanked again.
 */

interface Courtesy {
  /** Anywhere in what was said already. */
  said: RegExp;
  /** A sentence that is this courtesy and nothing more. */
  alone: RegExp;
}

const COURTESIES: readonly Courtesy[] = [
  {
    said: /\b(?:thanks|thank you)\b/,
    alone:
      /^(?:(?:great|perfect|wonderful|lovely|good|okay|ok|alright|all right|understood|got it|and) )*(?:many )?(?:thanks|thank you)(?: (?:very much|so much|a lot|again))?(?: for (?:that|telling me|letting me know|your (?:time|patience|answers?)))?(?: (?!good ?bye|bye)\p{L}+)?$/u,
  },
  {
    said: /\b(?:okay|ok|alright|all right|of course|sure|certainly|understood|no problem|got it|noted|i understand)\b/,
    alone: /^(?:okay|ok|alright|all right|of course|sure|certainly|understood|no problem|got it|noted|i understand|that's fine)$/,
  },
  { said: /\bsorry\b/, alone: /^(?:(?:i'm|i am|so|very) )*sorry(?: (?:about that|to have bothered you|for that))?$/ },
];

const FIRST_SENTENCE = /^([^.!?]+[.!?]+)(?:\s+|$)/u;

/** The words without a leading sentence that only repeats a courtesy of `before`; empty when there is nothing else in them. */
export const withoutCourtesy = (before: string, words: string): string => {
  const [whole, first] = FIRST_SENTENCE.exec(words) ?? [];
  if (whole === undefined || first === undefined) return words;
  const earlier = plainText(before);
  const repeats = COURTESIES.some(({ said, alone }) => said.test(earlier) && alone.test(plainText(first)));
  return repeats ? words.slice(whole.length) : words;
};
