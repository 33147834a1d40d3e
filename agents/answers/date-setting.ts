import { addMonths, type DayNumber, findDay, toCivil, weekdayOf } from './calendar.js';
import type { Interpretation } from './kind.js';

/** What the words of a date are resolved against. */
export interface DateSetting {
  /** The candidate's own calendar day. */
  today: DayNumber;
  forbid: 'past' | 'future' | undefined;
  /** How "03/04" is written where the candidate lives; undefined when the language does not tell. */
  order: 'month-first' | 'day-first' | undefined;
  /** The date that is being corrected, and which parts of it were stated. */
  previous: { day: DayNumber; monthStated: boolean; weekStated: boolean } | undefined;
}

/** A date found in a statement; `to` is exclusive. `kind` says which words made it, so that parts can be joined ("Monday" + "the thirtieth"). */
export interface FoundDate {
  day: DayNumber;
  kind: 'absolute' | 'day-of-month' | 'weekday' | 'week' | 'relative' | 'period';
  confidence: number;
  from: number;
  to: number;
  note?: string;
  /** The result depends on today, which is then said in `normalizedFrom`. */
  relative: boolean;
  monthStated?: boolean;
  weekStated?: boolean;
  /** A weekday without "this" or "next". */
  bare?: boolean;
}

export interface DateObstacle {
  problem: NonNullable<Interpretation['problem']>;
  from: number;
  to: number;
}

export type DateResult = FoundDate | DateObstacle | undefined;

export const isFound = (result: DateResult): result is FoundDate => result !== undefined && 'day' in result;

/** Month first is written in the United States and the Philippines; Canada writes both. */
export const dateOrder = (language: string): DateSetting['order'] => {
  const region = language.split('-')[1]?.toUpperCase();
  if (region === undefined || region === 'CA') return undefined;
  return region === 'US' || region === 'PH' ? 'month-first' : 'day-first';
};

/** Looks this far for a year in which the day exists: 29 February may be eight years away. */
const YEARS_AHEAD = 8;

/** The year that was left out: the next such day from today on, or the last one when the future is forbidden. */
export const withNearestYear = (month: number, day: number, setting: DateSetting): DayNumber | undefined => {
  const thisYear = toCivil(setting.today).year;
  const step = setting.forbid === 'future' ? -1 : 1;
  for (let offset = 0; offset <= YEARS_AHEAD; offset++) {
    const found = findDay({ year: thisYear + step * offset, month, day });
    if (found !== undefined && (found - setting.today) * step >= 0) return found;
  }
  return undefined;
};

/** Looks this far for a month that has the day, on the weekday that was named. */
const MONTHS_AHEAD = 6;

/** The month that was left out: the next such day from today on ("the fourth"), or the last one when the future is forbidden. */
export const withNearestMonth = (day: number, setting: DateSetting, weekday?: number): DayNumber | undefined => {
  const step = setting.forbid === 'future' ? -1 : 1;
  const first = toCivil(setting.today);
  const start = findDay({ ...first, day: 1 }) ?? setting.today;
  for (let offset = 0; offset <= MONTHS_AHEAD; offset++) {
    const { year, month } = toCivil(addMonths(start, step * offset));
    const found = findDay({ year, month, day });
    if (found === undefined || (found - setting.today) * step < 0) continue;
    if (weekday === undefined || weekdayOf(found) === weekday) return found;
  }
  return undefined;
};
