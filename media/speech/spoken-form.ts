import { abbreviationRules } from './spoken/abbreviations.js';
import { addressRules } from './spoken/addresses.js';
import { dateRules } from './spoken/dates.js';
import { moneyRules } from './spoken/money.js';
import { numberRules } from './spoken/numbers.js';
import { timeRules } from './spoken/times.js';
import { type Part, type Region, type SpokenRule, type Token, toToken } from './spoken/token.js';
import { unitRules } from './spoken/units.js';
import { toWords } from './words.js';

/*
 * Texts as a voice can read them. The fast models read figures, signs and abbreviations badly, so whatever a bot's author or the model wrote is put into
 * words first. The ledger keeps the words as they were written:
 *
 *   written   Pay   is   $18/hr                          Mon-Fri.
 *   spoken    Pay   is   eighteen dollars an hour        Monday to Friday.
 */

/** A word of the text and how it is said: some words, or none (""). */
export interface SpokenWord {
  written: string;
  spoken: string;
}

export interface SpokenForm {
  /** What the voice gets: the spoken words that are not empty, joined by one space. */
  text: string;
  /** Every word of the text in order, divided at white space. */
  words: SpokenWord[];
}

/** The first rule that knows a word decides. Each is more certain of what it sees than those after it. */
const RULES: readonly SpokenRule[] = [...addressRules, ...moneyRules, ...dateRules, ...timeRules, ...unitRules, ...abbreviationRules, ...numberRules];

/** Regions that write the month before the day. */
const MONTH_FIRST: ReadonlySet<string> = new Set(['US', 'CA', 'PH', '']);

const regionOf = (language: string): Region => {
  const region = language.split('-')[1] ?? '';
  return { dayFirst: !MONTH_FIRST.has(region), indian: region === 'IN' };
};

/** Marks of a document that nobody says. */
const withoutMarkup = (punctuation: string): string => punctuation.replaceAll(/[*_`]/gu, '');

const say = (token: Token, part: Part): string => {
  const { say: words, lead = token.lead, trail = token.trail } = typeof part === 'string' ? { say: part } : part;
  // Without the word its punctuation has nothing to stand by.
  return words === '' ? '' : `${withoutMarkup(lead)}${words}${withoutMarkup(trail)}`;
};

/**
 * Puts a text into words for `language` (BCP-47): money, numbers and ranges, percentages, dates, times, telephone numbers, addresses, units, abbreviations,
 * ordinals. English only; texts in other languages pass through unchanged. What can be read in two ways ("12/1") stays as it is.
 */
export const spokenForm = (text: string, language: string): SpokenForm => {
  const written = toWords(text);
  const isEnglish = /^en(?:-|$)/iu.test(language);
  const spoken = isEnglish ? sayAll(written, regionOf(language)) : written;
  return {
    text: spoken.filter((word) => word !== '').join(' '),
    words: written.map((word, nth) => ({ written: word, spoken: spoken[nth] ?? '' })),
  };
};

const sayAll = (written: readonly string[], region: Region): string[] => {
  const tokens = written.map(toToken);
  const spoken: string[] = [];
  while (spoken.length < tokens.length) {
    const at = spoken.length;
    const parts = RULES.reduce<readonly Part[] | undefined>((found, rule) => found ?? rule(tokens, at, region), undefined);
    const own = parts ?? [tokens[at]?.core ?? ''];
    own.forEach((part, nth) => {
      const token = tokens[at + nth];
      if (token) spoken.push(token.core === '' ? sayPunctuation(token) : say(token, part));
    });
  }
  return spoken;
};

/** Punctuation that stands alone is a pause, marks of a document are nothing. */
const sayPunctuation = ({ lead, trail }: Token): string => withoutMarkup(`${lead}${trail}`);
