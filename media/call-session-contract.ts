import type { CallTimelineEntry } from '../schemas/call-event.js';
import type { EndedBy } from '../schemas/call-state.js';
import type { Clock } from '../schemas/clock.js';
import type { CarrierCodec, MediaEvent } from '../schemas/ports/carrier-codec.js';
import type { InterviewAction, InterviewEvent, Interviewer } from '../schemas/ports/interviewer.js';
import type { RecognitionOptions, SpeechToText, TextToSpeech, VoiceOptions } from '../schemas/ports/speech.js';
import type { MediaTransport } from './media-line.js';
import type { Recorder } from './recorder.js';
import type { TurnSettings } from './turn-defaults.js';

export interface CallSessionOptions {
  clock: Clock;
  codec: CarrierCodec;
  speechToText: SpeechToText;
  textToSpeech: TextToSpeech;
  interviewer: Interviewer;
  recorder: Recorder;
  turnSettings: TurnSettings;
  voice: Omit<VoiceOptions, 'format'>;
  recognition: Omit<RecognitionOptions, 'format'>;
  maxDurationMs: number;
  /** Line time at which the first stream begins: above 0 when the call was live in an earlier life of the server. */
  fromLineMs: number;
  /** Number of the first turn, for the same case. */
  firstTurn: number;
  onEvent: (entry: CallTimelineEntry, lineMs: number) => void;
  onAction: (action: InterviewAction, lineMs: number) => void;
  onEnded: (end: CallEnd) => void;
  /** A defect in a part of the session: the call goes on where it can. */
  onDefect: (error: unknown, where: string) => void;
}

export interface CallEnd {
  by: EndedBy;
  reason: string;
  durationMs: number;
}

export interface CallSession {
  readonly lineMs: number;
  readonly live: boolean;
  /** A stream has been attached at least once. */
  readonly started: boolean;
  /** Makes the audio of texts that will be said for certain, while the phone rings. */
  prepare(texts: readonly string[]): void;
  /** A media stream began: its start message has been decoded already. False when the session is over or another stream is live. */
  attach(transport: MediaTransport, start: Extract<MediaEvent, { kind: 'stream-start' }>): boolean;
  /** One text message of the attached stream. Malformed ones are counted and dropped. */
  receive(text: string): void;
  /** The attached stream's socket is gone without a stop message. */
  broke(): void;
  /** Ends the call from our side, at once. */
  hangUp(by: EndedBy, reason: string): void;
  /** The provider says that the call is over. */
  carrierEnded(reason: string): void;
  /** News that does not come over the line, such as the provider's machine detection. */
  tellInterviewer(event: InterviewEvent): void;
  /** Gives up a session that never had a stream: nobody answered. `onEnded` is not called. */
  discard(): void;
}
