import type { AnswerValue } from '../../schemas/answer.js';
import { dayInZone, fromIso, mondayOf, toIso, weekdayOf } from './calendar.js';
import { monthAt, readDayOnly, readHoliday, readMonthAndDay, readNumericDate, weekdayAt } from './date-absolute.js';
import { readNthWeekday, readPeriod } from './date-period.js';
import { readDistance, readRelativeDay, readWeekday } from './date-relative.js';
import { type DateResult, type DateSetting, dateOrder, type FoundDate, isFound } from './date-setting.js';
import { VAGUE_DATES } from './english/dates.js';
import type { AnswerKind, AnswerSpec, Interpretation, SpokenContext } from './kind.js';
import { readOrdinal } from './number-words.js';
import { closedProgress, hedge, interpretStatements, type Obstacle, type Reading } from './reading.js';
import { findPhrase, phraseSet, quoteOf, type SpokenWord, spokenWords } from './spoken-text.js';

const vague = phraseSet(VAGUE_DATES);

/** In this order: the more words a form needs, the earlier it is tried. */
const READERS = [readNumericDate, readNthWeekday, readHoliday, readDistance, readMonthAndDay, readPeriod, readWeekday, readRelativeDay, readDayOnly];

/** A weekday with its date: "Monday the thirtieth", "Monday, November thirtieth". */
const readWeekdayWithDate = (words: readonly SpokenWord[], index: number, setting: DateSetting): DateResult => {
  const weekday = weekdayAt(words, index);
  if (weekday === undefined) return undefined;
  const at = words[index + 1]?.text === 'on' ? index + 2 : index + 1;
  const date = readMonthAndDay(words, at, setting, weekday) ?? readDayOnly(words, at, setting, weekday);
  if (!date) return undefined;
  if (!isFound(date)) return { ...date, from: index };
  return { ...date, from: index, confidence: date.kind === 'day-of-month' ? 0.9 : 0.95 };
};

/** "Monday of next week", "next week Tuesday": the weekday of the named week. */
const joinWeek = (left: FoundDate, right: FoundDate, words: readonly SpokenWord[]): FoundDate | undefined => {
  const between = words
    .slice(left.to, right.from)
    .map((word) => word.text)
    .join(' ');
  if (!/^(|on|of|in|the|on the)$/.test(between)) return undefined;
  const [weekday, week] = left.kind === 'weekday' ? [left, right] : [right, left];
  if (weekday.kind !== 'weekday' || !weekday.bare || (week.kind !== 'week' && !(week.kind === 'relative' && week.day - week.from > 0)))
    return undefined;
  if (week.kind === 'relative' && !words.slice(week.from, week.to).some((word) => /^weeks?$/.test(word.text))) return undefined;
  return {
    ...weekday,
    day: mondayOf(week.day) + weekdayOf(weekday.day),
    confidence: week.kind === 'week' ? 0.9 : 0.75,
    from: left.from,
    to: right.to,
    weekStated: true,
  };
};

const findDates = (words: readonly SpokenWord[], setting: DateSetting): DateResult[] => {
  const found: DateResult[] = [];
  for (let index = 0; index < words.length; ) {
    let result = readWeekdayWithDate(words, index, setting);
    for (const read of READERS) result ??= read(words, index, setting);
    if (result) {
      const last = found.at(-1);
      const week = isFound(last) && isFound(result) ? joinWeek(last, result, words) : undefined;
      if (week) found[found.length - 1] = week;
      else found.push(result);
    }
    index = result ? Math.max(result.to, index + 1) : index + 1;
  }
  return found;
};

/** Nobody was born longer ago or starts later than this, a long life: 120 years. Some such days do not even exist for a computer ("in a million years"). */
const FARTHEST_DAYS = 120 * 365.25;

/** Words before a date that make it a limit rather than a day. */
const LIMITS = /^(after|before|by|until|till|past)$/;

