import { addMonths, type DayNumber, mondayOf, weekdayOf } from './calendar.js';
import { findCounted, formRange } from './counted-amounts.js';
import { readDayOnly, readMonthAndDay, weekdayAt } from './date-absolute.js';
import type { DateResult, DateSetting } from './date-setting.js';
import { RELATIVE_DAYS } from './english/dates.js';
import { readNumber } from './number-words.js';
import { phraseTable, type SpokenWord, startsSentence } from './spoken-text.js';

const relativeDays = phraseTable(RELATIVE_DAYS);
const textAt = (words: readonly SpokenWord[], index: number) => words[index]?.text ?? '';

/** "today", "day after tomorrow", "as soon as possible". */
export const readRelativeDay = (words: readonly SpokenWord[], index: number, setting: DateSetting): DateResult => {
  const found = relativeDays.at(words, index);
  if (!found) return undefined;
  const { days, confidence } = found.meaning;
  return { day: setting.today + days, kind: 'relative', confidence, from: index, to: index + found.length, relative: true };
};

/**
 * Weekdays. A bare or "this" weekday is the first one after today. "Next Friday" is the Friday of the next calendar week (Monday to Sunday); where the coming
 * Friday is still in this week, people differ, so confidence is low. "Last Friday" is the one before today.
 */
export const readWeekday = (words: readonly SpokenWord[], index: number, setting: DateSetting): DateResult => {
  const modifierLength =
    textAt(words, index) === 'this' && /^(coming|next)$/.test(textAt(words, index + 1))
      ? 2
      : /^(this|next|coming|last|previous|following|past)$/.test(textAt(words, index))
        ? 1
        : 0;
  const modifier = modifierLength === 2 ? 'this' : modifierLength === 1 ? textAt(words, index) : '';
  const at = index + modifierLength;
  const weekday = weekdayAt(words, at);
  if (weekday === undefined) return undefined;
  const after = at + 1;
  const { today, previous } = setting;
  const ahead = (weekday - weekdayOf(today) + 7) % 7;
  const coming = today + (ahead === 0 ? 7 : ahead);
  const nextWeek = mondayOf(today) + 7 + weekday;
  const found = (day: DayNumber, confidence: number, to: number, note?: string): DateResult => ({
    day,
    kind: 'weekday',
    confidence,
    from: index,
    to,
    relative: true,
    weekStated: modifier !== '',
    bare: modifier === '',
    ...(note ? { note } : {}),
  });
  if (textAt(words, after) === 'after' && textAt(words, after + 1) === 'next') return found(nextWeek + 7, 0.75, after + 2);
  if (textAt(words, after) === 'week' && !startsSentence(words[after])) return found(coming + 7, 0.85, after + 1, 'a week after the coming one');
  switch (modifier) {
    case 'last':
    case 'previous':
    case 'past':
      return found(today - (ahead === 0 ? 7 : 7 - ahead), 0.9, after);
    case 'next': {
      const unequal = coming !== nextWeek || nextWeek - today < 2;
      return found(nextWeek, unequal ? 0.7 : 0.92, after, unequal ? 'next taken as in the week after this one' : undefined);
    }
    case 'following':
      return found(nextWeek, 0.75, after);
    default: {
      const day = setting.forbid === 'future' ? today - (ahead === 0 ? 7 : 7 - ahead) : coming;
      if (modifier === '' && previous?.weekStated) return found(mondayOf(previous.day) + weekday, 0.85, after, 'in the week named before');
      if (ahead === 0)
        return found(
          modifier === '' ? day : today,
          0.7,
          after,
          modifier === '' ? 'today is that weekday, taken as a week later' : 'today is that weekday',
        );
      // "Monday, no, Tuesday" with Monday a week off: nobody knows which Tuesday.
      return found(day, previous && day < previous.day && setting.forbid !== 'future' ? 0.7 : 0.92, after);
    }
  }
};

/** From a Saturday or Sunday the days are counted as from the Friday before. */
const addBusinessDays = (day: DayNumber, count: number): DayNumber => {
  const days = Math.ceil(count);
  let at = day - Math.max(0, weekdayOf(day) - 4) + Math.floor(days / 5) * 7;
  for (let left = days % 5; left > 0; ) {
    at++;
    if (weekdayOf(at) < 5) left--;
  }
  return at;
};

const addAmount = (day: DayNumber, value: number, unit: 'days' | 'weeks' | 'months' | 'years'): { day: DayNumber; exact: boolean } => {
  if (unit === 'days') return { day: day + Math.round(value), exact: Number.isInteger(value) };
  if (unit === 'weeks') return { day: day + Math.round(value * 7), exact: Number.isInteger(value) };
  const months = unit === 'years' ? value * 12 : value;
  const whole = Math.trunc(months);
  return { day: addMonths(day, whole) + Math.round((months - whole) * 30), exact: Number.isInteger(months) };
};

/** "in two weeks", "two weeks' notice", "three days ago", "a week from Monday", "in five working days". */
export const readDistance = (words: readonly SpokenWord[], index: number, setting: DateSetting): DateResult => {
  const lead = /^(in|after|within|give|for|another)$/.test(textAt(words, index)) ? 1 : 0;
  const rest = words.slice(index + lead);
  const [amount, second] = findCounted(rest);
  const ready = amount?.from === 0 && amount.unit !== undefined;
  if (amount?.from === 0 && second && formRange(rest, amount, second) && second.unit !== undefined && second.unit !== 'percentage')
    return { problem: 'ambiguous', from: index, to: index + lead + second.to };
  if (!ready || amount.unit === undefined || amount.unit === 'percentage' || amount.value <= 0) return undefined;
  let to = index + lead + amount.to;
  const working = rest.slice(0, amount.to).some((word) => word.text === 'working' || word.text === 'business');
  // "in a week or two" names no day.
  if (textAt(words, to) === 'or' && readNumber(words, to + 1)) return { problem: 'ambiguous', from: index, to: to + 2 };
  let base = setting.today;
  let sign = 1;
  let confidence = lead && textAt(words, index) === 'in' ? 0.92 : 0.85;
  if (textAt(words, index) === 'within') confidence = 0.75;
  if (textAt(words, to) === 'ago') {
    sign = -1;
    to++;
  } else if (/^(notice|time)$/.test(textAt(words, to))) {
    confidence = 0.9;
    to++;
    if (textAt(words, to) === 'period') to++;
  } else if (/^(from|after)$/.test(textAt(words, to))) {
    if (/^(now|today)$/.test(textAt(words, to + 1))) {
      confidence = 0.92;
      to += 2;
    } else {
      const start = to + (textAt(words, to + 1) === 'the' && weekdayAt(words, to + 2) !== undefined ? 2 : 1);
      const target =
        readRelativeDay(words, start, setting) ??
        readMonthAndDay(words, start, setting) ??
        readWeekday(words, start, setting) ??
        readDayOnly(words, start, setting);
      if (target && 'day' in target) {
        base = target.day;
        confidence = Math.min(0.85, target.confidence);
        to = target.to;
      }
    }
  }
  if (working)
    return {
      day: addBusinessDays(base, amount.value),
      kind: 'relative',
      confidence: 0.75,
      from: index,
      to,
      relative: true,
      note: 'Saturdays and Sundays not counted',
    };
  const moved = addAmount(base, sign * amount.value, amount.unit);
  return { day: moved.day, kind: 'relative', confidence: moved.exact ? confidence : 0.7, from: index, to, relative: true };
};
