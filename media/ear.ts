import type { ExpectedAnswer } from '../schemas/ports/interviewer.js';
import type { Recognition, RecognitionOptions, SpeechToText, TranscriptEvent } from '../schemas/ports/speech.js';
import type { Word } from '../schemas/transcript.js';
import type { TurnEvent } from './turn-state.js';
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
  /** The stream broke: speech that was under way ends here and is forgotten. */
  breakOff(): void;
  /** Gives the words of a turn that ended at `endedMs`. Words that come too late for the turn before it are left out: it was committed without them. */
  takeWords(endedMs: number): Word[];
  /** The engine behind the words last taken, where it says so. */
  engine(): string | undefined;
  /** Confidence of the finals behind the words last taken, the lowest of them; 0 when nothing was understood. */
  confidence(): number;
  close(): void;
}

const MAX_REOPENED = 3;
/** A word that ends within this of a turn's end belongs to that turn. */
const SAME_WORD_MS = 60;

export const createEar = (options: {
  speechToText: SpeechToText;
  recognition: RecognitionOptions;
  signal: AbortSignal;
  lineMs: () => number;
  onTurnEvent: (event: TurnEvent) => void;
  onInterim: (text: string) => void;
  onFailure: (reason: string) => void;
  /** Runs something whose defect must not end the listening. */
  guarded: (where: string, run: () => void) => void;
}): Ear => {
  const { onTurnEvent, lineMs } = options;
  let detector: VoiceDetector = createVoiceDetector();
  let recognition: Recognition | undefined;
  let expected: ExpectedAnswer = { type: 'opening' };
  let words: Word[] = [];
  let said = '';
  let lowest: number | undefined;
  let taken = 0;
  let heardBy: string | undefined;
  let takenFrom: string | undefined;
  let reopened = 0;
  let voiced = false;
  /** Finals still to come for speech that a broken stream cut off: nobody waits for them. */
  let brokenOff = 0;
  let takenUntilMs = Number.NEGATIVE_INFINITY;

  const progress = (text: string) => (text && expected.progress ? expected.progress(text) : 'open');
  const joined = (text: string) => (said && text ? `${said} ${text}` : said || text);

  /** Without the words of turns that are over: a stretch of speech may be committed before the engine has finished with it. */
  const fresh = (event: { text: string; words: Word[] }): { text: string; words: Word[] } => {
    const rest = event.words.filter((word) => word.end_ms > takenUntilMs + SAME_WORD_MS);
    return rest.length === event.words.length ? event : { text: rest.map((word) => word.text).join(' '), words: rest };
  };

  const onTranscript = (event: TranscriptEvent) => {
    switch (event.kind) {
      case 'transcript-interim': {
        const { text } = fresh(event);
        if (text === '') return;
        options.onInterim(joined(text));
        onTurnEvent({ kind: 'transcript-interim', lineMs: lineMs(), text, progress: progress(joined(text)) });
        break;
      }
      case 'transcript-final': {
        if (brokenOff > 0) {
          brokenOff -= 1;
          return;
        }
        const { text, words: more } = fresh(event);
        words.push(...more);
        said = joined(text);
        heardBy = event.engine ?? heardBy;
        if (text) lowest = Math.min(lowest ?? 1, event.confidence);
        onTurnEvent({ kind: 'transcript-final', lineMs: lineMs(), text, progress: progress(said) });
        break;
      }
      case 'vendor-end-of-turn':
        // An eager one comes no sooner than our own guess, which begins a reply as soon as the voice has ended.
        if (event.certainty === 'firm') onTurnEvent({ kind: 'vendor-end-of-turn', lineMs: lineMs() });
        break;
      case 'recognition-failed':
        words = [];
        said = '';
        onTurnEvent({ kind: 'recognition-failed', lineMs: lineMs() });
        options.onFailure(event.reason);
        if (!event.recovering) reopen();
        break;
      default:
        event satisfies never;
    }
  };

  const open = () => {
    recognition = options.speechToText.open(options.recognition, options.signal);
    recognition.expect(expected);
    // listen ends with the recogniser and reports its failures itself.
    void listen(recognition);
  };

  /** An engine that gave up is asked again, a few times in a call; without one the interview helps itself with keys and goodbye. */
  const reopen = () => {
    recognition?.close();
    recognition = undefined;
    if (options.signal.aborted || ++reopened > MAX_REOPENED) return;
    open();
  };

  const listen = async (source: Recognition) => {
    try {
      for await (const event of source.events) options.guarded('transcript', () => onTranscript(event));
    } catch (error) {
      if (options.signal.aborted) return;
      options.onFailure(error instanceof Error ? error.message : String(error));
    }
    // An engine whose events end by themselves has given up.
    if (recognition === source && !options.signal.aborted) reopen();
  };

  return {
    open() {
      detector = createVoiceDetector();
      if (!recognition) open();
    },
    frame(audio, at) {
      recognition?.push(audio, at);
      for (const event of detector.push(audio, at)) {
        // The recogniser hears of the start before turn-taking acts on it, and of the end after: its final must find the turn still open.
        voiced = event.kind === 'voice-start';
        if (event.kind === 'voice-start') recognition?.speechStarted(event.startedMs);
        onTurnEvent(event);
        if (event.kind === 'voice-end') recognition?.speechEnded(event.endedMs);
      }
    },
    expect(next) {
      expected = next;
      recognition?.expect(next);
    },
    breakOff() {
      words = [];
      said = '';
      if (!voiced || !recognition) return;
      voiced = false;
      brokenOff += 1;
      recognition.speechEnded(lineMs());
    },
    takeWords(endedMs) {
      const all = words.filter((word) => word.end_ms > takenUntilMs);
      takenUntilMs = endedMs;
      words = [];
      said = '';
      taken = lowest ?? 0;
      lowest = undefined;
      takenFrom = heardBy;
      return all;
    },
    engine: () => takenFrom,
    confidence: () => taken,
    close() {
      recognition?.close();
    },
  };
};
