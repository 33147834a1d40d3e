/*
 * English words of talk itself, whatever the question: sounds of thinking, hedges, self-correction, refusal. Data only; another language is another folder.
 */

/** Sounds and words without content, dropped before an answer is compared with options. */
// biome-ignore format: one phrase a line would hide the table
export const FILLERS: readonly string[] = [
  'um', 'umm', 'uh', 'uhh', 'er', 'erm', 'ah', 'hmm', 'hm', 'mm', 'like', 'you know', 'i mean', 'well', 'so', 'let me see', 'let me think', "let's see",
  'let us see', 'i would say', "i'd say", 'basically', 'okay so', 'oh', 'kind of', 'sort of', 'please', 'thanks', 'thank you', 'just',
];

/** Words that make a value uncertain; the value is then confirmed aloud. */
// biome-ignore format: one phrase a line would hide the table
export const HEDGES: readonly string[] = [
  'about', 'around', 'roughly', 'approximately', 'approx', 'maybe', 'probably', 'perhaps', 'possibly', 'i guess', 'i think', 'i suppose', 'i believe', 'or so',
  'ish', 'give or take', 'more or less', 'something like', 'ballpark', 'almost', 'nearly', 'close to', 'just under', 'just over', 'not sure', "i'm not sure",
  'not quite', 'somewhere', 'or something', 'something', 'or thereabouts', 'and change', 'hopefully', 'if possible', 'could be', 'might be', 'circa',
];

/** Words right before a value that belong to it in a quote: "about ten", "at least eighteen". */
// biome-ignore format: one phrase a line would hide the table
export const VALUE_OPENERS: readonly string[] = ['about', 'around', 'roughly', 'approximately', 'maybe', 'probably', 'almost', 'nearly', 'over', 'under', 'least', 'most', 'at', 'than', 'more', 'less', 'between', 'minimum', 'maximum', 'up', 'to', 'from', 'just'];

/** What follows replaces what was said before. `no` is handled by its own rule. */
// biome-ignore format: one phrase a line would hide the table
export const CORRECTIONS: readonly string[] = [
  'no wait', 'wait no', 'no no wait', 'no sorry', 'sorry no', 'no actually', 'actually no', 'no i mean', 'no i meant', 'i mean', 'i meant', 'sorry i mean',
  'sorry i meant', 'sorry', "i'm sorry", 'wait', 'wait wait', 'no hold on', 'hold on', 'hang on', 'no hang on', 'actually', 'scratch that', 'no scratch that',
  'strike that', 'correction', 'make that', 'make it', 'no make that', 'no make it', 'or rather', 'let me correct that', 'let me correct myself',
  'let me rephrase', 'let me rephrase that', 'let me start over', 'let me start again', 'oops', 'my mistake', 'my bad', 'i take that back', 'forget that',
  "that's wrong", "no that's wrong", 'that is wrong', "that's not right", 'i misspoke', 'i said that wrong', 'excuse me', 'on second thought', 'on second thoughts',
];

/** After these a "no" belongs to its noun ("no experience") and corrects nothing. */
// biome-ignore format: one phrase a line would hide the table
export const NO_NOUNS: readonly string[] = [
  'experience', 'notice', 'preference', 'problem', 'problems', 'dot', 'dots', 'space', 'spaces', 'caps', 'capitals', 'capital', 'idea', 'more', 'less',
  'fewer', 'later', 'earlier', 'sooner', 'longer', 'particular', 'years', 'months', 'days', 'time', 'other', 'specific', 'one', 'thanks', 'thank', 'real',
  'previous', 'prior', 'formal', 'clue', 'matter', 'lower', 'percent', 'need', 'limit', 'restrictions', 'worries', 'underscore', 'dash', 'hyphen', 'doubt', 'issue', 'issues',
];

/** A refusal to answer this question. */
// biome-ignore format: one phrase a line would hide the table
export const DECLINES: readonly string[] = [
  "i'd rather not say", 'i would rather not say', 'rather not say', "i'd rather not answer", "i'd rather not answer that", 'i would rather not answer',
  'rather not answer', "i'd rather not tell", "i'd rather not tell you", "i'd rather not share", "i'd rather not share that", 'i would rather not share',
  "i'd rather not disclose", 'i would rather not disclose', "i'd rather not give that", "i'd rather not give it", "i'd rather not discuss", 'rather not discuss',
  "i'd prefer not to say", 'i would prefer not to say', 'i prefer not to say', 'prefer not to say', "i'd prefer not to", 'i would prefer not to',
  'i prefer not to', 'prefer not to', "i'd prefer not to answer", 'prefer not to answer', 'prefer not to share', 'prefer not to disclose', 'prefer not to discuss',
  'none of your business', "that's none of your business", "it's none of your business", 'not your business', 'no comment', "i won't answer", "i won't answer that",
  "i won't say", "i'm not going to answer", "i'm not going to answer that", 'i am not going to answer', "i'm not going to say", "i'm not telling you",
  "i'm not telling", "i'm not comfortable", "not comfortable answering", "not comfortable sharing", 'not comfortable with that', "i don't want to say", 'i do not want to say',
  "i don't want to answer", "i don't want to answer that", 'i do not want to answer', "i don't want to tell", "i don't want to tell you", "i don't want to share",
  "i don't want to give", "i don't want to disclose", "i don't want to discuss", "i don't wish to", "i'd like to skip", "let's skip", 'skip that', 'skip this', 'skip it', 'skip', 'skip the question', 'skip this question',
  'skip that question', 'skip this one', 'skip that one', 'can we skip', 'pass', 'pass on that', "i'll pass", 'i will pass', "i'll pass on that", 'i pass', "that's private",
  "that's personal", "it's private", "it's personal", "that's confidential", "it's confidential", "i can't share", "i can't disclose", 'next question', 'next question please', 'move on',
];

/** A refusal for most questions, but an ordinary "no" to a yes-no question. */
export const SOFT_DECLINES: readonly string[] = ["i'd rather not", 'i would rather not', 'rather not', "i'd rather not do that"];

/** A turn that ends like this goes on. */
// biome-ignore format: one phrase a line would hide the table
export const TRAILING: readonly string[] = [
  'and', 'but', 'or', 'um', 'umm', 'uh', 'uhh', 'er', 'erm', 'hmm', 'so', 'because', 'the', 'a', 'an', 'to', 'of', 'on', 'in', 'from', 'at', 'for', 'with',
  'like', 'well', 'wait', 'about', 'around', 'between', 'actually', 'my', 'is', "it's", 'then', 'except', 'not', 'if', 'per', 'also', 'plus', 'until', 'after', 'before',
];

/** The same for open answers: the speaker is thinking. */
// biome-ignore format: one phrase a line would hide the table
export const THINKING: readonly string[] = [
  'let me think', 'let me see', "let's see", 'you know', 'i mean', 'hold on', 'one moment', 'one second', 'give me a second', 'just a second', 'just a moment',
  'how do i say', 'what else', 'let me check',
];
