import type { Random } from '../../../schemas/clock.js';
import type { SandboxHearing } from './hearing.js';
import type { DeepgramProfile, Range } from './profile.js';

/** The vendor's side of one open connection. Time moves with its audio; what it has to say goes out through `send` after a delay. */
export interface ListenSession {
  audio(bytes: Buffer): void;
  text(message: string): void;
  /** Nothing came from the client in the time allowed. */
  idle(): void;
}

export interface SessionOptions {
  profile: DeepgramProfile;
  random: Random;
  hearing: SandboxHearing;
  requestId: string;
  /** `onSent` runs as the message goes out. */
  send(message: Readonly<Record<string, unknown>>, delay: Range, onSent?: () => void): void;
  /** Closes after everything that was sent before; without a code when none is given. */
  close(code?: number, reason?: string): void;
}

/** A word as the model heard it, with how sure it is. */
export interface SureWord {
  text: string;
  startMs: number;
  endMs: number;
  confidence: number;
}

/** Sound words come out with 0.9 and above. */
export const sure = (random: Random, word: { text: string; startMs: number; endMs: number }): SureWord => ({
  ...word,
  // A word that was under way when the connection began has no earlier time than that.
  startMs: Math.max(0, word.startMs),
  confidence: round(0.9 + random.next() * 0.099),
});

export const seconds = (ms: number): number => round(ms / 1000);
export const round = (value: number): number => Math.round(value * 10_000) / 10_000;

export const meanConfidence = (words: readonly SureWord[]): number =>
  words.length === 0 ? 0 : round(words.reduce((sum, word) => sum + word.confidence, 0) / words.length);

/** The `type` of a text message, with its fields; undefined when it is no JSON object with one. */
export const parseControl = (message: string): { type: string; fields: Readonly<Record<string, unknown>> } | undefined => {
  try {
    const parsed: unknown = JSON.parse(message);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const fields = Object.fromEntries(Object.entries(parsed));
    return typeof fields['type'] === 'string' ? { type: fields['type'], fields } : undefined;
  } catch {
    return undefined;
  }
};
