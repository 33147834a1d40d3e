import { readNumber } from '../answers/number-words.js';
import { spokenWords } from '../answers/spoken-text.js';
import { plainText } from '../commands.js';
import { contentStems, findAnswer } from '../knowledge.js';
import { checkQuestion } from '../never-ask.js';

/*
 * What a model may say aloud, clause by clause, before any of it is spoken. The model phrases acknowledgements and answers from what it was given; questions,
 * promises and facts are not its to make.
 */

/** What the model may build on in this turn. */
export interface GuardFacts {
  /** What was given for telling: knowledge base, company and job. Facts of the job stand here or nowhere. */
  known: string;
  /** The script's questions: they may be spoken of, and state nothing. */
  script: string;
  /** What the candidate stated in this turn: it may be taken up, but it proves nothing about the job. */
  said: string;
  /** What the candidate asked in this turn: then a clause states facts, and they must be known. */
  asked: readonly string[];
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
  /\b(?:you(?:'re| are| have been|'ve been|'ve| have) (?:hired|got the (?:job|position|role)|accepted|selected|rejected|not (?:qualified|selected)|qualified|unqualified|disqualified|a (?:great|perfect|good) (?:fit|candidate))|(?:i|we) (?:promise|guarantee)|guaranteed?|you(?:'ll| will) (?:get|have|be offered) (?:the|this) (?:job|position|role)|welcome to the team|(?:stop|stopped) (?:calling|contacting) you|(?:won't|not|never|no longer) (?:call|contact) you|(?:removed?|taken?) you (?:off|from))\b/;

/** Code, lists, markers and the like are no speech. */
const NOT_SPEECH = /[{}<>[\]|\\^~`#*_]|https?:|\bstate\b\s*:|\brecord_answer\b|\bask_next\b|\bend_call\b|\bsystem prompt\b/i;

/** What any caller may say without having been told. */
const COMMON = new Set([
  ...contentStems(
    "thank you for that great perfect good wonderful lovely nice fine right excellent welcome question glad happy thanks noted understand all alright unfortunately afraid information detail fair explain share understood makes sense sounds help helpful sorry catch hear sure moment team answer tell pass ask recruiter later see follow don't can't won't isn't doesn't didn't wouldn't",
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

/** More than this share of what a fact speaks of must be known; a stray word is style, a strange subject is invention. */
const KNOWN_SHARE = 0.5;

/** What the job gives, or what it is: only the employer's own words may state that. */
const OF_THE_JOB =
  /\b(?:pay|pays|paid|earn|salary|wages?|rate|bonus(?:es)?|tips|benefits?|insurance|overtime|pension|vacation|holidays?|hourly|weekly|monthly|yearly|(?:an|per|each|every) (?:hour|day|week|month|year)|dollars?|pounds?|euros?|rupees?|cents?)\b|[$£€₹]|\b(?:we|they)(?:'ve| have)? (?:offer|provide|give|cover|have|got|do|don't)\b|\byou(?:'ll| will| would)? (?:get|receive|work from|start at)\b|\byou(?:'ll| will| would) (?:have|be|need)\b|\b(?:the|this|our) (?:job|position|role|company|shifts?|hours|site|team) (?:is|are|has|have|starts?|needs?|requires?|comes?|includes?)\b/i;

/** Speaks of what the candidate wants or has told. */
const OF_THEM =
  /\byou(?:'re| are| were|'d| would)? (?:looking for|hoping for|asking for|after|expect(?:ing)?|want|like|said|mentioned|told)\b|\byour (?:rate|expectations?|wish)\b/i;

/** A subject other than the candidate. */
const OF_OTHERS = /\b(?:we|our|us|they|it|there|here|job|position|role|company)\b/i;

const tellingStems = (clause: string): string[] => [...contentStems(clause)].filter((stem) => !COMMON.has(stem));

const LEAD_IN = '^(?:(?:oh|well|so|great|thanks) )*';
const YES_OR_NO = '(?:yes|yeah|yep|no|nope|correct|exactly|absolutely|definitely|we do|it does|it is|there (?:is|are))';
/** Yes or no to what was asked, and what may be taken for one. */
const REPLIES = new RegExp(`${LEAD_IN}(?:${YES_OR_NO}|of course|certainly|sure)\\b`);
const REPLIES_PLAINLY = new RegExp(`${LEAD_IN}${YES_OR_NO}\\b`);
const ASKS_MORE = /\b(?:what|where|when|who|why|which|how)\b/i;

/** Says that something is not known, which states nothing of it. */
const UNKNOWN_TO_ME =
  /\bi (?:\w+ )?(?:don't|do not) (?:know|have)\b|\bi (?:can't|cannot) (?:say|tell)\b|\bi(?:'m| am) (?:\w+ )?not sure\b|\bget back to you\b|\b(?:will|can) (?:tell you|let you know)\b/i;

/** Only takes up what the candidate told of themselves. */
const isEcho = (clause: string, { said }: GuardFacts): boolean => {
  if (OF_THE_JOB.test(clause) ? !OF_THEM.test(clause) : OF_OTHERS.test(clause)) return false;
  const theirs = contentStems(said);
  const words = tellingStems(clause.replace(OF_THEM, ' '));
  const theirNumbers = new Set(numbersIn(said));
  return words.length > 0 && words.every((stem) => theirs.has(stem)) && numbersIn(clause).every((value) => theirNumbers.has(value));
};

const isInvented = (clause: string, facts: GuardFacts): boolean => {
  if (isEcho(clause, facts)) return false;
  const states = facts.asked.length > 0 || OF_THE_JOB.test(clause);
  const knownNumbers = new Set(numbersIn(states ? facts.known : `${facts.known}\n${facts.script}\n${facts.said}`));
  if (numbersIn(clause).some((value) => !knownNumbers.has(value))) return true;
  if (!states) return false;
  const known = contentStems(facts.known);
  // "Parking is free and there is a gym": what is added to a fact is one of its own.
  const parts = clause
    .split(/[,;:]|\b(?:and|but|plus|also|as well as|with)\b/i)
    .filter((part) => !UNKNOWN_TO_ME.test(part))
    .map(tellingStems);
  if (parts.some((stems) => stems.length > 0 && !stems.some((stem) => known.has(stem)))) return true;
  const told = parts.flat();
  if (told.length === 0) return REPLIES.test(plainText(clause)) && !facts.asked.every((question) => findAnswer(question, facts.known));
  return told.filter((stem) => known.has(stem)).length / told.length <= KNOWN_SHARE;
};

/** Does a clause that may be spoken answer what the candidate asked, if only by saying that it is not known? A friendly word does not. */
export const isAnswer = (clause: string, facts: GuardFacts): boolean => {
  if (facts.asked.length === 0) return false;
  const known = contentStems(facts.known);
  if (tellingStems(clause).some((stem) => known.has(stem)) || UNKNOWN_TO_ME.test(clause)) return true;
  return REPLIES_PLAINLY.test(plainText(clause)) && !facts.asked.some((question) => ASKS_MORE.test(question));
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
