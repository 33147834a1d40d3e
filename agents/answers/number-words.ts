import { FRACTIONS, ORDINALS, SCALES, SMALL, TENS } from './english/numbers.js';
import { joined, phraseTable, type SpokenWord } from './spoken-text.js';

/** A number found in speech. */
export interface SpokenNumber {
  value: number;
  /** Words used. */
  length: number;
  /** `digits`: written in figures; `tens`: may still grow by a unit ("twenty" five); `scaled`: thousand, lakh and the like were said. */
  form: 'digits' | 'words' | 'tens' | 'fraction';
  scaled: boolean;
}

const fractions = phraseTable(FRACTIONS);
const round = (value: number) => Math.round(value * 1e6) / 1e6;
const isFigure = (word: SpokenWord | undefined) => word !== undefined && /^\d+(\.\d+)?$/.test(word.text);

/** Reads 0–99 in words at `index`. */
export const readBelowHundred = (words: readonly SpokenWord[], index: number): { value: number; length: number } | undefined => {
  const text = words[index]?.text ?? '';
  const tens = TENS[text];
  if (tens !== undefined) {
    const next = words[index + 1];
    const unit = joined(next) ? SMALL[next?.text ?? ''] : undefined;
    return unit !== undefined && unit > 0 && unit < 10 ? { value: tens + unit, length: 2 } : { value: tens, length: 1 };
  }
  const small = SMALL[text];
  return small === undefined ? undefined : { value: small, length: 1 };
};

/** Reads 0–9999 in words: "a hundred and five", "eighteen hundred fifty", "twenty five". */
const readGroup = (words: readonly SpokenWord[], index: number): { value: number; length: number } | undefined => {
  const article = words[index]?.text === 'a' && words[index + 1]?.text === 'hundred';
  const bare = words[index]?.text === 'hundred';
  const head = article ? { value: 1, length: 1 } : bare ? { value: 1, length: 0 } : readBelowHundred(words, index);
  if (!head) return undefined;
  let at = index + head.length;
  if (words[at]?.text !== 'hundred' || (!bare && !joined(words[at]))) return head;
  at++;
  const tailAt = words[at]?.text === 'and' ? at + 1 : at;
  const tail = joined(words[at]) && joined(words[tailAt]) ? readBelowHundred(words, tailAt) : undefined;
  // "between one hundred and two hundred": the second number is not the tail of the first.
  const after = tail && words[tailAt + tail.length]?.text;
  const belongs = tail && tail.value > 0 && after !== 'hundred';
  return belongs ? { value: head.value * 100 + tail.value, length: tailAt + tail.length - index } : { value: head.value * 100, length: at - index };
};

/** "point five", "point two five" after a number: the decimals and the words used. */
const readDecimals = (words: readonly SpokenWord[], index: number): { value: number; length: number } | undefined => {
  if (words[index]?.text !== 'point') return undefined;
  let digits = '';
  let at = index + 1;
  for (; at < words.length; at++) {
    const text = words[at]?.text ?? '';
    const digit = text === 'oh' || text === 'o' ? 0 : (SMALL[text] ?? TENS[text]);
    if (/^\d+$/.test(text)) digits += text;
    else if (digit !== undefined && (digit < 10 || digits === '')) digits += String(digit);
    else break;
    if (digit !== undefined && digit >= 20) {
      const unit = SMALL[words[at + 1]?.text ?? ''];
      if (unit !== undefined && unit > 0 && unit < 10) {
        digits = String(digit + unit);
        at++;
      }
    }
  }
  return digits === '' ? undefined : { value: Number(`0.${digits}`), length: at - index };
};

/** "and a half", "and a quarter" right after a number. */
export const readAndFraction = (words: readonly SpokenWord[], index: number): { value: number; length: number } | undefined => {
  if (words[index]?.text !== 'and' || !joined(words[index])) return undefined;
  const at = words[index + 1]?.text === 'a' || words[index + 1]?.text === 'one' ? index + 2 : index + 1;
  const text = words[at]?.text;
  const value = text === 'half' ? 0.5 : text === 'quarter' ? 0.25 : undefined;
  return value === undefined ? undefined : { value, length: at + 1 - index };
};

/**
 * Reads the number that starts at word `index`: figures ("18.50", "60k") or words ("two and a half", "a hundred and five", "three lakh fifty thousand",
 * "one point two crore"). Undefined when none starts there. Two numbers that only stand side by side ("eighteen fifty") stay two.
 */
