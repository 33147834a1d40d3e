import { AMOUNT, amountWords } from './number-words.js';
import { afterAbbreviation, coreAt, DASH, type Part, runsOn, type SpokenRule, type Token } from './token.js';
import { perPeriod } from './units.js';

/*
 * Sums of money: "$18/hr", "$52k-$60k", "₹12,00,000", "£11.44", "USD 52,000", "$1.5 million", "12 LPA". Rupees are counted in lakhs and crores. Amounts with
 * a comma for decimals ("€1.200,50") are not English and left alone.
 */

interface Currency {
  one: string;
  many: string;
  cent: string;
  cents: string;
  lakhs?: boolean;
}

const dollars = (prefix: string): Currency => ({ one: `${prefix}dollar`, many: `${prefix}dollars`, cent: 'cent', cents: 'cents' });
const RUPEES: Currency = { one: 'rupee', many: 'rupees', cent: 'paisa', cents: 'paise', lakhs: true };
const POUNDS: Currency = { one: 'pound', many: 'pounds', cent: 'penny', cents: 'pence' };
const EUROS: Currency = { one: 'euro', many: 'euros', cent: 'cent', cents: 'cents' };

const SIGNS: Readonly<Record<string, Currency>> = { $: dollars(''), US$: dollars('US '), '£': POUNDS, '€': EUROS, '₹': RUPEES };
const CODES: Readonly<Record<string, Currency>> = {
  USD: dollars('US '),
  CAD: dollars('Canadian '),
  AUD: dollars('Australian '),
  GBP: POUNDS,
  EUR: EUROS,
  INR: RUPEES,
  Rs: RUPEES,
};
const SCALES: Readonly<Record<string, string>> = {
  k: 'thousand',
  thousand: 'thousand',
  m: 'million',
  mm: 'million',
  million: 'million',
  mn: 'million',
  b: 'billion',
  bn: 'billion',
  billion: 'billion',
  l: 'lakh',
  lakh: 'lakh',
  lakhs: 'lakh',
  lac: 'lakh',
  lacs: 'lakh',
  cr: 'crore',
  crore: 'crore',
  crores: 'crore',
};

const SIGN = String.raw`(?:US\$|\$|£|€|₹)`;
const CODE = String.raw`(?:USD|CAD|AUD|GBP|EUR|INR|Rs\.?)`;
const SCALE = '(?:k|m|mm|mn|b|bn|l|cr)';
const BODY = String.raw`(${AMOUNT})(${SCALE})?(?:(?:${DASH}|to)${SIGN}?(${AMOUNT})(${SCALE})?)?(\+)?(?:\/([a-z]+))?`;
const WITH_SIGN = new RegExp(`^([+-])?(${SIGN}|${CODE})${BODY}$`, 'iu');
const WITHOUT_SIGN = new RegExp(`^${BODY}$`, 'iu');

interface Sum {
  low: string;
  lowScale: string;
  high: string | undefined;
  highScale: string;
  tail: string;
}

const scaleWord = (text: string | undefined): string => SCALES[(text ?? '').toLowerCase()] ?? '';

const toSum = (groups: readonly (string | undefined)[]): Sum => {
  const [low = '', lowScale, high, highScale, plus, period] = groups;
  const own = scaleWord(lowScale);
  return {
    low,
    // "$50-60k" is fifty thousand to sixty thousand, said "fifty to sixty thousand".
    lowScale: own,
    high,
    highScale: scaleWord(highScale),
    tail: `${plus ? ' plus' : ''}${period ? ` ${perPeriod(period)}` : ''}`,
  };
};

/** "eighteen dollars and fifty cents"; with a scale or more than two decimals "one point five million dollars". */
const fullAmount = (amount: string, scale: string, currency: Currency): string => {
  const [whole = '0', decimals = ''] = amount.replaceAll(',', '').split('.');
  const count = (text: string) => amountWords(text, { lakhs: currency.lakhs === true });
  const rounded = /^0*$/.test(decimals);
  if (scale) return `${count(rounded ? whole : amount)} ${scale} ${currency.many}`;
  if (rounded) return `${count(whole)} ${Number(whole) === 1 ? currency.one : currency.many}`;
  if (decimals.length > 2) return `${count(amount)} ${currency.many}`;
  const cents = Number(decimals.padEnd(2, '0'));
  const small = `${amountWords(String(cents))} ${cents === 1 ? currency.cent : currency.cents}`;
  if (Number(whole) === 0) return small;
  return `${count(whole)} ${Number(whole) === 1 ? currency.one : currency.many} and ${small}`;
};

const isWhole = (amount: string): boolean => /^[\d,]+(?:\.0+)?$/.test(amount);

