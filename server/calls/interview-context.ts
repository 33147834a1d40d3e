import type { InterviewContext } from '../../agents/interview/plan.js';
import type { AnswerValue } from '../../schemas/answer.js';
import type { Application } from '../../schemas/application.js';
import type { CallerBot } from '../../schemas/caller-bot.js';
import type { Candidate } from '../../schemas/candidate.js';
import type { Company } from '../../schemas/company.js';
import { possibleTimeZones } from '../dialer/time-zones.js';

/** What the interview is told of the records before the call. Pure. */
export const interviewContext = (records: {
  bot: CallerBot;
  candidate: Candidate;
  company: Company;
  application: Application;
  now: Date;
}): InterviewContext => {
  const { bot, candidate, company } = records;
  const [timeZone = company.settings.time_zone] = possibleTimeZones(candidate);
  return {
    bot,
    candidate: { first_name: candidate.first_name, last_name: candidate.last_name, country: candidate.country, time_zone: timeZone },
    company: { name: company.name, callback_number: company.settings.callback_number },
    recording: { consent: 'explicit', when_refused: 'continue' },
    // Messaging is not built yet.
    can_text_link: false,
    consents: candidate.consents,
    on_file: onFile(bot, candidate),
    inputs: inputs(records),
    now: records.now,
  };
};

/** The candidate's own contact data, by the variables that ask for it. */
const onFile = (bot: CallerBot, candidate: Candidate): Record<string, AnswerValue> =>
  Object.fromEntries(
    bot.output_variables.flatMap(({ name, type }): [string, AnswerValue][] => {
      if (type === 'email' && candidate.email) return [[name, candidate.email]];
      return type === 'phone' ? [[name, candidate.phone]] : [];
    }),
  );

/** The bot's input variables, resolved by their paths from an allow-list of roots; what has no value takes the variable's default or stays out. */
const inputs = ({ bot, candidate, company, application }: Parameters<typeof interviewContext>[0]): Record<string, string> => {
  const { first_name, last_name, email, phone } = candidate;
  const elements = Object.fromEntries(application.elements.map(({ element_slug, value }) => [element_slug, { value }]));
  const graph = {
    application: { candidate: { first_name, last_name, email, phone }, status: application.status },
    company: { name: company.name },
    form_submission: { elements },
  };
  return Object.fromEntries(
    bot.input_variables.flatMap((variable): [string, string][] => {
      const value = variable.path.split('.').reduce<unknown>(ownProperty, graph);
      const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
      const known = text || variable.default;
      return known === undefined ? [] : [[variable.name, known]];
    }),
  );
};

const ownProperty = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
