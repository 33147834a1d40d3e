import type { Candidate } from '../../schemas/candidate.js';

/** Newer engines offer the list as a method, older ones as a property. */
type LocaleWithZones = Intl.Locale & { timeZones?: string[]; getTimeZones?: () => string[] };

/** All IANA zones of a country (ISO 3166-1 alpha-2); empty for what is no country. */
export const zonesOfCountry = (country: string): string[] => {
  const locale: LocaleWithZones = new Intl.Locale(`und-${country}`);
  return locale.timeZones ?? locale.getTimeZones?.() ?? [];
};

/** Zones in which a candidate may be: the declared one, or all of their country; empty when nothing is known. */
export const possibleTimeZones = (candidate: Pick<Candidate, 'time_zone' | 'country'>): string[] => {
  if (candidate.time_zone) return [candidate.time_zone];
  return candidate.country ? zonesOfCountry(candidate.country) : [];
};
