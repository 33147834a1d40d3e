import type { CallerBot } from '../../schemas/caller-bot.js';
import { AppError } from '../../schemas/errors.js';
import type { CheckQuestion } from './ports.js';

/** Every text of a bot that a candidate hears, by its path in the bot. */
const spokenTexts = ({ script, voicemail }: CallerBot): [path: string, text: string][] => [
  ['script.introduction', script.introduction],
  ...script.questions.flatMap(({ text, follow_up }, index): [string, string][] => [
    [`script.questions.${index}.text`, text],
    ...(follow_up === undefined ? [] : [[`script.questions.${index}.follow_up`, follow_up] satisfies [string, string]]),
  ]),
  ['script.closing', script.closing],
  ...(voicemail.text === undefined ? [] : [['voicemail.text', voicemail.text] satisfies [string, string]]),
];

/** What is asked or looked for, by its path: the questions, and what the author wants to find out. */
const askedTexts = (bot: CallerBot): [path: string, text: string][] => [
  ...spokenTexts(bot),
  ...bot.output_variables.map(({ capture_prompt }, index): [string, string] => [`output_variables.${index}.capture_prompt`, capture_prompt]),
];

/**
 * The checks on a bot that need more than its shape: every `{{placeholder}}` of the script is an input variable, and nothing may be asked that must never be
 * asked. Throws AppError `bot_invalid` or `question_not_allowed` with the path of the text.
 */
export const checkBot = (bot: CallerBot, checkQuestion: CheckQuestion): void => {
  const known = new Set(bot.input_variables.map(({ name }) => name));
  for (const [field, text] of spokenTexts(bot))
    for (const [, name = ''] of text.matchAll(/\{\{\s*([^}]*?)\s*\}\}/g))
      if (!known.has(name)) throw new AppError('bot_invalid', { reason: `${field}: {{${name}}} is not one of the input variables.` }, { field });
  for (const [field, text] of askedTexts(bot)) {
    const refused = checkQuestion(text);
    if (refused) throw new AppError('question_not_allowed', refused, { field });
  }
};
