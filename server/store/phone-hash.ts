import { createHmac } from 'node:crypto';

/** HMAC-SHA-256 of an E.164 number under the installation's key, hex. Numbers are few enough to be tried one by one, so a plain hash would hide nothing. */
export type PhoneHash = string & { readonly __brand: 'PhoneHash' };

/** The hash under which a number is known after its person's record is gone. `key` is at least 16 secret bytes that never change. */
export const hashPhone = (key: Uint8Array, phone: string): PhoneHash => createHmac('sha256', key).update(phone).digest('hex') as PhoneHash;
