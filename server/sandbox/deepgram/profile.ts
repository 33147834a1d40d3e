/*
 * When the vendor tells what, as far as it was measured. Follows: Deepgram docs, "Utterance end", "Flux: state machine", and recorded runs of both models on
 * 8 kHz speech: Nova's interims come each 1.04 s of audio, `speech_final` 0.32 to 0.59 s after the last word with `endpointing` 300, UtteranceEnd 1.3 to
 * 2.05 s after it; Flux's updates each 0.24 s, "Yes." ended 0.32 s after its start of turn, a long sentence 1.35 s after its last word.
 */

export interface Range {
  least: number;
  most: number;
}

/** All times in ms. Delays run on the clock, from when the audio that causes a message has arrived; everything else counts audio. */
export interface DeepgramProfile {
  /** Between a Nova interim and the next. */
  interimEveryMs: number;
  /** Nova settles what it has of a long stretch of speech, and of silence, about this often. */
  settleEveryMs: number;
  interimDelay: Range;
  finalDelay: Range;
  finalizeDelay: Range;
  utteranceEndDelay: Range;
  /** Finalize with less than this since the last final is not answered. */
  finalizeLeastMs: number;
  fluxUpdateEveryMs: number;
  fluxDelay: Range;
  /** Silence after which Flux is sure by half that a turn is over; more makes it surer. */
  fluxHalfSureMs: Range;
}

export const MEASURED_PROFILE: DeepgramProfile = {
  interimEveryMs: 1040,
  settleEveryMs: 4000,
  interimDelay: { least: 60, most: 180 },
  finalDelay: { least: 20, most: 290 },
  finalizeDelay: { least: 60, most: 160 },
  utteranceEndDelay: { least: 300, most: 1050 },
  finalizeLeastMs: 100,
  fluxUpdateEveryMs: 240,
  fluxDelay: { least: 30, most: 120 },
  fluxHalfSureMs: { least: 240, most: 560 },
};
