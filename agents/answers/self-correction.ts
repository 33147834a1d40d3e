import { CORRECTIONS, NO_NOUNS } from './english/talk.js';
import { phraseSet, type SpokenWord, startsClause } from './spoken-text.js';

const corrections = phraseSet(CORRECTIONS);
const nouns = new Set(NO_NOUNS);

/** A stretch of words between two corrections, as indexes, `to` exclusive. */
export interface Statement {
  from: number;
  to: number;
  /** A plain unpunctuated "no" opened it ("days no nights"), which could also have been a negation. */
  doubtful: boolean;
}

/**
 * How "no" is read: `corrects` before anything that is not its noun; `corrects-a-value` only after something was said or before a pause ("no nights" alone
 * refuses nights); `corrects-before-pause` only when a pause follows.
 */
export type NoRule = 'corrects' | 'corrects-a-value' | 'corrects-before-pause';

/**
 * Splits an utterance where the speaker corrects himself: "the third, no, the fourth", "eighteen — sorry, I mean twenty", "scratch that". The last statement
 * with a value is the answer. Statements without words are left out.
 */
export const splitStatements = (words: readonly SpokenWord[], noRule: NoRule = 'corrects'): Statement[] => {
  const statements: Statement[] = [];
  let from = 0;
  let doubtful = false;
  const close = (to: number) => {
    if (to > from) statements.push({ from, to, doubtful });
  };
  for (let index = 0; index < words.length; ) {
    const phrase = corrections.at(words, index);
    const next = words[index + 1];
    const paused = next === undefined || startsClause(next);
    const saysNo = words[index]?.text === 'no' || words[index]?.text === 'nope' || words[index]?.text === 'nah';
    const correctsByNo =
      saysNo && (paused || (!nouns.has(next?.text ?? '') && (noRule === 'corrects' || (noRule === 'corrects-a-value' && index > from))));
    const length = phrase?.length ?? (correctsByNo ? 1 : 0);
    if (length === 0) {
      index++;
      continue;
    }
    close(index);
    doubtful = !phrase && !paused && !startsClause(words[index]) && index > from;
    from = index + length;
    index = from;
  }
  close(words.length);
  return statements;
};
