import { z } from 'zod';

/** The prefix of every kind of id, so that an id seen in a log or a URL says what it names. */
export const ID_PREFIXES = {
  company: 'co',
  user: 'usr',
  apiKey: 'key',
  bot: 'bot',
  form: 'frm',
  candidate: 'can',
  application: 'app',
  screening: 'scr',
  call: 'cal',
  recording: 'rec',
  message: 'msg',
  automation: 'aut',
  run: 'run',
  verification: 'ver',
  phoneNumber: 'pn',
  providerAccount: 'pa',
  answer: 'ans',
  consent: 'con',
  suppression: 'sup',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

/** Makes ids such as `can_01hx…`; the implementation is in server/runtime.ts. */
export interface Ids {
  create(kind: IdKind): string;
}

/** Schema of an id of one kind: prefix, underscore, 16 to 32 lower-case letters and digits. */
export const idSchema = (kind: IdKind) =>
  z.string().regex(new RegExp(`^${ID_PREFIXES[kind]}_[a-z0-9]{16,32}$`), `must look like ${ID_PREFIXES[kind]}_…`);
