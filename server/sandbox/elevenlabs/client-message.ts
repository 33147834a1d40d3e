import { z } from 'zod';
import { parseJson, type VoiceSettings, voiceSettingsSchema } from './speech-request.js';

/** What a client may say on the multi-context socket. */
export type ReadMessage =
  | { kind: 'text'; contextId: string; text: string; settings: VoiceSettings | undefined; isInitial: boolean; flush: boolean }
  | { kind: 'flush'; contextId: string }
  | { kind: 'keep-alive' }
  | { kind: 'close-context'; contextId: string }
  | { kind: 'close-socket' }
  | { kind: 'problem'; problem: string };

const messageSchema = z
  .object({
    text: z.string().optional(),
    context_id: z.string().min(1).optional(),
    flush: z.boolean().optional(),
    close_context: z.literal(true).optional(),
    close_socket: z.literal(true).optional(),
    voice_settings: voiceSettingsSchema.optional(),
    generation_config: z
      .object({ chunk_length_schedule: z.array(z.number().min(50).max(500)) })
      .strict()
      .optional(),
  })
  .strict();

/** Messages without an id speak in this context. */
const DEFAULT_CONTEXT = 'default';

/**
 * Reads a text frame. Names that the protocol does not have (camel case is one) are a problem here, though the vendor may ignore them.
 *
 * Follows: ElevenLabs, "Multi-context WebSocket", client messages.
 */
export const readClientMessage = (frame: string): ReadMessage => {
  const parsed = messageSchema.safeParse(parseJson(frame));
  if (!parsed.success) return { kind: 'problem', problem: `not a message of the protocol: ${parsed.error.issues[0]?.message ?? ''}` };
  const { text, context_id, flush, close_context, close_socket, voice_settings, generation_config } = parsed.data;
  const contextId = context_id ?? DEFAULT_CONTEXT;
  if (close_socket) return { kind: 'close-socket' };
  if (close_context) return { kind: 'close-context', contextId };
  if (text === undefined) return flush ? { kind: 'flush', contextId } : { kind: 'problem', problem: 'the message says nothing' };
  if (text === '') return flush ? { kind: 'flush', contextId } : { kind: 'keep-alive' };
  const isInitial = voice_settings !== undefined || generation_config !== undefined;
  if (isInitial && text.trim() !== '') return { kind: 'problem', problem: 'the first message of a context is a space' };
  return { kind: 'text', contextId, text, settings: voice_settings, isInitial, flush: flush ?? false };
};
