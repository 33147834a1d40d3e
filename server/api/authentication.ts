import { AppError } from '../../schemas/errors.js';
import type { ApiKeyRepository } from '../store/repositories/api-keys.js';
import { hashApiKey } from './api-key-secret.js';
import type { Caller } from './route.js';

/** Finds whose key a request carries. Throws AppError `unauthorized` when it carries none, an unknown or a revoked one. */
export const authenticate = async (apiKeys: ApiKeyRepository, authorization: string | undefined): Promise<Caller> => {
  const secret = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1];
  // The look-up is by hash, so its time says nothing about how much of a guessed secret was right.
  const key = secret === undefined ? undefined : await apiKeys.findByHash(hashApiKey(secret));
  if (!key) throw new AppError('unauthorized');
  return { companyId: key.companyId, keyId: key.id };
};
