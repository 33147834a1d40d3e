import { isSupportedCountry, type PhoneNumber, parsePhoneNumberFromString, validatePhoneNumberLength } from 'libphonenumber-js/max';
import type { AnswerValue } from '../../schemas/answer.js';
import { findDecline } from './declined.js';
import { type DigitRun, findDigitRuns } from './digit-words.js';
import type { AnswerKind, AnswerSpec, Interpretation, SpokenContext } from './kind.js';
import { CONFIDENCE, interpretStatements, type Obstacle, type Reading, trailsOff } from './reading.js';
import { type SpokenWord, spokenWords } from './spoken-text.js';

/** Shorter digit strings are not the beginning of a telephone number but some other number. */
const FEWEST_DIGITS = 3;

const countryOf = (context: SpokenContext) => {
  const country = (context.country ?? context.language.split('-')[1] ?? '').toUpperCase();
  return isSupportedCountry(country) ? country : undefined;
};

const parseValid = (text: string, context: SpokenContext): PhoneNumber | undefined => {
  const country = countryOf(context);
  const number = parsePhoneNumberFromString(text, country ? { defaultCountry: country, extract: false } : { extract: false });
  return number?.isValid() ? number : undefined;
};

/** A valid number out of digits as dialled at home, with `+`, with 00, or with a country code but no plus. */
const parseDigits = (digits: string, context: SpokenContext): { number: PhoneNumber; assumed?: string } | undefined => {
  const valid = (text: string) => parseValid(text, context);
  const direct = valid(digits);
  if (direct) return { number: direct };
  if (digits.startsWith('+')) return undefined;
  const dialled = digits.startsWith('00') ? valid(`+${digits.slice(2)}`) : undefined;
  if (dialled) return { number: dialled };
  const prefixed = digits.length > 10 ? valid(`+${digits}`) : undefined;
  return prefixed && { number: prefixed, assumed: 'country code said without plus' };
};

const isExtension = (words: readonly SpokenWord[], run: DigitRun) => /^(extension|ext|x)$/.test(words[run.from - 1]?.text ?? '');

/** All ways in which runs of digits make one number: each alone, then neighbours together. */
const joinRuns = (runs: readonly DigitRun[]): DigitRun[] => {
  const joined =
    runs.length > 1
      ? runs.reduce((left, right) => ({ digits: left.digits + right.digits.replace('+', ''), certain: false, from: left.from, to: right.to }))
      : undefined;
  return joined ? [...runs, joined] : [...runs];
};

/**
 * Builds on the digits said before a correction: what was said anew replaces as many digits at their end as makes a valid number ("… three two four five,
 * sorry, three two four six").
 */
const correctTail = (before: string, digits: string, context: SpokenContext): PhoneNumber | undefined => {
  for (let keep = before.length - 1; keep > 0; keep--) {
    const number = parseValid(before.slice(0, keep) + digits, context);
    if (number) return number;
  }
  return parseValid(before + digits, context);
};

const readPhone = (context: SpokenContext) => {
  let before = '';
  return (words: readonly SpokenWord[], previous: AnswerValue | undefined): Reading | Obstacle | undefined => {
    const runs = findDigitRuns(words).filter((run) => run.digits.length > 0);
    const main = runs.filter((run) => !isExtension(words, run));
    const [first] = main;
    if (!first) return undefined;
    const extension = runs.find((run) => isExtension(words, run));
    const notes = extension ? [`extension ${extension.digits} left out`] : [];
    const basis = before || (typeof previous === 'string' ? previous : '');
    const reading = (number: PhoneNumber, confidence: number, from: number, to: number, note?: string): Reading => {
      before = number.number;
      const all = [...notes, note].filter((text) => text !== undefined);
      return { value: number.number, confidence, from, to, ...(all.length > 0 ? { normalizedFrom: all.join('; ') } : {}) };
    };
    for (const run of joinRuns(main).toReversed()) {
      const parsed = parseDigits(run.digits, context);
      if (!parsed) continue;
      const confidence = parsed.assumed ? 0.8 : run.certain ? CONFIDENCE.plain : CONFIDENCE.likely;
      return reading(parsed.number, confidence, run.from, run.to, parsed.assumed);
    }
    const last = main.at(-1) ?? first;
    const digits = main.map((run) => run.digits).join('');
    const corrected = basis ? correctTail(basis, digits, context) : undefined;
    if (corrected) return reading(corrected, CONFIDENCE.hedged, first.from, last.to, 'the corrected digits put into the number said before');
    if (digits.replace('+', '').length < FEWEST_DIGITS && !basis) return undefined;
    before = basis && !digits.startsWith('+') && digits.length < 7 ? basis : digits;
    const short =
      validatePhoneNumberLength(digits, countryOf(context)) === 'TOO_SHORT' || (countryOf(context) === undefined && !digits.startsWith('+'));
    return { problem: short ? 'incomplete' : 'out-of-range', from: first.from, to: last.to };
  };
};

const interpret = (said: string, _spec: AnswerSpec, context: SpokenContext): Interpretation => interpretStatements(said, context, readPhone(context));

/** Without a country the length decides: ten digits, eleven after a leading 0 or 1, or a valid number after a plus. */
const isLongEnough = (digits: string): boolean => {
  if (digits.startsWith('+')) return parsePhoneNumberFromString(digits)?.isValid() ?? false;
  return digits.length >= (/^[01]/.test(digits) ? 11 : 10);
};

/** A telephone number in E.164, from digits, "double seven", "oh", "plus four four"; national forms by the candidate's country. */
export const phone: AnswerKind = {
  type: 'phone',
  interpret,
  progress(text) {
    const words = spokenWords(text);
    const runs = findDigitRuns(words);
    const digits = runs.map((run) => run.digits).join('');
    if (findDecline(words, true)) return 'complete';
    if (runs.some((run) => isLongEnough(run.digits)) || isLongEnough(digits)) return trailsOff(words) ? 'continues' : 'complete';
    return digits.length > 0 || trailsOff(words) ? 'continues' : 'open';
  },
  grammar: () => '[plus] <digit>+',
};
