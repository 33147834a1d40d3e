import { addMonths, findDay, lastDayOfMonth, toCivil, toDayNumber, weekdayOf } from './calendar.js';
import { type DateResult, type DateSetting, withNearestMonth, withNearestYear } from './date-setting.js';
import { HOLIDAYS, MONTHS, WEEKDAY_WORDS } from './english/dates.js';
import { readBelowHundred, readOrdinal, readYear } from './number-words.js';
import { phraseTable, type SpokenWord } from './spoken-text.js';

const holidays = phraseTable(HOLIDAYS);

export const monthAt = (words: readonly SpokenWord[], index: number): number | undefined => {
  const text = words[index]?.text ?? '';
  return Object.hasOwn(MONTHS, text) ? MONTHS[text] : undefined;
};

export const weekdayAt = (words: readonly SpokenWord[], index: number): number | undefined => {
  const text = words[index]?.text ?? '';
  return Object.hasOwn(WEEKDAY_WORDS, text) ? WEEKDAY_WORDS[text] : undefined;
};

const readDayOfMonth = (words: readonly SpokenWord[], index: number): { value: number; length: number } | undefined => {
  const found =
    readOrdinal(words, index) ??
    (/^\d{1,2}$/.test(words[index]?.text ?? '') ? { value: Number(words[index]?.text), length: 1 } : readBelowHundred(words, index));
  return found && found.value >= 1 && found.value <= 31 ? found : undefined;
};

/** A year after a day and month; two figures only when they cannot be a day ("May fifth eighty nine"). */
const readYearAfter = (words: readonly SpokenWord[], index: number): { value: number; length: number } | undefined => {
  const skip = /^(of|in)$/.test(words[index]?.text ?? '') ? 1 : 0;
  const year = readYear(words, index + skip);
  if (year) return { value: year.value, length: year.length + skip };
  const short = /^\d\d$/.test(words[index]?.text ?? '') ? { value: Number(words[index]?.text), length: 1 } : readBelowHundred(words, index);
  return short && short.value > 31 ? { value: 1900 + short.value, length: short.length } : undefined;
};

const dated = (
  month: number,
  day: number,
  year: number | undefined,
  setting: DateSetting,
  from: number,
  to: number,
  weekday: number | undefined,
): DateResult => {
  const found = year === undefined ? withNearestYear(month, day, setting) : findDay({ year, month, day });
  if (found === undefined || (weekday !== undefined && weekdayOf(found) !== weekday)) return { problem: 'ambiguous', from, to };
  const note = year === undefined ? `year ${toCivil(found).year} assumed` : undefined;
  const confidence = year === undefined ? 0.92 : 0.95;
  return { day: found, kind: 'absolute', confidence, from, to, relative: false, monthStated: true, ...(note ? { note } : {}) };
};

/** "June third", "the third of June 2027", "3 June". A weekday that was named with it must fit. */
export const readMonthAndDay = (words: readonly SpokenWord[], index: number, setting: DateSetting, weekday?: number): DateResult => {
  const month = monthAt(words, index);
  if (month !== undefined) {
    const the = words[index + 1]?.text === 'the' ? 2 : 1;
    if (readYear(words, index + 1) && !readOrdinal(words, index + 1)) return undefined;
    const day = readDayOfMonth(words, index + the);
    if (!day) return undefined;
    const year = readYearAfter(words, index + the + day.length);
    return dated(month, day.value, year?.value, setting, index, index + the + day.length + (year?.length ?? 0), weekday);
  }
  const the = words[index]?.text === 'the' ? 1 : 0;
  const day = readDayOfMonth(words, index + the);
  if (!day) return undefined;
  const of = words[index + the + day.length]?.text === 'of' || words[index + the + day.length]?.text === 'in' ? 1 : 0;
  const at = index + the + day.length + of;
  const later = monthAt(words, at);
  if (later === undefined) return undefined;
  const year = readYearAfter(words, at + 1);
  return dated(later, day.value, year?.value, setting, index, at + 1 + (year?.length ?? 0), weekday);
};

const isFigures = (word: SpokenWord | undefined, digits: RegExp) => word !== undefined && digits.test(word.text);

