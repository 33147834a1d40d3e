import { AMOUNT, amountWords } from './number-words.js';
import { afterAbbreviation, coreAt, DASH, isNumberLike, type SpokenRule } from './token.js';

/*
 * Units after a number: "20kg", "5 sq ft", "40 hrs/wk", "50-lb", "12-month", "10-15%". Without a number only abbreviations that can be nothing else are said
 * in full ("hrs"): "min" may be a minimum and "in" is a word.
 */

/** Unit as written, in lower case: one and many as said. */
const UNITS: Readonly<Record<string, readonly [string, string]>> = {
  kg: ['kilogram', 'kilograms'],
  kgs: ['kilogram', 'kilograms'],
  lb: ['pound', 'pounds'],
  lbs: ['pound', 'pounds'],
  oz: ['ounce', 'ounces'],
  km: ['kilometer', 'kilometers'],
  kms: ['kilometer', 'kilometers'],
  mi: ['mile', 'miles'],
  ft: ['foot', 'feet'],
  cm: ['centimeter', 'centimeters'],
  mm: ['millimeter', 'millimeters'],
  sqft: ['square foot', 'square feet'],
  'sq.ft': ['square foot', 'square feet'],
  hr: ['hour', 'hours'],
  hrs: ['hour', 'hours'],
  h: ['hour', 'hours'],
  min: ['minute', 'minutes'],
  mins: ['minute', 'minutes'],
  sec: ['second', 'seconds'],
  secs: ['second', 'seconds'],
  wk: ['week', 'weeks'],
  wks: ['week', 'weeks'],
  mo: ['month', 'months'],
  mos: ['month', 'months'],
  yr: ['year', 'years'],
  yrs: ['year', 'years'],
  mph: ['mile an hour', 'miles an hour'],
  kmh: ['kilometer an hour', 'kilometers an hour'],
  'km/h': ['kilometer an hour', 'kilometers an hour'],
  wpm: ['word a minute', 'words a minute'],
  gb: ['gigabyte', 'gigabytes'],
  tb: ['terabyte', 'terabytes'],
  '°f': ['degree Fahrenheit', 'degrees Fahrenheit'],
  '°c': ['degree Celsius', 'degrees Celsius'],
  '°': ['degree', 'degrees'],
};
/** Can be nothing but a unit, so they need no number. */
const UNMISTAKABLE: ReadonlySet<string> = new Set(['hrs', 'yrs', 'lbs', 'kgs', 'mins', 'wks', 'mos', 'sqft', 'sq.ft']);
/** One thing that is counted in: what stands after "/" or "per". */
const PERIODS: Readonly<Record<string, string>> = { annum: 'year', pa: 'year', d: 'day', m: 'month', w: 'week', mth: 'month', yr: 'year' };
const PERIOD_WORDS: ReadonlySet<string> = new Set([
  'hour',
  'day',
  'week',
  'month',
  'year',
  'night',
  'shift',
  'mile',
  'kilometer',
  'minute',
  'person',
]);

const singular = (text: string): string => {
  const word = text.toLowerCase();
  return PERIODS[word] ?? UNITS[word]?.[0] ?? word;
};

/** "/hr" → "an hour", "/wk" → "a week", "/delivery" → "per delivery". */
export const perPeriod = (text: string): string => {
  const word = singular(text);
  if (!PERIOD_WORDS.has(word)) return `per ${word}`;
  return `${word === 'hour' ? 'an' : 'a'} ${word}`;
};

const isOne = (text: string): boolean => /^1(?:\.0+)?$/.test(text);
const unitWords = (unit: string, one: boolean): string | undefined => UNITS[unit.toLowerCase()]?.[one ? 0 : 1];

const ATTACHED = new RegExp(String.raw`^(${AMOUNT})(?:${DASH}(${AMOUNT}))?([a-z°][a-z°./]*?)(?:\/([a-z]+))?(\+)?$`, 'iu');
const attachedUnit: SpokenRule = (tokens, at) => {
  const [, low = '', high, unit = '', period, plus] = ATTACHED.exec(coreAt(tokens, at)) ?? [];
  const words = unitWords(unit, high === undefined && isOne(low));
  if (!words) return undefined;
  const number = high === undefined ? amountWords(low) : `${amountWords(low)} to ${amountWords(high)}`;
  return [{ say: `${number}${plus ? ' plus' : ''} ${words}${period ? ` ${perPeriod(period)}` : ''}`, trail: afterAbbreviation(tokens, at) }];
};

