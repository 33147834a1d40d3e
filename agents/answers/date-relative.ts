import { addMonths, type DayNumber, findDay, lastDayOfMonth, mondayOf, toCivil, toDayNumber, weekdayOf } from './calendar.js';
import { findCounted, formRange } from './counted-amounts.js';
import { monthAt, readDayOnly, readMonthAndDay, weekdayAt } from './date-absolute.js';
import { type DateResult, type DateSetting, withNearestYear } from './date-setting.js';
import { PARTS, RELATIVE_DAYS } from './english/dates.js';
import { readOrdinal, readYear } from './number-words.js';
import { phraseTable, type SpokenWord, startsSentence } from './spoken-text.js';

const relativeDays = phraseTable(RELATIVE_DAYS);
const parts = phraseTable(PARTS);
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

const addBusinessDays = (day: DayNumber, count: number): DayNumber => {
  let at = day;
  for (let left = Math.min(count, 400); left > 0; ) {
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

interface Span {
  first: DayNumber;
  last: DayNumber;
  to: number;
  unit: 'week' | 'month' | 'year';
}

/** "next month", "the week", "January", "this year": a stretch of days. */
const readSpan = (words: readonly SpokenWord[], index: number, setting: DateSetting): Span | undefined => {
  const article = /^(the|this|next|coming|following|last)$/.test(textAt(words, index)) ? 1 : 0;
  const step = textAt(words, index) === 'next' || textAt(words, index) === 'following' ? 1 : textAt(words, index) === 'last' ? -1 : 0;
  const at = index + article;
  const unit = textAt(words, at);
  const today = toCivil(setting.today);
  if (unit === 'week') {
    const first = mondayOf(setting.today) + step * 7;
    return { first, last: first + 4, to: at + 1, unit };
  }
  if (unit === 'weekend') {
    const first = mondayOf(setting.today) + 5 + step * 7;
    return { first, last: first + 1, to: at + 1, unit: 'week' };
  }
  if (unit === 'month') {
    const first = addMonths(toDayNumber({ ...today, day: 1 }), step);
    const { year, month } = toCivil(first);
    return { first, last: first + lastDayOfMonth(year, month) - 1, to: at + 1, unit };
  }
  if (unit === 'year') {
    const year = today.year + step;
    return { first: toDayNumber({ year, month: 1, day: 1 }), last: toDayNumber({ year, month: 12, day: 31 }), to: at + 1, unit };
  }
  const month = monthAt(words, at);
  if (month === undefined) return undefined;
  const year = readYear(words, at + 1);
  const first = year
    ? findDay({ year: year.value, month, day: 1 })
    : today.month === month && setting.forbid !== 'future'
      ? toDayNumber({ ...today, day: 1 })
      : withNearestYear(month, 1, setting);
  if (first === undefined) return undefined;
  const civil = toCivil(first);
  return { first, last: first + lastDayOfMonth(civil.year, civil.month) - 1, to: at + 1 + (year?.length ?? 0), unit: 'month' };
};

/** "end of the month", "mid January", "next week", "in March": a day is assumed, so it is asked about. */
export const readPeriod = (words: readonly SpokenWord[], index: number, setting: DateSetting): DateResult => {
  const part = parts.at(words, index);
  const start = index + (part?.length ?? 0);
  const span = readSpan(words, start, setting);
  if (!span) return undefined;
  const named = monthAt(words, span.to - 1) !== undefined;
  // "I may start Monday": the verb, unless a preposition or a part of the month came before.
  if (!part && textAt(words, start) === 'may' && !/^(in|of|until|by|this|next)$/.test(textAt(words, index - 1))) return undefined;
  // "a week", "the year", "this week" alone name no day; neither does "a month".
  const bareArticle = /^(the|this|last)$/.test(textAt(words, start)) || /^(week|month|year|weekend)$/.test(textAt(words, start));
  const from = index;
  if (!part) {
    const { previous } = setting;
    if (named && previous?.monthStated) {
      const { year, month } = toCivil(span.first);
      const day = findDay({ year, month, day: toCivil(previous.day).day });
      if (day !== undefined)
        return { day, kind: 'absolute', confidence: 0.85, from, to: span.to, relative: false, monthStated: true, note: 'on the day named before' };
    }
    if (textAt(words, span.to - 1) === 'weekend') {
      const after = textAt(words, index - 1) === 'after';
      return {
        day: after ? span.first + 2 : span.first,
        kind: 'period',
        confidence: 0.7,
        from,
        to: span.to,
        relative: true,
        note: after ? 'taken as the Monday after' : 'taken as Saturday',
      };
    }
    if (bareArticle || span.unit === 'year')
      return textAt(words, start) === 'next' || textAt(words, start) === 'this' ? { problem: 'ambiguous', from, to: span.to } : undefined;
    return {
      day: span.first < setting.today && setting.forbid === 'past' ? setting.today : span.first,
      kind: span.unit === 'week' ? 'week' : 'period',
      confidence: 0.6,
      from,
      to: span.to,
      relative: true,
      note: `taken as the first day`,
    };
  }
  const middle = span.unit === 'week' ? span.first + 2 : span.unit === 'month' ? span.first + 14 : span.first + 181;
  const day = part.meaning === 'start' ? span.first : part.meaning === 'end' ? span.last : middle;
  const exact = part.meaning === 'end' && span.unit !== 'week';
  return {
    day,
    kind: 'period',
    confidence: exact ? 0.75 : 0.65,
    from,
    to: span.to,
    relative: true,
    note: `taken as the ${part.meaning === 'start' ? 'first' : part.meaning === 'end' ? 'last' : 'middle'} day`,
  };
};

/** "the first Monday of December", "the last Friday of the month". */
export const readNthWeekday = (words: readonly SpokenWord[], index: number, setting: DateSetting): DateResult => {
  const the = textAt(words, index) === 'the' ? 1 : 0;
  const last = textAt(words, index + the) === 'last';
  const ordinal = last ? { value: -1, length: 1 } : readOrdinal(words, index + the);
  if (!ordinal || ordinal.value > 5) return undefined;
  const at = index + the + ordinal.length;
  const weekday = weekdayAt(words, at);
  if (weekday === undefined || !/^(of|in)$/.test(textAt(words, at + 1))) return undefined;
  const span = readSpan(words, at + 2, setting);
  if (span?.unit !== 'month') return undefined;
  const firstOne = span.first + ((weekday - weekdayOf(span.first) + 7) % 7);
  const day = last ? span.last - ((weekdayOf(span.last) - weekday + 7) % 7) : firstOne + (ordinal.value - 1) * 7;
  if (day > span.last) return { problem: 'ambiguous', from: index, to: span.to };
  return { day, kind: 'absolute', confidence: 0.9, from: index, to: span.to, relative: true, monthStated: true };
};
