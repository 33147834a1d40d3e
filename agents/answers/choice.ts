import type { AnswerValue } from '../../schemas/answer.js';
import type { ChoiceOption } from '../../schemas/caller-bot.js';
import { findException, findMentions, type Mention } from './choice-mentions.js';
import { listenFor, phrasesOf, stemsOf } from './choice-options.js';
import { ALL_PHRASES, NONE_OF_THEM } from './english/choice.js';
import { FILLERS } from './english/talk.js';
import { grammarWords } from './grammar-words.js';
import type { AnswerKind, AnswerSpec, Interpretation, SpokenContext } from './kind.js';
import { CONFIDENCE, closedProgress, hedge, interpretStatements, type Obstacle, type Reading } from './reading.js';
import { findPhrase, phraseSet, type SpokenWord, spokenWords } from './spoken-text.js';

const all = phraseSet(ALL_PHRASES);
const none = phraseSet(NONE_OF_THEM);
const fillers = phraseSet(FILLERS);

/** The words without sounds of thinking. */
const content = (words: readonly SpokenWord[]): SpokenWord[] => {
  const kept: SpokenWord[] = [];
  for (let index = 0; index < words.length; ) {
    const filler = fillers.at(words, index);
    const word = words[index];
    if (!filler && word) kept.push(word);
    index += filler?.length ?? 1;
  }
  return kept;
};

/** The utterance is exactly one option ("Rather not say", "No", "Any"), which then means that option and nothing else. */
const exactOption = (words: readonly SpokenWord[], options: readonly ChoiceOption[]): number | undefined => {
  const said = stemsOf(content(words))
    .map(({ text }) => text)
    .join(' ');
  const found = options.flatMap((option, index) =>
    phrasesOf(option).some(
      (phrase) =>
        stemsOf(spokenWords(phrase))
          .map(({ text }) => text)
          .join(' ') === said,
    )
      ? [index]
      : [],
  );
  return said !== '' && found.length === 1 ? found[0] : undefined;
};

const readSingle = (words: readonly SpokenWord[], options: readonly ChoiceOption[], mentions: readonly Mention[]): Reading | Obstacle | undefined => {
  const wanted = mentions.filter((mention) => !mention.negated);
  const preferred = wanted.filter((mention) => mention.preferred);
  const named = new Set(wanted.map((mention) => mention.option));
  const chosen =
    named.size > 1
      ? preferred.length === 1
        ? preferred[0]
        : undefined
      : wanted.reduce<Mention | undefined>((best, next) => (best && best.confidence >= next.confidence ? best : next), undefined);
  const span = { from: mentions[0]?.from ?? 0, to: mentions.at(-1)?.to ?? words.length };
  if (named.size > 1 && !chosen) return { problem: 'ambiguous', ...span };
  if (chosen) {
    if (chosen.confidence < 0.5) return { problem: 'ambiguous', ...span };
    const value = options[chosen.option]?.value ?? '';
    const confidence = hedge(named.size > 1 ? CONFIDENCE.likely : chosen.confidence, words);
    return {
      value,
      confidence,
      from: chosen.from,
      to: chosen.to,
      ...(named.size > 1 ? { normalizedFrom: `preferred among ${named.size} that were named` } : {}),
    };
  }
  if (mentions.length > 0) {
    const left = options.flatMap((option, index) => (mentions.some((mention) => mention.option === index) ? [] : [option.value]));
    if (left.length === 1) return { value: left[0] ?? '', confidence: 0.7, ...span, normalizedFrom: 'the only option that was not refused' };
    return { problem: 'incomplete', ...span };
  }
  const any = findPhrase(all, words);
  if (any) return { problem: 'ambiguous', from: any.index, to: any.index + any.length };
  const refused = findPhrase(none, words);
  return refused && { problem: 'no-answer', from: refused.index, to: refused.index + refused.length };
};

/** "Monday to Thursday": the options between two named ones, in their order. */
const isRange = (words: readonly SpokenWord[], left: Mention, right: Mention): boolean =>
  right.option > left.option &&
  /^(to|through|till|until|thru)$/.test(
    words
      .slice(left.to, right.from)
      .map((word) => word.text)
      .join(' '),
  );

