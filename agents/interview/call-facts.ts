import { plainText } from '../commands.js';
import { findAnswer } from '../knowledge.js';
import { expectedLength, identification, noticeText } from '../opening.js';
import { type Draft, speak } from './draft.js';
import { factsOf, filled } from './plan.js';

/*
 * Answers to questions: what the call knows of itself, and the knowledge base of the bot. Nothing is made up.
 */

/** Answers a question from the call's own facts or the knowledge base, or says that a person will. */
export const answerQuestion = (draft: Draft, question: string): void => {
  const { context } = draft;
  const found = factFor(draft, question) ?? findAnswer(question, filled(context, context.bot.knowledge_base));
  speak(draft, { act: 'answer', question }, found === undefined ? {} : { text: found });
};

const WHO_CALLS =
  /\bwho(?:'s| is| are)? (?:this|you|calling|that|asking|it)\b|\bwho (?:wants to know|(?:shall|should|may|can|do) i (?:say|tell))\b|\b(?:what|which) company\b|\bwhere are you calling from\b|\bwhat(?:'s| is) (?:this|it) (?:about|regarding|call)|\bwhy are you calling\b/;

/** "Who is this?", "what is this about?" */
export const asksWhoCalls = (said: string): boolean => WHO_CALLS.test(plainText(said));

/** Who calls, as far as the person on the line may know: the candidate why, whoever heard the notice that much again, anybody else nothing of the matter. */
const whoCalls = ({ state, context }: Draft): string => {
  const facts = factsOf(context);
  if (state.person === 'confirmed') return `I'm an AI assistant for ${facts.companyName}, calling about your application.`;
  return state.prompt.at === 'recording' || state.prompt.at === 'person' ? noticeText(facts, 'who') : identification(facts);
};

/** What the call knows of itself. */
const factFor = (draft: Draft, question: string): string | undefined => {
  const plain = plainText(question);
  if (WHO_CALLS.test(plain)) return whoCalls(draft);
  if (/\bhow long (?:will|does|is) (?:this|it|the call|that)(?: call| interview)?(?: going to)?(?: take| be| last)?$/.test(plain))
    return `This call takes ${expectedLength(draft.context.bot.script.questions.length)}.`;
  if (/\b(?:is|are) (?:this|you|it|the call) (?:call )?(?:being )?record(?:ed|ing)\b/.test(plain))
    return draft.state.recording === 'allowed' ? 'Yes, this call is recorded.' : 'No, this call is not recorded.';
  return undefined;
};
