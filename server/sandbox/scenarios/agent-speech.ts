import type { HeardWord } from './ear.js';

/** What the bot's author wrote for one output variable: the question and, when given, its follow-up. */
export interface QuestionTexts {
  variable: string;
  texts: readonly string[];
}

/** Something the agent said that wants a reply. `lastWord` is the index of its last word among all words heard in the call. */
export type Prompt = { beginMs: number; endMs: number; lastWord: number } & (
  | { kind: 'question'; variable: string }
  /** The read-back of one variable. */
  | { kind: 'confirm'; variable: string }
  /** Recording, right person, good time, read-back of everything: polite people say yes. Asked for questions of their own, most have none. */
  | { kind: 'courtesy'; reply: 'yes' | 'no' }
  | { kind: 'other' }
);

/** The agent's speech as one candidate hears it, sentence by sentence, understood with the texts that the bot's author wrote and nothing else. */
export interface AgentSpeech {
  add(word: HeardWord): void;
  /** Nothing was heard for a while: what was said so far is a sentence. */
  pause(): void;
  readonly words: readonly HeardWord[];
  readonly prompts: readonly Prompt[];
  /** The question that has begun but not ended: known by its first words as soon as no other question begins so. */
  findBegunQuestion(fromWord: number): { variable: string; beginMs: number } | undefined;
  /** Line time at which the sentence around word `index` began. */
  sentenceBeganMs(index: number): number;
}

/** Words farther apart belong to different sentences, whatever the punctuation, ms. */
const SENTENCE_GAP_MS = 700;
/** First words that make a begun question certain. */
const BEGUN_WORDS = 3;
/** Share of a question's key words that a freely worded one must contain. */
const KEY_WORD_SHARE = 0.6;
/** A `{{variable}}` in a question may become up to this many words. */
const LONGEST_VARIABLE_WORDS = 5;

const ANY = '*';

