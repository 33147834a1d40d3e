import type { PayPeriod } from '../../schemas/answer.js';
import { CURRENCY_WORDS, DOLLAR_COUNTRIES, OTHER_UNITS } from './english/money.js';
import { readBelowHundred, readNumber, type SpokenNumber } from './number-words.js';
import { CONFIDENCE } from './reading.js';
import { joined, type SpokenWord, startsClause } from './spoken-text.js';

/** One figure of pay within a statement. */
export interface Amount {
  value: number;
  /** Thousands, lakh or a plain large figure were said, so nothing is implied. */
  scaled: boolean;
  lakh: boolean;
  confidence: number;
  from: number;
  to: number;
}

/** The figures of a statement: one, or the two ends of a range. */
export interface Amounts {
  amounts: readonly [number] | readonly [number, number];
  scaled: boolean;
  lakh: boolean;
  confidence: number;
  from: number;
  to: number;
}

/** Scaling leaves binary dust behind: 1.1 lakh is 110,000, not 110,000.00000000001. */
export const toCents = (amount: number): number => Math.round(amount * 100) / 100;

const otherUnits = new Set(OTHER_UNITS);
const isCurrency = (word: SpokenWord | undefined) => word !== undefined && Object.hasOwn(CURRENCY_WORDS, word.text) && word.text !== 'lpa';
/** Words of the unit at `index`, a currency sign included: "dollars", "Canadian dollars"; 0 when none is said. */
const unitLength = (words: readonly SpokenWord[], index: number): number => {
  if (isCurrency(words[index])) return 1;
  const ofCountry = Object.hasOwn(DOLLAR_COUNTRIES, words[index]?.text ?? '') && CURRENCY_WORDS[words[index + 1]?.text ?? ''] === 'dollar';
  return ofCountry ? 2 : 0;
};
const spaced = (word: SpokenWord | undefined) => word !== undefined && word.before.trim() === '';

/** "fifty cents", "and fifty cents", or with `bareToo` the bare "fifty" after "eighteen dollars". */
const readCents = (words: readonly SpokenWord[], index: number, bareToo: boolean): { value: number; length: number } | undefined => {
  const at = words[index]?.text === 'and' ? index + 1 : index;
  const number = joined(words[index]) && joined(words[at]) ? readNumber(words, at) : undefined;
  if (!number || number.scaled || number.value >= 100 || !Number.isInteger(number.value)) return undefined;
  const unit = words[at + number.length]?.text ?? '';
  if (/^(cents?|pence|paise|p)$/.test(unit)) return { value: number.value / 100, length: at + number.length + 1 - index };
  return bareToo && at === index && number.value >= 10 ? { value: number.value / 100, length: number.length } : undefined;
};

/** The second half of "eighteen fifty", "eighteen oh five": 10–99, or 1–9 after "oh". */
const readPair = (words: readonly SpokenWord[], index: number): { value: number; length: number } | undefined => {
  const word = words[index];
  if (!spaced(word)) return undefined;
  if (word?.text === 'oh' || word?.text === 'o') {
    const unit = readBelowHundred(words, index + 1);
    return unit && unit.value > 0 && unit.value < 10 ? { value: unit.value, length: 1 + unit.length } : undefined;
  }
  if (/^\d\d$/.test(word?.text ?? '')) return { value: Number(word?.text), length: 1 };
  const number = readBelowHundred(words, index);
  return number && number.value >= 10 ? number : undefined;
};

const withPair = (first: SpokenNumber, second: number, period: PayPeriod): { value: number; confidence: number; scaled: boolean } => {
  if (period === 'hour' && first.value >= 2) return { value: first.value + second / 100, confidence: CONFIDENCE.likely, scaled: true };
  const value = first.value * 100 + second;
  return { value, confidence: first.value < 10 && period !== 'hour' ? CONFIDENCE.hedged : 0.7, scaled: true };
};

