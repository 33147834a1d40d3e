/*
 * What the embedded ear may hear, as it is given to the recogniser: the answers of a question beside everything else. "Everything else" is any row of
 * sounds (one pseudo-word for each of the 39 sounds of English) or a noise; without it the recogniser takes any speech for the likeliest answer.
 */

/** Sounds of the recogniser's acoustic model. */
export const SOUNDS = 'AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH'.split(' ');

/** Pseudo-words begin with this; no word of a language does. */
const OTHER_PREFIX = 'other_';
const NOISE_WORD = `${OTHER_PREFIX}noise`;

/** Pseudo-words with their pronunciations, to be added to the dictionary once. */
export const OTHER_WORDS: readonly [string, string][] = [
  ...SOUNDS.map((sound): [string, string] => [`${OTHER_PREFIX}${sound.toLowerCase()}`, sound]),
  [NOISE_WORD, '+NSN+'],
];

/**
 * How readily a thing that was heard counts as no answer: the weight of the other sounds against the answer's 1. The recogniser has about 1e-30 as its
 * least number. Measured with four flite voices on short answers: `firm` rejects all of 120 unrelated words and 9 of 72 wanted ones, `lenient` 10 in 120 and 6 in 72.
 */
const REJECTION_WEIGHTS = { firm: '1e-15', lenient: '1e-25' } as const;

export type Rejection = keyof typeof REJECTION_WEIGHTS | 'none';

/**
 * Wraps a complete JSGF text with a public rule `<answer>` so that its top rule, `answers.heard`, also accepts what is no answer. Everything is put in
 * lower case, as the dictionary is.
 */
export const withRejection = (jsgf: string, rejection: Rejection): string => {
  const rules = bodyOf(jsgf);
  const top =
    rejection === 'none'
      ? 'public <heard> = <answer>;'
      : [
          `public <heard> = /1.0/ <answer> | /${REJECTION_WEIGHTS[rejection]}/ <other_sound>+ | /1.0/ ${NOISE_WORD};`,
          `<other_sound> = ${SOUNDS.map((sound) => OTHER_PREFIX + sound.toLowerCase()).join(' | ')};`,
        ].join('\n');
  return `#JSGF V1.0;\ngrammar answers;\n${rules}\n${top}\n`;
};

export const TOP_RULE = 'answers.heard';

/** True when the recognised words are the rejection's own. */
export const isOther = (text: string): boolean => text.includes(OTHER_PREFIX);

/** The words that a grammar can hear, each once, in lower case. */
export const wordsOfGrammar = (jsgf: string): string[] => {
  const words = bodyOf(jsgf)
    .replace(/^\s*(?:public\s+)?<[^>]*>\s*=/gm, ' ')
    .replace(/;\s*(?:public\s+)?<[^>]*>\s*=/g, ' ; ')
    .replace(/<[^>]*>|\{[^}]*\}|\/[^/]*\//g, ' ')
    .replace(/[|()[\]*+;="]/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
  return [...new Set(words)];
};

const bodyOf = (jsgf: string): string =>
  jsgf
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/\/\/.*$/gm, ' ')
    .replace(/^\s*#JSGF[^;]*;/, ' ')
    .replace(/^\s*grammar\s+[^;]*;/, ' ')
    .trim()
    .toLowerCase();
