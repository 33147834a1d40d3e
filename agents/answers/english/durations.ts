/** English units of time and share, and the words for none at all. Data only. */
export type CountUnit = 'days' | 'weeks' | 'months' | 'years' | 'percentage';

// biome-ignore format: one phrase a line would hide the table
export const COUNT_UNITS: Readonly<Record<string, CountUnit>> = {
  day: 'days', days: 'days', "day's": 'days', week: 'weeks', weeks: 'weeks', "week's": 'weeks', wk: 'weeks', wks: 'weeks', month: 'months', months: 'months', "month's": 'months',
  year: 'years', years: 'years', "year's": 'years', yr: 'years', yrs: 'years', percent: 'percentage', '%': 'percentage', percentage: 'percentage',
};

/** Units of two weeks. */
export const FORTNIGHTS: readonly string[] = ['fortnight', 'fortnights', "fortnight's"];

/** Before a number these make it less than nothing. */
export const MINUS: readonly string[] = ['minus', 'negative'];

/** Before a number these say that it is not the one: "not five but six". */
export const NOT_THIS: readonly string[] = ['not', "isn't", "wasn't", "aren't"];

/** Words that mean none only when they end their clause or go on like this: "never", "I haven't done that", not "never counted". */
export const NONE_WHEN_ENDED: readonly string[] = ['never', "i haven't", 'i have not', 'nothing'];
export const NONE_GOES_ON: readonly string[] = [
  ...[
    'done',
    'did',
    'had',
    'been',
    'worked',
    'drove',
    'driven',
    'used',
    'tried',
    'held',
    'managed',
    'operated',
    'got',
    'any',
    'at',
    'yet',
    'before',
    'so',
  ],
];

// biome-ignore format: one phrase a line would hide the table
export const NONE_PHRASES: readonly string[] = [
  'none', 'zero', 'nil', 'no experience', 'no years', 'no months', 'no days', 'no previous experience', 'no prior experience', 'no real experience', 'no formal experience', 'not any', "don't have any", 'do not have any',
  "haven't any", 'none at all', 'nothing', 'never', 'no notice', 'no notice period', 'without notice', "i haven't", 'i have not', 'brand new to this', 'first job', 'no percent', "don't have experience", 'do not have experience', 'not at all',
];

/** For a number of days or months these mean 0: nothing to wait for. */
// biome-ignore format: one phrase a line would hide the table
export const AT_ONCE: readonly string[] = [
  'immediately', 'right away', 'straight away', 'right now', 'now', 'today', 'immediate', 'at once', 'as soon as possible', 'asap', 'any time', 'anytime', 'whenever', 'available now', 'same day',
];

/** Amounts nobody can put a number on. */
// biome-ignore format: one phrase a line would hide the table
export const VAGUE_AMOUNTS: readonly string[] = [
  'a few', 'few', 'several', 'many', 'a lot', 'lots', 'some', 'various', 'since i was', 'all my life', 'my whole life', 'less than', 'under', 'fewer than', 'depends', 'it depends', 'long time', 'a while', 'ages',
];

// biome-ignore format: one phrase a line would hide the table
export const MORE_THAN: readonly string[] = ['more than', 'over', 'at least', 'plus', '+', 'or more', 'and counting', 'going on', 'upwards of', 'almost', 'nearly', 'close to', 'just under', 'just over', 'up to', 'at most', 'maximum', 'minimum', 'within'];
