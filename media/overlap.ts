/*
 * What words spoken over the agent mean. "Mm-hm" is a nod and the agent goes on; "stop" and anything with content takes the floor. Lists per language; an
 * unknown language uses English and so errs on the side of listening.
 */

interface OverlapWords {
  backchannels: ReadonlySet<string>;
  commands: ReadonlySet<string>;
}

const ENGLISH: OverlapWords = {
  backchannels: new Set(
    'mm,mhm,mmhm,mm-hm,mm-hmm,mhmm,hmm,hm,uh-huh,uhuh,uh,huh,um,ah,oh,ok,okay,right,yeah,yep,yes,sure,alright,great,good,fine,i see,got it,all right'.split(
      ',',
    ),
  ),
  commands: new Set(['stop', 'wait', 'hold', 'no', 'sorry', 'pardon', 'excuse', 'hang']),
};

/** Words without punctuation or case; hyphens and apostrophes inside a word stay. */
export const plainWords = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''))
    .filter((word) => word !== '');

/**
 * `nod`: a backchannel of at most three words, so far; `command`: the candidate wants the floor at once; `words`: anything else; `nothing`: no words.
 * While the agent is asking, "yes" is an answer and no nod.
 */
export const classifyOverlap = (text: string, agentAsking: boolean): 'nothing' | 'nod' | 'command' | 'words' => {
  const words = plainWords(text);
  if (words.length === 0) return 'nothing';
  if (words.some((word) => ENGLISH.commands.has(word))) return 'command';
  const nodding = words.length <= 3 && (ENGLISH.backchannels.has(words.join(' ')) || words.every((word) => ENGLISH.backchannels.has(word)));
  if (!nodding) return 'words';
  return agentAsking && words.some((word) => ANSWERS.has(word)) ? 'words' : 'nod';
};

const ANSWERS: ReadonlySet<string> = new Set(['yes', 'yeah', 'yep', 'sure']);