/** "2026-12-01", "12/25/2026", "03/04", "25.12.2026". Day and month are told apart by value, else by the candidate's language at low confidence. */
export const readNumericDate = (words: readonly SpokenWord[], index: number, setting: DateSetting): DateResult => {
  const [first, second, third] = [words[index], words[index + 1], words[index + 2]];
  const linked = (word: SpokenWord | undefined) => word !== undefined && /^[/-]$/.test(word.before);
  if (isFigures(first, /^\d{4}$/) && isFigures(second, /^\d{1,2}$/) && isFigures(third, /^\d{1,2}$/) && linked(second) && linked(third)) {
    const day = findDay({ year: Number(first?.text), month: Number(second?.text), day: Number(third?.text) });
    return day === undefined
      ? { problem: 'ambiguous', from: index, to: index + 3 }
      : { day, kind: 'absolute', confidence: 0.95, from: index, to: index + 3, relative: false, monthStated: true };
  }
  const dotted = /^(\d{1,2})\.(\d{1,2})$/.exec(first?.text ?? '');
  const withYearDotted = dotted && second?.before === '.' && /^\d{4}$/.test(second.text);
  const slashed = isFigures(first, /^\d{1,2}$/) && isFigures(second, /^\d{1,2}$/) && second?.before === '/';
  const dashed = isFigures(first, /^\d{1,2}$/) && isFigures(second, /^\d{1,2}$/) && second?.before === '-' && third?.before === '-';
  if (!withYearDotted && !slashed && !dashed) return undefined;
  const [a, b] = withYearDotted ? [Number(dotted?.[1]), Number(dotted?.[2])] : [Number(first?.text), Number(second?.text)];
  const yearWord = withYearDotted ? second : linked(third) && isFigures(third, /^(\d{2}|\d{4})$/) ? third : undefined;
  const to = index + (withYearDotted ? 2 : yearWord ? 3 : 2);
  const year = yearWord && (yearWord.text.length === 2 ? 2000 + Number(yearWord.text) : Number(yearWord.text));
  const order = withYearDotted ? 'day-first' : a > 12 ? 'day-first' : b > 12 ? 'month-first' : a === b ? 'day-first' : setting.order;
  if (!order) return { problem: 'ambiguous', from: index, to };
  const [month, day] = order === 'month-first' ? [a, b] : [b, a];
  const result = dated(month, day, year, setting, index, to, undefined);
  if (!result || !('day' in result)) return result;
  const sure = withYearDotted || a > 12 || b > 12 || a === b;
  const note = sure ? result.note : [`read ${order}`, result.note].filter(Boolean).join('; ');
  return { ...result, confidence: sure ? 0.9 : 0.7, ...(note ? { note } : {}) };
};

/** "the fourth": the next such day, or in the month of the date that is being corrected. */
export const readDayOnly = (words: readonly SpokenWord[], index: number, setting: DateSetting, weekday?: number): DateResult => {
  const the = words[index]?.text === 'the' ? 1 : 0;
  const ordinal = readOrdinal(words, index + the);
  if (!ordinal || ordinal.value > 31) return undefined;
  const to = index + the + ordinal.length;
  const next = words[to]?.text ?? '';
  if (/^(week|half|quarter|part|fortnight)s?$/.test(next)) return { problem: 'ambiguous', from: index, to: to + 1 };
  if (
    /^(thing|time|shift|choice|job|one|of|grade|year|floor|interview)$/.test(next) &&
    !(next === 'of' && /^(the|this|next)$/.test(words[to + 1]?.text ?? ''))
  )
    return undefined;
  if (!the && words[index]?.text === 'second' && /^(a|one|split)$/.test(words[index - 1]?.text ?? '')) return undefined;
  if (next === 'of' && /^(next|this|the)$/.test(words[to + 1]?.text ?? '') && words[to + 2]?.text === 'month') {
    const first = addMonths(toDayNumber({ ...toCivil(setting.today), day: 1 }), words[to + 1]?.text === 'next' ? 1 : 0);
    const day = findDay({ ...toCivil(first), day: ordinal.value });
    if (day === undefined) return { problem: 'ambiguous', from: index, to: to + 3 };
    return { day, kind: 'day-of-month', confidence: 0.92, from: index, to: to + 3, relative: true, monthStated: true };
  }
  const { previous } = setting;
  if (previous?.monthStated) {
    const month = toCivil(previous.day);
    const same = ordinal.value <= lastDayOfMonth(month.year, month.month) ? toDayNumber({ ...month, day: ordinal.value }) : undefined;
    const allowed = same !== undefined && (setting.forbid === 'future' || same >= setting.today);
    if (allowed && same !== undefined)
      return {
        day: same,
        kind: 'day-of-month',
        confidence: 0.9,
        from: index,
        to,
        relative: false,
        monthStated: true,
        note: 'in the month named before',
      };
  }
  const day = withNearestMonth(ordinal.value, setting, weekday);
  if (day === undefined) return { problem: 'ambiguous', from: index, to };
  return { day, kind: 'day-of-month', confidence: day === setting.today ? 0.7 : 0.85, from: index, to, relative: true };
};

/** Christmas and other fixed days of the year. "after Christmas" is the day after, which is worth asking about. */
export const readHoliday = (words: readonly SpokenWord[], index: number, setting: DateSetting): DateResult => {
  const found = holidays.at(words, index);
  if (!found) return undefined;
  const before = words[index - 1]?.text === 'the' ? words[index - 2]?.text : words[index - 1]?.text;
  const to = index + found.length;
  if (before === 'before' || before === 'around') return { problem: 'ambiguous', from: index, to };
  const day = withNearestYear(found.meaning.month, found.meaning.day, setting);
  if (day === undefined) return undefined;
  const after = before === 'after' ? 1 : 0;
  return {
    day: day + after,
    kind: 'absolute',
    confidence: after ? 0.6 : 0.85,
    from: index - after,
    to,
    relative: true,
    monthStated: true,
    ...(after ? { note: 'taken as the day after' } : {}),
  };
};
