import type { CallTimelineEntry, ReplyEngines, ReplyStages } from '../schemas/call-event.js';

/*
 * The stages of one reply at a time, from the candidate's last word to the agent's first sample, and who served them. A turn that is followed by another one
 * before anything was heard has no reply and leaves nothing.
 *
 * A reply is told when it has been heard and the interviewer is done with its turn: who found the words may be known later than their first sound.
 */

export interface ReplyTiming {
  /** A turn was committed. */
  turn(turn: { id: string; endedMs: number; decidedMs: number; engine: string | undefined }): void;
  /** The interviewer came this far with the reply. */
  reached(stage: 'first-token' | 'first-clause', atMs: number): void;
  worded(engine: string): void;
  /** The interviewer is done with the turn. */
  settled(turnId: string): void;
  /** Audio came from the voice. */
  audio(atMs: number, engine: string | undefined): void;
  /** Something was sent to the carrier. */
  sent(atMs: number): void;
  /** The agent's first sample was played. */
  heard(atMs: number): void;
  /** Tells what has been heard, whoever is still at work; the rest is void. */
  reset(): void;
}

type Open = {
  turnId: string;
  stages: Omit<ReplyStages, 'first_heard_ms'>;
  engines: ReplyEngines;
  heardMs: number | undefined;
  isSettled: boolean;
};

export const createReplyTiming = (tell: (entry: CallTimelineEntry) => void): ReplyTiming => {
  let open: Open | undefined;
  const close = () => {
    const last = open;
    open = undefined;
    if (last?.heardMs === undefined) return;
    const { turnId, stages, engines, heardMs } = last;
    tell({ kind: 'reply-timing', turn_id: turnId, stages: { ...stages, first_heard_ms: heardMs }, engines });
  };
  return {
    turn({ id, endedMs, decidedMs, engine }) {
      close();
      open = {
        turnId: id,
        stages: { speech_ended_ms: Math.round(endedMs), decided_ms: Math.round(decidedMs) },
        engines: { speech_to_text: engine ?? null, language_model: null, text_to_speech: null },
        heardMs: undefined,
        isSettled: false,
      };
    },
    reached(stage, atMs) {
      if (!open) return;
      if (stage === 'first-token') open.stages.first_token_ms ??= Math.round(atMs);
      else open.stages.first_clause_ms ??= Math.round(atMs);
    },
    worded(engine) {
      if (open) open.engines.language_model ??= engine;
    },
    settled(turnId) {
      if (open?.turnId !== turnId) return;
      open.isSettled = true;
      if (open.heardMs !== undefined) close();
    },
    audio(atMs, engine) {
      if (!open) return;
      open.stages.first_audio_ms ??= Math.round(atMs);
      open.engines.text_to_speech ??= engine ?? null;
    },
    sent(atMs) {
      if (open?.stages.first_audio_ms !== undefined) open.stages.first_sent_ms ??= Math.round(atMs);
    },
    heard(atMs) {
      if (!open) return;
      open.heardMs ??= Math.round(atMs);
      if (open.isSettled) close();
    },
    reset: close,
  };
};
