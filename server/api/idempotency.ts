import { createHash } from 'node:crypto';
import type { Clock } from '../../schemas/clock.js';
import { AppError } from '../../schemas/errors.js';
import { ID_PREFIXES } from '../../schemas/ids.js';
import type { IdempotencyKeyRepository } from '../store/repositories/idempotency-keys.js';
import { errorBody, toAppError } from './error-response.js';
import type { Reply } from './route.js';

/** How long a request waits for the first one with its key, ms between looks; 4 s in all, then the client is told to come back. */
const LOOK_AGAIN_MS = [20, 40, 80, 160, 300, 600, 1000, 1800];

/** Fields in any order make the same text, so that a client that serialises its body anew still sends the same request. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
};

/** What makes two requests the same: method, path and body. */
export const requestHash = (method: string, path: string, body: unknown): string =>
  createHash('sha256')
    .update(`${method} ${path}\n${canonical(body)}`)
    .digest('hex');

const parseKey = (header: string): string => {
  if (!/^[\x21-\x7e]{1,255}$/.test(header))
    throw new AppError('validation_failed', { reason: 'Idempotency-Key takes 1 to 255 visible ASCII characters.' }, { field: 'Idempotency-Key' });
  return header;
};

/** The reply as it is kept: without the secret that is shown once. */
const keptBody = (body: unknown, secretField: string | undefined): string => {
  if (secretField === undefined) return JSON.stringify(body);
  return JSON.stringify(body, (name, value: unknown) => (name === secretField ? null : value));
};

const CANDIDATE_ID = new RegExp(`\\b${ID_PREFIXES.candidate}_[a-z0-9]{16,32}\\b`, 'g');
/** The candidates that a kept reply tells of: whatever says something about a person names them by their id. Erasure finds the reply by it. */
const subjectsOf = (body: string): string[] => [...new Set(body.match(CANDIDATE_ID) ?? [])];

/**
 * Runs a request once per Idempotency-Key. Of concurrent ones the first runs and the others wait for its answer; later ones get the same answer. Refusals
 * (4xx) are answers too; a failure of ours (5xx) or a refusal that a wait cures frees the key. Throws AppError `idempotency_key_reused` for another body
 * under the same key, `conflict` with `retry_after_s` when the first takes longer than four seconds, `conflict` when what it made was erased since.
 */
export const runOnce = async (
  keys: IdempotencyKeyRepository,
  clock: Clock,
  request: { companyId: string; header: string; hash: string; secretField: string | undefined },
  run: () => Promise<Reply>,
): Promise<Reply> => {
  const key = parseKey(request.header);
  const { companyId, hash } = request;
  const keep = (status: number, body: string) => keys.complete(companyId, key, { status, body }, subjectsOf(body));
  const answer = async (): Promise<Reply> => {
    try {
      const reply = await run();
      if (reply.kind === 'json') await keep(reply.status, keptBody(reply.body, request.secretField));
      return reply;
    } catch (error) {
      const told = toAppError(error, '');
      if (told.status >= 500 || told.status === 429 || 'retry_after_s' in told.details) {
        // When the store is away the key stays behind and is taken for lost after a minute; the first error is the one to tell.
        await keys.release(companyId, key).catch(() => undefined);
      } else await keep(told.status, JSON.stringify(errorBody(told)));
      throw error;
    }
  };
  for (const waitMs of [0, ...LOOK_AGAIN_MS]) {
    if (waitMs > 0) await clock.sleep(waitMs);
    const verdict = await keys.begin(companyId, key, hash, new Date(clock.now()));
    switch (verdict.kind) {
      case 'run':
        return answer();
      case 'replay':
        return { kind: 'json', status: verdict.status, body: JSON.parse(verdict.body), headers: { 'Idempotency-Replayed': 'true' } };
      case 'reused':
        throw new AppError('idempotency_key_reused');
      case 'erased':
        throw new AppError('conflict', {
          reason: 'What the request with this Idempotency-Key told of has been erased. Use a new Idempotency-Key for a new request.',
        });
      case 'running':
        continue;
      default:
        return verdict satisfies never;
    }
  }
  throw new AppError('conflict', { reason: 'The first request with this Idempotency-Key is still running. Send it again soon.', retry_after_s: 1 });
};
