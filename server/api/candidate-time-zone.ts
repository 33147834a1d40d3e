import type { Candidate } from '../../schemas/candidate.js';
import { zonesOfCountry } from '../dialer/time-zones.js';
import { findAreaCodeZone } from './area-code-zones.js';

type ZoneOfCandidate = Pick<Candidate, 'time_zone' | 'time_zone_source'>;

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
