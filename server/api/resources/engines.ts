import { z } from 'zod';
import { AppError } from '../../../schemas/errors.js';
import type { ApiDeps } from '../deps.js';
import { found } from '../found.js';
import { dataOf, one, type Route, route } from '../route.js';

const engineView = z.object({
  name: z.string(),
  kind: z.enum(['speech-to-text', 'text-to-speech', 'language-model']),
  place: z.enum(['embedded', 'vendor', 'sandbox']),
  order: z.number().int(),
  state: z.enum(['unused', 'serving', 'resting', 'misconfigured']),
  last_success_at: z.iso.datetime().nullable(),
  last_failure: z.object({ at: z.iso.datetime(), failure: z.string(), vendor_code: z.string().nullable() }).nullable(),
  consecutive_failures: z.number().int(),
  latency_ms: z.object({ p50: z.number(), p95: z.number() }).nullable(),
});

const previewBody = z.strictObject({ text: z.string().trim().min(1).max(500).optional() });

/** Ears, voices and minds of this server, and how a bot's voice sounds. */
export const engineRoutes = ({ store, engines, previewVoice }: ApiDeps): Route[] => [
  route({
    method: 'get',
    path: '/v1/engines',
    tag: 'Engines',
    summary: 'List the speech and language engines of this server, in the order in which they are asked, with their health',
    replies: { 200: { description: 'All engines.', schema: dataOf(z.array(engineView)) } },
    handle: async () => one(engines.report()),
  }),
  route({
    method: 'post',
    path: '/v1/bots/{id}/preview',
    tag: 'Engines',
    summary: 'Hear a text, or the first question, in the voice of a bot: telephone quality, WAV',
    body: previewBody,
    replies: { 200: { description: 'The audio.', content: 'audio/wav' } },
    errors: ['engine_unavailable'],
    async handle({ companyId }, { id, body }) {
      const bot = found(await store.bots.find(companyId, id), 'bot');
      const text = body.text ?? bot.definition.script.questions[0]?.text ?? bot.definition.name;
      return {
        kind: 'stream',
        async send(response, closed) {
          let wav: Buffer;
          try {
            wav = await previewVoice(bot.definition, text, closed);
          } catch (cause) {
            if (closed.aborted) return;
            throw new AppError('engine_unavailable', {}, { cause });
          }
          response.writeHead(200, { 'Content-Type': 'audio/wav', 'Content-Length': String(wav.length), 'Cache-Control': 'private, no-store' });
          response.end(wav);
        },
      };
    },
  }),
];
