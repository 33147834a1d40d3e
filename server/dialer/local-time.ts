import { WEEKDAYS, type Weekday } from '../../schemas/answer.js';

/** Wall-clock reading of an instant in a zone. `minute` counts from midnight. */
export interface LocalTime {
  day: Weekday;
  minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The local weekday and minute of an instant, by `Intl` at that very instant: no fixed offsets, so daylight saving is right. */
export const localTime = (instant: number, timeZone: string): LocalTime => {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  const day = WEEKDAYS.find((weekday) => weekday === parts['weekday']?.toLowerCase());
  if (!day) throw new Error(`no weekday for ${timeZone}`);
  return { day, minute: Number(parts['hour']) * 60 + Number(parts['minute']) };
};

export const minuteOf = (clockTime: string): number => Number(clockTime.slice(0, 2)) * 60 + Number(clockTime.slice(3, 5));
