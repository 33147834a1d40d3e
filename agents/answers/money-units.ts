import type { PayPeriod } from '../../schemas/answer.js';
import { CURRENCY_WORDS, DOLLAR_COUNTRIES, DOLLAR_CURRENCIES, LAKH_CURRENCIES, LOWER_BOUNDS, PERIOD_PHRASES, UPPER_BOUNDS } from './english/money.js';
import { findPhrase, phraseSet, phraseTable, type SpokenWord } from './spoken-text.js';

const periods = phraseTable(PERIOD_PHRASES);
const lower = phraseSet(LOWER_BOUNDS);
const upper = phraseSet(UPPER_BOUNDS);

/** Where a word of pay stands, `to` exclusive. */
interface Place {
  from: number;
  to: number;
}

/** The pay period that was said, if any: "an hour", "per annum". The bare word "hour" counts only after "per" or a slash ("$18/hr"). */
export const findPeriod = (words: readonly SpokenWord[]): ({ period: PayPeriod } & Place) | undefined => {
  for (let index = 0; index < words.length; index++) {
    const found = periods.at(words, index);
    const word = words[index];
    const bare = found?.length === 1 && (word?.text === 'hour' || word?.text === 'hr');
    if (!found || (bare && !/\//.test(word?.before ?? ''))) continue;
    // "half an hour", "forty hours a week" are amounts of time, not of pay.
    const hoursAWeek = /^(hours|hrs|days|shifts|times)$/.test(words[index - 1]?.text ?? '');
    if (words[index - 1]?.text === 'half' || hoursAWeek) continue;
    return { period: found.meaning, from: index, to: index + found.length };
  }
  for (const [index, word] of words.entries()) {
    const slashed = /\/\s*$/.test(word.before);
    const period = (['day', 'week', 'month', 'year'] as const).find(
      (name) => name === word.text || (name === 'month' && word.text === 'mo') || (name === 'year' && word.text === 'yr'),
    );
    if (slashed && period) return { period, from: index, to: index + 1 };
  }
  return undefined;
};

/** The currency that was said, if any; "dollars" is the expected currency when that is a dollar. */
export const findCurrency = (words: readonly SpokenWord[], expected: string): ({ currency: string } & Place) | undefined => {
  for (const [index, word] of words.entries()) {
    const meaning = Object.hasOwn(CURRENCY_WORDS, word.text) ? CURRENCY_WORDS[word.text] : undefined;
    if (!meaning) continue;
    const country = words[index - 1]?.text ?? '';
    if (meaning === 'dollar' && Object.hasOwn(DOLLAR_COUNTRIES, country))
      return { currency: DOLLAR_COUNTRIES[country] ?? 'USD', from: index - 1, to: index + 1 };
    const currency = meaning === 'dollar' ? (DOLLAR_CURRENCIES.includes(expected) ? expected : 'USD') : meaning;
    return { currency, from: index, to: index + 1 };
  }
  return undefined;
};

export const isLakhCurrency = (currency: string): boolean => LAKH_CURRENCIES.includes(currency);

/** "at least", "up to" and the like: which end of a range was named. */
export const findBound = (words: readonly SpokenWord[]): ({ bound: 'at least' | 'at most' } & Place) | undefined => {
  const low = findPhrase(lower, words);
  if (low) return { bound: 'at least', from: low.index, to: low.index + low.length };
  const high = findPhrase(upper, words);
  return high && { bound: 'at most', from: high.index, to: high.index + high.length };
};
