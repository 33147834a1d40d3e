import type { Candidate } from '../../schemas/candidate.js';
import { findAreaCodeZone } from './area-code-zones.js';

type ZoneOfCandidate = Pick<Candidate, 'time_zone' | 'time_zone_source'>;

/** `timeZones` became `getTimeZones()` in newer engines; Node 20 has the former. */
type LocaleWithZones = Intl.Locale & { timeZones?: string[]; getTimeZones?(): string[] | undefined };

/** All IANA zones of a country (ISO 3166-1 alpha-2), empty for what is no country. A person whose zone is unknown may be called only when all of these allow it. */
export const zonesOfCountry = (country: string): string[] => {
  const locale: LocaleWithZones = new Intl.Locale(`und-${country}`);
  return locale.getTimeZones?.() ?? locale.timeZones ?? [];
};

/**
 * Where a candidate's clock is: as declared, else by the area code of a North American number, else by a country of one zone, else unknown (null). Never a
 * guess among several zones: the gate fails closed on null.
 */
export const resolveTimeZone = (declared: string | null | undefined, phone: string, country: string | null): ZoneOfCandidate => {
  if (declared) return { time_zone: declared, time_zone_source: 'declared' };
  const byAreaCode = findAreaCodeZone(phone);
  if (byAreaCode !== undefined) return { time_zone: byAreaCode, time_zone_source: 'area_code' };
  const [only, another] = country === null ? [] : zonesOfCountry(country);
  if (only !== undefined && another === undefined) return { time_zone: only, time_zone_source: 'country' };
  return { time_zone: null, time_zone_source: null };
};
