import type { Application } from '../../schemas/application.js';
import type { CallerBot } from '../../schemas/caller-bot.js';
import type { Candidate } from '../../schemas/candidate.js';
import type { Company } from '../../schemas/company.js';
import type { Screening } from '../../schemas/screening.js';
import type { Store } from '../store/connect.js';

/** Whom and what an interview is about. */
export interface InterviewRecords {
  bot: CallerBot;
  candidate: Candidate;
  company: Company;
  application: Application;
}

/** Reads them, the bot as it was when the screening was asked for; undefined when one of them is gone. */
export const readInterviewRecords = async (store: Store, screening: Screening): Promise<InterviewRecords | undefined> => {
  const { companyId } = screening;
  const [version, candidate, company, application] = await Promise.all([
    store.bots.findVersion(companyId, screening.bot_id, screening.bot_version),
    store.candidates.find(companyId, screening.candidate_id),
    store.companies.find(companyId),
    store.applications.find(companyId, screening.application_id),
  ]);
  return version && candidate && company && application ? { bot: version.definition, candidate, company, application } : undefined;
};
