import type { CallerBot } from '../schemas/caller-bot.js';
import { speakable } from './speakable.js';

/*
 * What the law and decency want said, as fixed text in every language model's stead: who calls and that it is an AI, for whom and why, how long, the recording,
 * the way out. Short, because people hang up on long notices: about 12 s of speech.
 */

/** Whom the texts speak of. */
export interface OpeningFacts {
  firstName: string;
  lastName: string;
  companyName: string;
  callbackNumber: string | null;
  bot: Pick<CallerBot, 'name' | 'script' | 'voicemail'>;
}

/** The parts of the compulsory notice, in the order in which they are said; each must have been heard to its end before any question of the script. */
export const NOTICE_PARTS = ['who', 'recorded', 'way-out'] as const;
export type NoticePart = (typeof NOTICE_PARTS)[number];

const MINUTES = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
/** A question with its answer takes about this long on the telephone; the opening and the goodbye take the base. */
const SECONDS_EACH = 18;
const SECONDS_BASE = 45;

/** "about three minutes": the expected length of the call, in words. */
export const expectedLength = (questions: number): string => {
  const minutes = Math.max(1, Math.round((SECONDS_BASE + questions * SECONDS_EACH) / 60));
  return minutes === 1 ? 'about a minute' : `about ${MINUTES[minutes - 1] ?? String(minutes)} minutes`;
};

/** "the warehouse associate job": a bot's name as it fits into a sentence. Names in capitals stay as they are. */
const jobPhrase = (name: string): string => {
  const plain = /^\p{Lu}\p{Ll}/u.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name;
  return /\b(job|role|position|opening)$/i.test(plain) ? `the ${plain}` : `the ${plain} job`;
};

export const greetingQuestion = (facts: OpeningFacts): string => `Hello, am I speaking with ${facts.firstName}?`;

export const noticeText = (facts: OpeningFacts, part: NoticePart): string => {
  switch (part) {
    case 'who':
      return `I'm an AI assistant calling for ${facts.companyName} about ${jobPhrase(facts.bot.name)}.`;
    case 'recorded':
      return `This takes ${expectedLength(facts.bot.script.questions.length)} and is recorded.`;
    case 'way-out':
      return 'Say stop, or ask for a person, at any time.';
    default:
      return part satisfies never;
  }
};

export const RECORDING_QUESTION = 'Is it all right to record?';

export const rightPersonQuestion = (facts: OpeningFacts): string => `Am I speaking with ${fullName(facts)}?`;

/** Asked when somebody else answered. */
export const fetchQuestion = (facts: OpeningFacts): string => `Can ${facts.firstName} come to the phone?`;

/** Asked when they do not come: a no to that is no wrong number. */
export const rightNumberQuestion = (facts: OpeningFacts): string => `Is this the right number for ${facts.firstName}?`;

/** Told to whoever else is on the line: who calls, and nothing of the matter. That somebody applied for a job is nobody else's business. */
export const identification = (facts: OpeningFacts): string => `This is an AI assistant calling for ${facts.companyName}, on a private matter.`;

const fullName = (facts: OpeningFacts): string => `${facts.firstName} ${facts.lastName}`.trim();

/** Left on an answering machine: employer, AI, call-back number, way out; nothing about the application. The bot's own text replaces it. */
export const voicemailMessage = (facts: OpeningFacts, ownText: string | undefined): string => {
  if (ownText) return ownText;
  const callBack = facts.callbackNumber ? ` You can reach us at ${numberInWords(facts.callbackNumber)}.` : '';
  return `Hello, this is an AI assistant calling for ${facts.companyName}. Sorry that we missed you. We will try again.${callBack} If you do not want these calls, tell us and we will stop. Goodbye.`;
};

/** Told to a robot that asks who calls and why. */
export const screeningReply = (facts: OpeningFacts): string =>
  `This is an AI assistant for ${facts.companyName}, calling ${facts.firstName} about a job application.`;

/** In words and whole, wherever the number is called from: every voice reads a number and not an amount. */
const numberInWords = (number: string): string => speakable(number, { type: 'phone' }, '');

/** Texts that are certain to be needed in the first seconds: their audio is made while the phone rings. */
export const openingTexts = (facts: OpeningFacts): string[] => [
  greetingQuestion(facts),
  ...NOTICE_PARTS.map((part) => noticeText(facts, part)),
  RECORDING_QUESTION,
  rightPersonQuestion(facts),
];

/**
 * What is left to say of a compulsory text after `heardText` of it was heard: from the last clause that was not heard to its end. Empty when all was heard.
 */
export const remainderOf = (text: string, heardText: string): string => {
  const words = text.split(/\s+/);
  const heard = heardText.trim() === '' ? 0 : heardText.trim().split(/\s+/).length;
  if (heard >= words.length) return '';
  let from = heard;
  while (from > 0 && !/[.,;:!?]$/.test(words[from - 1] ?? '')) from -= 1;
  const rest = words.slice(from).join(' ');
  return rest.charAt(0).toUpperCase() + rest.slice(1);
};
