import * as chrono from 'chrono-node';
import { plainText } from '../commands.js';

/*
 * "Call me tomorrow at three", "in an hour", "after five": the instant at which to call again, in the candidate's zone.
 */

const NUMBERS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(
    ' ',
  );
const TENS: Readonly<Record<string, number>> = { twenty: 20, thirty: 30, forty: 40, fifty: 50 };

/** Words as the date parser likes them: "half past four" → "at 4:30", "after five" → "at 5". */
const prepared = (said: string): string => {
  let text = plainText(said)
    .replace(/\b(twenty|thirty|forty|fifty)[ -](one|two|three|four|five|six|seven|eight|nine)\b/g, (_, tens: string, one: string) =>
      String((TENS[tens] ?? 0) + NUMBERS.indexOf(one)),
    )
    .replace(/\b(thirty|forty|fifty)\b/g, (word) => String(TENS[word]));
  text = text.replace(new RegExp(`\\b(${NUMBERS.join('|')})\\b`, 'g'), (word) => String(NUMBERS.indexOf(word)));
  return text
    .replace(/\b([ap]) m\b/g, '$1m')
    .replace(/\bhalf past (\d+)\b/g, 'at $1:30')
    .replace(/\bquarter past (\d+)\b/g, 'at $1:15')
    .replace(/\bquarter to (\d+)\b/g, (_, hour: string) => `at ${((Number(hour) + 10) % 12) + 1}:45`)
    .replace(/\b(\d{1,2}) (15|30|45|00)\b/g, '$1:$2')
    .replace(/\b(?:after|around|about|past|from|by) (?=\d)/g, 'at ')
    .replace(/\bat at\b/g, 'at')
    .replace(/\bo'clock\b/g, '')
    .replace(/\bafter (?:lunch)\b/g, 'at 1:30 pm')
    .replace(/\bafter work\b/g, 'at 6 pm')
    .replace(/\bin the (morning|afternoon|evening)\b/g, 'this $1')
    .replace(/\btomorrow this (morning|afternoon|evening)\b/g, 'tomorrow $1');
};

const DAY_MS = 86_400_000;
const HORIZON_DAYS = 30;
/** Chrono puts "tomorrow" at this very time of day and "morning" at six; people mean office hours. */
const PART_OF_DAY: Readonly<Record<number, number>> = { 6: 10, 20: 19, 22: 19 };

/** Minutes that the zone is ahead of UTC at an instant. */
const offsetMin = (at: Date, timeZone: string): number => {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((candidate) => candidate.type === type)?.value ?? 0);
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return Math.round((local - Math.floor(at.getTime() / 1000) * 1000) / 60_000);
};

/** The instant of a wall-clock time in a zone; across a change of the clocks the offset of the result is used. */
const instantOf = (wallMs: number, timeZone: string): Date => {
  const guess = new Date(wallMs - offsetMin(new Date(wallMs), timeZone) * 60_000);
  return new Date(wallMs - offsetMin(guess, timeZone) * 60_000);
};

