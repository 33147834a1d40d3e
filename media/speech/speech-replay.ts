import type { Recognition } from '../../schemas/ports/speech.js';

/*
 * What an ear has been told and has not answered yet, kept so that another can be told it again: the audio and the calls, in their order.
 *
 *   line ──────┤ answered ├────────┤ stretch, no final yet ├───────┤ open stretch ……
 *                             ▲ lead                                                ▲ pushed so far
 *                             └──────────────── played again ───────────────────────┘
 */

/** Always kept, ms. */
const KEPT_MS = 5000;
/** Speech that has no final is kept longer than that: an ear that went deaf is found out seconds after the speech has ended. */
const UNANSWERED_KEPT_MS = 20_000;
/** Before the start of a stretch: its first sounds are softer than voice (speech-buffer.ts), and engines need a moment to find their level. */
const LEAD_MS = 500;
/** A start may be told that lies this far back, so the newest audio belongs to the speech that may be beginning. */
const HISTORY_MS = 1000;

/** Speech of which no final has come. */
export interface Stretch {
  readonly startMs: number;
  /** Line time of the end, and the instant of the clock when the final was asked for; absent while the voice lasts. */
  readonly ended: { readonly lineMs: number; readonly askedMs: number } | undefined;
}

type Call = { make: (ear: Recognition) => void /** How many pushes came before it. */; after: number };

export interface SpeechReplay {
  /** Oldest first. */
  readonly unanswered: readonly Stretch[];
  push(audio: Buffer, lineMs: number): void;
  started(lineMs: number): void;
  ended(lineMs: number, askedMs: number): void;
  /** The oldest stretch, which has ended, has its final. */
  answered(): void;
  /** Nobody waits any more for the finals of stretches that have ended. */
  forgetEnded(): void;
  /** Line time from which another ear should hear, as far as it is kept. */
  fromMs(): number;
  /** Tells an ear everything from `fromMs` on, and every unanswered call. */
  play(ear: Recognition, fromMs: number): void;
}

export const createSpeechReplay = (bytesPerMs: number): SpeechReplay => {
  const chunks: { audio: Buffer; lineMs: number; endMs: number }[] = [];
  let dropped = 0;
  let pushedUntilMs = 0;
  let stretches: (Stretch & { calls: readonly Call[] })[] = [];

  const callNow = (make: Call['make']): Call => ({ make, after: dropped + chunks.length });
  const speechFromMs = () => (stretches[0]?.startMs ?? Number.POSITIVE_INFINITY) - LEAD_MS;

  return {
    get unanswered() {
      return stretches;
    },
    push(audio, lineMs) {
      pushedUntilMs = lineMs + audio.length / bytesPerMs;
      chunks.push({ audio, lineMs, endMs: pushedUntilMs });
      const keptFromMs = Math.min(pushedUntilMs - KEPT_MS, Math.max(speechFromMs(), pushedUntilMs - UNANSWERED_KEPT_MS));
      while (chunks[0] && chunks[0].endMs <= keptFromMs) {
        chunks.shift();
        dropped += 1;
      }
    },
    started(lineMs) {
      const last = stretches[stretches.length - 1];
      if (last && !last.ended) return;
      stretches = [...stretches, { startMs: lineMs, ended: undefined, calls: [callNow((ear) => ear.speechStarted(lineMs))] }];
    },
    ended(lineMs, askedMs) {
      const last = stretches[stretches.length - 1];
      // An end without a start is owed a final all the same.
      const open = last && !last.ended ? last : { startMs: lineMs, calls: [] };
      const whole = { ...open, ended: { lineMs, askedMs }, calls: [...open.calls, callNow((ear) => ear.speechEnded(lineMs))] };
      stretches = [...stretches.filter((stretch) => stretch.ended), whole];
    },
    answered() {
      stretches = stretches.slice(1);
    },
    forgetEnded() {
      stretches = stretches.filter((stretch) => !stretch.ended);
    },
    fromMs: () => Math.max(chunks[0]?.lineMs ?? pushedUntilMs, Math.min(pushedUntilMs - HISTORY_MS, speechFromMs())),
    play(ear, fromMs) {
      const calls = stretches.flatMap((stretch) => stretch.calls);
      const makeUntil = (pushes: number) => {
        while (calls[0] && calls[0].after <= pushes) calls.shift()?.make(ear);
      };
      chunks.forEach(({ audio, lineMs, endMs }, nth) => {
        makeUntil(dropped + nth);
        if (endMs > fromMs) ear.push(audio, lineMs);
      });
      makeUntil(dropped + chunks.length);
    },
  };
};
