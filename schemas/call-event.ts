import type { Answer } from './answer.js';
import type { AnsweredBy, CallState, EndedBy, ScreeningOutcome } from './call-state.js';
import type { ConsentChannel } from './candidate.js';
import type { Turn } from './transcript.js';

/**
 * One line in a call's timeline: stored, streamed to the dashboard (SSE) and printed by the demo. `seq` counts from 1 within a call; `at` is the wall
 * clock in ms; `line_ms` the line clock once there is a stream.
 */
export interface CallTimelineEvent {
  seq: number;
  at: number;
  line_ms?: number;
  event: CallTimelineEntry;
}

export type CallTimelineEntry =
  | { kind: 'call-state'; state: CallState; provider_call_id?: string; reason?: string }
  | { kind: 'stream-started' }
  | { kind: 'stream-broke' }
  | { kind: 'turn'; turn: Turn }
  | { kind: 'transcript-interim'; speaker: 'candidate'; text: string }
  | { kind: 'answer'; answer: Answer }
  | { kind: 'consent'; channel: ConsentChannel; granted: boolean; quote: string }
  | { kind: 'recording-started' }
  | { kind: 'recording-refused' }
  | { kind: 'answered-by'; who: AnsweredBy }
  | { kind: 'outcome'; outcome: ScreeningOutcome }
  | {
      kind: 'barge-in';
      decision: 'interrupt' | 'resume' /** ms from the candidate's first voiced frame to `clear` on the carrier socket */;
      reaction_ms: number;
    }
  | { kind: 'latency'; stage: 'greeting' | 'reply'; ms: number }
  | { kind: 'reply-timing'; turn_id: string; stages: ReplyStages; engines: ReplyEngines }
  | { kind: 'engine-failed'; engine: string; reason: string }
  | { kind: 'ended'; by: EndedBy; reason: string };

/** Where the time between a candidate's turn and the agent's reply went, in line ms. Absent: that stage was not gone through (a reply without a model). */
export interface ReplyStages {
  speech_ended_ms: number;
  /** The turn was taken to be over. */
  decided_ms: number;
  /** First part of the model's reply, and the first clause that could be spoken. Before `decided_ms` where it was begun ahead of the end of the turn. */
  first_token_ms?: number;
  first_clause_ms?: number;
  /** First audio from the voice, first frame on its way to the carrier, first sample played. */
  first_audio_ms?: number;
  first_sent_ms?: number;
  first_heard_ms: number;
}

/** Who served a turn and its reply: engines by name; `scripted` where templates found the words. Null: nobody was needed. */
export interface ReplyEngines {
  speech_to_text: string | null;
  language_model: string | null;
  text_to_speech: string | null;
}
