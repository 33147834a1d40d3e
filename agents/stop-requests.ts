/*
 * The wish to be left alone, in the words of ordinary and of angry people. A miss here is a broken promise ("say stop at any time") and a hit by mistake ends a
 * call for good, so every pattern is anchored: to its object ("stop calling me"), or to the whole of what was said ("hang on, please stop").
 */

/** "before nine", "at work": a wish about times, not a refusal. */
const NO_TIME = '(?! (?:before|after|at|on|until|till|during|now|today|right now|yet|while|when|between|in)\\b)';
const PESTER = '(?:calling|contacting|texting|phoning|ringing|bothering|harassing|messaging|pestering)';

/** Found anywhere in a turn; written for `plainText`. */
export const STOP_ANYWHERE: readonly RegExp[] = [
  new RegExp(`\\b(?:stop|quit) ${PESTER}(?= (?:me|us|my|this|here|back|again|please|now|already)\\b|$)`),
  new RegExp(`\\b(?:don't|do not|never) (?:you )?(?:ever )?(?:call|contact|text|phone|ring|bother) (?:me|us|this number|here|again)\\b${NO_TIME}`),
  new RegExp(
    `\\b(?:don't|do not) want (?:to be (?:called|contacted|phoned)|you (?:calling|contacting|to call|to contact)|(?:any |these |your )(?:more )?calls?)\\b(?: (?:me|us|any ?more|again|here))*${NO_TIME}`,
  ),
  /\b(?:remove|delete|take) (?:me|us|my (?:name|number|phone number|data|details)|this number) (?:from|off|out)(?: of)?(?=$| (?:please|now)\b| (?:your|the|this|that|any|all)(?: \w+){0,3}? (?:lists?|databases?|systems?|records|calls|books|files)\b)/,
  /\b(?:delete|erase|destroy|remove|wipe) (?:all )?(?:of )?my (?:personal )?(?:data|details|info|information|number|phone number|telephone number|records?|file|name)\b/,
  /\b(?:lose|forget|delete|erase|remove) (?:my|this) (?:phone |telephone )?number\b/,
  /\b(?:remove me|opt me out|unsubscribe|no more calls|do not call list|don't call list)\b/,
  /\bi (?:want to|wanna|would like to|'d like to)? ?(?:opt out|revoke)\b/,
  /\bleave me alone\b/,
  /\bstop (?:with )?(?:the|these|those|your|all) (?:\w+ )?calls\b/,
  /\bthis is (?:pure |plain |just )?harassment\b/,
  /\byou(?:'re| are) (?:harassing|bothering|pestering) (?:me|us)\b/,
  /\b(?:i'm|i am) (?:calling|phoning|going to call|gonna call) the (?:police|cops)\b|\bi(?:'ll| will) call the (?:police|cops) on you\b/,
  /\bi (?:want|need|told|asked|ask|am asking|would like) you (?:guys |people )?to (?:please )?(?:stop|quit)(?: (?:it|this|that|now|please|right now|talking|immediately|all this))*$/,
  /\bplease stop(?: (?:it|this|that|now|talking|immediately))*$/,
];

const LEAD =
  "(?:(?:please|no|nope|ok|okay|hey|look|listen|hang on|hold on|wait|just|enough|that's enough|i said|i told you|i told you to|sorry|excuse me|oh|stop|right|all right|alright|you|seriously|really|can you|could you|would you|will you|you can|you need to|you have to|you should|you must|i want to|i'd like to|i would like to|i need to|shut up|and|so|well|actually|now|yes|yeah|but|um|uh) )*";
const TAIL =
  " (?:it|this|that|now|right now|right here|right there|here|please|already|talking|talking to me|stop|ok|okay|immediately|at once|everything|calls|all this|doing this|with this|thanks|thank you|sir|ma'am|for good)";

/** Must be all that was said. */
export const STOP_ALONE = new RegExp(
  `^${LEAD}(?:stop|quit|end|cancel|revoke|opt out|knock it off|cut it out|go away|get lost|piss off|fuck off|(?:don't|do not) (?:call|contact)(?: any ?more| again| back)?)(?:${TAIL})*$`,
);
