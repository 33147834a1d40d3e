import { type AnswerValue, type MoneyValue, moneyValueSchema, type PayPeriod } from '../../schemas/answer.js';
import { NO_FIGURE } from './english/money.js';
import type { AnswerKind, AnswerSpec, Interpretation, SpokenContext } from './kind.js';
import { findAmounts, toCents } from './money-amounts.js';
import { findBound, findCurrency, findPeriod, isLakhCurrency } from './money-units.js';
import { CONFIDENCE, closedProgress, hedge, interpretStatements, type Obstacle, quoteStart, type Reading } from './reading.js';
import { findPhrase, phraseSet, type SpokenWord, spokenWords } from './spoken-text.js';

const noFigure = phraseSet(NO_FIGURE);
/** Nobody earns more an hour, day or week than this; larger figures are yearly ("sixty k" to an hourly question). */
const yearlyFrom = (currency: string) => (isLakhCurrency(currency) ? 100_000 : 10_000);
/** Between this and the yearly amounts nobody can tell the period of an answer to an hourly question. */
const HOURLY_UP_TO = 1_000;

const asMoney = (value: AnswerValue | undefined): MoneyValue | undefined => {
  const parsed = moneyValueSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
};

/** People leave the thousands out where everybody knows them: "twelve" lakh a year, "sixty" thousand a year. */
const impliedScale = (amount: number, period: PayPeriod, currency: string): number => {
  const lakhs = isLakhCurrency(currency);
  if (period === 'year') return lakhs ? (amount < 100 ? 1e5 : 1) : amount < 500 ? 1e3 : 1;
  if (period === 'month') return amount < (lakhs ? 100 : 20) ? 1e3 : 1;
  return 1;
};

const readMoney =
  (spec: AnswerSpec) =>
  (words: readonly SpokenWord[], previous: AnswerValue | undefined): Reading | Obstacle | undefined => {
    const before = asMoney(previous);
    const saidPeriod = findPeriod(words);
    const expectedCurrency = before?.currency ?? spec.currency ?? 'USD';
    const saidCurrency = findCurrency(words, expectedCurrency);
    const found = findAmounts(words, saidPeriod?.period ?? before?.period ?? spec.period ?? 'hour');
    if (!found) {
      const vague = findPhrase(noFigure, words);
      return vague && { problem: 'no-answer', from: vague.index, to: vague.index + vague.length };
    }
    if (found === 'several') return { problem: 'ambiguous', from: 0, to: words.length };
    const notes: string[] = [];
    let confidence = hedge(found.confidence, words);
    let currency = saidCurrency?.currency ?? expectedCurrency;
    let period = saidPeriod?.period ?? before?.period ?? spec.period ?? 'hour';
    if (saidCurrency === undefined && found.lakh && !isLakhCurrency(currency)) {
      currency = 'INR';
      notes.push('lakh and crore taken as Indian rupees');
      confidence = Math.min(confidence, CONFIDENCE.hedged);
    }
    let [low, high] = found.amounts;
    const largest = high ?? low;
    if (!saidPeriod && !before && period !== 'year' && period !== 'month' && largest >= yearlyFrom(currency)) {
      notes.push(`${largest} taken as a yearly amount`);
      period = 'year';
      confidence = Math.min(confidence, 0.7);
    }
    if (!saidPeriod && !before && period === 'hour' && largest > HOURLY_UP_TO && !isLakhCurrency(currency))
      return { problem: 'ambiguous', from: found.from, to: found.to };
    const inLakhs = words.some((word) => word.text === 'lpa') && !found.lakh;
    const scale = inLakhs ? 1e5 : found.scaled ? 1 : impliedScale(largest, period, currency);
    if (scale > 1) {
      notes.push(`${largest} taken as ${largest * scale} a ${period}`);
      low = toCents(low * scale);
      if (high !== undefined) high = toCents(high * scale);
      if (!inLakhs) confidence = Math.min(confidence, CONFIDENCE.guess);
    }
    if (!saidPeriod && !before && spec.period === period) notes.push(`no period said: per ${period}, as asked`);
    if (!saidPeriod) confidence = Math.min(confidence, 0.9);
    const bound = findBound(words);
    if (bound && high === undefined) {
      notes.push(`${bound.bound} ${low}`);
      confidence = Math.min(confidence, bound.bound === 'at least' ? CONFIDENCE.likely : CONFIDENCE.hedged);
    }
    const places = [found, saidPeriod, saidCurrency, high === undefined ? bound : undefined].filter((place) => place !== undefined);
    const from = quoteStart(words, Math.min(...places.map((place) => place.from)));
    const to = Math.max(...places.map((place) => place.to));
    const comparable = currency === spec.currency && period === spec.period;
    if (comparable && ((spec.max !== undefined && largest * scale > spec.max) || (spec.min !== undefined && low < spec.min)))
      return { problem: 'out-of-range', from, to };
    const value: MoneyValue = high === undefined ? { amount: low, currency, period } : { min: low, max: high, currency, period };
    return { value, confidence, from, to, ...(notes.length > 0 ? { normalizedFrom: notes.join('; ') } : {}) };
  };

const interpret = (said: string, spec: AnswerSpec, context: SpokenContext): Interpretation => interpretStatements(said, context, readMoney(spec));

/** Pay: an amount or a range, with the currency and period that were said, else those of the question. */
export const money: AnswerKind = {
  type: 'money',
  interpret,
  progress(text, spec) {
    const words = spokenWords(text);
    const progress = closedProgress(text, spec, interpret);
    const ended = findPeriod(words)?.to === words.length && findAmounts(words, 'hour') !== undefined;
    if (ended) return 'complete';
    // "eighteen" may go on with "fifty" or "an hour".
    return progress === 'complete' && !findPeriod(words) && findAmounts(words, 'hour') !== undefined ? 'continues' : progress;
  },
  grammar(spec) {
    const units = spec.currency === 'INR' ? '<rupees>' : spec.currency === 'GBP' ? '<pounds>' : spec.currency === 'EUR' ? '<euros>' : '<dollars>';
    return `[<approximately> | between] <amount> [${units}] [(to | or | and) <range_end> [${units}]] [<pay_period>] | negotiable`;
  },
};
