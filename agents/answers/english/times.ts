/** English words of the week and the day. Data only. Day numbers: 0 is Monday. */
const EVERY = [0, 1, 2, 3, 4, 5, 6];
const WORKING = [0, 1, 2, 3, 4];
const FREE = [5, 6];

// biome-ignore format: one phrase a line would hide the table
export const DAY_GROUPS: readonly (readonly [string, readonly number[]])[] = [
  ...['weekdays', 'weekday', 'any weekday', 'every weekday', 'week days', 'during the week', 'working days', 'business days', 'on weekdays'].map((phrase) => [phrase, WORKING] as const),
  ...['weekends', 'weekend', 'the weekend', 'the weekends', 'any weekend', 'every weekend'].map((phrase) => [phrase, FREE] as const),
  ...['any day', 'every day', 'everyday', 'all days', 'all week', 'the whole week', 'seven days a week', '7 days a week', 'seven days', 'all seven days', 'any days', 'each day', 'daily', 'any day of the week', 'every day of the week', 'all days of the week', 'any other day', 'every other day of the week', 'all other days'].map((phrase) => [phrase, EVERY] as const),
];

/** Parts of the day in minutes from midnight; these are the product's own definitions and are stated with the answer. */
// biome-ignore format: one phrase a line would hide the table
export const DAY_PARTS: readonly (readonly [string, { name: string; from: number; to: number }])[] = [
  ...['morning', 'mornings', 'in the morning', 'in the mornings', 'the morning', 'the mornings'].map((phrase) => [phrase, { name: 'morning', from: 360, to: 720 }] as const),
  ...['afternoon', 'afternoons', 'in the afternoon', 'in the afternoons', 'the afternoon'].map((phrase) => [phrase, { name: 'afternoon', from: 720, to: 1080 }] as const),
  ...['evening', 'evenings', 'in the evening', 'in the evenings', 'the evening', 'the evenings'].map((phrase) => [phrase, { name: 'evening', from: 1080, to: 1320 }] as const),
  ...['night', 'nights', 'at night', 'late night', 'late nights', 'night time', 'nighttime', 'the night'].map((phrase) => [phrase, { name: 'night', from: 1320, to: 1440 }] as const),
  ...['daytime', 'daytimes', 'day time', 'during the day', 'in the daytime', 'day shift', 'day shifts'].map((phrase) => [phrase, { name: 'daytime', from: 360, to: 1080 }] as const),
  ...['all day', 'all day long', 'the whole day', 'full day', 'full days', 'any hours', 'around the clock', 'all hours', 'day or night', 'day and night', 'any hour'].map((phrase) => [phrase, { name: 'all day', from: 0, to: 1440 }] as const),
];

// biome-ignore format: one phrase a line would hide the table
export const ALWAYS: readonly string[] = ['anytime', 'any time', 'whenever', 'always', 'full availability', 'fully available', 'completely open', 'wide open', 'totally flexible', 'completely flexible', 'fully flexible', 'very flexible', "i'm flexible", 'i am flexible', 'flexible', 'open availability', 'twenty four seven', '24 7', 'no restrictions', "i'm open", "i'm free all the time", 'all the time'];

export const FIXED_TIMES: Readonly<Record<string, number>> = { noon: 720, midday: 720, lunchtime: 720, lunch: 720, midnight: 1440 };

// biome-ignore format: one phrase a line would hide the table
export const EXCEPTIONS: readonly string[] = ['but', 'but not', 'except', 'except for', 'except on', 'but not on', 'not', 'not on', 'excluding', 'other than', 'apart from', 'aside from', 'besides', 'no', 'never', 'never on', "can't do", "can't work", 'cannot work', 'cannot do', "i can't do", "i can't work", "don't work", "i don't work", "won't work", "can't on", 'just not', 'anything but', 'any day but', 'every day but', 'only not', "not available", "i'm not available", "i'm not available on", "can't", 'cannot', 'not in the'];
