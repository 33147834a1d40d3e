import type { AnsweredBy } from '../../schemas/call-state.js';

/**
 * The far end of a sandbox line: the telephone network and whoever picks up. A sandbox carrier asks it what happens to a dial, then trades audio with it
 * every 20 ms of line time. It knows nothing of Screenline's server: only what can be heard.
 */
export interface FarEnd {
  /** One dial; `nth` counts from 0 over the life of the sandbox for this callee. */
  dial(call: { to: string; from: string; nth: number }): Line;
}

export interface Line {
  ringMs: number;
  result: 'answered' | 'busy' | 'no-answer' | 'rejected' | 'invalid-number' | 'carrier-error' | 'concurrency-limit';
  /** Uneven arrival of the candidate's frames, ms; and the share of them that is lost. */
  jitterMs: number;
  loss: number;
  /** The carrier ends the call by itself this long after the answer. */
  dropAfterMs: number | null;
  /** The media socket breaks (reset, not closed) this long after it opened; the call goes on. */
  socketBreaksAtMs: number | null;
  /** What the provider's machine detection claims, and when after the answer. */
  amd: { verdict: AnsweredBy; afterMs: number } | null;
  /** Who picks up; called once, at the answer. */
  answer(): FarEndParty;
}

/** Someone or something on the line. One frame is 160 bytes of mu-law: 20 ms at 8 kHz. */
export interface FarEndParty {
  /** Takes what was played into the ear during this frame (silence is 0xff) and returns what is said during it. Called in line order, never concurrently. */
  exchange(heard: Buffer, lineMs: number): FarEndFrame;
  /** The call is over, whoever ended it. */
  ended(lineMs: number): void;
}

export interface FarEndFrame {
  /** 160 bytes of mu-law. */
  audio: Buffer;
  /** Keys pressed in this frame. */
  dtmf?: string;
  hangUp?: boolean;
}
