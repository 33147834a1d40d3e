/*
 * Words by which a plain reader recognises a value of some type. Modest on purpose: it finds where a value is, and leaves to the caller what it means.
 */

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

const NUMBERS = set(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand half quarter couple dozen none first second third fourth fifth sixth seventh eighth ninth tenth',
);
const DIGITS = set('zero oh one two three four five six seven eight nine double triple plus');
const MONEY = set('dollar dollars buck bucks cent cents pound pounds euro euros rupee rupees grand lakh usd eur inr gbp');
const PERIODS = set('hour hourly day daily week weekly month monthly year yearly annually annum');
const MONTHS = set(
  'january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec',
);
const DAYS = set(
  'monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays weekday weekdays weekend weekends everyday',
);
const RELATIVE = set('today tomorrow tonight immediately asap now week weeks month months day days fortnight anytime straightaway');
const HOURS = set('morning mornings afternoon afternoons evening evenings night nights noon midnight am pm anytime o’clock');
const UNITS = set('year years month months week weeks day days hour hours minute minutes km miles people');

/** `strong` words show a value of the type; `joining` ones belong to it when they stand between or beside strong ones. */
export interface ValueWords {
  strong(word: string): boolean;
  joining: ReadonlySet<string>;
  /** Strong words that an answer needs before a value is believed without having been asked for. */
  proof(word: string): boolean;
}

const hasDigit = (word: string) => /\d/.test(word);
const isNumber = (word: string) => hasDigit(word) || word.split('-').some((part) => NUMBERS.has(part));

export const VALUE_WORDS: Readonly<Record<string, ValueWords>> = {
  number: { strong: (word) => isNumber(word) || word === 'never', joining: UNITS, proof: () => false },
  money: {
    strong: (word) => isNumber(word) || MONEY.has(word) || /[$€£]/.test(word),
    joining: new Set(['an', 'a', 'per', 'the', ...PERIODS]),
    proof: (word) => MONEY.has(word) || /[$€£]/.test(word),
  },
  date: {
    strong: (word) => isNumber(word) || MONTHS.has(word) || DAYS.has(word) || RELATIVE.has(word),
    joining: set('in on the of next this coming from a right as soon possible away time st nd rd th'),
    proof: (word) => MONTHS.has(word) || word === 'tomorrow' || word === 'today' || word === 'immediately',
  },
  availability: {
    strong: (word) => DAYS.has(word) || HOURS.has(word) || isNumber(word),
    joining: set('from to until till between and after before on in the at every any all except not a p.m a.m through'),
    proof: (word) => word === 'weekdays' || word === 'weekends',
  },
  phone: { strong: (word) => hasDigit(word) || DIGITS.has(word), joining: set('and area code'), proof: () => false },
};

export const YES =
  /^\W*(?:yes|yeah|yep|yup|sure|correct|right|absolutely|definitely|exactly|certainly|ok|okay|of course|i (?:am|do|can|have|will|did|would)|that(?:'s| is) (?:right|correct|fine)|it is)\b/i;
export const NO =
  /^\W*(?:no|nope|nah|never|not|incorrect|wrong|i (?:am not|don'?t|do not|can'?t|cannot|haven'?t|have not|won'?t|wouldn'?t)|i'm not|that(?:'s| is) (?:wrong|not))\b/i;
export const RATHER_NOT = /\b(?:rather not|prefer not|don'?t want to (?:say|answer)|don'?t know|do not know|no idea|not sure|can'?t say)\b/i;
export const CORRECTION = /^\W*(?:no|sorry|wait|actually|i mean|make that|or rather|well)\b/i;

const STOP_WORDS = set(
  'what when where which would could should have your with that this from does work worked about many much like were them they long time best there please tell will their into than more some most also been'.concat(
    ' the and are you can for how who why not was has had his her its our out any all get let may but did yes she him whether candidate candidates',
  ),
);

/** Words that carry meaning, without their endings, to compare two sentences. */
export const contentWords = (text: string): Set<string> =>
  new Set(
    (text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [])
      .filter((word) => !STOP_WORDS.has(word))
      .map((word) => word.replace(/(?:ing|ed|es|e|s)$/u, ''))
      .filter((word) => word.length >= 3),
  );

export const overlap = (a: ReadonlySet<string>, b: ReadonlySet<string>): number => [...a].filter((word) => b.has(word)).length;
