import { z } from 'zod';
import type { ReplyEngines } from '../../../schemas/call-event.js';
import type { EngineFault } from './engine-faults.js';
import type { Failure } from './report.js';
import type { LiveEvent } from './server-client.js';

/*
 * With `--engines vendors` every reply is to be served by the vendors' adapters: one that something else served was a silent fall-back, and fails the file
 * unless the file injects a fault of that engine.
 */

const replyTiming = z.object({
  kind: z.literal('reply-timing'),
  engines: z.object({ speech_to_text: z.string().nullable(), language_model: z.string().nullable(), text_to_speech: z.string().nullable() }),
});

/** Who served each reply of a call, from its timeline. */
export const repliesServed = (event: LiveEvent): ReplyEngines[] => {
  const reply = replyTiming.safeParse(event.event);
  return reply.success ? [reply.data.engines] : [];
};

const ROLES = [
  { fault: 'stt', role: 'speech_to_text', name: /^deepgram/i },
  { fault: 'llm', role: 'language_model', name: /^openai/i },
  { fault: 'tts', role: 'text_to_speech', name: /^elevenlabs/i },
] as const;

export const checkServed = (served: readonly ReplyEngines[], faults: readonly EngineFault[]): Failure[] =>
  ROLES.filter(({ fault }) => !faults.some(({ engine }) => engine === fault)).flatMap(({ role, name }) => {
    const others = served.flatMap((reply) => {
      const engine = reply[role];
      return engine !== null && !name.test(engine) ? [engine] : [];
    });
    return others.length > 0 ? [{ expect: `${role} by the vendor's adapter`, got: others }] : [];
  });
