import { type CountedAmount, findCounted, formRange } from './counted-amounts.js';
import { AT_ONCE, type CountUnit, MORE_THAN, NONE_GOES_ON, NONE_PHRASES, NONE_WHEN_ENDED, NOT_THIS, VAGUE_AMOUNTS } from './english/durations.js';
import type { AnswerKind, AnswerSpec, Interpretation, SpokenContext } from './kind.js';
import { readYear } from './number-words.js';
import { CONFIDENCE, closedProgress, hedge, interpretStatements, type Obstacle, quoteStart, type Reading } from './reading.js';
import { findPhrase, phraseSet, type SpokenWord, spokenWords, startsClause } from './spoken-text.js';

const none = phraseSet(NONE_PHRASES);
const noneWhenEnded = phraseSet(NONE_WHEN_ENDED);
const noneGoesOn = new Set(NONE_GOES_ON);
const atOnce = phraseSet(AT_ONCE);
const vague = phraseSet(VAGUE_AMOUNTS);
const moreThan = phraseSet(MORE_THAN);

type TimeUnit = 'days' | 'weeks' | 'months' | 'years';
/** Days of a unit where a conversion has to assume one: a month of 30 days, a year of 365. */
const DAYS: Readonly<Record<TimeUnit, number>> = { days: 1, weeks: 7, months: 30, years: 365 };

const subtypeOf = (spec: AnswerSpec) => spec.subtype ?? 'default';
const isTime = (unit: CountUnit | undefined): unit is TimeUnit => unit !== undefined && unit !== 'percentage';
const round = (value: number) => Math.round(value * 100) / 100;

/** Weeks to days and years to months are exact; days of a month are not. */
const convert = (value: number, from: TimeUnit, to: TimeUnit): { value: number; exact: boolean } => {
  if (from === to) return { value, exact: true };
  if (from === 'weeks' && to === 'days') return { value: value * 7, exact: true };
  if (from === 'years' && to === 'months') return { value: value * 12, exact: true };
  if (from === 'months' && to === 'years') return { value: round(value / 12), exact: true };
  if (from === 'weeks' && to === 'months') return { value: round(value / 4), exact: false };
  if (from === 'weeks' && to === 'years') return { value: round(value / 52), exact: false };
  return { value: round((value * DAYS[from]) / DAYS[to]), exact: false };
};

/** "two years and six months", "a year, three months": smaller units add to the larger one. */
const addUp = (amounts: readonly CountedAmount[], words: readonly SpokenWord[]): CountedAmount[] => {
  const result: CountedAmount[] = [];
  for (const amount of amounts) {
    const last = result.at(-1);
    const between = last && words.slice(last.to, amount.from).every((word) => word.text === 'and' || word.text === 'plus');
    const smaller = last && isTime(last.unit) && isTime(amount.unit) && DAYS[amount.unit] < DAYS[last.unit];
    if (last && between && smaller && isTime(last.unit) && isTime(amount.unit)) {
      result[result.length - 1] = { ...last, value: last.value + convert(amount.value, amount.unit, last.unit).value, to: amount.to };
    } else result.push(amount);
  }
  return result;
};

const inUnit = (amount: CountedAmount, spec: AnswerSpec): { value: number; confidence: number; note?: string } | undefined => {
  const subtype = subtypeOf(spec);
  if (subtype === 'percentage') {
    if (amount.unit === 'percentage') return { value: amount.value, confidence: CONFIDENCE.plain };
    if (amount.unit !== undefined) return undefined;
    if (amount.form === 'fraction') return { value: amount.value * 100, confidence: 0.9, note: `${amount.value * 100} percent` };
    return { value: amount.value, confidence: 0.9 };
  }
  if (subtype === 'default')
    return amount.unit === 'percentage' ? undefined : { value: amount.value, confidence: amount.form === 'fraction' ? 0.9 : CONFIDENCE.plain };
  if (amount.unit === 'percentage') return undefined;
  if (amount.unit === undefined) return { value: amount.value, confidence: 0.9, note: `no unit said: ${subtype}, as asked` };
  const converted = convert(amount.value, amount.unit, subtype);
  if (amount.unit === subtype) return { value: round(converted.value), confidence: CONFIDENCE.plain };
  const unit = amount.value === 1 ? amount.unit.slice(0, -1) : amount.unit;
  const note = `${amount.value} ${unit} taken as ${converted.value} ${subtype}`;
  return {
    value: converted.value,
    confidence: converted.exact && (subtype !== 'days' || Number.isInteger(converted.value)) ? 0.9 : CONFIDENCE.hedged,
    note,
  };
};

/** Lengths of time and shares begin at nothing, whatever the limits. */
const withinLimits = (value: number, spec: AnswerSpec) =>
  value >= (spec.min ?? (subtypeOf(spec) === 'default' ? Number.NEGATIVE_INFINITY : 0)) && (spec.max === undefined || value <= spec.max);

/** The first way of saying none; "never counted" and "I haven't worked it out" say that the number is not known. */
const findNone = (words: readonly SpokenWord[]) => {
  for (let found = findPhrase(none, words); found; found = findPhrase(none, words, found.index + found.length)) {
    const next = words[found.index + found.length];
    const counted =
      noneGoesOn.has(next?.text ?? '') && !(next?.text === 'worked' && /^(?:it|out|that)$/.test(words[found.index + found.length + 1]?.text ?? ''));
    const said = noneWhenEnded.at(words, found.index)?.length === found.length;
    if (!said || next === undefined || startsClause(next) || counted) return found;
  }
  return undefined;
};

