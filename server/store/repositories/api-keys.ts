import type { Model } from 'mongoose';
import type { ApiKeyDocument } from '../models/api-key.js';
import { mapPage, type Page, type PageRequest, readPage } from '../page.js';
import { isDuplicateKey } from '../store-errors.js';

/** An API key as other code sees it: never the secret, never its hash. */
export interface ApiKey {
  id: string;
  companyId: string;
  name: string;
  /** The last four characters of the secret. */
  hint: string;
  created_at: Date;
  revoked_at: Date | null;
}

const toApiKey = ({ _id, companyId, name, hint, created_at, revoked_at }: ApiKeyDocument): ApiKey => ({
  id: _id,
  companyId,
  name,
  hint,
  created_at,
  revoked_at,
});

export type ApiKeyRepository = ReturnType<typeof apiKeyRepository>;

export const apiKeyRepository = (model: Model<ApiKeyDocument>) => ({
  /** Stores a key by the hash of its secret. The same secret again (SCREENLINE_API_KEY at each start) leaves the stored one as it is. */
  async create(companyId: string, input: { id: string; name: string; hash: string; hint: string }, now: Date): Promise<ApiKey> {
    const { id, ...rest } = input;
    const document = { _id: id, companyId, ...rest, created_at: now, revoked_at: null };
    try {
      await model.create(document);
      return toApiKey(document);
    } catch (error) {
      const existing = isDuplicateKey(error) ? await model.findOne({ companyId, hash: input.hash }).lean<ApiKeyDocument | null>() : null;
      if (!existing) throw error;
      return toApiKey(existing);
    }
  },

  async list(companyId: string, page: PageRequest): Promise<Page<ApiKey>> {
    return mapPage(await readPage(model, { companyId }, page), toApiKey);
  },

  /** Revoking twice keeps the first instant. Returns undefined when there is no such key. */
  async revoke(companyId: string, id: string, now: Date): Promise<ApiKey | undefined> {
    await model.updateOne({ _id: id, companyId, revoked_at: null }, { $set: { revoked_at: now } });
    const found = await model.findOne({ _id: id, companyId }).lean<ApiKeyDocument | null>();
    return found ? toApiKey(found) : undefined;
  },

  /** Without tenant, since the secret is what names the tenant: the key whose secret has this SHA-256, unless revoked. */
  async findByHash(hash: string): Promise<ApiKey | undefined> {
    const found = await model.findOne({ hash, revoked_at: null }).lean<ApiKeyDocument | null>();
    return found ? toApiKey(found) : undefined;
  },
});
