import { type DayStretch, readStretch } from './clock-times.js';
import { weekdayAt } from './date-absolute.js';
import { ALWAYS, DAY_GROUPS, DAY_PARTS, EXCEPTIONS } from './english/times.js';
import type { AnswerKind, AnswerSpec, Interpretation, SpokenContext } from './kind.js';
import { CONFIDENCE, hedge, interpretStatements, noAnswer, type Obstacle, type Reading, trailsOff } from './reading.js';
import { phraseSet, phraseTable, type SpokenWord, spokenWords, startsClause } from './spoken-text.js';
import { addStretch, emptyWeek, removeStretch, toSlots, wholeWeek } from './weekly-grid.js';

const groups = phraseTable(DAY_GROUPS);
const parts = phraseTable(DAY_PARTS);
const always = phraseSet(ALWAYS);
const exceptions = phraseSet(EXCEPTIONS);

type Item = { from: number; to: number } & (
  | { kind: 'days'; days: readonly number[]; specific: boolean }
  | { kind: 'times'; start: number; end: number; assumed: boolean; note?: string }
  | { kind: 'always' }
  | { kind: 'except' }
);

const readDays = (words: readonly SpokenWord[], index: number): Item | undefined => {
  const group = groups.at(words, index);
  if (group) return { kind: 'days', days: group.meaning, specific: false, from: index, to: index + group.length };
  const first = weekdayAt(words, index);
  if (first === undefined) return undefined;
  const dashed = /^\s*[-–—]\s*$/.test(words[index + 1]?.before ?? '');
  const through = /^(to|through|thru|till|until)$/.test(words[index + 1]?.text ?? '') ? 2 : dashed ? 1 : 0;
  const last = through ? weekdayAt(words, index + through) : undefined;
  if (last === undefined) return { kind: 'days', days: [first], specific: true, from: index, to: index + 1 };
  const days = Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, offset) => (first + offset) % 7);
  return { kind: 'days', days, specific: true, from: index, to: index + through + 1 };
};

const readTimes = (words: readonly SpokenWord[], index: number): Item | undefined => {
  const stretch: DayStretch | undefined = readStretch(words, index);
  if (stretch) return { kind: 'times', start: stretch.start, end: stretch.end, assumed: stretch.assumed, from: stretch.from, to: stretch.to };
  const part = parts.at(words, index);
  if (!part) return undefined;
  const { name, from, to } = part.meaning;
  const note = name === 'all day' ? {} : { note: `${name} taken as ${from / 60}:00 to ${to / 60}:00` };
  return { kind: 'times', start: from, end: to, assumed: false, ...note, from: index, to: index + part.length };
};

const readItems = (words: readonly SpokenWord[]): Item[] => {
  const items: Item[] = [];
  for (let index = 0; index < words.length; ) {
    const times = readTimes(words, index);
    const days = times ? undefined : readDays(words, index);
    const open = times || days ? undefined : always.at(words, index);
    const except = times || days || open ? undefined : exceptions.at(words, index);
    const item: Item | undefined =
      times ??
      days ??
      (open
        ? { kind: 'always', from: index, to: index + open.length }
        : except
          ? { kind: 'except', from: index, to: index + except.length }
          : undefined);
    if (item) items.push(item);
    index = item ? item.to : index + 1;
  }
  return items;
};

interface Clause {
  except: boolean;
  days: Extract<Item, { kind: 'days' }>[];
  times: Extract<Item, { kind: 'times' }>[];
  order: ('days' | 'times')[];
}

const isLinked = (words: readonly SpokenWord[], left: Item | undefined, right: Item): boolean =>
  left !== undefined &&
  (/^(and|or|and on|or on|plus)$/.test(
    words
      .slice(left.to, right.from)
      .map((word) => word.text)
      .join(' '),
  ) ||
    startsClause(words[left.to]));

