import { plainText } from './commands.js';

/*
 * Candidates' questions: finding them in a turn, and answering them from the bot's knowledge base by key words. A sentence of the knowledge base is said as it
 * stands or not at all: nothing is made up.
 */

const ASKS =
  /^(?:(?:sorry|um+|uh+|and|but|so|okay|ok|well|yes|yeah|no|wait|hey|oh|actually|before that|first|just|one (?:more )?(?:question|thing)|quick question|can i ask(?: you)?|could i ask|may i ask|i wanted to ask|i'd like to know|tell me|do you know|also|please|hold on) )*(?:(?:what|what's|whats|where|where's|when|when's|who|who's|why|which|whose|how|how's)\b|(?:is|are|was|do|does|did|can|could|will|would|should|may|have|has) (?:there|it|this|that|the|you|i|we|they|he|she|my|your|someone|somebody|any|parking|uniforms?|training|overtime|benefits)\b)/;

/** "what is your question" is the agent's business; "what I want is…" and "when I was…" are statements. */
const STATEMENT =
  /^(?:what|when|where|which|how|who|why) (?:i|we|my|they|ever)\b(?! (?:start|get|need|have to|supposed))|^why not$|^(?:when|whenever) (?:i|we|you)(?:'m|'re| am| are)\b|^is (?:that|it|this) (?:okay|ok|all right|alright|right|correct|fine|it|all|enough|good)$|^(?:what|how) about (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|next|the|\d)/;

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

/** "Next Monday, what time does it start?": the last clause asks, the ones before it answer. */
const LAST_CLAUSE = /^.*\S,\s+(?=[^,]*\?\s*$)/;

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
    const told = LAST_CLAUSE.exec(sentence)?.[0].length ?? 0;
    if (told > 0 && !ASKS.test(plainText(sentence)) && ASKS.test(plainText(sentence.slice(told)))) {
      const asked = sentence.slice(told);
      return isQuestion(asked) ? [sentence.slice(0, told), asked] : [sentence];
    }
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
    'get got give go just please okay ok sorry um uh well like know tell say want need job role position work company one also too very really exactly ' +
    'usually usual normally generally actually typical typically own more most people thing things back again'
  ).split(' '),
);

/** Words that ask for the same thing. */
const SYNONYMS: readonly (readonly string[])[] = [
  ['pay', 'salary', 'wage', 'rate', 'money', 'earn', 'compensation', 'paid', 'dollar', 'hourly'],
  ['hour', 'schedule', 'shift', 'rota'],
  ['location', 'located', 'address', 'site', 'place', 'office', 'based', 'far'],
  ['benefit', 'insurance', 'healthcare', 'pension', 'holiday', 'vacation', 'pto', 'perk'],
  ['parking', 'park'],
  ['bus', 'transport', 'train', 'commute', 'shuttle', 'transit'],
  ['start', 'begin', 'date', 'soon'],
  ['uniform', 'clothes', 'wear', 'dress', 'boot', 'shoe', 'gear'],
  ['training', 'learn', 'onboarding'],
  ['contract', 'permanent', 'temporary', 'temp', 'seasonal', 'fulltime', 'parttime'],
  ['remote', 'home', 'hybrid', 'onsite'],
  ['duty', 'task', 'responsibility', 'involve'],
  ['hear', 'next', 'contact', 'decision', 'result'],
  ['lunch', 'break', 'meal', 'food', 'canteen'],
];

const stem = (word: string): string => {
  const known = SYNONYMS.findIndex((group) => group.includes(word) || group.includes(word.replace(/s$/, '')));
  if (known >= 0) return `~${known}`;
  return word.length > 4 ? word.replace(/(?:ing|ed|es|s)$/, '') : word.replace(/s$/, '');
};

/** "nineteen dollars an hour", "within two hours": a unit of pay or of waiting is not about working hours. */
const UNIT_HOURS = /\b(?:an|per|each|every|half an) hour\b|\b(?:within|in|after) (?:\w+ )?\w+ hours?\b|\bhours? (?:of )?notice\b/g;