const readMultiple = (
  words: readonly SpokenWord[],
  options: readonly ChoiceOption[],
  mentions: readonly Mention[],
): Reading | Obstacle | undefined => {
  const wanted = new Set<number>();
  const refused = new Set<number>();
  for (const [index, mention] of mentions.entries()) {
    const next = mentions[index + 1];
    const set = mention.negated ? refused : wanted;
    set.add(mention.option);
    if (next && isRange(words, mention, next)) for (let option = mention.option; option <= next.option; option++) set.add(option);
  }
  const firstMention = mentions[0];
  const everything = findPhrase(all, words);
  const nothing = findPhrase(none, words);
  const span = {
    from: Math.min(firstMention?.from ?? words.length, everything?.index ?? words.length),
    to: Math.max(mentions.at(-1)?.to ?? 0, everything ? everything.index + everything.length : 0),
  };
  const both = everything && words[everything.index]?.text === 'both';
  const every = everything && wanted.size === 0 && (!both || options.length === 2);
  if (wanted.size === 0 && !every) {
    if (both) return { problem: 'ambiguous', ...span };
    if (refused.size > 0 && refused.size < options.length) {
      const value = options.flatMap((option, index) => (refused.has(index) ? [] : [option.value]));
      return { value, confidence: 0.7, from: firstMention?.from ?? 0, to: span.to, normalizedFrom: 'all options that were not refused' };
    }
    if (!nothing) return undefined;
    const value: AnswerValue = [];
    return { value, confidence: CONFIDENCE.hedged, from: nothing.index, to: nothing.index + nothing.length, normalizedFrom: 'none of the options' };
  }
  // "everything but the weekend", where no option is a weekend: what is left out is not known.
  if (every && refused.size === 0 && findException(words, everything.index + everything.length)) return { problem: 'ambiguous', ...span };
  const value = options.flatMap((option, index) => ((every || wanted.has(index)) && !refused.has(index) ? [option.value] : []));
  const confidence = every ? 0.9 : Math.min(...mentions.map((mention) => mention.confidence));
  if (confidence < 0.5 || value.length === 0) return { problem: 'ambiguous', ...span };
  return {
    value,
    confidence: hedge(confidence, words),
    ...span,
    ...(every ? { normalizedFrom: refused.size > 0 ? 'all options but the refused' : 'all options' } : {}),
  };
};

const interpret = (said: string, spec: AnswerSpec, context: SpokenContext): Interpretation => {
  const options = spec.options ?? [];
  const exact = exactOption(spokenWords(said), options);
  if (exact !== undefined) {
    const value = options[exact]?.value ?? '';
    const quote = said.trim().replace(/[.!?,;]+$/, '');
    return { status: 'understood', value: spec.multiple ? [value] : value, confidence: CONFIDENCE.plain, quote };
  }
  return interpretStatements(
    said,
    context,
    (words) => {
      const mentions = findMentions(words, options);
      return spec.multiple ? readMultiple(words, options, mentions) : readSingle(words, options, mentions);
    },
    { noRule: spec.multiple ? 'corrects-before-pause' : context.correcting === undefined ? 'corrects-a-value' : 'corrects' },
  );
};

/** One or several options of a list, by label, value, synonym, telling word or place in the list. */
export const choice: AnswerKind = {
  type: 'choice',
  interpret,
  progress(text, spec) {
    const progress = closedProgress(text, spec, interpret);
    return progress === 'complete' && spec.multiple ? 'open' : progress;
  },
  grammar(spec) {
    const options = spec.options ?? [];
    const spoken = [...new Set(listenFor(options).map(grammarWords))].filter(Boolean);
    if (spoken.length === 0) return undefined;
    const places = options.length <= 5 ? ' | <place_in_list>' : '';
    const option = `(${spoken.join(' | ')})`;
    const one = `[<wish>] [the | a] ${option} [please]${places} | any of them | either | no preference | not ${option}`;
    return spec.multiple
      ? `${one} | [<wish>] ${option} (and | or) ${option} [and ${option}] | all of them | both | none of them`
      : `${one} | ${option} no ${option}`;
  },
};
