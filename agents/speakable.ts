import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { type AnswerValue, availabilitySlotSchema, type MoneyValue, moneyValueSchema, type PayPeriod } from '../schemas/answer.js';
import { availabilityInWords } from './answers/availability-in-words.js';
import { fromIso, toCivil, weekdayOf } from './answers/calendar.js';
import { emailInWords } from './answers/email-in-words.js';
import type { AnswerSpec } from './answers/kind.js';
import { digitInWords, numberInLakhs, numberInWords, ordinalInWords, yearInWords } from './answers/number-in-words.js';

/*
 * How the agent says a value back. Everything is in words, because the voices read figures, signs and abbreviations badly.
 */

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
/** A date nearer than this needs no year to be understood. */
const NEAR_DAYS = 300;

const digitsInWords = (digits: string): string => [...digits].map(digitInWords).join(' ');

const phoneInWords = (value: string, language: string): string => {
  const number = parsePhoneNumberFromString(value);
  if (!number) return digitsInWords(value.replaceAll(/\D/g, ''));
  const region = language.split('-')[1] ?? '';
  const home = isSupportedCountry(region) && getCountryCallingCode(region) === number.countryCallingCode;
  const groups = (home ? number.formatNational() : number.formatInternational()).split(/[^\d]+/).filter(Boolean);
  return `${home ? '' : 'plus '}${groups.map(digitsInWords).join(', ')}`;
};

const dateInWords = (value: string, spec: AnswerSpec, language: string, today: string | undefined): string => {
  const day = fromIso(value);
  if (day === undefined) return value;
  const from = today === undefined ? undefined : fromIso(today);
  const near = from === undefined ? spec.forbid === 'past' : day >= from && day - from < NEAR_DAYS;
  const { year, month, day: ofMonth } = toCivil(day);
  const weekday = WEEKDAYS[weekdayOf(day)] ?? '';
  const monthName = MONTHS[month - 1] ?? '';
  const ordinal = ordinalInWords(ofMonth);
  const date = language.endsWith('-US') ? `${weekday}, ${monthName} ${ordinal}` : `${weekday}, the ${ordinal} of ${monthName}`;
  return near ? date : `${date}, ${yearInWords(year)}`;
};

const UNITS: Readonly<Record<string, { one: string; many: string; cents: string }>> = {
  USD: { one: 'dollar', many: 'dollars', cents: 'cents' },
  GBP: { one: 'pound', many: 'pounds', cents: 'pence' },
  EUR: { one: 'euro', many: 'euros', cents: 'cents' },
  INR: { one: 'rupee', many: 'rupees', cents: 'paise' },
  CAD: { one: 'Canadian dollar', many: 'Canadian dollars', cents: 'cents' },
  AUD: { one: 'Australian dollar', many: 'Australian dollars', cents: 'cents' },
};
const LAKHS: ReadonlySet<string> = new Set(['INR', 'PKR', 'BDT', 'NPR', 'LKR']);

const currencyUnit = (currency: string, spec: Pick<AnswerSpec, 'currency'>) => {
  const named = UNITS[currency];
  // Somebody asked in Canadian dollars calls them dollars.
  if (named && currency === spec.currency && named.many.endsWith('dollars')) return { one: 'dollar', many: 'dollars', cents: 'cents' };
  const name = new Intl.DisplayNames('en', { type: 'currency' }).of(currency) ?? currency;
  return named ?? { one: name, many: name, cents: 'cents' };
};

const perPeriod = (period: PayPeriod): string => (period === 'hour' ? 'an hour' : `a ${period}`);

/** What a question of pay counts in: "dollars an hour", "pounds a year". */
export const payUnitInWords = (spec: Pick<AnswerSpec, 'currency' | 'period'>): string =>
  `${currencyUnit(spec.currency ?? 'USD', spec).many} ${perPeriod(spec.period ?? 'hour')}`;

const moneyInWords = (value: MoneyValue, spec: AnswerSpec): string => {
  const unit = currencyUnit(value.currency, spec);
  const per = perPeriod(value.period);
  const count = (amount: number) => (LAKHS.has(value.currency) ? numberInLakhs(Math.floor(amount)) : numberInWords(Math.floor(amount)));
  const cents = (amount: number) => Math.round((amount - Math.floor(amount)) * 100);
  const full = (amount: number) => {
    const whole = `${count(amount)} ${Math.floor(amount) === 1 ? unit.one : unit.many}`;
    return cents(amount) ? `${whole} and ${numberInWords(cents(amount))} ${unit.cents}` : whole;
  };
  if ('min' in value) {
    // "Eight hundred to one thousand" would be heard as eight hundred thousand: then both ends get their unit.
    const plain = !cents(value.min) && !cents(value.max) && !(value.min < 1000 && value.max >= 1000);
    return plain ? `${count(value.min)} to ${full(value.max)} ${per}` : `${full(value.min)} to ${full(value.max)} ${per}`;
  }
  const { amount } = value;
  const short = value.period === 'hour' && value.currency === spec.currency && amount >= 2 && amount < 100 && cents(amount) > 0;
  if (!short) return `${full(amount)} ${per}`;
  return `${count(amount)} ${cents(amount) < 10 ? 'oh ' : ''}${numberInWords(cents(amount))} ${per}`;
};

const numberWithUnit = (value: number, spec: AnswerSpec): string => {
  const half = value > 1 && value % 1 === 0.5;
  const words = half ? `${numberInWords(Math.floor(value))} and a half` : numberInWords(value);
  switch (spec.subtype ?? 'default') {
    case 'percentage':
      return `${numberInWords(value)} percent`;
    case 'days':
    case 'months':
    case 'years': {
      const unit = spec.subtype ?? '';
      if (value === 0.5) return `half a ${unit.slice(0, -1)}`;
      return `${words} ${value === 1 ? unit.slice(0, -1) : unit}`;
    }
    default:
      return words;
  }
};

const listInWords = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? 'none of them') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

const optionInWords = (value: string, spec: AnswerSpec): string => {
  const option = spec.options?.find((candidate) => candidate.value === value);
  return option?.label ?? value.replaceAll(/[_-]+/g, ' ');
};

/**
 * A value as the agent says it: "four one five, eight nine two, three two four five", "dana dot reyes at example dot com", "eighteen fifty an hour", "Monday,
 * November thirtieth" (en-US) or "Monday, the thirtieth of November". `today` (ISO date) lets a near date go without its year; without it only dates that
 * may not lie in the past do. A value that does not fit the type is said as it is.
 */
export const speakable = (value: AnswerValue, spec: AnswerSpec, language: string, today?: string): string => {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return numberWithUnit(value, spec);
  const money = moneyValueSchema.safeParse(value);
  if (money.success) return moneyInWords(money.data, spec);
  if (Array.isArray(value)) {
    const slots = availabilitySlotSchema.array().safeParse(value);
    if (slots.success && (spec.type === 'availability' || slots.data.length > 0)) return availabilityInWords(slots.data);
    return listInWords(value.flatMap((item) => (typeof item === 'string' ? [optionInWords(item, spec)] : [])));
  }
  if (typeof value !== 'string') return '';
  switch (spec.type) {
    case 'phone':
      return phoneInWords(value, language);
    case 'email':
      return emailInWords(value);
    case 'date':
      return dateInWords(value, spec, language, today);
    case 'choice':
      return optionInWords(value, spec);
    case 'yes-no':
    case 'number':
    case 'money':
    case 'availability':
    case 'text':
      return value;
    default:
      return spec.type satisfies never;
  }
};
