import { amountWords } from './number-words.js';
import { afterAbbreviation, coreAt, DASH, runsOn, type SpokenRule } from './token.js';

/*
 * Times of day: "9:30am", "9 a.m.", "14:05", "9am-5pm", "9:00 - 17:00". "AM" and "PM" are said as letters by every voice.
 */

const HALF = String.raw`([ap])\.?m`;
const POINT = String.raw`([01]?\d|2[0-4])(?::([0-5]\d))?`;
const TIME = new RegExp(`^${POINT}(?:${HALF})?(?:${DASH}${POINT}(?:${HALF})?)?$`, 'iu');

const halfOfDay = (letter: string | undefined): string => (letter === undefined ? '' : ` ${letter.toUpperCase()}M`);

const pointWords = (hour: string, minute: string | undefined, clock: boolean): string => {
  const hours = amountWords(String(Number(hour)));
  if (minute === undefined) return hours;
  if (Number(minute) > 0) return `${hours} ${Number(minute) < 10 ? 'oh ' : ''}${amountWords(String(Number(minute)))}`;
  // "nine AM" needs no "o'clock"; 14:00 has none.
  if (!clock) return hours;
  if (Number(hour) === 0) return 'midnight';
  return Number(hour) <= 12 ? `${hours} o'clock` : `${hours} hundred`;
};

const time: SpokenRule = (tokens, at) => {
  const [, hour, minute, half, endHour, endMinute, endHalf] = TIME.exec(coreAt(tokens, at)) ?? [];
  if (hour === undefined || (minute ?? half ?? endMinute ?? endHalf) === undefined) return undefined;
  // A time before a separate "am" is said without "o'clock".
  const halfFollows = runsOn(tokens[at]) && /^[ap]\.?m$/iu.test(coreAt(tokens, at + 1));
  const trail = half === undefined && endHalf === undefined ? (tokens[at]?.trail ?? '') : afterAbbreviation(tokens, at);
  const from = `${pointWords(hour, minute, half === undefined && endHalf === undefined && !halfFollows)}${halfOfDay(half)}`;
  if (endHour === undefined) return [{ say: from, trail }];
  return [{ say: `${from} to ${pointWords(endHour, endMinute, endHalf === undefined && !halfFollows)}${halfOfDay(endHalf)}`, trail }];
};

const POINT_ONLY = new RegExp(`^${POINT}(?:${DASH}${POINT})?$`, 'u');
/** "am" or "p.m." as a word of its own after a time. */
const halfAlone: SpokenRule = (tokens, at) => {
  const [, letter] = /^([ap])\.?m$/iu.exec(coreAt(tokens, at)) ?? [];
  if (!letter || !runsOn(tokens[at - 1]) || !POINT_ONLY.test(coreAt(tokens, at - 1))) return undefined;
  return [{ say: `${letter.toUpperCase()}M`, trail: afterAbbreviation(tokens, at) }];
};

export const timeRules: readonly SpokenRule[] = [time, halfAlone];
