import { isYear, ordinalWords, yearWords } from './number-words.js';
import { afterAbbreviation, coreAt, DASH, type Part, type Region, runsOn, type SpokenRule } from './token.js';

/*
 * Days and dates: "2026-12-01", "12/25", "Dec. 1, 2026", "1 Dec", "Mon-Fri", "Mon/Wed/Fri". Numbers that can be read as day and month both ways ("12/1") are
 * left alone: the voice says the figures, which is no worse than a wrong day.
 */

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const namesByForm = (names: readonly string[], forms: readonly string[]): ReadonlyMap<string, string> =>
  new Map(forms.flatMap((form) => names.filter((name) => name.startsWith(form.slice(0, 3))).map((name) => [form, name] as const)));

/** Capitalised as written: "may" and "sun" are words. */
const MONTH_OF = namesByForm(MONTHS, [...MONTHS, 'Jan', 'Feb', 'Mar', 'Apr', 'Jun', 'Jul', 'Aug', 'Sep', 'Sept', 'Oct', 'Nov', 'Dec']);
const WEEKDAY_OF = namesByForm(WEEKDAYS, [...WEEKDAYS, 'Mon', 'Tue', 'Tues', 'Wed', 'Weds', 'Thu', 'Thur', 'Thurs', 'Fri', 'Sat', 'Sun']);
/** Words after which a month's short form is that month: "Jan" alone may be a person. */
const BEFORE_MONTH = /^(?:of|in|by|since|until|till|from|to|through|early|mid|late|next|last|this|before|after|between|and|or|start|end)$/iu;
const BEFORE_DAY = /^(?:on|every|each|and|or|to|through|from|this|next|last|by|until)$/iu;

const dayWords = (month: number, day: number, region: Region): string => {
  const name = MONTHS[month - 1] ?? '';
  return region.dayFirst ? `the ${ordinalWords(day)} of ${name}` : `${name} ${ordinalWords(day)}`;
};
const isDate = (month: number, day: number): boolean => month >= 1 && month <= 12 && day >= 1 && day <= 31;

const iso: SpokenRule = (tokens, at, region) => {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/u.exec(coreAt(tokens, at)) ?? [];
  if (year === undefined || !isDate(Number(month), Number(day))) return undefined;
  return [`${dayWords(Number(month), Number(day), region)}, ${yearWords(Number(year))}`];
};

const slashed: SpokenRule = (tokens, at, region) => {
  const [, a = '', b = '', year] = /^(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d\d))?$/u.exec(coreAt(tokens, at)) ?? [];
  const [first, second] = [Number(a), Number(b)];
  // "3.15" is a number, "24/7" is no day.
  if (a === '' || (coreAt(tokens, at).includes('.') && year === undefined) || coreAt(tokens, at) === '24/7') return undefined;
  const monthFirst = isDate(first, second);
  const dayFirst = isDate(second, first);
  if (monthFirst === dayFirst && first !== second) return undefined;
  if (!monthFirst && !dayFirst) return undefined;
  const day = monthFirst ? dayWords(first, second, region) : dayWords(second, first, region);
  const fullYear = year === undefined ? undefined : Number(year.length === 2 ? `20${year}` : year);
  return [fullYear === undefined ? day : `${day}, ${yearWords(fullYear)}`];
};

const dayNumber = (text: string): number | undefined => {
  const [, digits] = /^(\d{1,2})(?:st|nd|rd|th)?$/u.exec(text) ?? [];
  const day = Number(digits);
  return digits !== undefined && day >= 1 && day <= 31 ? day : undefined;
};

/** The year after a date is said by the rule for numbers; here only day and month. */
const monthThenDay: SpokenRule = (tokens, at) => {
  const month = MONTH_OF.get(coreAt(tokens, at));
  const day = dayNumber(coreAt(tokens, at + 1));
  if (!month || day === undefined || !/^\.?$/u.test(tokens[at]?.trail ?? '')) return undefined;
  return [{ say: month, trail: '' }, ordinalWords(day)];
};

const dayThenMonth: SpokenRule = (tokens, at) => {
  const day = dayNumber(coreAt(tokens, at));
  const month = MONTH_OF.get(coreAt(tokens, at + 1));
  if (!month || day === undefined || !runsOn(tokens[at])) return undefined;
  const ordinal = ordinalWords(day);
  const hasArticle = /^the$/iu.test(coreAt(tokens, at - 1));
  return [`${hasArticle ? '' : 'the '}${ordinal} of`, { say: month, trail: afterAbbreviation(tokens, at + 1) }];
};

/** "Mon-Fri", "Jan–Mar", "Mon/Wed/Fri", "M-F". */
const series: SpokenRule = (tokens, at) => {
  const text = coreAt(tokens, at);
  if (text === 'M-F') return ['Monday to Friday'];
  const nameOf = (name: string): string | undefined => WEEKDAY_OF.get(name) ?? MONTH_OF.get(name);
  const range = text.split(new RegExp(DASH, 'u')).map(nameOf);
  if (range.length === 2 && range[0] && range[1]) return [`${range[0]} to ${range[1]}`];
  const list = text.split(/[/,]/u).map(nameOf);
  return list.length > 1 && list.every((name) => name !== undefined) ? [list.join(', ')] : undefined;
};

/** A short name on its own: "Tues", "Dec 2026", "in Sept." */
const alone: SpokenRule = (tokens, at) => {
  const text = coreAt(tokens, at);
  const before = coreAt(tokens, at - 1);
  const part = (say: string): Part[] => [{ say, trail: afterAbbreviation(tokens, at) }];
  const weekday = WEEKDAY_OF.get(text);
  if (weekday && weekday !== text && (!/^(?:Sat|Sun)$/u.test(text) || BEFORE_DAY.test(before))) return part(weekday);
  const month = MONTH_OF.get(text);
  if (month && month !== text && (BEFORE_MONTH.test(before) || isYear(coreAt(tokens, at + 1)))) return part(month);
  return undefined;
};

export const dateRules: readonly SpokenRule[] = [iso, slashed, monthThenDay, dayThenMonth, series, alone];
