import type { ExpectedAnswer } from '../schemas/ports/interviewer.js';
import type { Recognition, RecognitionOptions, SpeechToText, TranscriptEvent } from '../schemas/ports/speech.js';
import type { Word } from '../schemas/transcript.js';
import type { TurnEvent } from './turn-taking.js';
import { createVoiceDetector, type VoiceDetector } from './vad.js';

/*
 * The agent's ear on one call: every inbound frame goes to the recogniser and to the voice detector, and what they find becomes events of turn-taking. It
 * keeps the words of the turn that is being spoken, for the transcript.
 */

export interface Ear {
  /** A stream began. The recogniser is opened at the first one; the voice detector calibrates anew on each. */
  open(): void;
  frame(audio: Buffer, lineMs: number): void;
  expect(expected: ExpectedAnswer): void;
  /** Gives the words of a turn that ended at `endedMs`. Words that come too late for the turn before it are left out: it was committed without them. */
  takeWords(endedMs: number): Word[];
  /** Confidence of the finals behind the words last taken, the lowest of them; 0 when nothing was understood. */
  confidence(): number;
  close(): void;
}

export const createEar = (options: {
  speechToText: SpeechToText;
  recognition: RecognitionOptions;
  signal: AbortSignal;
  lineMs: () => number;
  onTurnEvent: (event: TurnEvent) => void;
  onInterim: (text: string) => void;
  onFailure: (reason: string) => void;
}): Ear => {
  const { onTurnEvent, lineMs } = options;
  let detector: VoiceDetector = createVoiceDetector();
  let recognition: Recognition | undefined;
  let expected: ExpectedAnswer = { type: 'opening' };
  let words: Word[] = [];
  let said = '';
  let lowest: number | undefined;
  let taken = 0;
  let takenUntilMs = Number.NEGATIVE_INFINITY;

  const progress = (text: string) => (text && expected.progress ? expected.progress(text) : 'open');
  const joined = (text: string) => (said && text ? `${said} ${text}` : said || text);

  const onTranscript = (event: TranscriptEvent) => {
    switch (event.kind) {
      case 'transcript-interim':
        options.onInterim(joined(event.text));
        onTurnEvent({ kind: 'transcript-interim', lineMs: lineMs(), text: event.text, progress: progress(joined(event.text)) });
        break;
      case 'transcript-final':
        words.push(...event.words);
        said = joined(event.text);
        if (event.text) lowest = Math.min(lowest ?? 1, event.confidence);
        onTurnEvent({ kind: 'transcript-final', lineMs: lineMs(), text: event.text, progress: progress(said) });
        break;
      case 'vendor-end-of-turn':
        break;
      case 'recognition-failed':
        words = [];
        said = '';
        onTurnEvent({ kind: 'recognition-failed', lineMs: lineMs() });
        options.onFailure(event.reason);
        break;
      default:
        event satisfies never;
    }
  };

  const listen = async (source: Recognition) => {
    try {
      for await (const event of source.events) onTranscript(event);
    } catch (error) {
      if (!options.signal.aborted) options.onFailure(error instanceof Error ? error.message : String(error));
    }
  };

  return {
    open() {
      detector = createVoiceDetector();
      if (recognition) return;
      recognition = options.speechToText.open(options.recognition, options.signal);
      recognition.expect(expected);
      // listen ends with the recogniser and reports its failures itself.
      void listen(recognition);
    },
    frame(audio, at) {
      recognition?.push(audio, at);
      for (const event of detector.push(audio, at)) {
        // The recogniser hears of the start before turn-taking acts on it, and of the end after: its final must find the turn still open.
        if (event.kind === 'voice-start') recognition?.speechStarted(event.startedMs);
        onTurnEvent(event);
        if (event.kind === 'voice-end') recognition?.speechEnded(event.endedMs);
      }
    },
    expect(next) {
      expected = next;
      recognition?.expect(next);
    },
    takeWords(endedMs) {
      const all = words.filter((word) => word.end_ms > takenUntilMs);
      takenUntilMs = endedMs;
      words = [];
      said = '';
      taken = lowest ?? 0;
      lowest = undefined;
      return all;
    },
    confidence: () => taken,
    close() {
      recognition?.close();
    },
  };
};
