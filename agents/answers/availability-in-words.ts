import { type AvailabilitySlot, WEEKDAYS } from '../../schemas/answer.js';
import { numberInWords } from './number-in-words.js';

const NAMES = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const PARTS: Readonly<Record<string, string>> = {
  '00:00-24:00': 'all day',
  '06:00-12:00': 'in the morning',
  '12:00-18:00': 'in the afternoon',
  '18:00-22:00': 'in the evening',
  '22:00-24:00': 'at night',
};

const timeInWords = (time: string): string => {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  if (hour % 24 === 0 && minute === 0) return 'midnight';
  if (hour === 12 && minute === 0) return 'noon';
  const part = hour < 12 ? 'in the morning' : hour < 18 ? 'in the afternoon' : 'in the evening';
  const spoken = minute === 0 ? '' : ` ${minute < 10 ? 'oh ' : ''}${numberInWords(minute)}`;
  return `${numberInWords(hour % 12 === 0 ? 12 : hour % 12)}${spoken} ${part}`;
};

const stretchInWords = ({ from, to }: AvailabilitySlot): string => {
  const part = PARTS[`${from}-${to}`];
  if (part) return part;
  if (to === '24:00') return `after ${timeInWords(from)}`;
  if (from === '00:00') return `before ${timeInWords(to)}`;
  return `from ${timeInWords(from)} to ${timeInWords(to)}`;
};

const daysInWords = (days: readonly number[]): string => {
  const key = days.join('');
  if (key === '0123456') return 'every day';
  if (key === '01234') return 'weekdays';
  if (key === '56') return 'weekends';
  const first = days[0] ?? 0;
  const run = days.every((day, index) => day === first + index);
  if (run && days.length > 2) return `${NAMES[first]} to ${NAMES[days.at(-1) ?? first]}`;
  const names = days.map((day) => NAMES[day] ?? '');
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
};

/** A weekly grid in a sentence: "weekdays from nine in the morning to five in the afternoon, and Saturday all day". Days with the same hours are said together. */
export const availabilityInWords = (slots: readonly AvailabilitySlot[]): string => {
  const byHours = new Map<string, number[]>();
  WEEKDAYS.forEach((day, index) => {
    const hours = slots
      .filter((slot) => slot.day === day)
      .map(stretchInWords)
      .join(' and ');
    if (hours) byHours.set(hours, [...(byHours.get(hours) ?? []), index]);
  });
  const clauses = [...byHours].map(([hours, days]) => `${daysInWords(days)} ${hours}`);
  return clauses.length === 0 ? 'no time at all' : clauses.join(', and ');
};
