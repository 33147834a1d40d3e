import { FIXED_TIMES } from './english/times.js';
import { readBelowHundred } from './number-words.js';
import { joined, type SpokenWord } from './spoken-text.js';

/** A time of day in minutes from midnight; `assumed` when neither am nor pm was said and the hour could be either. */
export interface ClockTime {
  minutes: number;
  assumed: boolean;
  from: number;
  to: number;
}

/** A stretch of a day, minutes from midnight, `to` up to 1440; beyond that it runs into the next day. */
export interface DayStretch {
  start: number;
  end: number;
  assumed: boolean;
  from: number;
  to: number;
}

const textAt = (words: readonly SpokenWord[], index: number) => words[index]?.text ?? '';

/** am or pm after a time: "pm", "p m", "in the evening", "at night". */
const readMeridiem = (words: readonly SpokenWord[], index: number): { half: 'am' | 'pm'; length: number } | undefined => {
  const text = textAt(words, index);
  if (text === 'am' || text === 'pm') return { half: text, length: 1 };
  if ((text === 'a' || text === 'p') && textAt(words, index + 1) === 'm') return { half: text === 'a' ? 'am' : 'pm', length: 2 };
  if (text === 'in' && textAt(words, index + 1) === 'the') {
    const part = textAt(words, index + 2);
    if (part === 'morning') return { half: 'am', length: 3 };
    if (part === 'afternoon' || part === 'evening') return { half: 'pm', length: 3 };
  }
  return text === 'at' && textAt(words, index + 1) === 'night' ? { half: 'pm', length: 2 } : undefined;
};

interface RawTime {
  hour: number;
  minute: number;
  half: 'am' | 'pm' | undefined;
  fixed: boolean;
  length: number;
}

const smallNumber = (words: readonly SpokenWord[], index: number) =>
  /^\d{1,2}$/.test(textAt(words, index)) ? { value: Number(textAt(words, index)), length: 1 } : readBelowHundred(words, index);

const readRaw = (words: readonly SpokenWord[], index: number): RawTime | undefined => {
  const text = textAt(words, index);
  if (Object.hasOwn(FIXED_TIMES, text)) return { hour: (FIXED_TIMES[text] ?? 0) / 60, minute: 0, half: undefined, fixed: true, length: 1 };
  const to = textAt(words, index + 1) === 'to';
  if (text === 'half' || text === 'quarter') {
    const past = textAt(words, index + 1) === 'past' ? 1 : to && text === 'quarter' ? -1 : 0;
    const hour = past === 0 ? undefined : smallNumber(words, index + 2);
    if (!hour || hour.value < 1 || hour.value > 12) return undefined;
    const meridiem = readMeridiem(words, index + 2 + hour.length);
    const minutes = text === 'half' ? 30 : 15;
    const shifted = hour.value * 60 + past * minutes;
    return {
      hour: Math.floor(shifted / 60),
      minute: shifted % 60,
      half: meridiem?.half,
      fixed: false,
      length: 2 + hour.length + (meridiem?.length ?? 0),
    };
  }
  const dotted = /^(\d{1,2})\.([0-5]\d)$/.exec(text);
  const hour = dotted ? { value: Number(dotted[1]), length: 1 } : smallNumber(words, index);
  if (!hour || hour.value > 24 || hour.length > 2) return undefined;
  let at = index + hour.length;
  let minute = dotted ? Number(dotted[2]) : 0;
  const military = textAt(words, at) === 'hundred';
  const colon = words[at]?.before === ':' && /^[0-5]\d$/.test(textAt(words, at));
  if (colon) minute = Number(textAt(words, at));
  else if (!military && hour.value >= 1 && hour.value <= 12 && joined(words[at])) {
    const minutes = smallNumber(words, at);
    if (
      minutes &&
      minutes.value >= 10 &&
      minutes.value < 60 &&
      minutes.value % 5 === 0 &&
      !/^(hours|days|percent)$/.test(textAt(words, at + minutes.length))
    ) {
      minute = minutes.value;
      at += minutes.length - 1;
    } else at--;
  } else if (!military) at--;
  at++;
  if (textAt(words, at) === "o'clock") at++;
  if (textAt(words, at) === 'hours' && military) at++;
  const meridiem = readMeridiem(words, at);
  if (/^(hours?|hrs?|days?|weeks?|months?|years?|dollars|percent|times?|shifts?)$/.test(textAt(words, at)) && !military) return undefined;
  return {
    hour: hour.value,
    minute,
    half: meridiem?.half,
    fixed: hour.value > 12 || hour.value === 0 || military,
    length: at - index + (meridiem?.length ?? 0),
  };
};

const toMinutes = (raw: RawTime, half: 'am' | 'pm' | undefined): number => {
  if (raw.fixed && raw.half === undefined) return raw.hour * 60 + raw.minute;
  const hour = raw.hour % 12;
  return (half === 'pm' ? hour + 12 : hour) * 60 + raw.minute;
};

