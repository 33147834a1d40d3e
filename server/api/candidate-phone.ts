import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { AppError } from '../../schemas/errors.js';
import { type E164, e164Schema } from '../../schemas/phone.js';

const isCountry = (country: string): country is CountryCode => isSupportedCountry(country);

/**
 * Makes E.164 of a phone number in any form; national forms need `country` (ISO 3166-1 alpha-2). `country` of the result is the one given, else the number's
 * own. Throws AppError `candidate_phone_invalid` for what is not a valid number of its country and for numbers with an extension, which cannot be dialed.
 * `max` metadata is needed: the small set does not know the number types of IN, ID, PH and others.
 */
export const parseCandidatePhone = (phone: string, country: string | undefined): { phone: E164; country: string | null } => {
  const parsed = parsePhoneNumberFromString(phone, country !== undefined && isCountry(country) ? country : undefined);
  const e164 = e164Schema.safeParse(parsed?.number);
  if (!parsed?.isValid() || parsed.ext !== undefined || !e164.success) throw new AppError('candidate_phone_invalid', {}, { field: 'phone' });
  return { phone: e164.data, country: country ?? parsed.country ?? null };
};
