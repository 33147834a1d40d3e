import { z } from 'zod';
import { toFatalError } from './deepgram-failure.js';
import type { Heard, HeardWord, MessageReader } from './deepgram-heard.js';

/*
 * Flux (v2/listen): messages in, what was heard out. Follows: Deepgram docs, "Understanding the Flux state machine".
 *
 * A turn's transcript is cumulative: each message replaces the one before it, nothing is ever appended. EndOfTurn settles it. While a turn is open a
 * stretch of speech inside it counts as decided when the vendor has listened to 300 ms more and its text did not change from one update to the next.
 */

const turnInfoSchema = z.object({
  event: z.string(),
  turn_index: z.number(),
  audio_window_start: z.number(),
  audio_window_end: z.number(),
  transcript: z.string(),
  words: z
    .array(z.object({ word: z.string(), confidence: z.number().default(1), start: z.number().optional(), end: z.number().optional() }))
    .default([]),
});
type TurnInfo = z.infer<typeof turnInfoSchema>;

const errorSchema = z.object({ code: z.string(), description: z.string().default('') });
const typedSchema = z.looseObject({ type: z.string() });

/** The vendor listens to this much after speech before its text counts as stable. */
const STABLE_AFTER_MS = 300;

export const createFluxReader = (): MessageReader => {
  /** Turns below this are over: what still comes of them is a repetition. */
  let turn = 0;
  let text = '';
  let words: HeardWord[] = [];
  let windowEndMs = 0;

  const onTurnInfo = (info: TurnInfo): Heard[] => {
    if (info.turn_index < turn) return [];
    if (info.turn_index > turn) {
      turn = info.turn_index;
      text = '';
      words = [];
    }
    const untilMs = info.audio_window_end * 1000;
    const isStable = info.transcript.trim() === text;
    text = info.transcript.trim();
    words = text === '' ? [] : timedWords(info, words, Math.min(untilMs, Math.max(windowEndMs, info.audio_window_start * 1000)));
    windowEndMs = untilMs;
    const isOver = info.event === 'EndOfTurn';
    const decided = isOver ? { decidedMs: untilMs } : isStable ? { decidedMs: untilMs - STABLE_AFTER_MS } : {};
    const heard: Heard[] = [{ kind: 'words', text, words, untilMs, settled: isOver, flushed: false, ...decided }];
    if (text !== '' && isOver) heard.push({ kind: 'end-of-turn', certainty: 'firm' });
    if (text !== '' && info.event === 'EagerEndOfTurn') heard.push({ kind: 'end-of-turn', certainty: 'eager' });
    if (isOver) {
      turn += 1;
      text = '';
      words = [];
    }
    return heard;
  };

  return {
    read(message) {
      const typed = typedSchema.safeParse(message);
      switch (typed.data?.type) {
        case 'TurnInfo': {
          const info = turnInfoSchema.safeParse(message);
          return info.success ? onTurnInfo(info.data) : [{ kind: 'unreadable' }];
        }
        case 'ConfigureSuccess':
        case 'ConfigureFailure':
          return [{ kind: 'configured', accepted: typed.data.type === 'ConfigureSuccess' }];
        case 'Error': {
          const error = errorSchema.safeParse(message);
          return [{ kind: 'failed', error: toFatalError(error.data?.code ?? 'UNKNOWN', error.data?.description ?? '') }];
        }
        case undefined:
          return [{ kind: 'unreadable' }];
        default:
          return [];
      }
    },
    get turnOpen() {
      return text !== '';
    },
  };
};

/**
 * The words of a turn with times. The vendor gave none before July 2026 and still may leave them out: a word without them keeps the times it had in the last
 * message, and new ones share the time since then, so that they stay where they were first seen.
 */
const timedWords = (info: TurnInfo, before: readonly HeardWord[], sinceMs: number): HeardWord[] => {
  const untilMs = info.audio_window_end * 1000;
  const known = info.words.findIndex((word, nth) => word.start === undefined && before[nth] === undefined);
  const fresh = known < 0 ? 0 : info.words.length - known;
  return info.words.map((word, nth) => {
    const { word: text, confidence } = word;
    if (word.start !== undefined && word.end !== undefined) return { text, confidence, startMs: word.start * 1000, endMs: word.end * 1000 };
    const old = before[nth];
    if (old) return { ...old, text, confidence };
    const eachMs = (untilMs - sinceMs) / Math.max(1, fresh);
    return { text, confidence, startMs: sinceMs + (nth - known) * eachMs, endMs: sinceMs + (nth - known + 1) * eachMs };
  });
};