export const readNumber = (words: readonly SpokenWord[], index: number): SpokenNumber | undefined => {
  const fraction = fractions.at(words, index);
  const fractionOfHundred = fraction && words[index + fraction.length]?.text === 'hundred';
  if (fraction && !fractionOfHundred) {
    const scale = SCALES[words[index + fraction.length]?.text ?? ''];
    if (scale !== undefined) return { value: fraction.meaning * scale, length: fraction.length + 1, form: 'words', scaled: true };
    return { value: fraction.meaning, length: fraction.length, form: fraction.meaning < 1 ? 'fraction' : 'words', scaled: false };
  }
  let total = 0;
  let at = index;
  let lastScale = Number.POSITIVE_INFINITY;
  let found = false;
  let figures = false;
  for (;;) {
    const linked = found && words[at]?.text === 'and' ? at + 1 : at;
    if (found && (!joined(words[at]) || !joined(words[linked]))) break;
    const figure = isFigure(words[linked]);
    const article = !figure && (words[linked]?.text === 'a' || words[linked]?.text === 'one') && (words[linked + 1]?.text ?? '') in SCALES;
    const bareScale = !found && (words[linked]?.text ?? '') in SCALES && (words[linked]?.text ?? '').length > 3;
    const group = figure
      ? { value: Number(words[linked]?.text), length: 1 }
      : article
        ? { value: 1, length: 1 }
        : bareScale
          ? { value: 1, length: 0 }
          : readGroup(words, linked);
    const pointFive = !group && !found ? readDecimals(words, linked) : undefined;
    if (!group && !pointFive) break;
    let value = group?.value ?? pointFive?.value ?? 0;
    let next = linked + (group?.length ?? pointFive?.length ?? 0);
    const extra = pointFive ? undefined : (readDecimals(words, next) ?? readAndFraction(words, next));
    if (extra) {
      value += extra.value;
      next += extra.length;
    }
    const scale = (words[next]?.before ?? ' ').trim() === '' || bareScale ? SCALES[words[next]?.text ?? ''] : undefined;
    if (scale !== undefined && (found ? scale < lastScale : true)) {
      total += value * scale;
      lastScale = scale;
      at = next + 1;
      found = true;
      figures ||= figure;
      const half = readAndFraction(words, at);
      if (half) {
        total += half.value * scale;
        at += half.length;
        break;
      }
      continue;
    }
    if (found && (scale !== undefined || value >= lastScale || value === 0)) break;
    total += value;
    at = next;
    figures ||= figure;
    found = true;
    break;
  }
  if (!found) return undefined;
  const lastText = words[at - 1]?.text ?? '';
  return {
    value: round(total),
    length: at - index,
    form: figures ? 'digits' : lastText in TENS ? 'tens' : 'words',
    scaled: Number.isFinite(lastScale),
  };
};

/** Reads an ordinal of 1–99 at `index`: "third", "twenty first", "3rd". */
export const readOrdinal = (words: readonly SpokenWord[], index: number): { value: number; length: number } | undefined => {
  const text = words[index]?.text ?? '';
  const figures = /^(\d{1,2})(?:st|nd|rd|th)$/.exec(text);
  if (figures) return { value: Number(figures[1]), length: 1 };
  const plain = ORDINALS[text];
  if (plain !== undefined) return { value: plain, length: 1 };
  const tens = TENS[text];
  const unit = joined(words[index + 1]) ? ORDINALS[words[index + 1]?.text ?? ''] : undefined;
  return tens !== undefined && unit !== undefined && unit < 10 ? { value: tens + unit, length: 2 } : undefined;
};

/** Reads a year as people say it: "2026", "nineteen eighty nine", "twenty twenty six", "two thousand and five", "nineteen oh five". */
export const readYear = (words: readonly SpokenWord[], index: number): { value: number; length: number } | undefined => {
  const text = words[index]?.text ?? '';
  if (/^(19|20|21)\d\d$/.test(text)) return { value: Number(text), length: 1 };
  if (isFigure(words[index])) return undefined;
  const century = SMALL[text] ?? TENS[text];
  if (century === 19 || century === 20) {
    const oh = words[index + 1]?.text === 'oh' || words[index + 1]?.text === 'o';
    const rest = readBelowHundred(words, index + (oh ? 2 : 1));
    const fits = rest && joined(words[index + 1]) && (oh ? rest.value < 10 : rest.value >= 10);
    if (fits) return { value: century * 100 + rest.value, length: 1 + (oh ? 1 : 0) + rest.length };
    return undefined;
  }
  const number = readNumber(words, index);
  return number && Number.isInteger(number.value) && number.value >= 1900 && number.value < 2200 ? number : undefined;
};
