/** One message from a carrier's media stream, in our words. Audio payloads are raw samples in the codec's encoding. */
export type MediaEvent =
  | { kind: 'stream-start'; streamId: string; providerCallId: string; parameters: Record<string, string> }
  | { kind: 'audio' /** ms since stream start, by the carrier's clock */; timestampMs: number; payload: Buffer }
  | { kind: 'dtmf'; digit: string }
  | { kind: 'mark'; name: string }
  | { kind: 'stream-stop' };

/**
 * A carrier's media-stream wire format, pure: text in, event out, and back. One file each in media/carriers. `decode` returns undefined for messages
 * that we do not use and throws AppError('media_malformed') for ones that break the format.
 */
export interface CarrierCodec {
  readonly name: string;
  readonly encoding: 'mulaw' | 'pcm16le';
  readonly sampleRateHz: 8000 | 16000;
  /** The smallest piece of audio the carrier plays without gaps, ms. */
  readonly minChunkMs: number;
  /** How far ahead of the candidate's ear audio may be sent, ms. */
  readonly maxLeadMs: number;
  /** True when the carrier answers `clear` by echoing the marks that were still pending (Twilio); they then say nothing about hearing. */
  readonly echoesClearedMarks: boolean;
  decode(text: string): MediaEvent | undefined;
  encodeAudio(streamId: string, payload: Buffer): string[];
  encodeMark(streamId: string, name: string): string;
  encodeClear(streamId: string): string;
}