const readNone = (words: readonly SpokenWord[], spec: AnswerSpec): Reading | undefined => {
  const subtype = subtypeOf(spec);
  const found = findNone(words) ?? (subtype === 'days' || subtype === 'months' ? findPhrase(atOnce, words) : undefined);
  if (!found) {
    const all = subtype === 'percentage' ? words.findIndex((word) => word.text === 'all' || word.text === 'everything' || word.text === 'fully') : -1;
    return all < 0 ? undefined : { value: 100, confidence: CONFIDENCE.likely, from: all, to: all + 1, normalizedFrom: 'all taken as 100 percent' };
  }
  const quote = words.slice(found.index, found.index + found.length).map((word) => word.text);
  return { value: 0, confidence: 0.9, from: found.index, to: found.index + found.length, normalizedFrom: `"${quote.join(' ')}" taken as 0` };
};

const readSince = (words: readonly SpokenWord[], spec: AnswerSpec, now: Date): Reading | undefined => {
  const since = words.findIndex((word) => word.text === 'since');
  const year = since < 0 ? undefined : readYear(words, since + 1);
  if (!year || subtypeOf(spec) !== 'years' || year.value > now.getUTCFullYear()) return undefined;
  const value = now.getUTCFullYear() - year.value;
  return {
    value,
    confidence: 0.7,
    from: since,
    to: since + 1 + year.length,
    normalizedFrom: `since ${year.value}, counted in whole calendar years to ${now.getUTCFullYear()}`,
  };
};

const readCount =
  (spec: AnswerSpec, context: SpokenContext) =>
  (words: readonly SpokenWord[]): Reading | Obstacle | undefined => {
    const unclear = findPhrase(vague, words);
    const sinceYear = readSince(words, spec, context.now);
    const named = addUp(findCounted(words), words);
    const noneAt = findNone(words)?.index ?? words.length;
    // "I never drove one" counts nothing.
    const isPronoun = (amount: CountedAmount) => amount.from > noneAt && amount.unit === undefined && words[amount.from]?.text === 'one';
    const all = named.filter((amount) => !NOT_THIS.includes(words[amount.from - 1]?.text ?? '') && !isPronoun(amount));
    const [first] = all;
    if (sinceYear) return sinceYear;
    if (unclear && (!first || unclear.index <= first.from)) return { problem: 'ambiguous', from: unclear.index, to: unclear.index + unclear.length };
    const denied = named.find((amount) => !isPronoun(amount));
    if (!first && denied) return { problem: 'ambiguous', from: denied.from - 1, to: denied.to };
    if (!first) return readNone(words, spec);
    for (const [index, amount] of all.entries()) {
      const next = all[index + 1];
      if (next && formRange(words, amount, next)) return { problem: 'ambiguous', from: amount.from, to: next.to };
    }
    const usable = all.flatMap((amount) => {
      const result = inUnit(amount, spec);
      return result ? [{ amount, result }] : [];
    });
    // "I'm thirty and have five years": the one with its unit answers.
    const withUnit = usable.filter(({ amount }) => amount.unit !== undefined);
    const candidates = withUnit.length > 0 ? withUnit : usable;
    const [chosen] = candidates;
    if (!chosen) return undefined;
    if (candidates.some(({ result }) => result.value !== chosen.result.value))
      return { problem: 'ambiguous', from: chosen.amount.from, to: candidates.at(-1)?.amount.to ?? words.length };
    const { amount, result } = chosen;
    if (!withinLimits(result.value, spec)) return { problem: 'out-of-range', from: amount.from, to: amount.to };
    const bound = findPhrase(moreThan, words);
    const confidence = Math.min(hedge(result.confidence, words), bound ? CONFIDENCE.hedged : 1);
    const notes = [
      result.note,
      bound &&
        `"${words
          .slice(bound.index, bound.index + bound.length)
          .map((word) => word.text)
          .join(' ')}" left out`,
    ].filter(Boolean);
    return {
      value: result.value,
      confidence,
      from: quoteStart(words, amount.from),
      to: amount.to,
      ...(notes.length > 0 ? { normalizedFrom: notes.join('; ') } : {}),
    };
  };

const interpret = (said: string, spec: AnswerSpec, context: SpokenContext): Interpretation =>
  interpretStatements(said, context, readCount(spec, context));

/** A number, also as a percentage or a length of time in days, months or years. */
export const number: AnswerKind = {
  type: 'number',
  interpret,
  progress(text, spec) {
    const progress = closedProgress(text, spec, interpret);
    const last = findCounted(spokenWords(text)).at(-1);
    if (progress !== 'complete' || !last || last.unit !== undefined) return progress;
    // A unit is still to come for a length of time, a second word for "twenty".
    return (subtypeOf(spec) !== 'default' && last.form !== 'fraction' && last.value !== 0) || last.form === 'tens' ? 'continues' : 'complete';
  },
  grammar(spec) {
    const count = '[<approximately>] <number> [and a half]';
    const several = '(to | or) <number>';
    switch (subtypeOf(spec)) {
      case 'percentage':
        return `${count} [${several}] [percent] | half | none`;
      case 'days':
        return `${count} [${several}] [day | days | week | weeks | weeks notice | month | months] | a (week | month) [notice] | immediately | right away | none`;
      case 'months':
      case 'years':
        return `${count} [${several}] [month | months | year | years] [of experience] | a year [and a half] | half a year | less than a year | none | no experience`;
      case 'default':
        return `${count} [${several}] | none`;
    }
  },
};
