import { createHash } from 'node:crypto';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { CONSENT_CHANNELS } from '../../../schemas/candidate.js';
import { formElementsOf } from '../../api/bot-form.js';
import type { Scenario } from './schema.js';
import type { BotView, FormView, ServerClient } from './server-client.js';

/** What a scenario needs in the server before anyone is called, as it was made through the API. */
export interface Staged {
  bot: BotView;
  form: FormView;
  applicationId: string;
}

/** The candidate as the API is given them: what the file says, and for the rest a person in California who agreed to everything. */
export const completeCandidate = (candidate: Scenario['candidate'], file: string) => {
  const phone = candidate.phone ?? phoneFor(file);
  return {
    ...candidate,
    first_name: candidate.first_name ?? 'Dana',
    last_name: candidate.last_name ?? 'Reyes',
    time_zone: candidate.time_zone ?? 'America/Los_Angeles',
    consents: candidate.consents ?? CONSENT_CHANNELS,
    phone,
    country: candidate.country ?? parsePhoneNumberFromString(phone)?.country ?? 'US',
  };
};

/** A number that no other file has, in an exchange of San Francisco that is not given out. */
const phoneFor = (file: string): string => {
  const number = createHash('sha256').update(file).digest().readUInt32BE(0) % 10_000;
  return `+1415555${String(number).padStart(4, '0')}`;
};

/** Makes everything that a scenario names through the API, as a recruiter's system would. */
export const stage = async (client: ServerClient, scenario: Scenario, file: string): Promise<Staged> => {
  const candidate = completeCandidate(scenario.candidate, file);
  // The candidate's country is enabled unless the scenario names countries of its own.
  const countries = scenario.company.countries ?? [...new Set(['US', candidate.country])];
  const company = { ...scenario.company, countries };
  if (Object.keys(company).length > 0) await client.updateCompany(company);
  const bot = typeof scenario.bot === 'string' ? await client.findBot(scenario.bot) : await client.saveBot(scenario.bot);
  if (!bot) throw new Error(`This server has no caller bot with the slug ${String(scenario.bot)}.`);
  const form = await formFor(client, bot, typeof scenario.bot === 'string');
  const candidateId = await client.createCandidate(candidate);
  const applicationId = await client.createApplication({ candidate_id: candidateId, form_id: form.id, bot_id: bot.id, ...scenario.application });
  return { bot, form, applicationId };
};

/** The form that a seeded bot came with; for an inline bot one with exactly the elements that it writes to. */
const formFor = async (client: ServerClient, bot: BotView, isSeeded: boolean): Promise<FormView> => {
  const slugs = bot.output_variables.flatMap(({ element_slug: slug }) => (slug === undefined ? [] : [slug]));
  const known = isSeeded
    ? (await client.listForms()).find((form) => slugs.every((slug) => form.elements.some((element) => element.slug === slug)))
    : undefined;
  return known ?? client.createForm({ name: bot.name, elements: formElementsOf(bot) });
};
