import type { AnswerStatus, AnswerValue } from '../../schemas/answer.js';
import type { AnswerSpec, Interpretation } from './kind.js';

/** What POST /v1/interpret answers. `value` is null when there is none. */
export interface InterpretResponse {
  status: Extract<AnswerStatus, 'confirmed' | 'inferred' | 'missing' | 'declined'>;
  value: AnswerValue | null;
  confidence: number;
  quote: string;
  normalized_from: string | null;
}

/** Below this an understanding is asked about in a call, so without a call it can only be inferred. */
const CONFIRMED_FROM = 0.8;

/** An understanding as the API states it: never `confirmed` below 0.8, free text always `inferred`. */
export const toInterpretResponse = (interpretation: Interpretation, spec: Pick<AnswerSpec, 'type'>): InterpretResponse => {
  const { confidence, quote, normalizedFrom, value } = interpretation;
  const base = { confidence, quote, normalized_from: normalizedFrom ?? null };
  if (interpretation.status === 'declined') return { status: 'declined', value: null, ...base };
  if (interpretation.status === 'unclear' || value === undefined) return { status: 'missing', value: null, ...base };
  const status = spec.type !== 'text' && confidence >= CONFIRMED_FROM ? 'confirmed' : 'inferred';
  return { status, value, ...base };
};
