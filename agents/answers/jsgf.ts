import { COMMAND_WORDS, FILLER_WORDS, GRAMMAR_RULES, OPENING_WORDS } from './english/grammar-rules.js';
import { grammarWords } from './grammar-words.js';

/*
 * Grammars for closed recognisers. A grammar text is complete: header, then `public <answer>` first, then the rules it uses, each once. Words are lower case,
 * in plain letters; names and option labels may be missing in a recogniser's dictionary, which the recogniser's adapter has to deal with.
 */

const RULE_NAME = /<([a-z_]+)>/g;

/** The named rules that a text uses, directly or through others, in order of first use. */
const rulesUsed = (body: string, extra: Readonly<Record<string, string>>): Map<string, string> => {
  const used = new Map<string, string>();
  const visit = (text: string) => {
    for (const [, name = ''] of text.matchAll(RULE_NAME)) {
      if (used.has(name)) continue;
      const rule = extra[name] ?? GRAMMAR_RULES[name];
      if (rule === undefined) throw new Error(`grammar rule <${name}> is not defined`);
      used.set(name, rule);
      visit(rule);
    }
  };
  visit(body);
  return used;
};

/** Puts a rule body, which may use the named rules, into a complete grammar text. Throws when a rule is unknown. */
const completeGrammar = (body: string, extra: Readonly<Record<string, string>> = {}): string => {
  const rules = [...rulesUsed(body, extra)].map(([name, rule]) => `<${name}> = ${rule};`);
  return ['#JSGF V1.0;', 'grammar answer;', `public <answer> = ${body};`, ...rules].join('\n');
};

const commands = { command: COMMAND_WORDS.join(' | ') };
const withFillers = (rule: string) => `[${FILLER_WORDS.before}] ${rule} [${FILLER_WORDS.after}]`;

/** The grammar of a question: its answers, a correction in the same breath, and the commands that hold at any time. */
export const questionGrammar = (alternatives: string, correctable: boolean): string => {
  const correction = correctable ? ' [<correction> <said>]' : '';
  return completeGrammar(`${withFillers('<said>')}${correction} | <command>`, { ...commands, said: alternatives });
};

/** A yes or a no, or a command. */
export const yesNoGrammar = (): string => questionGrammar('<yes_answer> | <no_answer>', true);

/** The first words after the pick-up. `names` are those of the candidate ("this is Dana"). */
export const openingGrammar = (names: readonly string[] = []): string => {
  const known = [...new Set(names.map(grammarWords))].filter(Boolean);
  const named = known.length > 0 ? ` | [hello | hi | yes] (this is | it's) (${known.join(' | ')}) | (${known.join(' | ')}) speaking` : '';
  return completeGrammar(`<greeting> | <yes_answer> | <no_answer> | <command>`, { ...commands, greeting: `${OPENING_WORDS.join(' | ')}${named}` });
};

/** Any remark or question that can be foreseen: key words of the bot's knowledge ("parking", "how much does it pay"), yes, no and the commands. */
export const openGrammar = (keywords: readonly string[] = []): string => {
  const known = [...new Set(keywords.map(grammarWords))].filter(Boolean);
  const about = `[what about | how about | tell me about | is there | what is the | what are the | do you have | i have a question about] (${known.join(' | ')})`;
  const questions = `how much does it pay | what does it pay | where is it | when does it start | no questions | that's all | nothing else | that is all${known.length > 0 ? ` | ${about}` : ''}`;
  return completeGrammar(`${withFillers('<remark>')} | <yes_answer> | <no_answer> | <command>`, { ...commands, remark: questions });
};
