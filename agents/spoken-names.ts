import type { ChoiceOption, OutputVariable } from '../schemas/caller-bot.js';

/*
 * Names that a bot's author gave to variables and options, as they fit into a sentence.
 */

/** A variable's name as it can be said: "hourly rate". Empty for names that are not words, such as `q1`. A unit that the value says itself is left out: "experience" of `experience_years`. */
export const spokenName = ({ name, subtype }: Pick<OutputVariable, 'name' | 'subtype'>): string => {
  if (/\d/.test(name) || name.length < 3) return '';
  const words = name.split('_');
  const named = words.filter((word) => word !== subtype && word !== '');
  return (named.length > 0 ? named : words).join(' ').replace(/^(?:of|in) | (?:of|in)$/g, '');
};

const ALWAYS_CAPITAL =
  /^(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december|i|english|spanish|french|german|italian|portuguese|dutch|polish|russian|arabic|chinese|hindi|japanese|korean|american|british|european|indian)/i;

/**
 * The options of a choice with their labels as inside a sentence: "evening" for `Evening`. A name keeps its capital: one with capitals further on ("New York",
 * "HGV"), a day, a month, a language, or one that the author writes with a capital inside the question.
 */
export const spokenOptions = (options: readonly ChoiceOption[], question: string): (ChoiceOption & { label: string })[] =>
  options.map((option) => {
    const label = option.label ?? option.value;
    const plain = /^\p{Lu}\p{Ll}+/u.test(label) && !/\p{Lu}/u.test(label.slice(1)) && !ALWAYS_CAPITAL.test(label);
    // A capital after a comma or a word, and not at the beginning of a sentence, is the author's.
    const at = question.indexOf(label);
    const named = at > 0 && !/[.?!:]\s*$/.test(question.slice(0, at));
    return { ...option, label: plain && !named ? label.charAt(0).toLowerCase() + label.slice(1) : label };
  });