/** Pairs days with times: "Monday to Thursday mornings, after five on Fridays" is two clauses of one pair each. */
const toClauses = (words: readonly SpokenWord[], items: readonly Item[]): Clause[] => {
  const clauses: Clause[] = [];
  const begin = (except: boolean): Clause => {
    const clause: Clause = { except, days: [], times: [], order: [] };
    clauses.push(clause);
    return clause;
  };
  let current: Clause | undefined;
  let except = false;
  items.forEach((item, index) => {
    const before = items[index - 1];
    const next = items[index + 1];
    if (item.kind === 'except') {
      except = true;
      current = undefined;
      return;
    }
    if (item.kind === 'always') {
      current = undefined;
      return;
    }
    const full = current !== undefined && current.days.length > 0 && current.times.length > 0;
    const tightNext =
      next !== undefined && next.kind !== item.kind && (next.kind === 'days' || next.kind === 'times') && !isLinked(words, item, next);
    const leaves = full && (item.kind === 'times' ? current?.order.at(-1) === 'days' || tightNext : current?.order.at(-1) === 'times' || tightNext);
    // A refusal ends where the next clause begins: "not Sundays, but Saturdays", "no mornings. Evenings are fine."
    const over =
      except && before?.kind !== 'except' && before !== undefined && startsClause(words[before.to]) && !isLinkedByWord(words, before, item);
    if (over) except = false;
    if (!current || leaves || over) current = begin(except);
    current.order.push(item.kind);
    if (item.kind === 'days') current.days.push(item);
    else current.times.push(item);
  });
  return clauses;
};

const isLinkedByWord = (words: readonly SpokenWord[], left: Item, right: Item): boolean =>
  words.slice(left.to, right.from).some((word) => word.text === 'and' || word.text === 'or');

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

const readAvailability = (words: readonly SpokenWord[]): Reading | Obstacle | undefined => {
  const items = readItems(words);
  const clauses = toClauses(words, items);
  const open = items.some((item) => item.kind === 'always');
  const wanted = clauses.filter((clause) => !clause.except);
  const refused = clauses.filter((clause) => clause.except);
  if (!open && clauses.length === 0) return undefined;
  const notes: string[] = [];
  let confidence: number = CONFIDENCE.plain;
  // "weekdays any time": open hours of the days that were named; alone it is the whole week.
  const wholeDays = wanted.length === 0;
  const week = wholeDays ? wholeWeek() : emptyWeek();
  if (wholeDays && open) notes.push('any time taken as all days, 00:00 to 24:00');
  if (wholeDays && !open) {
    notes.push('all that was not refused');
    confidence = CONFIDENCE.hedged;
  }
  for (const clause of [...wanted, ...refused]) {
    const days = clause.days.length > 0 ? [...new Set(clause.days.flatMap((item) => item.days))] : EVERY_DAY;
    const times = clause.times.length > 0 ? clause.times : [{ start: 0, end: 1440, assumed: false, note: undefined }];
    for (const day of days) {
      for (const { start, end } of times) {
        if (clause.except) removeStretch(week, day, start, end);
        else addStretch(week, day, start, end);
      }
    }
    for (const { note } of times) if (note && !notes.includes(note)) notes.push(note);
    if (clause.days.length === 0 && !clause.except) {
      notes.push('no day said: every day');
      confidence = Math.min(confidence, 0.8);
    }
    if (clause.times.length === 0 && !clause.except && !open) notes.push('no hours said: 00:00 to 24:00');
    if (times.some((time) => time.assumed)) {
      notes.push('morning or afternoon of a bare hour assumed');
      confidence = Math.min(confidence, CONFIDENCE.likely);
    }
    const mixed = clause.times.length > 0 && clause.days.some((item) => item.specific) && clause.days.some((item) => !item.specific);
    if (mixed) confidence = Math.min(confidence, 0.7);
  }
  const from = items[0]?.from ?? 0;
  const to = items.at(-1)?.to ?? words.length;
  const value = toSlots(week);
  if (value.length === 0) return { problem: 'ambiguous', from, to };
  const unique = [...new Set(notes)];
  return { value, confidence: hedge(confidence, words), from, to, ...(unique.length > 0 ? { normalizedFrom: unique.join('; ') } : {}) };
};

const interpret = (said: string, _spec: AnswerSpec, context: SpokenContext): Interpretation =>
  said.trim() === '' ? noAnswer(said) : interpretStatements(said, context, readAvailability, { noRule: 'corrects-before-pause' });

/** When somebody can work, as a weekly grid. Morning is 06:00–12:00, afternoon 12:00–18:00, evening 18:00–22:00, night 22:00–24:00. */
export const availability: AnswerKind = {
  type: 'availability',
  interpret,
  progress: (text) => (trailsOff(spokenWords(text)) ? 'continues' : 'open'),
  grammar: () =>
    '[<wish>] <days_of_week> [<part_of_day>] [and <days_of_week> [<part_of_day>]] | [any day | every day | weekdays] (but | except) <weekday> | <part_of_day> | <hours> [on <days_of_week>] | <days_of_week> <hours> | anytime',
};
