import { findDecline } from './declined.js';
import { FILLERS } from './english/talk.js';
import type { AnswerKind, Interpretation } from './kind.js';
import { CONFIDENCE, noAnswer, trailsOff } from './reading.js';
import { phraseSet, quoteOf, spokenWords } from './spoken-text.js';

const fillers = phraseSet([...FILLERS, 'you know', 'okay', 'ok', 'right', 'and', 'but', 'the', 'a', 'i', 'i guess', 'i think']);
/** A refusal inside a longer story is part of the story. */
const MOST_WORDS_OF_A_REFUSAL = 10;

/** Short free text: kept as it was said. It proves itself, so its confidence says only that there is some content. */
export const text: AnswerKind = {
  type: 'text',
  interpret(said): Interpretation {
    const words = spokenWords(said);
    const trimmed = said.trim();
    if (words.length === 0) return noAnswer(said);
    const decline = findDecline(words, true);
    if (decline && words.length <= MOST_WORDS_OF_A_REFUSAL)
      return { status: 'declined', confidence: CONFIDENCE.plain, quote: quoteOf(said, words, decline.from, decline.to) };
    for (let index = 0; index < words.length; ) {
      const filler = fillers.at(words, index);
      if (!filler) return { status: 'understood', value: trimmed, confidence: 0.9, quote: trimmed };
      index += filler.length;
    }
    return { status: 'unclear', confidence: 0, quote: trimmed, problem: 'incomplete' };
  },
  progress: (said) => (trailsOff(spokenWords(said)) ? 'continues' : 'open'),
  grammar: () => undefined,
};