const readDate = (said: string, spec: AnswerSpec, context: SpokenContext) => {
  const today = dayInZone(context.now, context.timeZone);
  const read = fromIso(typeof context.correcting === 'string' ? context.correcting : '');
  let previous: DateSetting['previous'] = read === undefined ? undefined : { day: read, monthStated: true, weekStated: false };
  return (words: readonly SpokenWord[], _previous: AnswerValue | undefined): Reading | Obstacle | undefined => {
    const setting: DateSetting = { today, forbid: spec.forbid, order: dateOrder(context.language), previous };
    const results = findDates(words, setting);
    const dates = results.filter(isFound);
    const obstacle = results.find((result) => result !== undefined && !isFound(result));
    if (obstacle && !isFound(obstacle)) return obstacle;
    // "immediately, so tomorrow" and "next week, on the third": a vaguer date gives way to an exact one.
    const exact = dates.filter((date) => date.kind !== 'week' && date.kind !== 'period' && (date.kind !== 'relative' || date.confidence > 0.7));
    const candidates = exact.length > 0 ? exact : dates;
    const [date] = candidates;
    if (!date) {
      const open = findPhrase(vague, words);
      return open && { problem: 'ambiguous', from: open.index, to: open.index + open.length };
    }
    const distant = candidates.find(({ day }) => !(Math.abs(day - today) <= FARTHEST_DAYS));
    if (distant) return { problem: 'out-of-range', from: distant.from, to: distant.to };
    if (candidates.some((other) => other.day !== date.day)) return { problem: 'ambiguous', from: date.from, to: candidates.at(-1)?.to ?? date.to };
    const { from, to } = date;
    if (spec.forbid === 'past' && date.day < today) return { problem: 'past', from, to };
    if (spec.forbid === 'future' && date.day > today) return { problem: 'future', from, to };
    const limit = words[from - 1]?.text === 'the' ? words[from - 2]?.text : words[from - 1]?.text;
    const limited = limit !== undefined && LIMITS.test(limit);
    const confidence = hedge(limited ? Math.min(date.confidence, 0.7) : date.confidence, words);
    previous = { day: date.day, monthStated: date.monthStated ?? false, weekStated: date.weekStated ?? false };
    const phrase = quoteOf(said, words, from, to);
    const counted = date.relative ? `${phrase}, counted from ${toIso(today)} in ${context.timeZone}` : undefined;
    const notes = [counted, date.note, limited ? `"${limit}" left out` : undefined].filter(Boolean);
    return { value: toIso(date.day), confidence, from, to, ...(notes.length > 0 ? { normalizedFrom: notes.join('; ') } : {}) };
  };
};

const interpret = (said: string, spec: AnswerSpec, context: SpokenContext): Interpretation =>
  interpretStatements(said, context, readDate(said, spec, context));

/** A calendar day, resolved in the candidate's own zone; what was assumed stands in `normalizedFrom`. */
export const date: AnswerKind = {
  type: 'date',
  interpret,
  progress(text, spec) {
    const progress = closedProgress(text, spec, interpret);
    // "the third" may go on with "of June".
    const words = spokenWords(text);
    const dayOnly =
      progress === 'complete' &&
      readOrdinal(words, words.length - 1) !== undefined &&
      !words.some((_, index) => weekdayAt(words, index) !== undefined || monthAt(words, index) !== undefined);
    return dayOnly ? 'continues' : progress;
  },
  grammar: () =>
    '[on | from | by] [this | next] <weekday> [the <day_of_month>] | the <day_of_month> [of <month>] | (on | from) the <day_of_month> of <month> | [on | from] [<weekday>] <month> [the] <day_of_month> | in <small_number> (day | days | week | weeks | month | months) | <small_number> (days | weeks | months) [notice] | (a | one) (week | month) [notice] | today | tomorrow | the day after tomorrow | next week | next month | [the] (end | beginning) of (the month | next month | <month>) | immediately | right away | as soon as possible',
};
