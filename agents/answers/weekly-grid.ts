import { type AvailabilitySlot, WEEKDAYS } from '../../schemas/answer.js';

/** Free stretches of one day, minutes from midnight, sorted, apart from each other. */
type DayPlan = [number, number][];
/** Seven days, Monday first. */
export type WeekPlan = DayPlan[];

const MINUTES_A_DAY = 1440;

export const emptyWeek = (): WeekPlan => WEEKDAYS.map(() => []);
export const wholeWeek = (): WeekPlan => WEEKDAYS.map(() => [[0, MINUTES_A_DAY]]);

const addToDay = (plan: DayPlan, start: number, end: number): DayPlan => {
  const merged: DayPlan = [];
  for (const [from, to] of [...plan, [start, end] as [number, number]].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
};

/** Adds a stretch to a day; what runs past midnight belongs to the next day. */
export const addStretch = (week: WeekPlan, day: number, start: number, end: number): void => {
  week[day] = addToDay(week[day] ?? [], start, Math.min(end, MINUTES_A_DAY));
  if (end > MINUTES_A_DAY) week[(day + 1) % 7] = addToDay(week[(day + 1) % 7] ?? [], 0, end - MINUTES_A_DAY);
};

/** Takes a stretch out of a day. */
export const removeStretch = (week: WeekPlan, day: number, start: number, end: number): void => {
  week[day] = (week[day] ?? []).flatMap(([from, to]): DayPlan => {
    if (end <= from || start >= to) return [[from, to]];
    const left: DayPlan = start > from ? [[from, start]] : [];
    return end < to ? [...left, [end, to]] : left;
  });
};

const clock = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** The grid as an answer's value: Monday first, earlier slots first. */
export const toSlots = (week: WeekPlan): AvailabilitySlot[] =>
  WEEKDAYS.flatMap((day, index) => (week[index] ?? []).map(([from, to]) => ({ day, from: clock(from), to: clock(to) })));
