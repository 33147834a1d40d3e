import type { Clock } from '../../schemas/clock.js';
import type { TelephonyProvider } from '../../schemas/ports/telephony.js';
import { twilioVoice } from './twilio/voice.js';

/** What every provider's adapter needs besides its credentials. */
export interface ProviderSetting {
  /** Scheme and host under which the provider reaches us. */
  publicUrl: string;
  /** In place of the vendor's address: a local sandbox. */
  baseUrl?: string | undefined;
  /** The clock of request time-outs; real time when absent. */
  clock?: Clock | undefined;
}

/** A provider as configuration sees it: which variables hold its account, and how its adapter is made from them. */
export interface ProviderEntry {
  /** Names of the environment variables that hold the credentials; all of them or none. */
  readonly credentials: readonly string[];
  /** The variable that points the adapter elsewhere. */
  readonly baseUrlVariable: string;
  /** The variable with the number that calls come from, E.164. */
  readonly fromVariable: string;
  /** Makes the adapter. `credential` gives the value of one of `credentials`. No connection is opened and no SDK is loaded yet. */
  openVoice(credential: (name: string) => string, setting: ProviderSetting): TelephonyProvider;
}

/** Every voice provider by name; the one place that knows them all. */
export const PROVIDERS = {
  twilio: {
    credentials: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'],
    baseUrlVariable: 'TWILIO_BASE_URL',
    fromVariable: 'TWILIO_FROM',
    openVoice: (credential, setting) =>
      twilioVoice({ ...setting, accountSid: credential('TWILIO_ACCOUNT_SID'), authToken: credential('TWILIO_AUTH_TOKEN') }),
  },
} as const satisfies Record<string, ProviderEntry>;
