/** English words of the calendar. Data only. */
// biome-ignore format: one phrase a line would hide the table
export const MONTHS: Readonly<Record<string, number>> = {
  january: 1, jan: 1, february: 2, feb: 2, march: 3, mar: 3, april: 4, apr: 4, may: 5, june: 6, jun: 6, july: 7, jul: 7, august: 8, aug: 8, september: 9, sept: 9, sep: 9, october: 10, oct: 10, november: 11, nov: 11, december: 12, dec: 12,
};

/** 0 is Monday. */
// biome-ignore format: one phrase a line would hide the table
export const WEEKDAY_WORDS: Readonly<Record<string, number>> = {
  monday: 0, mondays: 0, mon: 0, tuesday: 1, tuesdays: 1, tue: 1, tues: 1, wednesday: 2, wednesdays: 2, wed: 2, weds: 2, thursday: 3, thursdays: 3, thu: 3, thur: 3, thurs: 3, friday: 4, fridays: 4, fri: 4, saturday: 5, saturdays: 5, sat: 5, sunday: 6, sundays: 6, sun: 6,
};

/** Days counted from today; `confidence` below 0.9 where the words leave room. */
// biome-ignore format: one phrase a line would hide the table
export const RELATIVE_DAYS: readonly (readonly [string, { days: number; confidence: number }])[] = [
  ['today', { days: 0, confidence: 0.95 }], ['tonight', { days: 0, confidence: 0.85 }], ['tomorrow', { days: 1, confidence: 0.95 }], ['the day after tomorrow', { days: 2, confidence: 0.95 }], ['day after tomorrow', { days: 2, confidence: 0.95 }],
  ['yesterday', { days: -1, confidence: 0.95 }], ['the day before yesterday', { days: -2, confidence: 0.95 }], ['day before yesterday', { days: -2, confidence: 0.95 }],
  ...['immediately', 'right away', 'straight away', 'straightaway', 'right now', 'at once', 'as soon as possible', 'asap', 'as soon as you want', 'as soon as you need me', 'as soon as you like', 'immediate start'].map((phrase) => [phrase, { days: 0, confidence: 0.85 }] as const),
  ...['now', 'any time', 'anytime', 'any day', 'whenever', 'whenever you need me', 'whenever you want', 'whenever you like', 'soon'].map((phrase) => [phrase, { days: 0, confidence: 0.7 }] as const),
  ['a week today', { days: 7, confidence: 0.9 }], ['a week tomorrow', { days: 8, confidence: 0.9 }], 
];

/** Fixed days of the year. `after` is the day meant by "after X". */
// biome-ignore format: one phrase a line would hide the table
export const HOLIDAYS: readonly (readonly [string, { month: number; day: number }])[] = [
  ['christmas day', { month: 12, day: 25 }], ['christmas', { month: 12, day: 25 }], ['xmas', { month: 12, day: 25 }], ['christmas eve', { month: 12, day: 24 }], ['boxing day', { month: 12, day: 26 }], ["new year's day", { month: 1, day: 1 }], ['new years day', { month: 1, day: 1 }],
  ["new year's eve", { month: 12, day: 31 }], ['new years eve', { month: 12, day: 31 }], ['new year', { month: 1, day: 1 }], ['the new year', { month: 1, day: 1 }], ["new year's", { month: 1, day: 1 }], ['new years', { month: 1, day: 1 }],
  ['halloween', { month: 10, day: 31 }], ["valentine's day", { month: 2, day: 14 }], ['fourth of july', { month: 7, day: 4 }], ['the fourth of july', { month: 7, day: 4 }],
];

/** Which part of a month, week or year. */
// biome-ignore format: one phrase a line would hide the table
export const PARTS: readonly (readonly [string, 'start' | 'middle' | 'end'])[] = [
  ...['beginning of', 'the beginning of', 'start of', 'the start of', 'early', 'early in', 'at the beginning of', 'from the beginning of'].map((phrase) => [phrase, 'start'] as const),
  ...['middle of', 'the middle of', 'mid'].map((phrase) => [phrase, 'middle'] as const),
  ...['end of', 'the end of', 'late', 'late in', 'last day of', 'the last day of', 'by the end of'].map((phrase) => [phrase, 'end'] as const),
];

/** Seasons and the like: about a date, but none. */
// biome-ignore format: one phrase a line would hide the table
export const VAGUE_DATES: readonly string[] = ['summer', 'winter', 'spring', 'autumn', 'fall', 'next year', 'this year', 'later', 'a few', 'several', 'depends', 'it depends', 'sometime', 'some time', 'eventually', 'thanksgiving', 'easter', 'the holidays', 'diwali', 'ramadan', 'eid'];
