import type { Weekday } from '../../../schemas/answer.js';
import type { Schedule } from '../../../schemas/caller-bot.js';

/** A Monday without any holiday near; scenarios that name no instant start on it, or as soon after it as their candidate may be called. */
const DEFAULT_START = Date.UTC(2026, 10, 23, 0);
const HOUR_MS = 3_600_000;
/** Not at the very edge of the calling hours: several calls of a scenario should fit in. */
const COMFORTABLE_HOURS = [10, 11] as const;
const DAYS: Readonly<Record<string, Weekday>> = { Mon: 'mon', Tue: 'tue', Wed: 'wed', Thu: 'thu', Fri: 'fri', Sat: 'sat', Sun: 'sun' };

/** The instant at which a scenario without `now` starts: mid-morning of a calling day where the candidate lives. ms since the epoch. */
export const startInsideCallingHours = (timeZone: string, schedule: Pick<Schedule, 'days' | 'from' | 'to'> | undefined): number => {
  const local = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short', hour: '2-digit', hourCycle: 'h23' });
  const fallback = DEFAULT_START + 18 * HOUR_MS;
  for (let at = DEFAULT_START; at < DEFAULT_START + 14 * 24 * HOUR_MS; at += HOUR_MS / 4) {
    const parts = Object.fromEntries(local.formatToParts(at).map(({ type, value }) => [type, value]));
    const hour = Number(parts['hour']);
    const day = DAYS[parts['weekday'] ?? ''];
    const from = Number(schedule?.from.slice(0, 2) ?? 9);
    const to = Number(schedule?.to.slice(0, 2) ?? 20);
    const wanted =
      COMFORTABLE_HOURS.some((comfortable) => comfortable === hour && hour >= from && hour < to) || (from > 11 && hour === from + 1 && hour < to);
    if (day && wanted && (schedule?.days ?? ['mon', 'tue', 'wed', 'thu', 'fri']).includes(day)) return at;
  }
  return fallback;
};
