import type { AnswerValue } from '../../schemas/answer.js';
import { interpretAnswer } from '../answers/index.js';
import type { Interpretation } from '../answers/kind.js';
import { bareText, plainText } from '../commands.js';
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

/** A plain yes (true) or no (false) to a question of the call itself; undefined when it is neither. */
export const yesOrNo = (context: InterviewContext, said: string): boolean | undefined => {
  const plain = plainText(said);
  const keys = keysIn(said);
  if (keys !== undefined) return keys.startsWith('1') ? true : keys.startsWith('2') ? false : undefined;
  if (plain === '') return undefined;
  if (YES_PHRASE.test(plain) || YES_PHRASE.test(bareText(said))) return true;
  const { status, value } = interpretAnswer(said, { type: 'yes-no' }, spokenContextOf(context));
  // "I'd rather not" about the call itself is a no.
  if (status === 'declined') return false;
  return status === 'understood' && typeof value === 'boolean' ? value : undefined;
};