const sumWords = ({ low, lowScale, high, highScale, tail }: Sum, currency: Currency): string => {
  if (high === undefined) return `${fullAmount(low, lowScale, currency)}${tail}`;
  const scaled = lowScale !== '' || highScale !== '';
  if (!scaled && !(isWhole(low) && isWhole(high))) return `${fullAmount(low, '', currency)} to ${fullAmount(high, '', currency)}${tail}`;
  const from = amountWords(low.replace(/\.0+$/, ''), { lakhs: currency.lakhs === true });
  return `${from}${lowScale ? ` ${lowScale}` : ''} to ${fullAmount(high, highScale, currency)}${tail}`;
};

/** The number alone, where scale and currency are words of their own. */
const countOf = ({ low, high }: Sum): string => (high === undefined ? amountWords(low) : `${amountWords(low)} to ${amountWords(high)}`);

/** The words of a sum in two parts, number and unit, for sums that stand in two words: "USD 52,000" is said "fifty two thousand | US dollars". */
const inTwo = (words: string, currency: Currency): [string, string] => {
  const at = words.search(new RegExp(`\\b(?:${currency.many}|${currency.one})\\b`, 'u'));
  return at <= 0 ? [words, ''] : [words.slice(0, at).trim(), words.slice(at)];
};

const codeCurrency = (token: Token | undefined): Currency | undefined => (token ? CODES[token.core] : undefined);

/** "million" or "lakh" as a word of its own after the sum. */
const scaleAfter = (tokens: readonly Token[], at: number): string => {
  const next = coreAt(tokens, at + 1);
  return runsOn(tokens[at]) && next.length > 1 ? scaleWord(next) : '';
};

const signed: SpokenRule = (tokens, at) => {
  const match = WITH_SIGN.exec(coreAt(tokens, at));
  const sign = (match?.[2] ?? '').replace('.', '');
  const currency = SIGNS[sign.toUpperCase()] ?? CODES[sign] ?? CODES[sign.toUpperCase()];
  if (!match || !currency) return undefined;
  const prefix = match[1] === '-' ? 'minus ' : match[1] === '+' ? 'plus ' : '';
  const sum = toSum(match.slice(3));
  const scale = sum.lowScale === '' && sum.highScale === '' && sum.tail === '' ? scaleAfter(tokens, at) : '';
  if (!scale) return [`${prefix}${sumWords(sum, currency)}`];
  return [`${prefix}${countOf(sum)}`, `${scale} ${currency.many}`];
};

const codeBefore: SpokenRule = (tokens, at) => {
  const currency = codeCurrency(tokens[at]);
  const match = currency && ['', '.'].includes(tokens[at]?.trail ?? '') ? WITHOUT_SIGN.exec(coreAt(tokens, at + 1)) : null;
  if (!currency || !match) return undefined;
  const sum = toSum(match.slice(1));
  const scale = sum.lowScale === '' && sum.highScale === '' && sum.tail === '' ? scaleAfter(tokens, at + 1) : '';
  if (scale) return [{ say: '', trail: '' }, countOf(sum), `${scale} ${currency.many}`];
  const [number, unit] = inTwo(sumWords(sum, currency), currency);
  return [{ say: number, trail: '' }, unit];
};

const codeAfter: SpokenRule = (tokens, at) => {
  const currency = codeCurrency(tokens[at + 1]);
  const match = currency && runsOn(tokens[at]) ? WITHOUT_SIGN.exec(coreAt(tokens, at)) : null;
  return currency && match && match[6] === undefined ? inTwo(sumWords(toSum(match.slice(1)), currency), currency) : undefined;
};

/** India's "12 LPA" and "15-18 LPA": lakh rupees a year. */
const lakhsPerAnnum: SpokenRule = (tokens, at) => {
  const attached = /^(.+)lpa$/iu.exec(coreAt(tokens, at));
  const separate = !attached && runsOn(tokens[at]) && /^lpa$/iu.test(coreAt(tokens, at + 1));
  const match = attached || separate ? new RegExp(`^₹?(${AMOUNT})(?:${DASH}(${AMOUNT}))?$`, 'u').exec(attached?.[1] ?? coreAt(tokens, at)) : null;
  if (!match) return undefined;
  const number = match[2] === undefined ? amountWords(match[1] ?? '') : `${amountWords(match[1] ?? '')} to ${amountWords(match[2])}`;
  const unit = 'lakh per annum';
  return separate ? [number, unit] : [`${number} ${unit}`];
};

/** "/hr" as a word of its own, after a sum. */
const loosePeriod: SpokenRule = (tokens, at) => {
  const period = /^\/([a-z]+)$/iu.exec(coreAt(tokens, at))?.[1];
  return period && at > 0 ? [{ say: perPeriod(period), trail: afterAbbreviation(tokens, at) } satisfies Part] : undefined;
};

export const moneyRules: readonly SpokenRule[] = [lakhsPerAnnum, signed, codeBefore, codeAfter, loosePeriod];
