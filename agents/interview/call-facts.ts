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
  /\bwho(?:'s| is| are)? (?:this|you|calling|that|asking|it)\b|\bwho (?:wants to know|(?:shall|should|may|can|do) i (?:say|tell))\b|\b(?:what|which) company\b|\bwhere are you calling from\b|\bwhat(?:'s| is) (?:this|it) (?:about|regarding|call)|\bwhy are you calling\b|^(?:\w+ ){0,3}who$/;

const IS_IT_A_SCAM = /\b(?:scam|spam|fraud|fake|legit|legitimate)\b|\bis (?:this|that) (?:for real|real|a real (?:company|job|call))\b/;
const HOW_LONG = /\bhow long (?:will|does|is) (?:this|it|the call|that)(?: call| interview)?(?: going to| gonna)?(?: take| be| last)?$/;
const IS_IT_RECORDED = /\b(?:is|are|will) (?:this|you|it|the call|everything|i)(?: call)?(?: going to)?(?: be| being)? record(?:ed|ing)\b/;
const WHY_RECORDED = /\bwhy\b.*\b(?:record|recorded|recording)\b|\bwhat(?:'s| is) the recording for\b/;

/** "Who is this?", "what is this about?" */
export const asksWhoCalls = (said: string): boolean => WHO_CALLS.test(plainText(said));

/** A question about the call itself, which only the program can answer truly. */
export const asksAboutCall = (question: string): boolean => {
  const plain = plainText(question);
  return [WHO_CALLS, IS_IT_A_SCAM, HOW_LONG, IS_IT_RECORDED, WHY_RECORDED].some((pattern) => pattern.test(plain));
};

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
  if (IS_IT_A_SCAM.test(plain)) return `${whoCalls(draft)} You can ask for a person at any time.`;
  if (HOW_LONG.test(plain)) return `This call takes ${expectedLength(draft.context.bot.script.questions.length)}.`;
  return recordingFact(draft, plain);
};

const recordingFact = ({ state, context }: Draft, plain: string): string | undefined => {
  const open = state.prompt.at === 'recording' && (state.consent === 'unasked' || state.consent === 'asked');
  if (WHY_RECORDED.test(plain)) return `So that the team can check what was said.${open ? ' You can say no.' : ''}`;
  if (IS_IT_RECORDED.test(plain)) {
    if (state.recording === 'allowed') return 'Yes, this call is recorded.';
    if (!open) return 'No, this call is not recorded.';
    return context.recording.consent === 'explicit' ? 'Only if you say yes.' : 'It will be, unless you say no.';
  }
  if (!open) return undefined;
  const refused = context.recording.when_refused === 'end' ? 'a person will contact you instead.' : 'we go on without a recording.';
  if (/\b(?:do i have to|do i need to|must i|am i required|is it (?:required|mandatory|necessary))\b/.test(plain))
    return `No. If you say no, ${refused}`;
  return /\bwhat (?:if|happens if|happens when) i (?:say no|refuse|don't|do not)\b/.test(plain) ? `If you say no, ${refused}` : undefined;
};
