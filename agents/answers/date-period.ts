import { addMonths, type DayNumber, findDay, lastDayOfMonth, mondayOf, toCivil, toDayNumber, weekdayOf } from './calendar.js';
import { monthAt, weekdayAt } from './date-absolute.js';
import { type DateResult, type DateSetting, withNearestYear } from './date-setting.js';
import { PARTS } from './english/dates.js';
import { readOrdinal, readYear } from './number-words.js';
import { phraseTable, type SpokenWord } from './spoken-text.js';

const parts = phraseTable(PARTS);
const textAt = (words: readonly SpokenWord[], index: number) => words[index]?.text ?? '';

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
