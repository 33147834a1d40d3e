import { type AudioSlice, createAudioIntake, SLICE_MS } from './audio-intake.js';
import type { NovaParameters } from './listen-parameters.js';
import type { Range } from './profile.js';
import { type ListenSession, meanConfidence, parseControl, type SessionOptions, type SureWord, seconds, sure } from './session.js';

/*
 * v1/listen. Follows: Deepgram docs, "Understand endpointing and interim results", "Utterance end", "Speech started", "Finalize", "Close stream".
 *
 *   audio ──► words since the last final ──┬─ each 1.04 s ──► Results (interim)
 *                                          ├─ each 4 s ─────► Results is_final
 *                                          ├─ silence ──────► Results is_final, speech_final
 *                                          └─ Finalize ─────► Results is_final, from_finalize
 */

const NOW: Range = { least: 0, most: 0 };
/** Silence after which new energy is told as speech again. */
const SPEECH_GAP_MS = 500;

export const createNovaSession = (parameters: NovaParameters, options: SessionOptions): ListenSession => {
  const { profile, random, hearing, requestId } = options;
  const intake = createAudioIntake(parameters.audio);
  let pending: SureWord[] = [];
  let settledMs = 0;
  let interimDueMs = profile.interimEveryMs;
  let silentMs = SPEECH_GAP_MS;
  let lastWordEndMs = 0;
  /** Words came that no `speech_final`, or no UtteranceEnd, has closed. */
  let utteranceOpen = false;
  let utteranceEndOwed = false;
  let closing = false;

  const results = (words: readonly SureWord[], untilMs: number, kind: { final: boolean; speechFinal?: boolean; fromFinalize?: boolean }) => ({
    type: 'Results',
    channel_index: [0, 1],
    duration: seconds(untilMs - settledMs),
    start: seconds(settledMs),
    is_final: kind.final,
    speech_final: kind.speechFinal ?? false,
    channel: {
      alternatives: [
        {
          transcript: words.map((word) => word.text).join(' '),
          confidence: meanConfidence(words),
          words: words.map((word) => ({
            word: word.text,
            start: seconds(word.startMs),
            end: seconds(word.endMs),
            confidence: word.confidence,
            ...(parameters.punctuated ? { punctuated_word: word.text } : {}),
          })),
        },
      ],
    },
    metadata: {
      request_id: requestId,
      model_info: { name: parameters.model, version: 'sandbox', arch: parameters.model.split('-').slice(0, 2).join('-') },
      model_uuid: requestId,
    },
    from_finalize: kind.fromFinalize ?? false,
  });

  const settle = (untilMs: number, kind: { speechFinal?: boolean; fromFinalize?: boolean }, delay: Range) => {
    options.send(results(pending, untilMs, { final: true, ...kind }), delay);
    pending = [];
    settledMs = untilMs;
    if (kind.speechFinal) utteranceOpen = false;
  };

  const onSlice = (slice: AudioSlice) => {
    const nowMs = slice.atMs + SLICE_MS;
    if (slice.voiced && silentMs >= SPEECH_GAP_MS && parameters.vadEvents) {
      options.send({ type: 'SpeechStarted', channel: [0, 1], timestamp: seconds(slice.atMs) }, profile.interimDelay);
    }
    silentMs = slice.voiced ? 0 : silentMs + SLICE_MS;
    for (const word of hearing.push(slice.muLaw, slice.atMs)) {
      pending.push(sure(random, word));
      lastWordEndMs = word.endMs;
      utteranceOpen = utteranceEndOwed = true;
    }
    const { endpointingMs, utteranceEndMs } = parameters;
    if (utteranceOpen && endpointingMs !== undefined && silentMs >= endpointingMs) settle(nowMs, { speechFinal: true }, profile.finalDelay);
    if (nowMs - settledMs >= profile.settleEveryMs) {
      const last = pending.at(-1);
      if (last) settle(Math.max(settledMs, last.endMs), {}, profile.finalDelay);
      else if (!slice.voiced) settle(nowMs, {}, profile.finalDelay);
    }
    if (parameters.interimResults && nowMs >= interimDueMs) {
      interimDueMs = nowMs + profile.interimEveryMs;
      options.send(results(pending, nowMs, { final: false }), profile.interimDelay);
    }
    if (utteranceEndOwed && utteranceEndMs !== undefined && nowMs - lastWordEndMs >= utteranceEndMs) {
      utteranceEndOwed = false;
      options.send({ type: 'UtteranceEnd', channel: [0, 1], last_word_end: seconds(lastWordEndMs) }, profile.utteranceEndDelay);
    }
  };

  const finish = () => {
    closing = true;
    if (intake.takenMs > settledMs) settle(intake.takenMs, {}, profile.finalizeDelay);
    const metadata = { transaction_key: 'deprecated', request_id: requestId, sha256: '0'.repeat(64), created: '1970-01-01T00:00:00.000Z' };
    options.send({ type: 'Metadata', ...metadata, duration: seconds(intake.takenMs), channels: 1 }, NOW);
    options.close(1000);
  };

  return {
    audio(bytes) {
      if (closing) return;
      // The signal to close of old clients.
      if (bytes.length === 0) return finish();
      const slices = intake.push(bytes);
      if (!slices) {
        closing = true;
        return options.close(1008, 'DATA-0000: The payload cannot be decoded as audio.');
      }
      for (const slice of slices) onSlice(slice);
    },
    text(message) {
      if (closing) return;
      switch (parseControl(message)?.type) {
        case 'KeepAlive':
          return;
        case 'Finalize':
          if (intake.takenMs - settledMs >= profile.finalizeLeastMs || pending.length > 0) {
            settle(intake.takenMs, { fromFinalize: true }, profile.finalizeDelay);
          }
          return;
        case 'CloseStream':
          return finish();
        default:
          closing = true;
          options.close(1008, 'DATA-0000: The text message is none that is known.');
      }
    },
    idle() {
      closing = true;
      const why = 'Deepgram did not receive audio data or a text message within the timeout window. See https://dpgr.am/net0001';
      options.close(1011, `NET-0001: ${why}`.slice(0, 123));
    },
  };
};
