import type { PayPeriod } from '../../../schemas/answer.js';

/** English words of pay. `dollar` is the employer's own dollar when it has one. Data only. */
// biome-ignore format: one phrase a line would hide the table
export const CURRENCY_WORDS: Readonly<Record<string, string>> = {
  $: 'dollar', dollar: 'dollar', dollars: 'dollar', buck: 'dollar', bucks: 'dollar', usd: 'USD', cad: 'CAD', aud: 'AUD',
  '£': 'GBP', pound: 'GBP', pounds: 'GBP', quid: 'GBP', sterling: 'GBP', gbp: 'GBP', '€': 'EUR', euro: 'EUR', euros: 'EUR', eur: 'EUR',
  '₹': 'INR', rupee: 'INR', rupees: 'INR', rs: 'INR', inr: 'INR', lpa: 'INR',
};

/** Said before "dollars". */
export const DOLLAR_COUNTRIES: Readonly<Record<string, string>> = {
  canadian: 'CAD',
  australian: 'AUD',
  us: 'USD',
  american: 'USD',
  singapore: 'SGD',
};
export const DOLLAR_CURRENCIES: readonly string[] = ['USD', 'CAD', 'AUD', 'NZD', 'SGD', 'HKD', 'TWD', 'JMD', 'TTD', 'BBD', 'FJD', 'NAD'];
/** Currencies counted in lakh and crore. */
export const LAKH_CURRENCIES: readonly string[] = ['INR', 'PKR', 'BDT', 'NPR', 'LKR'];

// biome-ignore format: one phrase a line would hide the table
export const PERIOD_PHRASES: readonly (readonly [string, PayPeriod])[] = [
  ...['an hour', 'a hour', 'per hour', 'the hour', 'hourly', 'each hour', 'every hour', 'an hr', 'per hr', 'hr', 'ph', 'by the hour', 'hour'].map((p) => [p, 'hour'] as const),
  ...['a day', 'per day', 'daily', 'each day', 'every day', 'a shift', 'per shift', 'per diem', 'day rate'].map((p) => [p, 'day'] as const),
  ...['a week', 'per week', 'weekly', 'each week', 'every week', 'pw'].map((p) => [p, 'week'] as const),
  ...['a month', 'per month', 'monthly', 'each month', 'every month', 'pm', 'in a month', 'in hand monthly'].map((p) => [p, 'month'] as const),
  ...['a year', 'per year', 'yearly', 'annually', 'annual', 'per annum', 'pa', 'p a', 'each year', 'every year', 'lpa', 'l p a', 'a annum', 'ctc', 'in a year'].map((p) => [p, 'year'] as const),
];

// biome-ignore format: one phrase a line would hide the table
export const LOWER_BOUNDS: readonly string[] = ['at least', 'minimum', 'a minimum of', 'no less than', 'not less than', 'more than', 'above', 'over', 'or more', 'or above', 'or higher', 'and up', 'upwards', 'starting at', 'plus', '+', 'minimum of', 'or better', 'and above', 'or so and up'];
// biome-ignore format: one phrase a line would hide the table
export const UPPER_BOUNDS: readonly string[] = ['at most', 'up to', 'maximum', 'a maximum of', 'no more than', 'not more than', 'less than', 'below', 'under', 'or less', 'max', 'tops'];

/** Units that show that a number is not pay. */
// biome-ignore format: one phrase a line would hide the table
export const OTHER_UNITS: readonly string[] = ['hours', 'hrs', 'days', 'weeks', 'months', 'years', 'percent', '%', 'shifts', 'people', 'times', 'minutes', 'o\'clock', 'am', 'year', 'jobs'];

/** Answers about pay without a figure. */
// biome-ignore format: one phrase a line would hide the table
export const NO_FIGURE: readonly string[] = [
  'negotiable', "it's negotiable", 'open to negotiation', 'whatever you pay', 'whatever you offer', 'whatever it pays', "whatever's fair", 'whatever is fair', 'market rate', 'going rate', 'industry standard', 'as per company',
  'company standard', "i'm flexible", 'flexible', 'open', 'depends', 'it depends', 'minimum wage', 'as much as possible', 'competitive', "doesn't matter", 'not sure', "i don't know", 'a few', 'a lot',
];
