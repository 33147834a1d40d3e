import type { AnsweredBy } from '../schemas/call-state.js';
import { plainText } from './commands.js';

/*
 * Who or what picked up, from its words alone and at once: no model, no waiting. After the rules that work in the field (jambonz: hint phrases, length, digit
 * runs), with the exceptions that keep talkative people from being taken for machines.
 */

export interface LineVerdict {
  who: AnsweredBy;
  /** The rule that decided, for the log. */
  rule: string;
}

const SCREENING = [
  /\b(?:state|say|tell (?:me|us)|give) your name\b/,
  /\bname and (?:the )?reason\b/,
  /\breason (?:for|why)(?: you(?:'re| are))? call/,
  /\bscreening (?:service|your call|this call|calls)\b/,
  /\bcall (?:screening|assist|assistant)\b/,
  /\bwho(?:'s| is) calling and why\b/,
  /\bi'll see if this person is available\b|\bsee if (?:they're|they are|he is|she is|he's|she's) available\b/,
  /\b(?:person|subscriber) you(?:'re| are) (?:calling|trying to reach) (?:is using|uses)\b/,
];

const MENU = [
  /\bpress (?:\d|one|two|three|four|five|six|seven|eight|nine|zero|star|pound|hash)\b/,
  /\bfor (?:\w+ ){1,4}press\b/,
  /\b(?:main menu|dial by name|menu options|following options|our options have changed|please listen carefully)\b/,
  /\b(?:your call (?:is important|may be (?:recorded|monitored))|all (?:of )?our (?:agents|representatives|lines) are|next available (?:agent|representative)|business hours are)\b/,
  /\b(?:if you know your party's|enter (?:the|your) extension|party's extension)\b/,
];

const VOICEMAIL = [
  /\b(?:leave|record|send) (?:me |us )?(?:a |your |the )?(?:short |brief |detailed |voice ?|name |number )*(?:message|voicemail|name and number|name number)\b/,
  /\b(?:after|at|before|following) the (?:tone|beep|signal)\b/,
  /\byou(?:'ve| have) reached (?!me\b)/,
  /\b(?:voice ?mail|voice ?mailbox|mailbox|answering machine|answer ?phone|answering service)\b/,
  /\bget (?:right )?back to you\b|\breturn your call\b/,
  /\b(?:person|customer|subscriber|party|number) (?:that )?you (?:are|have|were|'re|'ve)(?: trying to (?:reach|call)| calling| called| dialed| dialled)\b/,
  /\bplease (?:try (?:again|your call) later|hang up|leave)\b/,
  /\bforwarded to\b/,
  /\bhas(?:n't| not) (?:been )?set up\b/,
  /\bsorry (?:i|we) missed your call\b|\bmissed your call\b/,
  /\bwhen you(?:'re| are| have) (?:finished|done)\b/,
];

/** Machines say it of themselves or of a name; "she's not available" is said by who lives with her. */
const UNAVAILABLE = [
  /\b(?:not|isn't|is not|aren't|are not|currently un|un) ?available\b/,
  /\b(?:can't|cannot|can not|unable to|couldn't) (?:come to|get to|answer|take|pick up|reach) (?:the|your|my|this)? ?(?:phone|call|telephone)\b/,
];
const OF_SOMEBODY = /\b(?:she|he)(?:'s| is| isn't| can't| cannot| can not| couldn't)\b/;

/** Said by machines and by people in a hurry. */
const VOICEMAIL_PERHAPS = [/\b(?:i'll|i will|we'll|we will) (?:call|ring|phone) you(?: right)? back\b/];

/** Only a person asks back or speaks of this very moment. */
const PERSON = [
  /\?\s*$/,
  /\bwho(?:'s| is|m am i| am i)? ?(?:this|calling|speaking|that|there|are you)\b/,
  /\b(?:who am i|am i) (?:speaking|talking)\b/,
  /\b(?:how (?:can|may) i help|can i help|what(?:'s| is) (?:this|it) about|what do you want)\b/,
  /\b(?:i'm|i am) (?:driving|busy|at work|in a meeting)\b/,
  /\b(?:wrong number|speaking|hold on|one (?:second|moment)|can you hear)\b/,
];

const DIGIT_WORD = /^(?:\d+|zero|oh|one|two|three|four|five|six|seven|eight|nine)$/;
/** A person's first words on picking up are few; nine or more are a recording (jambonz amd-utils). */
const MACHINE_WORDS = 9;
const DIGIT_RUN = 5;

const hasDigitRun = (words: readonly string[]): boolean => {
  let run = 0;
  for (const word of words) {
    run = DIGIT_WORD.test(word) ? run + (/^\d+$/.test(word) ? word.length : 1) : 0;
    if (run >= DIGIT_RUN) return true;
  }
  return false;
};

/**
 * Who said this on a line that was just answered. `first`: these are the first words after the pick-up, where length and digits count as hints; later only
 * the phrases do. Empty text is `unknown`.
 */
export const classifyLine = (said: string, first: boolean): LineVerdict => {
  const plain = plainText(said);
  const words = plain.split(' ');
  const any = (rules: readonly RegExp[]) => rules.some((rule) => rule.test(plain));
  if (plain === '') return { who: 'unknown', rule: 'no words' };
  if (any(SCREENING)) return { who: 'call-screening', rule: 'asks for name or reason' };
  if (any(MENU)) return { who: 'ivr', rule: 'menu' };
  if (any(VOICEMAIL)) return { who: 'voicemail', rule: 'greeting phrase' };
  if (any(UNAVAILABLE)) return OF_SOMEBODY.test(plain) ? { who: 'human', rule: 'speaks of somebody' } : { who: 'voicemail', rule: 'greeting phrase' };
  if (PERSON.some((rule) => rule.test(plain) || rule.test(said.trim()))) return { who: 'human', rule: 'asks back' };
  if (any(VOICEMAIL_PERHAPS)) return { who: 'voicemail', rule: 'promise to call back' };
  if (first && hasDigitRun(words)) return { who: 'voicemail', rule: 'digit run' };
  if (first && words.length >= MACHINE_WORDS) return { who: 'voicemail', rule: 'long first words' };
  return { who: 'human', rule: 'short words' };
};
