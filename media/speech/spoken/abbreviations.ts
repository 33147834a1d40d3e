import { afterAbbreviation, coreAt, type SpokenRule } from './token.js';

/*
 * Abbreviations and signs in words. Acronyms (CDL, OSHA, ASAP) are left: the voices spell or say them by themselves.
 */

/** Always drop their full stop, since no sentence ends with them. */
const WITHIN_SENTENCE: Readonly<Record<string, string>> = {
  'e.g': 'for example',
  eg: 'for example',
  'i.e': 'that is',
  vs: 'versus',
  approx: 'approximately',
  incl: 'including',
  'a.k.a': 'also known as',
  aka: 'also known as',
};
/** Only with their full stop, without which they may be words. */
const WITH_STOP: Readonly<Record<string, string>> = {
  etc: 'et cetera',
  min: 'minimum',
  max: 'maximum',
  dept: 'department',
  mgr: 'manager',
  asst: 'assistant',
  mgmt: 'management',
  exp: 'experience',
  ave: 'Avenue',
  blvd: 'Boulevard',
  rd: 'Road',
  hwy: 'Highway',
  ste: 'Suite',
  apt: 'apartment',
  ext: 'extension',
  temp: 'temporary',
  req: 'required',
  'p.a': 'per annum',
};
/** With or without. */
const ALWAYS: Readonly<Record<string, string>> = {
  etc: 'et cetera',
  dept: 'department',
  mgr: 'manager',
  asst: 'assistant',
  mgmt: 'management',
  blvd: 'Boulevard',
  hwy: 'Highway',
  'w/': 'with',
  'w/o': 'without',
  'b/c': 'because',
  'and/or': 'and or',
  '&': 'and',
  '+': 'plus',
  '=': 'equals',
  '@': 'at',
  'c++': 'C plus plus',
  'c#': 'C sharp',
  'f#': 'F sharp',
  '.net': 'dot net',
  'node.js': 'Node J S',
  'full-time': 'full time',
  'part-time': 'part time',
};

const capitalised = (words: string, like: string): string => (/^\p{Lu}/u.test(like) ? `${words.charAt(0).toUpperCase()}${words.slice(1)}` : words);

const abbreviation: SpokenRule = (tokens, at) => {
  const core = coreAt(tokens, at);
  const key = core.toLowerCase();
  const within = WITHIN_SENTENCE[key];
  if (within) return [{ say: capitalised(within, core), trail: afterAbbreviation(tokens, at, true) }];
  const stopped = tokens[at]?.trail.startsWith('.') && at < tokens.length - 1 ? WITH_STOP[key] : undefined;
  const words = stopped ?? ALWAYS[key];
  return words ? [{ say: capitalised(words, core), trail: afterAbbreviation(tokens, at) }] : undefined;
};

/** "Sr. Engineer", "Jr. Developer": the title before a capital, not the name after one. */
const rank: SpokenRule = (tokens, at) => {
  const word = { Sr: 'Senior', Jr: 'Junior' }[coreAt(tokens, at)];
  if (!word || tokens[at]?.trail !== '.' || !/^\p{Lu}/u.test(coreAt(tokens, at + 1))) return undefined;
  return /^\p{Lu}/u.test(coreAt(tokens, at - 1)) ? undefined : [{ say: word, trail: '' }];
};

/** "R&D", "Q&A", "AT&T". */
const ampersand: SpokenRule = (tokens, at) => {
  const [, left, right] = /^(\p{L}+)&(\p{L}+)$/u.exec(coreAt(tokens, at)) ?? [];
  return left && right ? [`${left.length === 2 && /^\p{Lu}+$/u.test(left) ? [...left].join(' ') : left} and ${right}`] : undefined;
};

/** Years of "exp", without its full stop. */
const experience: SpokenRule = (tokens, at) =>
  /^exp$/iu.test(coreAt(tokens, at)) && /^(?:yrs?|years?|of|no|prior)$/iu.test(coreAt(tokens, at - 1))
    ? [{ say: 'experience', trail: afterAbbreviation(tokens, at) }]
    : undefined;

/** The sign before a list item. */
const bullet: SpokenRule = (tokens, at) => (/^[-•·*]$/u.test(coreAt(tokens, at)) && at === 0 && tokens.length > 1 ? [''] : undefined);

export const abbreviationRules: readonly SpokenRule[] = [bullet, rank, ampersand, experience, abbreviation];
