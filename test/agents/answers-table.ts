import t from 'tap';
import { answerProgress, interpretAnswer } from '../../agents/answers/index.js';
import type { AnswerSpec, Interpretation, SpokenContext } from '../../agents/answers/kind.js';
import { type AnswerValue, type AvailabilitySlot, type PayPeriod, WEEKDAYS, type Weekday } from '../../schemas/answer.js';

/*
 * Tables of spoken forms: what was said, and exactly what it must mean.
 */

/** Monday 23 November 2026, ten in the morning in Los Angeles. */
export const CONTEXT: SpokenContext = { language: 'en-US', now: new Date('2026-11-23T18:00:00Z'), timeZone: 'America/Los_Angeles', country: 'US' };

export const DECLINED = { declined: true } as const;
export const unclear = (problem: NonNullable<Interpretation['problem']>) => ({ unclear: problem });

export const pay = (amount: number, currency: string, period: PayPeriod) => ({ amount, currency, period });
export const range = (min: number, max: number, currency: string, period: PayPeriod) => ({ min, max, currency, period });

const DAY_NAMES: readonly string[] = WEEKDAYS;

/** A grid in short: `week('mon-fri 09:00-17:00; sat sun 00:00-24:00')`. */
export const week = (text: string): AvailabilitySlot[] => {
  const slots = text.split('; ').flatMap((clause) => {
    const words = clause.split(' ');
    const [from = '', to = ''] = (words.pop() ?? '').split('-');
    const days = words.flatMap((word): Weekday[] => {
      const [first, last = first] = word.split('-');
      return WEEKDAYS.slice(DAY_NAMES.indexOf(first ?? ''), DAY_NAMES.indexOf(last ?? '') + 1);
    });
    return days.map((day) => ({ day, from, to }));
  });
  return slots.sort((a, b) => WEEKDAYS.indexOf(a.day) - WEEKDAYS.indexOf(b.day) || a.from.localeCompare(b.from));
};

type Expected = AnswerValue | typeof DECLINED | ReturnType<typeof unclear>;

export interface Details {
  /** Understood, but to be confirmed aloud: confidence below 0.8. Without it every understood row must reach 0.8. */
  unsure?: boolean;
  /** The quote, when it is not all that was said. */
  quote?: string;
  earlier?: AnswerValue[];
}

export type Row = readonly [said: string, expected: Expected, details?: Details];

const isOutcome = (expected: Expected, key: 'unclear' | 'declined') => typeof expected === 'object' && key in expected;

/** Checks every row, and for every row that the quote is a verbatim part of what was said. */
export const checkTable = (title: string, spec: AnswerSpec, rows: readonly Row[], context: SpokenContext = CONTEXT) =>
  t.test(title, async (t) => {
    for (const [said, expected, details = {}] of rows) {
      const { status, value, problem, confidence, quote, earlier } = interpretAnswer(said, spec, context);
      t.ok(said.includes(quote), `the quote "${quote}" was said in "${said}"`);
      if (isOutcome(expected, 'declined')) {
        t.strictSame({ status, value }, { status: 'declined', value: undefined }, said);
        continue;
      }
      if (typeof expected === 'object' && 'unclear' in expected) {
        t.strictSame({ status, value, problem }, { status: 'unclear', value: undefined, problem: expected.unclear }, said);
        if (details.quote !== undefined) t.equal(quote, details.quote, said);
        continue;
      }
      const want = {
        status: 'understood',
        value: expected,
        quote: details.quote ?? said.trim().replace(/[.?!,]+$/, ''),
        unsure: details.unsure ?? false,
      };
      t.strictSame({ status, value, quote, unsure: confidence < 0.8 }, want, said);
      t.strictSame(
        earlier?.map((before) => before.value),
        details.earlier,
        `what was said before in "${said}"`,
      );
    }
  });

/** Checks how far partial answers have come. */
export const checkProgress = (title: string, spec: AnswerSpec, rows: Readonly<Record<ReturnType<typeof answerProgress>, readonly string[]>>) =>
  t.test(title, async (t) => {
    for (const [progress, texts] of Object.entries(rows))
      for (const text of texts) t.equal(answerProgress(text, spec), progress, `"${text}" is ${progress}`);
  });
