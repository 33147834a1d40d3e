import type { AnswerValue } from '../../schemas/answer.js';
import { interpretAnswer } from '../answers/index.js';
import type { Interpretation } from '../answers/kind.js';
import { bareText, plainText } from '../commands.js';
import { isLeaveToRecord } from '../recording-leave.js';
import { keysIn } from './keypad.js';
import { type InterviewContext, spokenContextOf, variableOf } from './plan.js';

/*
 * What a turn means for one purpose: a yes or a no, a value of a variable.
 */

/** A turn as an answer. `correcting` is the value that it may correct: what the correction leaves open is taken from it. */
export const understand = (context: InterviewContext, name: string, said: string, correcting?: AnswerValue): Interpretation =>
  interpretAnswer(said, variableOf(context, name), spokenContextOf(context, correcting));

const YES_PHRASE =
  /^(?:(?:yes|yeah|yep|hi|hello|oh) )*(?:speaking|this is (?:she|he|her|him|me)|that's me|that is me|it is|it's me|you got (?:her|him|me)|go ahead|go for it|all good|of course|sure thing|no problem|that's fine|fine|fine by me|i don't mind|i do not mind|not a problem|correct|that's right|that is right|all correct|exactly|right|looks good|sounds good|perfect|absolutely|please do)$/;

const saysYes = (said: string): boolean => YES_PHRASE.test(plainText(said)) || YES_PHRASE.test(bareText(said));

/** A plain yes (true) or no (false) to a question of the call itself; undefined when it is neither. */
export const yesOrNo = (context: InterviewContext, said: string): boolean | undefined => {
  const plain = plainText(said);
  const keys = keysIn(said);
  if (keys !== undefined) return keys.startsWith('1') ? true : keys.startsWith('2') ? false : undefined;
  if (plain === '') return undefined;
  if (saysYes(said)) return true;
  const { status, value } = interpretAnswer(said, { type: 'yes-no' }, spokenContextOf(context));
  // "I'd rather not" about the call itself is a no.
  if (status === 'declined') return false;
  return status === 'understood' && typeof value === 'boolean' ? value : undefined;
};

/** Words that would answer other questions with a yes but tell something else here: "I am in the kitchen", "I will get her". */
const TELLS =
  /^(?:(?:well|oh|um|uh|so|and|but|hi|hello|no|hold on|wait) )*(?:i'm|i am|i've|i have|i'll|i will|i do|i can|it's|it is|this is|we're|we are) (?!(?:totally |completely |perfectly |absolutely |quite )?(?:okay|ok|fine|all right|alright|good|cool|comfortable|happy|(?:no|not a) problem|agree|consent|not|don't|do not|(?:me|she|he|her|him)$)\b)/;
/** "I don't care" is no refusal, "I didn't apply" is about something else. */
const TELLS_NO =
  /\b(?:don't|do not|doesn't|does not) (?:really )?(?:care|matter)\b|^(?:(?:well|oh|um|uh|so|and|but) )*(?:i|we) (?:didn't|did not|haven't|have not|wasn't|was not|never)\b(?!.*\b(?:record|recorded|recording|agree|agreed|consent)\b)/;

/** A yes or a no where a wrong yes does harm, as to who somebody is: what is only told by the way is neither. */
export const plainYesOrNo = (context: InterviewContext, said: string): boolean | undefined => {
  const yes = yesOrNo(context, said);
  return yes === true && TELLS.test(plainText(said)) && !saysYes(said) ? undefined : yes;
};

/** A yes or a no to being recorded: nothing counts as either but plain words about it. */
export const answerToRecording = (context: InterviewContext, said: string): boolean | undefined => {
  const plain = plainText(said);
  if (isLeaveToRecord(plain)) return true;
  const yes = plainYesOrNo(context, said);
  return yes === false && TELLS_NO.test(plain) ? undefined : yes;
};
