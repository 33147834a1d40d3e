import { readNumber } from '../answers/number-words.js';
import { spokenWords } from '../answers/spoken-text.js';
import { plainText } from '../commands.js';
import { contentStems } from '../knowledge.js';
import { checkQuestion } from '../never-ask.js';

/*
 * What a model may say aloud, clause by clause, before any of it is spoken. The model phrases acknowledgements and answers from what it was given; questions,
 * promises and facts are not its to make.
 */

/** What the model may build on in this turn. */
export interface GuardFacts {
  /** What was given for telling: knowledge base, company and job, the script. */
  known: string;
  /** The candidate's words in this turn: they may be taken up, but they prove nothing about the job. */
  said: string;
  /** The candidate asked something in this turn: then a clause states facts, and they must be known. */
  answering: boolean;
  /** What the agent said in its last turn. */
  last: string;
}

/** What the caller is and whether the call is recorded is the plan's to say: a model that gets it wrong would deceive. */
const ABOUT_CALL =
  /\b(?:i'm|i am|you're (?:speaking|talking) (?:to|with)|you are (?:speaking|talking) (?:to|with)) (?:not )?(?:really |actually |just )?(?:a |an )?(?:real |actual |live )?(?:human|human being|person|robot|bot|machine|computer)\b|\b(?:not|isn't|never|nothing is|nobody is|stopped|stop|without) (?:being )?record(?:ed|ing)\b/;

export type GuardReason = 'never-ask' | 'question' | 'invented' | 'promise' | 'about-call' | 'repeat' | 'too-long' | 'not-speech';
export type GuardVerdict = { allowed: true } | { allowed: false; reason: GuardReason };

/** Longest turn of the model, in words: what a caller can be expected to listen to before the next question. */
const MAX_WORDS = 45;

/** Nobody is hired, refused, paid or promised anything by a machine. */
const PROMISES =
  /\b(?:you(?:'re| are| have been|'ve been|'ve| have) (?:hired|got the (?:job|position|role)|accepted|selected|rejected|not (?:qualified|selected)|qualified|unqualified|disqualified|a (?:great|perfect|good) (?:fit|candidate))|(?:i|we) (?:promise|guarantee)|guaranteed?|you(?:'ll| will) (?:get|have|be offered) (?:the|this) (?:job|position|role)|welcome to the team)\b/;

/** Code, lists, markers and the like are no speech. */
const NOT_SPEECH = /[{}<>[\]|\\^~`#*_]|https?:|\bstate\b\s*:|\brecord_answer\b|\bask_next\b|\bend_call\b|\bsystem prompt\b/i;

/** What any caller may say without having been told. */
const COMMON = new Set([
  ...contentStems(
    "thank you for that great perfect thanks noted understood makes sense sounds helpful sorry catch hear sure moment team answer tell pass ask recruiter later see follow don't can't won't isn't doesn't didn't wouldn't",
  ),
]);

/** Numbers that a text states, in figures or words. */
const numbersIn = (text: string): number[] => {
  const words = spokenWords(text);
  const found: number[] = [];
  for (let index = 0; index < words.length; ) {
    const number = readNumber(words, index);
    // "One moment", "that one": not an amount.
    if (number && !(number.value === 1 && number.form === 'words' && !number.scaled)) found.push(number.value);
    index += number?.length ?? 1;
  }
  return found;
};

/** At least half of what an answer speaks of must be known; a stray word is style, a strange subject is invention. */
const KNOWN_SHARE = 0.5;

/** What the job gives: only the employer's own words may state that. */
const OF_THE_JOB = /\b(?:pay|pays|paid|earn|salary|wages?|rate|bonus(?:es)?|benefits?|insurance|overtime|pension|hourly)\b|[$£€₹]/i;

const isInvented = (clause: string, facts: GuardFacts): boolean => {
  const knownNumbers = new Set(numbersIn(OF_THE_JOB.test(clause) ? facts.known : `${facts.known}\n${facts.said}`));
  if (numbersIn(clause).some((value) => !knownNumbers.has(value))) return true;
  if (!facts.answering && !OF_THE_JOB.test(clause)) return false;
  const known = contentStems(`${facts.known}\n${facts.said}`);
  const told = [...contentStems(clause)].filter((stem) => !COMMON.has(stem));
  if (told.length === 0) return false;
  return told.filter((stem) => known.has(stem)).length / told.length < KNOWN_SHARE;
};

/**
 * May this clause be spoken? `spoken` is what the model has said in this turn so far. The first rule that it breaks is named; whoever asks drops the clause and,
 * unless it only repeats, everything after it.
 */
export const checkClause = (clause: string, spoken: string, facts: GuardFacts): GuardVerdict => {
  const no = (reason: GuardReason): GuardVerdict => ({ allowed: false, reason });
  const plain = plainText(clause);
  if (plain === '' || NOT_SPEECH.test(clause)) return no('not-speech');
  if (!checkQuestion(clause).allowed) return no('never-ask');
  if (clause.includes('?')) return no('question');
  if (PROMISES.test(plain)) return no('promise');
  if (ABOUT_CALL.test(plain)) return no('about-call');
  if (`${spoken} ${clause}`.trim().split(/\s+/).length > MAX_WORDS) return no('too-long');
  if (plainText(facts.last).includes(plain) && plain.split(' ').length >= 3) return no('repeat');
  if (plainText(spoken).includes(plain)) return no('repeat');
  if (isInvented(clause, facts)) return no('invented');
  return { allowed: true };
};
