import { z } from 'zod';
import type { Call } from '../../../schemas/call.js';
import { ANSWERED_BY, CALL_STATES, ENDED_BY, FINAL_CALL_STATES } from '../../../schemas/call-state.js';
import { idSchema } from '../../../schemas/ids.js';

const turnLatencyView = z.object({
  turn_id: z.string(),
  stages: z
    .object({
      decided_ms: z.number().nullable(),
      first_token_ms: z.number().nullable(),
      first_clause_ms: z.number().nullable(),
      first_audio_ms: z.number().nullable(),
      first_sent_ms: z.number().nullable(),
      first_heard_ms: z.number().nullable(),
    })
    .meta({ description: "From the end of the candidate's speech; null where that stage was not gone through." }),
  engines: z.object({ speech_to_text: z.string().nullable(), language_model: z.string().nullable(), text_to_speech: z.string().nullable() }),
});

/** A call as the API returns it. Its token and key stay inside. */
export const callView = z.object({
  id: idSchema('call'),
  screening_id: idSchema('screening'),
  candidate_id: idSchema('candidate'),
  attempt: z.number().int(),
  provider: z.string(),
  provider_call_id: z.string().nullable(),
  to: z.string(),
  from: z.string(),
  state: z.enum(CALL_STATES),
  disposition: z.enum(FINAL_CALL_STATES).nullable(),
  answered_by: z.enum(ANSWERED_BY).nullable(),
  ended_by: z.enum(ENDED_BY).nullable(),
  end_reason: z.string().nullable(),
  vendor_reason: z.string().nullable(),
  short_drop: z.boolean(),
  duration_ms: z.number().nullable(),
  latency: z.object({
    greeting_ms: z.number().nullable(),
    reply_ms: z.array(z.number()),
    barge_in_ms: z.array(z.number()),
    turns: z.array(turnLatencyView),
  }),
  created_at: z.iso.datetime(),
  dialed_at: z.iso.datetime().nullable(),
  answered_at: z.iso.datetime().nullable(),
  ended_at: z.iso.datetime().nullable(),
});

export const toCallView = ({ companyId: _c, token: _t, key: _k, ...call }: Call): z.infer<typeof callView> => ({
  ...call,
  created_at: call.created_at.toISOString(),
  dialed_at: call.dialed_at?.toISOString() ?? null,
  answered_at: call.answered_at?.toISOString() ?? null,
  ended_at: call.ended_at?.toISOString() ?? null,
});