const CLAUSE = /[,.;!?]+\s+|\s+(?=(?:and|but|so|please|call|try|ring|phone|(?:she|he|they)(?:'ll|’ll| will)) )/i;
/** Tells when somebody is not free, which is no time to call. */
const NOT_FREE =
  /\b(?:not|\w+n't|cannot|never|busy|driving|working|asleep|sleeping|out|away|gone|left|until|till|(?:at|in) (?:work|school|class|church|a meeting|the office))\b/;
/** Speaks of a call or a return. */
const CALLING = /\b(?:call|try|ring|phone|reach|back|again)\b/;

/** What is left of a remark when the clauses that name no time to call are taken out. */
const timeNamedIn = (said: string, by: 'candidate' | 'someone-else'): string =>
  said
    .split(CLAUSE)
    .filter((clause) => {
      const plain = plainText(clause);
      return !NOT_FREE.test(plain) && (by === 'candidate' || CALLING.test(plain));
    })
    .join(', ');

/**
 * When to call again, as ISO 8601 UTC; undefined when no such time was named ("I'm busy this morning" names none), or one in the past or more than 30 days
 * ahead. A bare hour from one to seven is in the afternoon. Of someone else only a time to call or of a return counts: "she's out today" is neither.
 */
export const callBackTime = (said: string, now: Date, timeZone: string, by: 'candidate' | 'someone-else' = 'candidate'): string | undefined => {
  const offset = offsetMin(now, timeZone);
  const [found] = chrono.parse(prepared(timeNamedIn(said, by)), { instant: now, timezone: offset }, { forwardDate: true });
  if (!found) return undefined;
  const { start } = found;
  const relative = start.isCertain('timezoneOffset');
  let at: Date;
  if (relative) at = start.date();
  else {
    let hour = start.get('hour') ?? 10;
    if (start.isCertain('hour')) {
      if (!start.isCertain('meridiem') && hour >= 1 && hour <= 7) hour += 12;
    } else if (start.get('meridiem') === null || start.get('meridiem') === undefined) {
      if (/\b(?:today|later)\b/.test(found.text)) return undefined;
    } else hour = PART_OF_DAY[hour] ?? hour;
    const named = (['day', 'weekday', 'month', 'year'] as const).some((part) => start.isCertain(part));
    const today = new Date(now.getTime() + offset * 60_000);
    const midnight = named
      ? Date.UTC(start.get('year') ?? 0, (start.get('month') ?? 1) - 1, start.get('day') ?? 1)
      : Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate());
    const wall = midnight + (hour * 60 + (start.get('minute') ?? 0)) * 60_000;
    at = instantOf(wall, timeZone);
    // "At three", said at five, without a day: the next one.
    if (at <= now && !named) at = instantOf(wall + DAY_MS, timeZone);
  }
  const ahead = at.getTime() - now.getTime();
  return ahead > 0 && ahead <= HORIZON_DAYS * DAY_MS ? new Date(Math.round(at.getTime() / 60_000) * 60_000).toISOString() : undefined;
};

/** "three in the afternoon", "half past ten in the morning", "noon": in words, because the voices read figures badly. */
const timeInWords = (at: Date, timeZone: string): string => {
  const local = new Date(at.getTime() + offsetMin(at, timeZone) * 60_000);
  const hour = local.getUTCHours();
  const minute = local.getUTCMinutes();
  if (minute === 0 && hour === 12) return 'noon';
  const words = NUMBERS[hour % 12 === 0 ? 12 : hour % 12] ?? '';
  const minutes = minute === 0 ? '' : ` ${minuteInWords(minute)}`;
  const part = hour < 12 ? 'in the morning' : hour < 18 ? 'in the afternoon' : 'in the evening';
  return `${words}${minutes} ${part}`;
};

const minuteInWords = (minute: number): string => {
  if (minute < 10) return `oh ${NUMBERS[minute] ?? ''}`;
  if (minute <= 20) return NUMBERS[minute] ?? '';
  const tens = Object.keys(TENS).find((word) => TENS[word] === minute - (minute % 10)) ?? '';
  return minute % 10 === 0 ? tens : `${tens} ${NUMBERS[minute % 10] ?? ''}`;
};

/** An instant as said to the candidate: "tomorrow at three in the afternoon", "on Friday at ten thirty in the morning". */
export const spokenInstant = (iso: string, now: Date, timeZone: string, language: string): string => {
  const at = new Date(iso);
  const day = (instant: Date) => new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(instant);
  const time = timeInWords(at, timeZone);
  if (day(at) === day(now)) return `today at ${time}`;
  if (day(at) === day(new Date(now.getTime() + DAY_MS))) return `tomorrow at ${time}`;
  const weekday = new Intl.DateTimeFormat(language, {
    timeZone,
    weekday: 'long',
    ...(at.getTime() - now.getTime() > 6 * DAY_MS ? { month: 'long', day: 'numeric' } : {}),
  });
  return `on ${weekday.format(at)} at ${time}`;
};
