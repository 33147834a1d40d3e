import type { CallerBot } from '../schemas/caller-bot.js';

/*
 * How the agent's speech is recognised from outside, from its words alone: for the scenario runner, which stands in the candidate's shoes, and for tests. The
 * scripted wording keeps these forms; compare texts without case and punctuation.
 *
 *   kind            form (at the end of what was heard since the candidate's last words)
 *   right-person    "am I speaking with …", "can … come to the phone"
 *   recording       "is it all right to record"
 *   good-time       "is now a good time", "do you have a few minutes"
 *   question        ends with the text (or follow-up) of a question of the bot, unaltered → `asks`
 *   confirm         "[for LABEL] I have VALUE. is that right" → `confirms`; LABEL is the variable's name with spaces
 *   read-back       "let me read that back …. is that all correct", "is it all correct now"
 *   change          "what should I change", "what would you like to change"
 *   any-questions   "is there anything else, or do you have any questions for me", "is there anything else", "anything else you would like to know"
 *   call-back-time  "when should we call you back", "what would be a good time to call you back"
 *   idle            "are you still there", "say call me later"
 *   closing         ends with "goodbye" or "bye"
 */

export type AgentSpeechKind =
  | 'right-person'
  | 'recording'
  | 'good-time'
  | 'question'
  | 'confirm'
  | 'read-back'
  | 'change'
  | 'any-questions'
  | 'call-back-time'
  | 'idle'
  | 'closing';

/** What the agent wants to know, judged by the end of what was heard. All absent for statements. */
export interface AgentSpeech {
  kind?: AgentSpeechKind;
  /** The output variable whose question was heard to its end. */
  asks?: string;
  /** The output variable whose value was said back as a question. Absent in a `confirm` whose variable the words do not tell. */
  confirms?: string;
}

/** Lower case, no punctuation, single spaces; apostrophes and digits stay. */
const normalSpeech = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[’`]/g, "'")
    .replace(/\{\{[^}]*\}\}/g, ' placeholder9 ')
    .replace(/[^\p{L}\p{N}' ]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Placeholders of the author's text stand for any words. */
const endsWith = (text: string): RegExp =>
  new RegExp(
    `(?:^| )${escaped(normalSpeech(text))
      .replaceAll('placeholder9', '.*?')
      .replace(/ \.\*\? /g, ' (?:.*? )?')}$`,
  );

const FORMS: readonly (readonly [AgentSpeechKind, RegExp])[] = [
  [
    'recording',
    /\b(?:is it all right|is it alright|is it okay|is it ok|may i|can i|can we|may we) (?:if (?:we|i) |to |)record(?: this call| the call| it)?$/,
  ],
  ['right-person', /\b(?:am i (?:speaking|talking) (?:with|to) [\p{L}' -]+|(?:can|could) [\p{L}' -]+ come to the phone)$/u],
  ['good-time', /\b(?:is (?:now|this) a good time(?: to talk)?|do you have a (?:few minutes|moment|minute))$/],
  ['read-back', /\b(?:is that all correct|is it all correct now|is everything correct)$/],
  ['change', /\bwhat (?:should i|would you like to) change$/],
  ['any-questions', /\b(?:do you have any questions(?: for me)?|is there anything else|anything else you would like to know|any questions)$/],
  ['call-back-time', /\b(?:when should we call you back|what would be a good time to call you back)$/],
  ['idle', /\b(?:are you still there|are you there|say call me later)$/],
  ['closing', /\b(?:good ?bye|bye)$/],
];

const CONFIRM = /\b(?:for (.+?) )?i have (.+?) is that right$/;

/**
 * Tells what the agent's words ask for. `heard` is everything the agent was heard to say since the candidate last spoke; only its end counts. `lastAsked` helps
 * where a confirmation does not name its variable.
 */
export const classifyAgentSpeech = (heard: string, bot: Pick<CallerBot, 'script' | 'output_variables'>, lastAsked?: string): AgentSpeech => {
  const said = normalSpeech(heard);
  if (said === '') return {};
  for (const { variable, text, follow_up } of bot.script.questions)
    if (endsWith(text).test(said) || (follow_up !== undefined && endsWith(follow_up).test(said))) return { kind: 'question', asks: variable };
  if (/ is that right$/.test(said)) {
    const clause = said.slice(Math.max(0, said.lastIndexOf(' i have ') - 80));
    const label = CONFIRM.exec(clause)?.[1];
    const named = bot.output_variables
      .filter(({ name }) => label !== undefined && (label === name.replace(/_/g, ' ') || label.endsWith(` ${name.replace(/_/g, ' ')}`)))
      .sort((a, b) => b.name.length - a.name.length)[0];
    const confirms = named?.name ?? lastAsked;
    return confirms === undefined ? { kind: 'confirm' } : { kind: 'confirm', confirms };
  }
  const kind = FORMS.find(([, form]) => form.test(said))?.[0];
  return kind === undefined ? {} : { kind };
};
