import { isLeaveToRecord } from './recording-leave.js';
import { STOP_ALONE, STOP_ANYWHERE } from './stop-requests.js';

/*
 * Words that steer the call whatever was asked: "stop calling me", "can I talk to a person", "call me tomorrow", "could you repeat that". English tables.
 * The strict ones count anywhere in a turn; the loose ones ("stop", "what?", "one second") only when they are the whole turn, because they also occur in answers.
 */

const COMMANDS = [
  'do-not-record',
  'allow-recording',
  'stop-contact',
  'wrong-number',
  'ai-opt-out',
  'human',
  'are-you-a-robot',
  'not-interested',
  'hang-up',
  'call-later',
  'slower',
  'repeat',
  'wait',
] as const;
export type Command = (typeof COMMANDS)[number];

/** Lower case, straight apostrophes, no punctuation but apostrophes, single spaces. Offsets are lost: never use it for quotes. */
export const plainText = (said: string): string =>
  said
    .toLowerCase()
    .replace(/[’`]/g, "'")
    .replace(/[^\p{L}\p{N}' ]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();

const FILLER =
  /^(?:please|um+|uh+|er+|sorry|hey|no|nope|yes|yeah|yep|okay|ok|well|just|oh|hi|hello|thanks|thank you|actually|look|listen|so|and|but|can you|could you|would you|i said)\s+|\s+(?:please|now|okay|ok|thanks|thank you|sorry|sir|madam|ma'am|for me)$/;

/** The turn without politeness at both ends: what it comes down to. */
export const bareText = (said: string): string => {
  let text = plainText(said);
  for (;;) {
    const shorter = text.replace(FILLER, '').trim();
    if (shorter === text || shorter === '') return text;
    text = shorter;
  }
};

interface Rule {
  /** Found anywhere in the turn. */
  anywhere: readonly RegExp[];
  /** Must be all that was said, politeness aside. */
  alone?: RegExp;
}

const MACHINES = 'robots?|bots?|machines?|computers?|ai|a i|artificial intelligence|automated (?:voice|system)';
const MACHINE = `(?:${MACHINES}|recordings?)`;
/** "Are you recording this?" asks something else than "is this a recording?". */
const BEING = `(?:${MACHINES}|person|human being|human)`;
const PERSON = '(?:(?:real |actual |live |human )?(?:person|human being|human|agent|representative|recruiter|operator|manager|someone|somebody))';

const RULES: Readonly<Record<Exclude<Command, 'allow-recording'>, Rule>> = {
  'do-not-record': {
    anywhere: [
      /\b(?:stop|quit) (?:the )?recording\b/,
      /\b(?:don't|do not|not|never) (?:want (?:you )?to )?(?:record|be recorded|recorded)\b/,
      /\bturn (?:off the recording|the recording off)\b/,
      /\bno recording\b/,
    ],
  },
  'stop-contact': { anywhere: STOP_ANYWHERE, alone: STOP_ALONE },
  'wrong-number': {
    anywhere: [
      /\bwrong (?:number|person|guy|phone|one)\b/,
      /\b(?:no one|nobody|no body|not anyone|isn't anyone|is no one) (?:here )?(?:by|with|called|named|of) (?:that|this) name\b/,
      /\b(?:no one|nobody) (?:by|with) that name\b/,
      /\bthere(?:'s| is)(?: no|n't any| not any) (?:one |body )?\w+ (?:here|at this number|living here)\b/,
      /\b(?:she|he|they) (?:doesn't|does not|don't|do not) (?:live|work) here\b/,
      /\b(?:never heard of|don't know|do not know) (?:any |anyone |anybody )?(?:her|him|them|that person|that name|called|named)\b/,
      /\bnot (?:my|the right|her|his) (?:number|phone)\b/,
    ],
  },
  'ai-opt-out': {
    anywhere: [
      new RegExp(
        `\\b(?:don't|do not|won't|will not|not|refuse|refuse to|never|rather not|hate|can't|uncomfortable|not comfortable)\\b.{0,30}\\b(?:talk|speak|talking|speaking|deal|dealing|interviewed|interview|answer|answering|conversation|chat)\\b.{0,20}\\b${MACHINE}\\b`,
      ),
      new RegExp(`\\bno (?:more )?${MACHINE}\\b`),
      new RegExp(`\\bnot (?:to|with) (?:a |an )?${MACHINE}\\b`),
    ],
  },
  human: {
    anywhere: [
      new RegExp(
        `(?:^|\\b(?:can|could|may|want|wanna|like|need|rather|prefer|let|please|possible)\\b.{0,25})\\b(?:speak|talk|chat|speaking|talking)(?: directly)? (?:to|with) (?:a |an |the |your )?${PERSON}\\b`,
      ),
      new RegExp(`\\b(?:connect|transfer|pass|put) (?:me )?(?:through )?(?:to|with) (?:a |an |the )?${PERSON}\\b`),
      new RegExp(`\\b(?:get|give) me (?:a |an )?${PERSON}\\b`),
      /\b(?:want|need|prefer|rather have|like) (?:a |an )(?:real |actual |live )?(?:person|human being|human|live agent|real agent)\b/,
      /\b(?:can|could|have|let) (?:a |an )?(?:real |actual |live )?(?:person|human) (?:please )?(?:call|contact|ring|phone)\b/,
    ],
    alone: /^(?:a |an |the )?(?:real |actual |live )?(?:person|human|human being|agent|representative|operator)$/,
  },
  'are-you-a-robot': {
    anywhere: [
      new RegExp(
        `\\b(?:are you|is this|is that|you're|aren't you|isn't this)(?: \\w+){0,2}? (?:(?:a |an )?(?:real |actual |live |human |computer )?${BEING}|a recording)\\b`,
      ),
      new RegExp(`\\bam i (?:speaking|talking|really talking) (?:to|with) (?:(?:a |an )?(?:real |actual |live )?${BEING}|a recording)\\b`),
      /^(?:are you|is this) (?:for )?real$/,
    ],
  },
  'not-interested': {
    anywhere: [
      /\b(?:not|no longer|isn't|aren't) (?:really |actually |that )?interested(?= (?:in (?:this|the|that|your|a) (?:job|position|role|offer|work|call)|anymore|any more|in it|in this|thanks|thank you|sorry|at all|bye|goodbye)\b|$)/,
      /\b(?:found|got|started|accepted|took|have) (?:already )?(?:another|a different|a new) (?:job|position|role|offer)\b/,
      /\b(?:don't|do not) want (?:the|this|that|your) (?:job|position|role)\b/,
      /\b(?:withdraw|cancel) my application\b/,
      /\b(?:not|no longer) looking for (?:a |any )?(?:job|work)\b/,
    ],
  },
  'hang-up': { anywhere: [/\b(?:hang up|(?:end|stop) (?:this|the) call)\b/], alone: /^(?:goodbye|bye|bye bye|good bye)$/ },
  'call-later': {
    anywhere: [
      /\b(?:call|phone|ring|try|reach) (?:me |us )?(?:back|later|again (?:later|tomorrow|in|at|after|on|this|next)|another time|some other time|tomorrow|tonight|next week|this (?:afternoon|evening))\b/,
      /\b(?:(?:can|could|may|should) i|i'll|i will|i can|i'd|i would|let me|i (?:have|need|want) to) (?:just |rather )?(?:call|phone|ring) you (?:back|later)\b/,
      /\b(?:call|phone|ring) me (?:in|at|after|on|around|about) /,
      /\bcan(?:'t|not) (?:really )?(?:talk|speak)(?: (?:right )?now| at the moment| today)?$/,
      /\bcan(?:'t|not) (?:really )?(?:talk|speak) (?:right now|now|at the moment)\b/,
      /\b(?:not|isn't|is not) (?:really )?a good (?:time|moment)\b/,
      /\b(?:bad|wrong) (?:time|moment)\b/,
      /\b(?:i'm|i am) (?:driving|in a meeting|in the middle of something|at work right now|busy right now|busy now|busy at the moment)\b/,
      /\blater (?:today|please)$/,
    ],
    alone: /^(?:i'm |i am |we're )?(?:busy|driving|at work|in a meeting|in class|later|not now|another time|call later)$/,
  },
  slower: { anywhere: [/\b(?:slow down|slower|more slowly|too fast|(?:speak|talk) slowly)\b/] },
  repeat: {
    anywhere: [
      /\brepeat (?:that|it|the question|this|yourself|what you said|please)\b/,
      /\bsay (?:that|it|the question) (?:again|once more|one more time)\b/,
      /\b(?:didn't|did not|couldn't|could not|can't|cannot) (?:quite |really )?(?:hear|catch|get|understand|make out) (?:you|that|it|the question|what you|a word)\b/,
      /\bwhat(?:'s| is| was) (?:the|your) question\b/,
      /\bcan you hear me\b/,
    ],
    alone:
      /^(?:pardon|pardon me|what|huh|sorry|excuse me|what was that|what is that|what did you say|what do you mean|again|hm|eh|come again|repeat|i'm sorry|one more time|once more|say again|hello)$/,
  },
  wait: {
    anywhere: [],
    alone:
      /^(?:(?:hold on|hang on|wait|one (?:moment|second|sec|minute)|just (?:a|one) (?:moment|second|sec|minute)|(?:give me|wait|hold on) (?:a|one) (?:moment|second|sec|minute|minute or two)|let me (?:think|check|see|look)(?: about (?:that|it))?|a (?:second|moment|minute|sec)|bear with me|let me get (?:a pen|my .{1,20}))(?: |$))+$/,
  },
};

/** Hellos and nothing else. */
export const isGreeting = (said: string): boolean =>
  /^(?:(?:hello|hi|hey|good (?:morning|afternoon|evening))(?: there| again)?(?: |$))+$/.test(plainText(said));

/** Clauses as `plainText`; one that asks ("you can record?") is left out. */
const clausesOf = (said: string): string[] =>
  [said, ...said.split(/[,.;!]+\s+|(?<=\?)\s+|\s+(?=but\b)/i)].filter((clause) => !clause.includes('?')).map(plainText);

const sentencesOf = (said: string): string[] => said.split(/[.!?]+\s/).map(plainText);

/**
 * The command in a turn, the weightiest first (a wish to be left alone outweighs a question). `freeText`: the open question takes any words, so only
 * commands that nobody would say as an answer count.
 */
export const findCommand = (said: string, freeText = false): Command | undefined => {
  const plain = plainText(said);
  const bare = bareText(said);
  if (plain === '') return undefined;
  return COMMANDS.find((command) => {
    if (command === 'allow-recording') return clausesOf(said).some(isLeaveToRecord);
    const { anywhere, alone } = RULES[command];
    if (alone?.test(bare) || alone?.test(plain)) return true;
    // "I'm at work. Stop it." is a wish as well; a story told in short sentences is not.
    if (command === 'stop-contact' && !freeText && sentencesOf(said).some((sentence) => STOP_ALONE.test(sentence))) return true;
    if (freeText && plain.split(' ').length > 12 && command !== 'stop-contact' && command !== 'human' && command !== 'do-not-record') return false;
    return anywhere.some((pattern) => pattern.test(plain));
  });
};
