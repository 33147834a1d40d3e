import type { AnswerType, AnswerValue } from '../../schemas/answer.js';
import type { CallerBot, OutputVariable, Question } from '../../schemas/caller-bot.js';
import type { ConsentChannel } from '../../schemas/candidate.js';
import type { SpokenContext } from '../answers/kind.js';
import { sameValue } from '../answers/same-value.js';
import type { OpeningFacts } from '../opening.js';

/**
 * Everything the interview knows before the call. Plain data; it does not change during the call.
 */
export interface InterviewContext {
  bot: CallerBot;
  candidate: {
    first_name: string;
    last_name: string;
    /** ISO 3166-1 alpha-2, for national phone forms. */
    country: string | null;
    /** IANA zone; relative dates and call-back times are understood in it. */
    time_zone: string;
  };
  company: { name: string; callback_number: string | null };
  recording: {
    /** `explicit`: recording waits for the candidate's yes. `notice`: it starts when the notice has been heard and stops on a no. */
    consent: 'explicit' | 'notice';
    when_refused: 'continue' | 'end';
  };
  /** Whether a text with a link can be sent in place of a spoken answer; what cannot be kept is not promised. */
  can_text_link: boolean;
  /** What the candidate has agreed to before this call. */
  consents: readonly ConsentChannel[];
  /** Values known before the call by variable name (e-mail and phone on file): offered for confirmation when hearing them fails. */
  on_file: Readonly<Record<string, AnswerValue>>;
  /** Resolved input variables for `{{name}}` in the bot's texts; the bot's own defaults fill gaps. */
  inputs: Readonly<Record<string, string>>;
  /** The instant of the call. */
  now: Date;
}

export const factsOf = ({ bot, candidate, company }: InterviewContext): OpeningFacts => ({
  firstName: candidate.first_name,
  lastName: candidate.last_name,
  companyName: company.name,
  callbackNumber: company.callback_number,
  bot,
});

/** `correcting` is the value that the candidate was just told and corrects. */
export const spokenContextOf = ({ bot, candidate, now }: InterviewContext, correcting?: AnswerValue): SpokenContext => ({
  language: bot.language,
  now,
  timeZone: candidate.time_zone,
  ...(candidate.country ? { country: candidate.country } : {}),
  ...(correcting === undefined ? {} : { correcting }),
});

/** The script's questions with the knock-outs first, otherwise in the author's order. */
export const orderedQuestions = (bot: Pick<CallerBot, 'script' | 'output_variables'>): Question[] => {
  const decisive = (question: Question) => bot.output_variables.some((variable) => variable.name === question.variable && variable.knockout);
  return [...bot.script.questions.filter(decisive), ...bot.script.questions.filter((question) => !decisive(question))];
};

/** Throws when the bot has no such variable: a bot is validated when it is saved. */
export const variableOf = (context: InterviewContext, name: string): OutputVariable => {
  const variable = context.bot.output_variables.find((candidate) => candidate.name === name);
  if (!variable) throw new Error(`the bot has no output variable ${name}`);
  return variable;
};

export const questionOf = (context: InterviewContext, name: string): Question => {
  const question = context.bot.script.questions.find((candidate) => candidate.variable === name);
  if (!question) throw new Error(`the bot has no question for ${name}`);
  return question;
};

/** Fills `{{name}}` from the resolved inputs, then from the bot's defaults; what is unknown is left out, never read aloud. */
export const filled = (context: InterviewContext, text: string): string =>
  text
    .replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name: string) => {
      const known: Record<string, string> = {
        'application.candidate.first_name': context.candidate.first_name,
        'application.candidate.last_name': context.candidate.last_name,
        'company.name': context.company.name,
      };
      const input = context.bot.input_variables.find((variable) => variable.name === name);
      return context.inputs[name] ?? known[input?.path ?? name] ?? input?.default ?? '';
    })
    .replace(/\s+([,.!?])/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();

/** Values that are always said back as a question under the default policy: a slip in one of them loses the candidate. */
const IDENTIFIERS: ReadonlySet<AnswerType> = new Set(['phone', 'email', 'date']);
/** At or above this an answer is taken; below it is asked back (design, conversation section 4). */
export const SURE = 0.8;

/**
 * What happens to an understood answer: `explicit` asks back and waits, `implicit` says it back and goes on, `silent` takes it. Under `never` a doubtful answer
 * stays `inferred`. A value that would end the interview is always asked back, unless the author forbade it.
 */
export const confirmationFor = (variable: OutputVariable, confidence: number, knocksOut: boolean): 'explicit' | 'implicit' | 'silent' => {
  if (variable.confirm === 'never') return 'silent';
  if (variable.confirm === 'always') return 'explicit';
  if (variable.type === 'text') return 'silent';
  if (knocksOut || IDENTIFIERS.has(variable.type)) return 'explicit';
  return confidence >= SURE ? 'implicit' : 'explicit';
};

/** Does this value differ from the one that the job requires? */
export const knocksOut = (variable: OutputVariable, value: AnswerValue | undefined): boolean =>
  variable.knockout !== undefined && value !== undefined && !sameValue(variable.knockout.equals, value);
