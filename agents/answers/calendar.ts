/** A day without time or zone, counted in days since 1970-01-01 (UTC arithmetic only, so that daylight saving cannot shift it). */
export type DayNumber = number;

export interface CivilDate {
  year: number;
  /** 1–12. */
  month: number;
  day: number;
}

const DAY_MS = 86_400_000;

export const toDayNumber = (date: CivilDate): DayNumber => Math.round(Date.UTC(date.year, date.month - 1, date.day) / DAY_MS);

export const toCivil = (day: DayNumber): CivilDate => {
  const date = new Date(day * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
};

/** `YYYY-MM-DD`. */
export const toIso = (day: DayNumber): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** The day of an ISO date, or undefined when the text is none or the day does not exist. */
export const fromIso = (iso: string): DayNumber | undefined => {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(iso);
  return match ? findDay({ year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) }) : undefined;
};

/** The day, or undefined when there is none (30 February). */
export const findDay = (date: CivilDate): DayNumber | undefined => {
  const day = toDayNumber(date);
  const back = toCivil(day);
  return back.year === date.year && back.month === date.month && back.day === date.day ? day : undefined;
};

/** 0 is Monday, 6 is Sunday. */
export const weekdayOf = (day: DayNumber): number => (((day + 3) % 7) + 7) % 7;

export const mondayOf = (day: DayNumber): DayNumber => day - weekdayOf(day);

export const lastDayOfMonth = (year: number, month: number): number => toCivil(toDayNumber({ year, month: month + 1, day: 0 })).day;

/** The same day of another month, or that month's last day when it is shorter (31 January plus one month is 28 February). */
export const addMonths = (day: DayNumber, months: number): DayNumber => {
  const date = toCivil(day);
  const index = date.year * 12 + (date.month - 1) + months;
  const year = Math.floor(index / 12);
  const month = (((index % 12) + 12) % 12) + 1;
  return toDayNumber({ year, month, day: Math.min(date.day, lastDayOfMonth(year, month)) });
};

/** The calendar day that it is in `timeZone` (IANA) at an instant. Throws RangeError for an unknown zone. */
export const dayInZone = (instant: Date, timeZone: string): DayNumber => {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit', calendar: 'gregory' }).formatToParts(
    instant,
  );
  const field = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return toDayNumber({ year: field('year'), month: field('month'), day: field('day') });
};
