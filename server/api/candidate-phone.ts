import { type CountryCode, getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { AppError } from '../../schemas/errors.js';
import { type E164, e164Schema } from '../../schemas/phone.js';

const isCountry = (country: string | undefined): country is CountryCode => country !== undefined && isSupportedCountry(country);

/**
 * Makes E.164 of a phone number in any form; national forms need `country` (ISO 3166-1 alpha-2). The country of the result is where a call goes to: the one
 * given when the number has its calling code (so GB stays GB for a number that counts as Guernsey's), else the number's own. Throws AppError
 * `candidate_phone_invalid` for what is not a valid number and for numbers with an extension, which cannot be dialed.
 * The `max` metadata is needed: the small set does not know the number types of IN, ID, PH and others.
 */
export const parseCandidatePhone = (phone: string, country: string | undefined): { phone: E164; country: string | null } => {
  const given = isCountry(country) ? country : undefined;
  const parsed = parsePhoneNumberFromString(phone, given);
  const e164 = e164Schema.safeParse(parsed?.number);
  if (!parsed?.isValid() || parsed.ext !== undefined || !e164.success) throw new AppError('candidate_phone_invalid', {}, { field: 'phone' });
  const own = given && getCountryCallingCode(given) === parsed.countryCallingCode ? given : parsed.country;
  return { phone: e164.data, country: own ?? null };
};
