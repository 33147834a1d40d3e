import { createHash } from 'node:crypto';
import type { Model } from 'mongoose';
import type { IdempotencyKeyDocument } from '../models/idempotency-key.js';
import { isDuplicateKey } from '../store-errors.js';

/** How a request with an Idempotency-Key has to go on. */
export type IdempotencyVerdict =
  | { kind: 'run' }
  | { kind: 'replay'; status: number; body: string }
  /** The first request with this key is still at work. */
  | { kind: 'running' }
  /** The key was used with another request. */
  | { kind: 'reused' }
  /** The first request's answer told of a candidate who has been erased. */
  | { kind: 'erased' };

/** After this long without an answer the first request is taken for lost (its server died), and the next one runs. */
const LOST_AFTER_MS = 60_000;

const documentId = (companyId: string, key: string) => `${companyId}:${createHash('sha256').update(key).digest('hex')}`;

export type IdempotencyKeyRepository = ReturnType<typeof idempotencyKeyRepository>;

export const idempotencyKeyRepository = (model: Model<IdempotencyKeyDocument>) => ({
  /** Registers the use of a key. Exactly one of any number of concurrent requests gets `run`, and must then `complete` or `release`. */
  async begin(companyId: string, key: string, requestHash: string, now: Date): Promise<IdempotencyVerdict> {
    const _id = documentId(companyId, key);
    const fresh = { request_hash: requestHash, started_at: now, response: null, subjects: [], erased: false };
    try {
      await model.create({ _id, companyId, ...fresh });
      return { kind: 'run' };
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    const first = await model.findOne({ _id, companyId }).lean<IdempotencyKeyDocument | null>();
    // Released or swept between the two steps: the caller asks again.
    if (!first) return { kind: 'running' };
    if (first.erased) return { kind: 'erased' };
    if (first.request_hash !== requestHash) return { kind: 'reused' };
    if (first.response) return { kind: 'replay', ...first.response };
    if (first.started_at.getTime() > now.getTime() - LOST_AFTER_MS) return { kind: 'running' };
    const { modifiedCount } = await model.updateOne({ _id, companyId, response: null, started_at: first.started_at }, { $set: fresh });
    return { kind: modifiedCount === 1 ? 'run' : 'running' };
  },

  /** Keeps the answer for every later request with this key; `subjects` are the ids of the candidates that it tells of. */
  async complete(companyId: string, key: string, response: { status: number; body: string }, subjects: readonly string[]): Promise<void> {
    await model.updateOne({ _id: documentId(companyId, key), companyId }, { $set: { response, subjects: [...subjects] } });
  },

  /** Erases every answer that tells of a candidate. The keys stay used: a late repeat must not make the person anew. */
  async forget(companyId: string, candidateId: string): Promise<void> {
    await model.updateMany({ companyId, subjects: candidateId }, { $set: { response: null, request_hash: '', subjects: [], erased: true } });
  },

  /** Forgets the key: the request came to nothing and may be sent again. */
  async release(companyId: string, key: string): Promise<void> {
    await model.deleteOne({ _id: documentId(companyId, key), companyId, response: null, erased: { $ne: true } });
  },
});
