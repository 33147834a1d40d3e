import parsePhoneNumber from 'libphonenumber-js/max';
import type { CallerBot, Schedule } from '../../schemas/caller-bot.js';
import type { Candidate } from '../../schemas/candidate.js';
import type { CompanySettings } from '../../schemas/company.js';
import type { HeldBecause } from '../../schemas/screening.js';
import { localTime, minuteOf } from './local-time.js';

/*
 * May we call this person now? One pure function: everything it needs is handed in, every "no" has a machine-readable reason and, where waiting helps, the
 * next instant at which to ask again. It fails closed: what is not known counts as "no". First reason wins, in the order of the rules below.
 */

export interface GateInput {
  candidate: Candidate;
  bot: CallerBot;
  company: CompanySettings;
  /** The candidate's number is on the suppression list for voice. */
  suppressed: boolean;
  /** The latest word on `ai_processing` under this candidate or number is a refusal. Nothing recorded is none. */
  refusedAi: boolean;
  /** Zones the candidate may be in; all of them must be inside the hours. Empty: unknown. */
  timeZones: readonly string[];
  /** An engine that the call would need waits for a person: a refused key, an empty account. */
  engineMisconfigured: boolean;
  /** ms since the epoch. */
  now: number;
}

export type GateVerdict = { allowed: true } | { allowed: false; because: HeldBecause; nextAllowedAt: number | null };

/** US rule for calls to people, 47 CFR 64.1200(c)(1): 8:00 to 21:00 at the called party's location. Applied everywhere until a country has its own. */
const LEGAL_HOURS: Schedule = { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '08:00', to: '21:00' };
/** Kinds of number that cost the candidate or reach nobody. */
const NOT_CALLABLE = new Set(['PREMIUM_RATE', 'SHARED_COST', 'TOLL_FREE', 'UAN', 'PAGER', 'VOICEMAIL']);
/** Whether a person has mended an engine is looked at again after this long. */
const MENDED_MS = 5 * 60_000;
const STEP_MS = 15 * 60_000;
const HORIZON_MS = 8 * 24 * 3_600_000;

export const mayCall = (input: GateInput): GateVerdict => {
  const number = parsePhoneNumber(input.candidate.phone);
  if (!number?.isPossible()) return no('number_invalid');
  const type = number.getType();
  if (type && NOT_CALLABLE.has(type)) return no('number_not_callable');
  // The number decides, not what the record says. Some ranges belong to a calling code without belonging to one country (+44 also serves Jersey, Guernsey and
  // Man): one enabled country is enough, since asking for all of them would refuse ordinary numbers to whoever has enabled only the main one.
  const countries = number.country ? [number.country] : number.getPossibleCountries();
  if (!countries.some((country) => input.company.countries.includes(country))) return no('country_disabled');
  if (input.suppressed) return no('suppressed');
  // An artificial voice needs prior express consent (FCC 24-17).
  if (!input.candidate.consents.includes('voice') || input.refusedAi) return no('no_consent');
  if (input.timeZones.length === 0) return no('quiet_hours');
  const lawful = (at: number) => input.timeZones.every((zone) => within(LEGAL_HOURS, at, zone));
  const wanted = (at: number) => lawful(at) && input.timeZones.every((zone) => within(input.bot.schedule, at, zone));
  if (!lawful(input.now)) return no('quiet_hours', nextInstant(input.now, wanted));
  if (!wanted(input.now)) return no('schedule', nextInstant(input.now, wanted));
  if (input.engineMisconfigured) {
    const soon = input.now + MENDED_MS;
    return no('engine_misconfigured', wanted(soon) ? soon : nextInstant(soon, wanted));
  }
  return { allowed: true };
};

const no = (because: HeldBecause, nextAllowedAt: number | null = null): GateVerdict => ({ allowed: false, because, nextAllowedAt });

const within = (schedule: Schedule, at: number, timeZone: string): boolean => {
  const local = localTime(at, timeZone);
  return schedule.days.includes(local.day) && local.minute >= minuteOf(schedule.from) && local.minute < minuteOf(schedule.to);
};

/** The first quarter of an hour from which calling is allowed; null when there is none within eight days. Zones differ by quarters of an hour at the least. */
const nextInstant = (now: number, allowed: (at: number) => boolean): number | null => {
  for (let at = Math.ceil(now / STEP_MS) * STEP_MS; at <= now + HORIZON_MS; at += STEP_MS) if (allowed(at)) return at;
  return null;
};
