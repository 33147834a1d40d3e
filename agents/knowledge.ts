import { plainText } from './commands.js';

/*
 * Candidates' questions: finding them in a turn, and answering them from the bot's knowledge base by key words. A sentence of the knowledge base is said as it
 * stands or not at all: nothing is made up.
 */

const ASKS =
  /^(?:(?:sorry|um+|uh+|and|but|so|okay|ok|well|yes|yeah|no|wait|hey|oh|actually|before that|first|just|one (?:more )?(?:question|thing)|quick question|can i ask(?: you)?|could i ask|may i ask|i wanted to ask|i'd like to know|tell me|do you know|also|please|hold on) )*(?:(?:what|what's|whats|where|where's|when|when's|who|who's|why|which|whose|how|how's)\b|(?:is|are|was|do|does|did|can|could|will|would|should|may|have|has) (?:there|it|this|that|the|you|i|we|they|he|she|my|your|someone|somebody|any|parking|uniforms?|training|overtime|benefits)\b)/;

/** "what is your question" is the agent's business; "what I want is…" and "when I was…" are statements. */
const STATEMENT =
  /^(?:what|when|where|which|how|who|why) (?:i|we|my|they|ever)\b(?! (?:start|get|need|have to|supposed))|^(?:when|whenever) (?:i|we|you)(?:'m|'re| am| are)\b|^is (?:that|it|this) (?:okay|ok|all right|alright|right|correct|fine|it|all|enough|good)$|^(?:what|how) about (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|next|the|\d)/;

/** Does this sentence ask something? The question mark counts when the recogniser writes one, the words do anyway. */
export const isQuestion = (sentence: string): boolean => {
  const plain = plainText(sentence);
  if (plain === '') return false;
  if (ASKS.test(plain) && !STATEMENT.test(plain)) return true;
  return /\?\s*$/.test(sentence) && plain.split(' ').length >= 4;
};

