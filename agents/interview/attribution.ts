import { plainText } from '../commands.js';
import { contentStems } from '../knowledge.js';
import type { Draft } from './draft.js';
import { orderedQuestions, questionOf, variableOf } from './plan.js';

/*
 * Which question is a clause about? "I can start Monday, and I do have a licence" answers two; "no wait, I can't do nights" corrects the one before. Judged by
 * the content words that a clause shares with each question, its prompt and its options; words that several questions share count less.
 */

/** A verbatim part of a turn and the variable that it speaks of; `undefined` when it names none, so that it belongs to the open question. */
export interface Clause {
  text: string;
  about: string | undefined;
}

const topicsOf = (draft: Draft): Map<string, Set<string>> => {
  const topics = new Map<string, Set<string>>();
  for (const { variable } of orderedQuestions(draft.context.bot)) {
    const { capture_prompt, options } = variableOf(draft.context, variable);
    const { text, follow_up } = questionOf(draft.context, variable);
    const choices = (options ?? []).flatMap((option) => [option.value, option.label ?? '', ...option.synonyms]);
    topics.set(variable, contentStems([variable.replace(/_/g, ' '), capture_prompt, text, follow_up ?? '', ...choices].join(' ')));
  }
  return topics;
};

const SPLIT = /[,.;!?]+\s+|\s+(?=(?:and|but|also|though)\s)/;

/** Cuts a statement into clauses, each a verbatim part of it, in order. */
const clausesOf = (statement: string): string[] =>
  statement
    .split(SPLIT)
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '');

/** A clause must share this much with a question to be about it: one word of its own, or two that another question has as well. */
const ABOUT = 0.99;

/**
 * The clauses of a statement with the question that each is about. The open question wins ties; a clause that shares no telling word with any question has
 * no subject.
 */
export const attribute = (draft: Draft, statement: string, open: string | undefined): Clause[] => {
  const topics = topicsOf(draft);
  const owners = new Map<string, number>();
  for (const stems of topics.values()) for (const stem of stems) owners.set(stem, (owners.get(stem) ?? 0) + 1);
  const scoreOf = (stems: Set<string>, variable: string): number => {
    let score = 0;
    for (const stem of stems) if (topics.get(variable)?.has(stem)) score += 1 / (owners.get(stem) ?? 1);
    return score;
  };
  return clausesOf(statement).map((text) => {
    const stems = contentStems(text);
    let best: { variable: string; score: number } | undefined;
    for (const variable of topics.keys()) {
      const score = scoreOf(stems, variable);
      if (score < ABOUT) continue;
      if (!best || score > best.score || (score === best.score && variable === open)) best = { variable, score };
    }
    const own = open === undefined ? 0 : scoreOf(stems, open);
    return { text, about: best && best.score > own ? best.variable : own > 0 ? open : undefined };
  });
};

const CORRECTING =
  /^(?:(?:oh|um|uh|er|yes|yeah|okay|ok) )*(?:no wait|wait no|no no|wait|actually|sorry|hold on|hang on|scratch that|correction|i mean|i meant|my mistake|let me correct|change that|i made a mistake|no sorry|no actually|on second thought)\b/;

/** "No wait", "actually", "sorry, I meant": what follows replaces something said before. */
export const soundsLikeCorrection = (said: string): boolean => CORRECTING.test(plainText(said));

const WISH =
  /\b(?:(?:want|need|like|have|wish) to|(?:can|could|may) (?:i|we|you)|let me|let's|please|should) (?:please |just )?(?:change|correct|fix|update|redo|edit|go back to)\b|^(?:(?:actually|wait|no|yes|and|but|sorry|please|oh) )*(?:change|correct|fix|update|edit) (?:the|my|that|something|one)\b|\b(?:made|there's|there is) (?:a|one) mistake\b|\b(?:is|was|got|that's) (?:\w+ )?(?:wrong|incorrect|not right|not correct)\b/;

/** "I want to change the rate", "I made a mistake": something said before shall be different, whatever it shall be. */
export const wishesChange = (said: string): boolean => WISH.test(plainText(said));

/** The one answer that a statement speaks of; undefined when there is none, or several. */
export const subjectOf = (draft: Draft, statement: string): string | undefined => {
  const named = new Set(attribute(draft, statement, undefined).flatMap(({ about }) => (about === undefined ? [] : [about])));
  const [only] = named;
  return named.size === 1 ? only : undefined;
};
