import { createHash } from 'node:crypto';
import type { Random } from '../../schemas/clock.js';
import { randomToken } from '../runtime.js';

/** The hash under which an API key is stored. The secrets are random and long, so one round of SHA-256 is enough. */
export const hashApiKey = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** Makes an API key: `secret` is shown once, the rest is stored. */
export const newApiKey = (random: Random): { secret: string; hash: string; hint: string } => keptApiKey(`sk_${randomToken(random)}`);

/** What is stored of a given secret, such as SCREENLINE_API_KEY. */
export const keptApiKey = (secret: string): { secret: string; hash: string; hint: string } => ({
  secret,
  hash: hashApiKey(secret),
  hint: secret.slice(-4),
});
