import type { EngineError } from '../../schemas/engine-error.js';

/** One word of the vendor, in ms of the audio that was sent on the same connection. */
export interface HeardWord {
  text: string;
  startMs: number;
  endMs: number;
  /** 0 to 1. */
  confidence: number;
}

/** What one message of the vendor tells. All times are ms of audio sent on the same connection, so they start at 0 with each. */
export type Heard =
  | {
      kind: 'words';
      text: string;
      words: HeardWord[];
      /** The vendor has listened to everything before this. */
      untilMs: number;
      /** These words will not change; otherwise the next message replaces them. */
      settled: boolean;
      /** Speech that ended before this is decided: nothing more will come of it. */
      decidedMs?: number;
      /** The answer to our request to decide about everything sent so far. */
      flushed: boolean;
    }
  | { kind: 'end-of-turn'; certainty: 'eager' | 'firm' }
  /** The vendor's answer to new key terms. */
  | { kind: 'configured'; accepted: boolean }
  /** Everything was sent; the connection may be closed. */
  | { kind: 'finished' }
  | { kind: 'failed'; error: EngineError }
  | { kind: 'unreadable' };

/** Reads the messages of one connection in order. Made anew for each connection; holds nothing but what later messages refer to. */
export interface MessageReader {
  /** Takes what the SDK delivers: parsed JSON, or a string or Blob when it was none. Never throws. */
  read(message: unknown): Heard[];
  /** The vendor is inside a turn of the speaker and will only end it when more audio comes. */
  readonly turnOpen: boolean;
}

/** Words for a text that came without any: its parts at even distances, so that they have times at all. */
export const spreadWords = (text: string, fromMs: number, untilMs: number, confidence: number): HeardWord[] => {
  const parts = text.split(/\s+/u).filter((part) => part !== '');
  const eachMs = (untilMs - fromMs) / Math.max(1, parts.length);
  return parts.map((part, nth) => ({ text: part, startMs: fromMs + nth * eachMs, endMs: fromMs + (nth + 1) * eachMs, confidence }));
};
