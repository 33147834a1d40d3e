import { type AnswerType, type AnswerValue, type MoneyValue, moneyValueSchema } from '../../schemas/answer.js';
import type { OutputVariable } from '../../schemas/caller-bot.js';
import { interpretAnswer } from '../answers/index.js';
import type { Interpretation } from '../answers/kind.js';
import { type InterviewContext, spokenContextOf } from './plan.js';

/*
 * Answers typed on the telephone. The session makes a turn `[keypad 18*50]` of the keys, which is their proof like any other words. The hash only ends them.
 */

/** Types whose answers can be typed on the telephone's keypad. */
export const KEYPAD_TYPES: ReadonlySet<AnswerType> = new Set(['yes-no', 'choice', 'number', 'money', 'phone']);

export const keypadQuote = (keys: string): string => `[keypad ${keys}]`;

/** The keys of a turn that a session makes of pressed keys. */
export const keysIn = (text: string): string | undefined => /^\[keypad ([0-9*#]+)\]$/.exec(text.trim())?.[1];

/** Whole units, and behind a star, which stands for the point, what is left over: "18*50" is "18.50". */
const DECIMAL = /^(\d{1,9})(?:\*(\d*))?$/;
/** No currency that is paid by the hour or the year is counted finer than in hundredths. */
const CENTS = 2;

const decimalIn = (keys: string): string | undefined => {
  const [, whole, rest] = DECIMAL.exec(keys) ?? [];
  if (whole === undefined) return undefined;
  return rest ? `${whole}.${rest}` : whole;
};

/** The amount that was typed, in the currency and for the period of the question; nothing is implied, because nobody types less than he means. */
const moneyIn = (keys: string, variable: OutputVariable): MoneyValue | undefined => {
  const typed = decimalIn(keys);
  if (typed === undefined || (typed.split('.')[1] ?? '').length > CENTS) return undefined;
  return moneyValueSchema.safeParse({ amount: Number(typed), currency: variable.currency, period: variable.period }).data;
};

const outside = (amount: number, { min, max }: Pick<OutputVariable, 'min' | 'max'>): boolean =>
  (min !== undefined && amount < min) || (max !== undefined && amount > max);

/** Keys as an answer: 1 and 2 for yes and no, the number of an option, digits for numbers, amounts and telephone numbers. */
export const interpretKeys = (context: InterviewContext, variable: OutputVariable, pressed: string): Interpretation => {
  const keys = pressed.replace(/#/g, '');
  const quote = keypadQuote(pressed);
  const taken = (value: AnswerValue, normalizedFrom: string): Interpretation => ({
    status: 'understood',
    value,
    confidence: 0.99,
    quote,
    normalizedFrom,
  });
  const unclear: Interpretation = { status: 'unclear', confidence: 0, quote, problem: 'no-answer' };
  /** Figures mean what they would mean when they were said. */
  const asSaid = (figures: string): Interpretation => {
    const heard = interpretAnswer(figures, variable, spokenContextOf(context));
    return heard.status === 'understood' && heard.value !== undefined ? taken(heard.value, `keys ${keys}`) : { ...heard, quote };
  };
  switch (variable.type) {
    case 'yes-no':
      if (keys === '1') return taken(true, 'key 1 for yes');
      return keys === '2' ? taken(false, 'key 2 for no') : unclear;
    case 'choice': {
      const chosen = [...keys.replace(/\*/g, '')].map((digit) => variable.options?.[Number(digit) - 1]);
      const values = chosen.flatMap((option) => (option ? [option.value] : []));
      const [only] = values;
      if (only === undefined || values.length !== chosen.length) return unclear;
      if (variable.multiple) return taken([...new Set(values)], `keys ${keys}`);
      return values.length === 1 ? taken(only, `key ${keys}`) : unclear;
    }
    case 'number': {
      const typed = decimalIn(keys);
      return typed === undefined ? unclear : asSaid(typed);
    }
    case 'money': {
      const typed = moneyIn(keys, variable);
      if (typed === undefined || !('amount' in typed)) return unclear;
      if (outside(typed.amount, variable)) return { ...unclear, problem: 'out-of-range' };
      return taken(typed, `keys ${keys}: ${typed.amount} ${typed.currency} a ${typed.period}, as asked`);
    }
    case 'phone':
      return asSaid(keys.replace(/\*/g, ''));
    case 'date':
    case 'email':
    case 'availability':
    case 'text':
      return unclear;
    default:
      return variable.type satisfies never;
  }
};