/** "12-month", "50-lb", "8-10-hour": the thing counted stays in the singular. */
const COMPOUND = new RegExp(`^(${AMOUNT})(?:${DASH}(${AMOUNT}))?-([a-z]+(?:-[a-z]+)*)$`, 'iu');
const compound: SpokenRule = (tokens, at) => {
  const [, low, high, rest = ''] = COMPOUND.exec(coreAt(tokens, at)) ?? [];
  if (low === undefined) return undefined;
  const number = high === undefined ? amountWords(low) : `${amountWords(low)} to ${amountWords(high)}`;
  return [`${number} ${UNITS[rest.toLowerCase()]?.[0] ?? rest.replaceAll('-', ' ')}`];
};
const THROUGH = /^(\d+)-to-(\d+)$/u;
const through: SpokenRule = (tokens, at) => {
  const [, low, high] = THROUGH.exec(coreAt(tokens, at)) ?? [];
  return low && high ? [`${amountWords(low)} to ${amountWords(high)}`] : undefined;
};

const PERCENT = new RegExp(String.raw`^([~<>≥≤+-])?(${AMOUNT})%?(?:${DASH}(${AMOUNT}))?%(\+)?$`, 'u');
/** Signs before a number, as said. */
export const SIGN_WORDS: Readonly<Record<string, string>> = {
  '~': 'about ',
  '<': 'less than ',
  '>': 'more than ',
  '≤': 'at most ',
  '≥': 'at least ',
  '+': 'plus ',
  '-': 'minus ',
};
const percent: SpokenRule = (tokens, at) => {
  const [, sign, low, high, plus] = PERCENT.exec(coreAt(tokens, at)) ?? [];
  if (low === undefined) return undefined;
  const number = high === undefined ? amountWords(low) : `${amountWords(low)} to ${amountWords(high)}`;
  return [`${SIGN_WORDS[sign ?? ''] ?? ''}${number} percent${plus ? ' plus' : ''}`];
};

/** "40 | hrs", "6 | sq | ft" with the number said by its own rule. */
const looseUnit: SpokenRule = (tokens, at) => {
  const unit = coreAt(tokens, at);
  const before = tokens[at - 1];
  const counted = isNumberLike(before);
  if (/^sq$/iu.test(unit) && counted && /^(?:ft|feet)$/iu.test(coreAt(tokens, at + 1)))
    return [
      { say: 'square', trail: '' },
      { say: 'feet', trail: afterAbbreviation(tokens, at + 1) },
    ];
  // "h" and the bare degree are units only when they touch their number; "2 FT roles" are full time, and MO and MI are states.
  if (unit === '°' || /^h$/iu.test(unit) || /^(?:FT|MO|MI|CM|MM)$/u.test(unit)) return undefined;
  if (!counted && !UNMISTAKABLE.has(unit.toLowerCase())) return undefined;
  const words = unitWords(unit, counted && isOne(before?.core ?? ''));
  return words ? [{ say: words, trail: afterAbbreviation(tokens, at) }] : undefined;
};

/** "hrs/wk", "days/week", "shifts/month". */
const rate: SpokenRule = (tokens, at) => {
  const [, what = '', period = ''] = /^([a-z]+)\/([a-z]+)$/iu.exec(coreAt(tokens, at)) ?? [];
  const known = PERIODS[period.toLowerCase()] ?? UNITS[period.toLowerCase()]?.[0] ?? period.toLowerCase();
  const plural = UNITS[what.toLowerCase()]?.[1] ?? (/s$/iu.test(what) ? what : undefined);
  return plural && PERIOD_WORDS.has(known) ? [{ say: `${plural} ${perPeriod(period)}`, trail: afterAbbreviation(tokens, at) }] : undefined;
};

/** "per | hr", "an | hr". */
const afterPer: SpokenRule = (tokens, at) => {
  const word = coreAt(tokens, at);
  if (!/^(?:per|an?|each|every)$/iu.test(coreAt(tokens, at - 1)) || !UNITS[word.toLowerCase()] || /^(?:h|°.?)$/iu.test(word)) return undefined;
  return [{ say: singular(word), trail: afterAbbreviation(tokens, at) }];
};

export const unitRules: readonly SpokenRule[] = [percent, attachedUnit, through, compound, rate, afterPer, looseUnit];