/** What a bare hour means as the beginning of a stretch: seven to eleven in the morning, twelve to six in the afternoon. */
const likelyStart = (raw: RawTime): 'am' | 'pm' => (raw.hour >= 6 && raw.hour < 12 ? 'am' : 'pm');

const RANGE_LINKS = new Set(['to', 'till', 'until', 'til', 'through', 'and', '-', 'thru']);

/** "nine to five", "from 6am to 2pm", "between two and ten", "9-5", "ten pm to six am". */
const readRange = (words: readonly SpokenWord[], index: number): DayStretch | undefined => {
  const lead = /^(from|between)$/.test(textAt(words, index)) ? 1 : 0;
  const first = readRaw(words, index + lead);
  if (!first) return undefined;
  const link = index + lead + first.length;
  const dashed = /^\s*[-–—]\s*$/.test(words[link]?.before ?? '');
  const linked = RANGE_LINKS.has(textAt(words, link)) && (textAt(words, link) !== 'and' || textAt(words, index) === 'between');
  if (!dashed && !linked) return undefined;
  const second = readRaw(words, link + (dashed ? 0 : 1));
  if (!second) return undefined;
  const to = link + (dashed ? 0 : 1) + second.length;
  const secondHalf = second.half;
  let firstHalf = first.half;
  const assumed = (!first.fixed && first.half === undefined) || (!second.fixed && second.half === undefined);
  if (!firstHalf && !first.fixed) {
    if (secondHalf === 'pm')
      firstHalf =
        toMinutes(first, 'pm') < toMinutes(second, 'pm') && first.hour !== 12 && first.hour < 6
          ? 'pm'
          : toMinutes(first, 'am') < toMinutes(second, 'pm')
            ? likelyStart(first)
            : 'pm';
    else if (secondHalf === 'am') firstHalf = toMinutes(first, 'am') < toMinutes(second, 'am') ? 'am' : 'pm';
    else firstHalf = likelyStart(first);
  }
  if (firstHalf === 'pm' && secondHalf === 'pm' && toMinutes(first, 'pm') >= toMinutes(second, 'pm')) firstHalf = first.half ?? 'am';
  const start = toMinutes(first, firstHalf) % 1440;
  let end = toMinutes(second, secondHalf ?? 'am');
  if (!secondHalf && !second.fixed && end <= start) end = toMinutes(second, 'pm');
  if (end <= start) end += 1440;
  return { start, end, assumed, from: index, to };
};

/** "after five", "before noon", "from nine", "until three", "nine onwards", "after 5pm". */
const readOpenEnd = (words: readonly SpokenWord[], index: number): DayStretch | undefined => {
  const lead = textAt(words, index);
  const anyTime = lead === 'any' && textAt(words, index + 1) === 'time' ? 2 : lead === 'anytime' ? 1 : 0;
  const at = index + anyTime;
  const word = textAt(words, at);
  const after = /^(after|from|since|past)$/.test(word);
  const before = /^(before|until|till|til|by)$/.test(word) || (word === 'up' && /^(to|until)$/.test(textAt(words, at + 1)));
  const leadLength = after || before ? (word === 'up' ? 2 : 1) : 0;
  const raw = readRaw(words, at + leadLength);
  if (!raw) return undefined;
  const end = at + leadLength + raw.length;
  const onwards =
    /^(onwards?|on|or later|and later)$/.test(textAt(words, end)) || (textAt(words, end) === 'or' && /^(later|after)$/.test(textAt(words, end + 1)));
  const onwardsLength =
    onwards && textAt(words, end) !== 'on'
      ? textAt(words, end) === 'or'
        ? 2
        : 1
      : onwards && !/^(mon|tue|wed|thu|fri|sat|sun)/.test(textAt(words, end + 1))
        ? 1
        : 0;
  if (!after && !before && onwardsLength === 0) return undefined;
  const assumed = !raw.fixed && raw.half === undefined;
  const half =
    raw.half ??
    (before
      ? raw.hour >= 7 && raw.hour < 12
        ? 'am'
        : 'pm'
      : word === 'from' || onwardsLength > 0
        ? likelyStart(raw)
        : raw.hour >= 9 && raw.hour < 12
          ? 'am'
          : 'pm');
  const minutes = toMinutes(raw, half);
  return before
    ? { start: 0, end: minutes === 0 ? 1440 : minutes, assumed, from: index, to: end }
    : { start: minutes % 1440, end: 1440, assumed, from: index, to: end + onwardsLength };
};

/**
 * Reads a stretch of the day at `index`. A bare hour begins in the morning from six to eleven and in the afternoon from twelve to five; "after" eight or
 * earlier is evening; an end is the first such hour after the start.
 */
export const readStretch = (words: readonly SpokenWord[], index: number): DayStretch | undefined =>
  readRange(words, index) ?? readOpenEnd(words, index);
