import type { TurnLatency } from '../../schemas/call.js';
import type { CallTimelineEntry } from '../../schemas/call-event.js';

/** The stages of a reply, which the timeline tells in line ms, as what the candidate waited: counted from the end of their speech. */
export const turnLatency = ({ turn_id, stages, engines }: Extract<CallTimelineEntry, { kind: 'reply-timing' }>): TurnLatency => {
  const after = (lineMs: number | undefined): number | null => (lineMs === undefined ? null : lineMs - stages.speech_ended_ms);
  return {
    turn_id,
    stages: {
      decided_ms: after(stages.decided_ms),
      first_token_ms: after(stages.first_token_ms),
      first_clause_ms: after(stages.first_clause_ms),
      first_audio_ms: after(stages.first_audio_ms),
      first_sent_ms: after(stages.first_sent_ms),
      first_heard_ms: after(stages.first_heard_ms),
    },
    engines,
  };
};
