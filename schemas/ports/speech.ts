import type { EngineFailure } from '../engine-error.js';
import type { Word } from '../transcript.js';
import type { ExpectedAnswer } from './interviewer.js';

/** Telephone audio as the engines take and give it. A frame is 20 ms: 160 bytes of mu-law or 320 bytes of PCM16LE at 8 kHz. */
export interface AudioFormat {
  readonly encoding: 'mulaw' | 'pcm16le';
  readonly sampleRateHz: 8000 | 16000;
}

/** What a recogniser tells. All times are line ms (from stream start). */
export type TranscriptEvent =
  | { kind: 'transcript-interim'; text: string; words: Word[] }
  | {
      kind: 'transcript-final';
      text: string;
      words: Word[];
      /** 0 to 1 */
      confidence: number;
      /** Name of the engine that heard it, where several stand behind one ear. */
      engine?: string;
    }
  | { kind: 'vendor-end-of-turn'; certainty: 'eager' | 'firm' }
  /** The engine broke; `recovering` when it restarts by itself. Speech of the gap may be lost, so the agent apologises and asks again. */
  | { kind: 'recognition-failed'; recovering: boolean; reason: string; failure?: EngineFailure };

export interface RecognitionOptions {
  format: AudioFormat;
  /** BCP-47. */
  language: string;
  /** Names that a general model would miss: company, job, places, option words. */
  keyterms: readonly string[];
}

/**
 * One ear on one call. The session pushes every inbound frame in order, says what may come next, and asks for the final text when the voice detector hears
 * the speech end. `close` releases the engine and ends `events`; aborting the signal of `open` does the same.
 */
export interface Recognition {
  /** Takes whole frames in the format of `open`; `lineMs` is the line time of the first one. Never blocks and never throws. */
  push(audio: Buffer, lineMs: number): void;
  /** What the candidate may now answer; closed recognisers build their grammar from it, others take it as a hint. */
  expect(expected: ExpectedAnswer): void;
  /** Voice was found at `lineMs`: the engine may start to decode from a little before it. */
  speechStarted(lineMs: number): void;
  /**
   * The voice ended at `lineMs`: emit what was heard since `speechStarted` as a final now. An engine answers each call with exactly one
   * `transcript-final` (empty text when nothing was understood) or `recognition-failed`. It may also give a final unasked, for words that nobody asked
   * about: the voice detector missed them, or they came after their question had been answered without them.
   */
  speechEnded(lineMs: number): void;
  readonly events: AsyncIterable<TranscriptEvent>;
  close(): void;
}

export interface SpeechToText {
  readonly name: string;
  open(options: RecognitionOptions, signal: AbortSignal): Recognition;
}

export interface VoiceOptions {
  format: AudioFormat;
  language: string;
  /** An engine's own name of a voice; `default` is the one that it is configured with. */
  voice: string;
  /** 1 is the voice's own pace. Engines clamp it to what they can do. */
  speed: number;
  /** An engine's own name of a model; absent: the configured one. */
  model?: string;
  /** How the voice sounds, by an engine's own names (`stability`, `style`, …). An engine ignores what it does not know. */
  settings?: Readonly<Record<string, number | boolean>>;
}

/**
 * A piece of synthesised speech: whole frames, with the times of its words in ms from the start of this piece. No word reaches over the end of its piece, and
 * the words of all pieces in order are those of the text, divided at white space.
 */
export interface SpokenAudio {
  audio: Buffer;
  words: Word[];
  /** Name of the engine that made it, where several stand behind one voice. */
  engine?: string;
  /** Made in an earlier call: it says nothing of how the engine is doing now. */
  stored?: boolean;
}

/**
 * One voice on one call. `speak` yields the audio of one clause in order; it throws when the engine fails and ends quietly on abort. A text without words
 * gives nothing.
 */
export interface Voice {
  speak(text: string, signal: AbortSignal): AsyncIterable<SpokenAudio>;
  close(): void;
}

export interface TextToSpeech {
  readonly name: string;
  open(options: VoiceOptions, signal: AbortSignal): Voice;
}