const readAmount = (words: readonly SpokenWord[], index: number, period: PayPeriod): Amount | undefined => {
  const number = readNumber(words, index);
  if (!number || number.form === 'fraction') return undefined;
  let at = index + number.length;
  const spoken = words.slice(index, at).map((word) => word.text);
  const lakh = spoken.some((text) => /^(lakhs?|lacs?|crores?|cr)$/.test(text));
  if (otherUnits.has(words[at]?.text ?? '') && words[at]?.text !== 'year') return undefined;
  if (words[at]?.text === 'l' && words[at + 1]?.text === 'p')
    return { value: toCents(number.value * 1e5), scaled: true, lakh: true, confidence: CONFIDENCE.plain, from: index, to: at };
  let { value, scaled } = number;
  let confidence: number = CONFIDENCE.plain;
  const unit = unitLength(words, at);
  if (unit > 0 && spaced(words[at])) {
    const cents = Number.isInteger(number.value) ? readCents(words, at + unit, !number.scaled && number.value < 1000) : undefined;
    if (cents) {
      value += cents.value;
      at += unit + cents.length;
    }
  } else if (!number.scaled && Number.isInteger(number.value) && number.value > 0 && number.value < 100) {
    const pair = readPair(words, at);
    const after = pair && words[at + pair.length];
    if (pair && after?.text !== 'thousand' && after?.text !== 'hundred' && after?.text !== 'k' && !otherUnits.has(after?.text ?? '')) {
      const joinedPair = withPair(number, pair.value, period);
      value = joinedPair.value;
      scaled = joinedPair.scaled;
      confidence = joinedPair.confidence;
      at += pair.length;
    }
  }
  return { value: toCents(value), scaled, lakh, confidence, from: index, to: at };
};

const isRangeLink = (words: readonly SpokenWord[], left: Amount, right: Amount): boolean => {
  const between = words.slice(left.to + unitLength(words, left.to), right.from).filter((word) => !isCurrency(word));
  const text = between.map((word) => word.text).join(' ');
  if (/^(to|or|and|or maybe|to maybe|or even|or about|to about|through)$/.test(text)) return true;
  return (
    text === '' &&
    /[-–—]/.test(
      words
        .slice(left.to, right.from + 1)
        .map((word) => word.before)
        .join(''),
    )
  );
};

/**
 * Finds what a statement offers as pay: one figure, a range ("18 to 20", "between fifty and sixty thousand"), or `several` figures that do not form one.
 * `period` decides how a pair such as "eighteen fifty" is read: 18.50 an hour, 1,850 a month.
 */
export const findAmounts = (words: readonly SpokenWord[], period: PayPeriod): Amounts | 'several' | undefined => {
  const found: Amount[] = [];
  for (let index = 0; index < words.length; ) {
    const amount = readAmount(words, index, period);
    if (amount) found.push(amount);
    index = amount ? amount.to : index + (readNumber(words, index)?.length ?? 1);
  }
  const [first, second] = found;
  if (!first) return undefined;
  if (!second) return { ...first, amounts: [first.value] };
  if (found.length > 2) return 'several';
  if (!isRangeLink(words, first, second)) {
    // "Eighteen. Eighteen an hour": said twice.
    if (first.value === second.value) return { ...second, amounts: [second.value] };
    // An amount in thousands with its rest in a new clause is one figure to a recogniser that puts in commas.
    return startsClause(words[second.from]) && first.scaled && second.value < 1000 && first.value % 1000 === 0
      ? { ...first, amounts: [first.value + second.value], confidence: CONFIDENCE.hedged, to: second.to }
      : 'several';
  }
  // "fifty to sixty thousand": the scale holds for both ends; not in "eight hundred to one thousand two hundred", nor after "fifty dollars to".
  const unitSaid = unitLength(words, first.to) > 0 && /^[a-z]/.test(words[first.to]?.text ?? '');
  const scaledLow = toCents(first.value * scaleOf(second));
  const shared = second.scaled && !first.scaled && first.value < 1000 && scaledLow <= 2 * second.value && !unitSaid;
  const low = shared ? scaledLow : first.value;
  const ends = [low, second.value] as const;
  return {
    amounts: ends[0] <= ends[1] ? ends : [ends[1], ends[0]],
    scaled: first.scaled || second.scaled,
    lakh: first.lakh || second.lakh,
    confidence: Math.min(first.confidence, second.confidence, ends[0] <= ends[1] ? 0.9 : 0.7),
    from: first.from,
    to: second.to,
  };
};

/** The scale word inside a figure: crore, lakh or thousand. */
const scaleOf = (amount: Amount): number => {
  if (amount.lakh) return amount.value >= 1e7 ? 1e7 : 1e5;
  return amount.value >= 1e6 ? 1e6 : amount.value >= 1e3 ? 1e3 : 1;
};
