import type { AnswerValue } from '../../schemas/answer.js';
import type { OutputVariable } from '../../schemas/caller-bot.js';
import { interpretAnswer } from '../answers/index.js';
import type { Interpretation } from '../answers/kind.js';
import { bareText, plainText } from '../commands.js';
import { type InterviewContext, spokenContextOf, variableOf } from './plan.js';

/*
 * What a turn means for one purpose: a yes or a no, a value of a variable, keys pressed.
 */

/** A turn as an answer. `correcting` is the value that it may correct: what the correction leaves open is taken from it. */
export const understand = (context: InterviewContext, name: string, said: string, correcting?: AnswerValue): Interpretation =>
  interpretAnswer(said, variableOf(context, name), spokenContextOf(context, correcting));

const YES_PHRASE =
  /^(?:(?:yes|yeah|yep|hi|hello|oh) )*(?:speaking|this is (?:she|he|her|him|me)|that's me|that is me|it is|it's me|you got (?:her|him|me)|go ahead|go for it|all good|of course|sure thing|no problem|that's fine|fine|fine by me|i don't mind|i do not mind|not a problem|correct|that's right|that is right|all correct|exactly|right|looks good|sounds good|perfect|absolutely|please do)$/;

/** The keys of a turn that a session makes of pressed keys. */
export const keysIn = (text: string): string | undefined => /^\[keypad ([0-9*#]+)\]$/.exec(text.trim())?.[1];

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

export const keypadQuote = (keys: string): string => `[keypad ${keys}]`;

/** Keys as an answer: 1 and 2 for yes and no, the number of an option, digits for numbers and telephone numbers. */
export const interpretKeys = (context: InterviewContext, variable: OutputVariable, keys: string): Interpretation => {
  const digits = keys.replace(/[*#]/g, '');
  const quote = keypadQuote(keys);
  const taken = (value: AnswerValue, normalizedFrom: string): Interpretation => ({
    status: 'understood',
    value,
    confidence: 0.99,
    quote,
    normalizedFrom,
  });
  const unclear: Interpretation = { status: 'unclear', confidence: 0, quote, problem: 'no-answer' };
  switch (variable.type) {
    case 'yes-no':
      if (digits === '1') return taken(true, 'key 1 for yes');
      return digits === '2' ? taken(false, 'key 2 for no') : unclear;
    case 'choice': {
      const chosen = [...digits].map((digit) => variable.options?.[Number(digit) - 1]);
      const values = chosen.flatMap((option) => (option ? [option.value] : []));
      const [only] = values;
      if (only === undefined || values.length !== chosen.length) return unclear;
      if (variable.multiple) return taken([...new Set(values)], `keys ${digits}`);
      return values.length === 1 ? taken(only, `key ${digits}`) : unclear;
    }
    case 'number':
    case 'phone': {
      const heard = interpretAnswer(digits, variable, spokenContextOf(context));
      return heard.status === 'understood' && heard.value !== undefined ? taken(heard.value, `keys ${digits}`) : { ...heard, quote };
    }
    case 'money':
    case 'date':
    case 'email':
    case 'availability':
    case 'text':
      return unclear;
    default:
      return variable.type satisfies never;
  }
};
