import type { Readable } from 'node:stream';
import type { Logger } from 'pino';

/** `recording`: the call is live. `finalising`: the WAV is being made. `none`: nothing was recorded. `failed`: gave up, what exists is kept. */
export const RECORDING_STATUSES = ['recording', 'finalising', 'ready', 'none', 'failed'] as const;
export type RecordingStatus = (typeof RECORDING_STATUSES)[number];

/** A stretch of line time of which no audio survived; the file holds silence of true length there. */
export interface RecordingGap {
  start_ms: number;
  end_ms: number;
}

/** What the recordings write to the log: ids, counts and reasons, never audio or words. */
export type RecordingLog = Pick<Logger, 'info' | 'warn' | 'error'>;

/** Where the live call puts its segments. No method ever throws. */
export interface RecordingSink {
  /** Takes the segment `n` (`OnSegment` of media/recorder.ts). Returns at once: disk and store work behind it, and trouble there is logged. */
  segment(n: number, bytes: Buffer): void;
  /** Takes segment `n` as far as it has come (`OnPart` of media/recorder.ts): for the disk, so that a crash of the process costs little. Returns at once. */
  part(n: number, bytes: Buffer): void;
  /**
   * The call ended at `lineMs`; the last segment was given. Makes the WAV file, padded with silence to `lineMs`, and resolves when it is ready or after
   * 30 s; what is not done by then is done later. Without a single segment nothing is kept and the recording's status becomes `none`.
   */
  close(lineMs: number): Promise<void>;
}

/** A finalised recording. `open` streams the WAV file, or the bytes `start` up to but not including `end` of it; the caller reads or destroys the stream. */
export interface FinishedRecording {
  id: string;
  channels: number;
  sizeBytes: number;
  /** Of the whole file, lower-case hex. */
  sha256: string;
  durationMs: number;
  gaps: RecordingGap[];
  open(range?: { start: number; end: number }): Readable;
}

/** What the API reads. Recordings of other companies do not exist for it. */
export interface RecordingReader {
  /** The finalised recording, undefined while there is none. */
  find(companyId: string, callId: string): Promise<FinishedRecording | undefined>;
  /** How far the recording of a call is; undefined when none was ever begun. */
  findStatus(companyId: string, callId: string): Promise<RecordingStatus | undefined>;
}

/** All recordings of this process. */
export interface Recordings {
  /** Opens the sink of one live call. Nothing is written until its first segment. A call that is opened again continues as a new epoch. */
  open(call: { id: string; companyId: string }): RecordingSink;
  /**
   * Finalises what crashed processes left, in the local folder and in the store, and returns how many files became ready. Call it once at start; it then
   * repeats every minute until `close`. Recordings that another live process holds are left alone. Never rejects: trouble is logged and tried again.
   */
  recoverCrashed(): Promise<number>;
  readonly reader: RecordingReader;
  /**
   * Deletes everything that was recorded of a call, finalised or not, for good: spools that turn up later on another machine are deleted too. The word that
   * there is no recording stays. Does nothing for another company's call. Rejects when the store is away or the folder unreadable; it may be repeated.
   */
  erase(companyId: string, callId: string): Promise<void>;
  /** Audio that reached neither disk nor store, ms, over all calls of this process. */
  readonly lostMs: number;
  /** Waits, at most 10 s, for work in hand, then stops. Unfinished recordings are finalised at the next start. */
  close(): Promise<void>;
}
