import { contentWords, overlap } from './value-words.js';

const UNKNOWN = 'I do not know that, but the team will get back to you.';

/** The sentence of the knowledge that shares most words with the question, as it stands; or that it is not known. */
export const answerFrom = (knowledge: readonly string[], question: string): string => {
  const asked = contentWords(question);
  const [best] = knowledge.map((sentence) => ({ sentence, score: overlap(asked, contentWords(sentence)) })).sort((a, b) => b.score - a.score);
  return best && best.score > 0 ? best.sentence : UNKNOWN;
};
