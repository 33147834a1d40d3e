import type { Readable } from 'node:stream';
import type { CallTimelineEvent } from '../../schemas/call-event.js';
import type { Screening, ScreeningRequest } from '../../schemas/screening.js';

/*
 * What the API asks of the rest of the server. The composition root (server/app.ts) gives the implementations.
 */

/** Takes requests for screenings; the dialer implements it. */
export interface ScreeningDesk {
  /**
   * Puts a screening in the queue. Throws AppError `not_found` for an application, bot or candidate of no or another company, `validation_failed` when
   * neither the request nor the application names a bot, `screening_active` when one is open already.
   */
  request(companyId: string, request: ScreeningRequest): Promise<Screening>;
  /** Cancels an open screening, hanging up its call when there is one. Throws AppError `not_found`, or `conflict` when it has another outcome already. */
  cancel(companyId: string, screeningId: string): Promise<Screening>;
}

/** Ends live calls; the call registry implements it. */
export interface CallControl {
  /** Asks the provider to end the call. False when the call is over already. The call's state follows by callback. */
  hangUp(companyId: string, callId: string): Promise<boolean>;
}

/** A finalised recording. `open` streams the bytes from `start` to `end`, both inclusive, counted from 0; the caller consumes or destroys the stream. */
export interface RecordingFile {
  sizeBytes: number;
  /** Hex. */
  sha256: string;
  open(range: { start: number; end: number }): Readable;
}

export interface RecordingReader {
  /** The recording of a call, undefined while it is not finalised and when there is none. */
  find(companyId: string, callId: string): Promise<RecordingFile | undefined>;
}

/** The events of calls that live in this process, as they happen. */
export interface LiveCalls {
  /**
   * Calls `listener` with every event of the call whose `seq` is above `afterSeq`: first those that are not yet in the store, then each as it happens, in
   * order. Returns the function that ends the subscription, harmless to call twice. For a call that does not live here nothing is ever sent.
   */
  subscribe(callId: string, afterSeq: number, listener: (event: CallTimelineEvent) => void): () => void;
}

/** Why a question may not be put to a candidate, and what to ask instead; undefined when it may. */
export type CheckQuestion = (text: string) => { topic: string; advice: string } | undefined;

/** Whether the server can take work now; `checks` names each thing that was looked at. */
export type Readiness = () => Promise<{ ready: boolean; checks: Record<string, boolean> }>;

/** The part of a pino logger that the API uses: data first, then a static message. */
export interface ApiLog {
  error(data: Record<string, unknown>, message: string): void;
}
