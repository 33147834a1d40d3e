import { z } from 'zod';
import type { Alignment } from './character-times.js';
import type { VendorSettings } from './elevenlabs-options.js';

/*
 * Messages of the multi-context socket. The vendor's own sources disagree on the case of the names it sends, so each is taken in every form that was seen.
 *
 * Follows: ElevenLabs, "Multi-context WebSocket" (asyncapi.yml).
 */

/** What we send. Context ids are in snake case on this way. */
export type ClientMessage =
  | { text: ' '; context_id: string; voice_settings: VendorSettings }
  | { text: string; context_id: string; flush: true }
  | { context_id: string; close_context: true }
  /** Keeps an idle socket open. */
  | { text: '' }
  | { close_socket: true };

export type ServerMessage =
  | { kind: 'audio'; contextId: string; audio: Buffer; alternatives: Alignment[] }
  /** The context is closed and all of it has been sent. */
  | { kind: 'final'; contextId: string }
  | { kind: 'error'; error: string | undefined }
  /** Nothing that concerns us: `flush_done` and what may come. */
  | { kind: 'other' };

const names = z.array(z.string());
const times = z.array(z.number());
const alignmentSchema = z.object({
  chars: names.optional(),
  characters: names.optional(),
  charStartTimesMs: times.optional(),
  charsStartTimesMs: times.optional(),
  char_start_times_ms: times.optional(),
  charDurationsMs: times.optional(),
  charsDurationsMs: times.optional(),
  char_durations_ms: times.optional(),
});
const messageSchema = z.object({
  audio: z.string().nullish(),
  contextId: z.string().nullish(),
  context_id: z.string().nullish(),
  isFinal: z.boolean().nullish(),
  is_final: z.boolean().nullish(),
  // Timing in a form that we do not know is no timing; its audio is good all the same.
  alignment: alignmentSchema.nullish().catch(null),
  normalizedAlignment: alignmentSchema.nullish().catch(null),
  normalized_alignment: alignmentSchema.nullish().catch(null),
  error: z.unknown().optional(),
});

const toAlignment = (given: z.infer<typeof alignmentSchema> | null | undefined): Alignment[] => {
  const characters = given?.chars ?? given?.characters;
  const starts = given?.charStartTimesMs ?? given?.charsStartTimesMs ?? given?.char_start_times_ms;
  const durations = given?.charDurationsMs ?? given?.charsDurationsMs ?? given?.char_durations_ms;
  if (!characters || !starts || !durations || durations.length !== starts.length) return [];
  return [{ characters, startsMs: starts, endsMs: starts.map((start, nth) => start + (durations[nth] ?? 0)) }];
};

/** One or two messages of a text frame: the last audio and the end of a context may come in one. Undefined when it is not one of the vendor's. */
export const readServerMessage = (text: string): ServerMessage[] | undefined => {
  const parsed = messageSchema.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const message = parsed.data;
  if (message.error !== undefined && message.error !== null)
    return [{ kind: 'error', error: typeof message.error === 'string' ? message.error : undefined }];
  const contextId = message.contextId ?? message.context_id;
  if (!contextId) return [{ kind: 'other' }];
  const messages: ServerMessage[] = [];
  if (message.audio) {
    const alternatives = [message.alignment, message.normalizedAlignment, message.normalized_alignment].flatMap(toAlignment);
    messages.push({ kind: 'audio', contextId, audio: Buffer.from(message.audio, 'base64'), alternatives });
  }
  if (message.isFinal || message.is_final) messages.push({ kind: 'final', contextId });
  return messages.length > 0 ? messages : [{ kind: 'other' }];
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
