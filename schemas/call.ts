import type { ReplyEngines, ReplyStages } from './call-event.js';
import type { AnsweredBy, CallState, Disposition, EndedBy } from './call-state.js';

/** Where the time of one reply went, in ms from the end of the candidate's speech; negative: before it, null: that stage was not gone through. */
export interface TurnLatency {
  /** The candidate's turn, as in the transcript. */
  turn_id: string;
  stages: Record<Exclude<keyof ReplyStages, 'speech_ended_ms'>, number | null>;
  engines: ReplyEngines;
}

/** How long the candidate waited, measured at our end of the carrier socket, ms of line time. */
export interface CallLatency {
  /** End of the candidate's first words (or 1.5 s after the answer) to the first agent audio. */
  greeting_ms: number | null;
  /** End of a candidate turn's last word to the first agent audio of the reply, one per turn. */
  reply_ms: number[];
  /** First voiced frame over agent speech to `clear` on the carrier socket, one per interruption. */
  barge_in_ms: number[];
  /** The replies one by one, at most 200 of a call. */
  turns: TurnLatency[];
}

/**
 * One dial of one candidate. `token` is the unguessable part of every URL the provider is given; it never leaves through the API. `key` (screening and
 * attempt) is unique in the store, which is what makes a dial happen at most once.
 */
export interface Call {
  id: string;
  companyId: string;
  screening_id: string;
  candidate_id: string;
  attempt: number;
  key: string;
  token: string;
  provider: string;
  provider_call_id: string | null;
  to: string;
  from: string;
  state: CallState;
  /** Set once, when the state is final. */
  disposition: Disposition | null;
  answered_by: AnsweredBy | null;
  ended_by: EndedBy | null;
  /** Our word for why it ended, such as `finished`, `silence`, `candidate-hung-up`. */
  end_reason: string | null;
  /** The vendor's own word or code. */
  vendor_reason: string | null;
  short_drop: boolean;
  created_at: Date;
  dialed_at: Date | null;
  answered_at: Date | null;
  ended_at: Date | null;
  /** Of the conversation, from the first frame of the stream to its end. */
  duration_ms: number | null;
  latency: CallLatency;
}