/** Where a question begins inside an unpunctuated turn: "yes but how much does it pay". */
const INNER =
  /\b(?:but|and|so|also)[, ]+(?=(?:how (?:much|many|long|far|often|soon|do|does|is)|what (?:is|are|does|do|about|time|kind)|what's|where (?:is|are|do)|when (?:do|does|will|is|can)|is there|are there|do you|does it|does the|will (?:i|it|there)|can i|who (?:is|are|will))\b)/i;

/** "Yes, how much does it pay?": the answer before the question. "No wait, how much…" answers nothing. */
const ANSWER_FIRST =
  /^\s*(?:yes|yeah|yep|yup|sure|no|nope|nah)\b[,. ]*(?=(?:(?:but|and|so|also)\b[, ]*)?(?:what|where|when|who|why|which|how|is|are|do|does|can|could|will|would|may)\b)/i;

/**
 * Splits a turn into what it states and what it asks. Both are verbatim parts of the turn; `statement` is the contiguous rest once questions at its start and
 * end have been taken off.
 */
export const splitQuestions = (said: string): { statement: string; questions: string[] } => {
  const sentences = said.match(/[^.?!]+[.?!]*\s*/g) ?? [];
  const pieces = sentences.flatMap((sentence) => {
    const lead = ANSWER_FIRST.exec(sentence)?.[0].length ?? 0;
    if (lead > 0 && isQuestion(sentence.slice(lead))) return [sentence.slice(0, lead), sentence.slice(lead)];
    if (isQuestion(sentence)) return [sentence];
    const inner = INNER.exec(sentence);
    return inner && inner.index > 0 ? [sentence.slice(0, inner.index), sentence.slice(inner.index)] : [sentence];
  });
  const asks = pieces.map((piece, index) => isQuestion(piece) || (index > 0 && INNER.test(piece)));
  const first = asks.indexOf(false);
  const last = asks.lastIndexOf(false);
  return {
    statement:
      first < 0
        ? ''
        : pieces
            .slice(first, last + 1)
            .join('')
            .trim(),
    questions: pieces.filter((_, index) => asks[index]).map((piece) => piece.trim().replace(/^(?:but|and|so|also)[, ]+/i, '')),
  };
};

const STOP_WORDS = new Set(
  (
    'a an the and or but if so of to in on at for from by with about as into is are was were be been am do does did have has had can could will would shall should may might must ' +
    'i you he she it we they me my your our their his her its this that these those there here what which who whom whose when where why how much many any some no not yes ' +
    'get got give go just please okay ok sorry um uh well like know tell say want need job role position work company one also too very really exactly'
  ).split(' '),
);

/** Words that ask for the same thing. */
const SYNONYMS: readonly (readonly string[])[] = [
  ['pay', 'salary', 'wage', 'rate', 'money', 'earn', 'compensation', 'paid', 'dollar', 'paycheck', 'payday'],
  ['hour', 'hourly', 'schedule', 'shift', 'rota', 'time', 'overtime', 'long'],
  ['where', 'location', 'located', 'address', 'site', 'place', 'office', 'based', 'far'],
  ['benefit', 'insurance', 'healthcare', 'pension', 'holiday', 'vacation', 'leave', 'pto', 'perk'],
  ['parking', 'park', 'car', 'drive'],
  ['bus', 'transport', 'train', 'commute', 'shuttle', 'transit'],
  ['start', 'begin', 'date', 'when', 'soon'],
  ['uniform', 'clothes', 'wear', 'dress', 'boots', 'shoes', 'gear'],
  ['training', 'train', 'learn', 'onboarding'],
  ['contract', 'permanent', 'temporary', 'temp', 'seasonal', 'fulltime', 'parttime'],
  ['remote', 'home', 'hybrid', 'onsite'],
  ['duty', 'task', 'responsibility', 'involve', 'day'],
  ['hear', 'next', 'contact', 'decision', 'result'],
  ['lunch', 'break', 'meal', 'food', 'canteen'],
];

const stem = (word: string): string => {
  const known = SYNONYMS.findIndex((group) => group.includes(word) || group.includes(word.replace(/s$/, '')));
  if (known >= 0) return `~${known}`;
  return word.length > 4 ? word.replace(/(?:ing|ed|es|s)$/, '') : word.replace(/s$/, '');
};

/** Content words of a text as stems, synonyms folded into one. */
export const contentStems = (text: string): Set<string> => {
  const words = plainText(text).split(' ');
  const stems = words.filter((word) => word !== '' && !STOP_WORDS.has(word.replace(/'.*$/, ''))).map(stem);
  // "How much" and "where" are stop words by themselves but say what is wanted.
  if (/\bhow much\b/.test(plainText(text)) && stems.length <= 1) stems.push(stem('pay'));
  if (words.includes('where')) stems.push(stem('where'));
  if (words.includes('when')) stems.push(stem('when'));
  return new Set(stems);
};

const wordsIn = (text: string): string[] =>
  plainText(text)
    .split(' ')
    .filter((word) => !STOP_WORDS.has(word))
    .map((word) => word.replace(/s$/, ''));

/** Words of the knowledge base that a question may turn on, the first `count` in order: hints for recognisers. */
export const topicWords = (knowledgeBase: string, count: number): string[] =>
  [...new Set(wordsIn(knowledgeBase).filter((word) => word.length > 3 && /^\p{L}+$/u.test(word)))].slice(0, count);

/** Half of what was asked for must be in the sentence. */
const ENOUGH = 0.5;

/** The sentence of the knowledge base that answers the question best, verbatim; undefined when none shares enough words with it. */
export const findAnswer = (question: string, knowledgeBase: string): string | undefined => {
  const asked = contentStems(question);
  if (asked.size === 0) return undefined;
  const sentences = knowledgeBase
    .split(/(?<=[.!?])\s+|\n+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
  let best: { sentence: string; score: number } | undefined;
  for (const sentence of sentences) {
    const offered = contentStems(sentence);
    const shared = [...asked].filter((word) => offered.has(word)).length;
    // Of sentences that know as much the one with the candidate's own words is meant.
    const literal = wordsIn(question).filter((word) => wordsIn(sentence).includes(word)).length;
    const score = shared / asked.size + literal / 100;
    if (shared / asked.size >= ENOUGH && score > (best?.score ?? 0)) best = { sentence, score };
  }
  return best?.sentence;
};