const stemsOf = (text: string): string[] =>
  text.split(' ').flatMap((word) => (word === '' || STOP_WORDS.has(word.replace(/'.*$/, '')) ? [] : [stem(word)]));

/** Content words of a text as stems, synonyms folded into one, and "where" and "when" for what they ask. */
export const contentStems = (text: string): Set<string> => {
  const words = plainText(text).split(' ');
  const stems = stemsOf(words.join(' '));
  // "How much" and "where" are stop words by themselves but say what is wanted.
  if (/\bhow much\b/.test(plainText(text)) && stems.length <= 1) stems.push(stem('pay'));
  if (words.includes('where')) stems.push(stem('address'));
  if (words.includes('when')) stems.push(stem('date'));
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

/** Questions about this person or this call: no general sentence answers them, a person does. */
const FOR_A_PERSON =
  /\b(?:am i|did i|do i|will i|have i) (?:get |got |have )?(?:be )?(?:hired|the (?:job|position|role)|pass(?:ed)?|in|selected|chosen|accepted|rejected|qualified|qualify|make it)\b|\bhow did i do\b|\bhow (?:did|do) you (?:get|have|find|know) (?:my|me|about me)\b|\bwhere did you get my\b|\bwho (?:gets to|can|will|is going to|else|all)?\s?(?:hears?|listens?|see|sees|reads?|get|gets)\b/;

const DAY_OR_CLOCK =
  "(?:noon|midnight|o'clock|[ap]m|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|weekdays?|weekends?|tomorrow|immediately|daily|weekly|monthly)";
const AMOUNT = '(?:\\d+|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)';

/** What a question word wants to know, which the sentence must tell whatever else the two share. */
const FACETS: readonly { asked: RegExp; told: RegExp }[] = [
  {
    asked: /\bwhere\b/,
    told: /\b(?:near|behind|beside|opposite|next to|in front of|across from|located|address|based|street|road|avenue|downtown|airport|station|floor|building)\b|\bat (?:the|our|\d)/,
  },
  {
    asked: /\b(?:when|what (?:time|day|date))\b/,
    told: new RegExp(
      `\\b${DAY_OR_CLOCK}\\b|\\bfrom ${AMOUNT}\\b.* to ${AMOUNT}\\b|\\b(?:at|after|before|within|every|in) ${AMOUNT}\\b|\\bevery \\w+`,
    ),
  },
  {
    asked: /\bhow long\b/,
    told: new RegExp(`\\b${AMOUNT} (?:\\w+ )?(?:minutes?|hours?|days?|weeks?|months?|years?)\\b|\\bfrom ${AMOUNT}\\b.* to ${AMOUNT}\\b`),
  },
];

/** A place that stands for the workplace, for a bare "where is it?". */
const WORKPLACE =
  /\b(?:located|based|address|(?:warehouse|office|store|shop|site|depot|restaurant|hospital|factory|plant|clinic|branch|hotel|school) is (?:at|in|on|near))\b/;
const MONEY = /\b(?:dollars?|pounds?|euros?|rupees?|cents?)\b|[$£€₹]/;

/** More than half of what was asked for must be in the sentence: one generic word of two is none. */
const ENOUGH = 0.6;

/**
 * The sentence of the knowledge base that answers the question best, verbatim; undefined when none shares enough words with it or tells what the question word
 * asks. Undefined is honest: the caller then says that a person will answer.
 */
export const findAnswer = (question: string, knowledgeBase: string): string | undefined => {
  const plain = plainText(question);
  if (FOR_A_PERSON.test(plain)) return undefined;
  const asked = new Set(stemsOf(plain.replace(/\b(?:what time|how long)\b/g, ' ').replace(UNIT_HOURS, ' ')));
  const hours = stem('hour');
  // "When does the shift start" asks for its hours.
  if (asked.has(hours)) asked.delete(stem('start'));
  if (/\bhow much\b/.test(plain) && asked.size === 0) asked.add(stem('pay'));
  const facets = FACETS.filter(({ asked: wanted }) => wanted.test(plain));
  const whereOnly = asked.size === 0 && /\bwhere\b/.test(plain);
  if (asked.size === 0 && !whereOnly) return undefined;
  let best: { sentence: string; score: number } | undefined;
  for (const part of knowledgeBase.split(/(?<=[.!?])\s+|\n+/)) {
    const sentence = part.trim();
    const told = plainText(sentence);
    if (told === '' || !facets.every((facet) => facet.told.test(told)) || (whereOnly && !WORKPLACE.test(told))) continue;
    const offered = new Set(stemsOf(told.replace(UNIT_HOURS, ' ')));
    const share = whereOnly ? 1 : [...asked].filter((word) => offered.has(word)).length / asked.size;
    // Of sentences that know as much the one with the candidate's own words is meant, and of pay the one with the sum.
    const literal = wordsIn(question).filter((word) => wordsIn(sentence).includes(word)).length;
    const score = share + literal / 100 + (asked.has(stem('pay')) && MONEY.test(sentence.toLowerCase()) ? 0.02 : 0);
    if (share >= ENOUGH && score > (best?.score ?? 0)) best = { sentence, score };
  }
  return best?.sentence;
};
