/*
 * Cuts a model's words into clauses while they are still coming, so that the first can be spoken before the last is known. A clause ends at the end of a
 * sentence; a long first one may end at a comma.
 */

const SENTENCE_END = /[.!?…]["')\]]*\s+/u;
const PAUSE = /[,;:–—]\s+/u;
/** A first clause of so many words may be spoken without the rest of its sentence. */
const FIRST_WORDS = 6;

export interface ClauseStream {
  /** Takes the next words; gives the clauses that they complete. */
  push(delta: string): string[];
  /** Gives what is left. */
  end(): string[];
}

export const createClauseStream = (): ClauseStream => {
  let rest = '';
  let given = 0;

  const cut = (pattern: RegExp, enough: (clause: string) => boolean): string | undefined => {
    const found = pattern.exec(rest);
    if (!found) return undefined;
    const clause = rest.slice(0, found.index + found[0].length).trim();
    if (!enough(clause)) return undefined;
    rest = rest.slice(found.index + found[0].length);
    return clause;
  };

  return {
    push(delta) {
      rest += delta;
      const clauses: string[] = [];
      for (;;) {
        const clause =
          cut(SENTENCE_END, (text) => !/\b(?:\w|Mr|Ms|Mrs|Dr|St|No|e\.g|i\.e)\.$/.test(text)) ??
          (given === 0 ? cut(PAUSE, (text) => text.split(/\s+/).length >= FIRST_WORDS) : undefined);
        if (clause === undefined) return clauses;
        given += 1;
        if (clause !== '') clauses.push(clause);
      }
    },
    end() {
      const last = rest.trim();
      rest = '';
      return last === '' ? [] : [last];
    },
  };
};