export const createAgentSpeech = (questions: readonly QuestionTexts[]): AgentSpeech => {
  const patterns = questions.flatMap(({ variable, texts }) => texts.map((text) => ({ variable, tokens: toTokens(text) })));
  const words: HeardWord[] = [];
  const tokens: string[] = [];
  const prompts: Prompt[] = [];
  const sentenceStarts: number[] = [0];
  let lastVariable: string | undefined;

  const sentenceStart = () => sentenceStarts.at(-1) ?? 0;

  const matchQuestion = (lastWord: number) => {
    let best: { variable: string; first: number; length: number } | undefined;
    for (const { variable, tokens: pattern } of patterns) {
      const first = findBackwards(pattern, tokens, lastWord);
      if (first !== undefined && pattern.length > (best?.length ?? 0)) best = { variable, first, length: pattern.length };
    }
    if (!best) return;
    lastVariable = best.variable;
    prompts.push({ kind: 'question', variable: best.variable, beginMs: timeOf(best.first), endMs: words[lastWord]?.endMs ?? 0, lastWord });
  };

  /** "For start date, I have …": the variable whose name is said, with or without a unit ("experience" of `experience_years`), the longest where several are. */
  const variableNamedIn = (text: string): string | undefined => {
    const said = ` ${text.split(/\s+/).map(toToken).join(' ')} `;
    const named = questions.filter(({ variable }) => {
      const name = variable.replaceAll('_', ' ');
      return said.includes(` ${name} `) || said.includes(` ${name.replace(/ (years|months|days|percentage)$|^(years|months|days) (of )?/, '')} `);
    });
    return named.sort((a, b) => b.variable.length - a.variable.length)[0]?.variable;
  };

  const timeOf = (index: number) => words[index]?.startMs ?? 0;

  const endSentence = () => {
    const start = sentenceStart();
    const last = words.length - 1;
    if (last < start) return;
    sentenceStarts.push(words.length);
    if (prompts.some((prompt) => prompt.kind === 'question' && prompt.lastWord >= start)) return;
    const text = textOf(words.slice(start));
    const before = textOf(words.slice(sentenceStarts.at(-4) ?? 0, start));
    const at = { beginMs: timeOf(start), endMs: words[last]?.endMs ?? 0, lastWord: last };
    const prompt = understand(
      text,
      before,
      tokens.slice(start),
      patterns,
      variableNamedIn(textOf(words.slice(sentenceStarts.at(-3) ?? 0))) ?? lastVariable,
    );
    if (!prompt) return;
    if (prompt.kind === 'question') lastVariable = prompt.variable;
    prompts.push({ ...prompt, ...at });
  };

  return {
    words,
    prompts,
    add(word) {
      const previous = words.at(-1);
      if (previous && word.startMs - previous.endMs > SENTENCE_GAP_MS) endSentence();
      words.push(word);
      tokens.push(toToken(word.text));
      matchQuestion(words.length - 1);
      if (/[.?!…]["'”’)\]]*$/u.test(word.text)) endSentence();
    },
    pause: endSentence,
    findBegunQuestion(fromWord) {
      const matches = new Map<string, number>();
      for (let first = fromWord; first < words.length; first += 1) {
        const said = tokens.slice(first);
        for (const { variable, tokens: pattern } of patterns) {
          const compared = Math.min(said.length, pattern.length);
          if (compared < Math.min(BEGUN_WORDS, pattern.length)) continue;
          if (pattern.slice(0, compared).every((token, nth) => token === ANY || token === said[nth])) matches.set(variable, timeOf(first));
        }
        if (matches.size > 0) break;
      }
      const [only, ...others] = matches;
      return only && others.length === 0 ? { variable: only[0], beginMs: only[1] } : undefined;
    },
    sentenceBeganMs: (index) => timeOf(sentenceStarts.filter((start) => start <= index).at(-1) ?? 0),
  };
};

export const textOf = (words: readonly HeardWord[]): string => words.map((word) => word.text).join(' ');

const toToken = (word: string) =>
  word
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
const toTokens = (text: string): string[] =>
  text
    .replace(/\{\{[^}]*\}\}/g, ` ${ANY} `)
    .split(/\s+/)
    .map((word) => (word === ANY ? ANY : toToken(word)))
    .filter((token) => token !== '');

/** The index of the first word of `pattern` when it ends exactly at `last`; words without letters or digits are passed over. */
const findBackwards = (pattern: readonly string[], said: readonly string[], last: number): number | undefined => {
  if (pattern.length === 0) return undefined;
  const match = (nth: number, at: number): number | undefined => {
    if (nth < 0) return at + 1;
    const wanted = pattern[nth];
    if (wanted === ANY) {
      for (let taken = 0; taken <= LONGEST_VARIABLE_WORDS; taken += 1) {
        const first = match(nth - 1, at - taken);
        if (first !== undefined) return first;
      }
      return undefined;
    }
    if (at < 0) return undefined;
    if (said[at] === '') return match(nth, at - 1);
    return said[at] === wanted ? match(nth - 1, at - 1) : undefined;
  };
  return said[last] === '' ? undefined : match(pattern.length - 1, last);
};

type Understood = { kind: 'question' | 'confirm'; variable: string } | { kind: 'courtesy'; reply: 'yes' | 'no' } | { kind: 'other' };

const ANY_QUESTIONS =
  /\b(any|other|more) questions?\b|questions? (for|about) (me|us|the)|anything (else )?(that )?(you('d| would)?|i can)\b|like to (ask|know)/i;
const READ_BACK =
  /\b(is|was|are) (that|this|it|these|those|everything|all)( all| of (that|it))? (right|correct|okay|ok)\b|\bdid i (get|hear|have|understand)\b|\bhave i got\b|\b(correct|right)\?$|\bdid you say\b|\bdo you mean\b/i;
const WHOLE_READ_BACK =
  /\bread\b.*\bback\b|\beverything\b|\ball (correct|right|of that)\b|\b(is|are) (that|those|these) all\b|\byour answers\b|\brecap\b|\bsummar|\bgo (over|through)\b/i;
const RECORDING = /\brecord/i;
const RIGHT_PERSON =
  /\b(am i|are we|is it) (speaking|talking)\b|\b(speak|speaking|talk|talking) (to|with)\b|\b(is this|is that) (?!right|correct|ok|okay|a |an |the )\w+|\bdo i have\b/i;
const GOOD_TIME =
  /\b(good|bad|convenient|right) (time|moment)\b|\bhave (a|some|few|two|five)?.*\b(time|minutes?|moment)\b|\bfree to talk\b|\b(shall|can|may) (we|i) (start|begin|go on|continue)\b|\bready\b/i;

/** What a sentence that is not word for word one of the bot's questions wants. `before` is what was said just before it. */
const understand = (
  text: string,
  before: string,
  said: readonly string[],
  patterns: readonly { variable: string; tokens: readonly string[] }[],
  lastVariable: string | undefined,
): Understood | undefined => {
  if (!text.includes('?')) return undefined;
  if (ANY_QUESTIONS.test(text)) return { kind: 'courtesy', reply: 'no' };
  if (READ_BACK.test(text)) {
    const isOfOne = lastVariable !== undefined && !WHOLE_READ_BACK.test(`${before} ${text}`) && !RECORDING.test(`${before} ${text}`);
    return isOfOne ? { kind: 'confirm', variable: lastVariable } : { kind: 'courtesy', reply: 'yes' };
  }
  const variable = findByKeyWords(said, patterns);
  if (variable !== undefined) return { kind: 'question', variable };
  if (RECORDING.test(text) || RIGHT_PERSON.test(text) || GOOD_TIME.test(text)) return { kind: 'courtesy', reply: 'yes' };
  if (/^(is|would) (that|this|it) (be )?(ok|okay|all right|alright|fine)\b/i.test(text)) return { kind: 'courtesy', reply: 'yes' };
  return { kind: 'other' };
};

const STOP_WORDS = new Set(
  'a an and any are as at be been by can could did do does for from had has have how i if in is it like me much my of on or our please so tell that the there these this those to us was we were what when where which who will with would you your'.split(
    ' ',
  ),
);

/** The one question whose key words are mostly in what was said; a free wording has no other mark. */
const findByKeyWords = (said: readonly string[], patterns: readonly { variable: string; tokens: readonly string[] }[]): string | undefined => {
  let best: { variable: string; share: number } | undefined;
  let tied = false;
  for (const { variable, tokens } of patterns) {
    const keys = [...new Set(tokens.filter((token) => token !== ANY && !STOP_WORDS.has(token)))];
    const found = keys.filter((key) => said.includes(key)).length;
    const share = keys.length === 0 ? 0 : found / keys.length;
    if (found < Math.min(2, keys.length) || share < KEY_WORD_SHARE) continue;
    tied = best !== undefined && best.variable !== variable && share === best.share;
    if (share > (best?.share ?? 0)) best = { variable, share };
  }
  return tied ? undefined : best?.variable;
};
