/*
 * Leave to record, given in so many words: "actually, you can record". A hit by mistake records somebody who said no, so a clause must consist of nothing else:
 * "I don't think you can record me" and "you can record if you delete it" are no leave. Written for `plainText` of one clause.
 */

const LEAD =
  "(?:(?:actually|okay|ok|yes|yeah|yep|sure|fine|alright|all right|right|well|oh|um|uh|and|but|so|no|sorry|wait|hey|now|then|please|go ahead|i mean|i guess|you know what|on second thoughts?|i(?:'ve)? changed my mind|i have changed my mind|never mind|by the way|it's fine|it's okay|that's fine|that's okay) )*";
const TAIL =
  ' (?:it|this|that|me|us|now|please|then|again|after all|anyway|too|thanks|thank you|everything|the (?:call|rest|conversation|interview)|this (?:call|conversation|interview)|from (?:here|now)(?: on)?|if you (?:want|like|need|wish|must|want to|need to|have to|like to)|no problem)';
const FINE = '(?:okay|ok|fine|all right|alright|good|cool|comfortable|happy|no problem)';

const GIVEN = [
  '(?:you|they) (?:can|may|could) (?:go ahead and |now |also |still )?(?:record|start recording|start the recording|turn (?:on the recording|the recording (?:back )?on))',
  '(?:go ahead and |feel free to |do )?(?:start recording|start the recording|turn on the recording|turn the recording (?:back )?on)',
  '(?:please |go ahead and |feel free to |you are welcome to )record',
  `(?:it's|it is|that's|that is|i'm|i am) ${FINE} (?:to (?:record|be recorded)|with (?:the |a |you |being )?record(?:ing|ed)|if you(?:'re)? record(?:ing)?|being recorded)`,
  `(?:the )?recording(?: it| this| me)? is ${FINE}`,
  "i (?:don't|do not) mind (?:(?:if |it if )?you record(?:ing)?|being recorded|(?:the |a )?recording)",
  'i (?:agree|consent) to (?:the recording|a recording|being recorded|be recorded|recording)',
  'you have my (?:permission|consent|okay|ok) to record',
].join('|');

const LEAVE = new RegExp(`^${LEAD}(?:${GIVEN})(?:${TAIL})*$`);

/** Is this clause leave to record, and nothing else? */
export const isLeaveToRecord = (clause: string): boolean => LEAVE.test(clause);
