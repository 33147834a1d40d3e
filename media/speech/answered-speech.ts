import type { Cancel, Clock } from '../../schemas/clock.js';
import type { EngineError } from '../../schemas/engine-error.js';
import type { TranscriptEvent } from '../../schemas/ports/speech.js';
import type { Word } from '../../schemas/transcript.js';

/*
 * What an engine that listens all the time tells of its words, as the port promises it: one final for each end of speech that it was asked about, every word
 * in exactly one final, whatever comes twice or late.
 *
 *   words settled ──► kept ──► final: the answer to the oldest question, as soon as the speech it asks about is decided or 1.5 s are over;
 *   words that may change ──► interim      unasked after 0.6 s, while no voice is on that will still be asked about
 */

export interface AnsweredSpeechOptions {
  clock: Clock;
  emit: (event: TranscriptEvent) => void;
  /** Longest wait of a question, ms. */
  answerMs: number;
  /** Settled words that nobody asks about wait this long, ms. */
  unaskedMs: number;
}

/** Words as the engine gives them, in line ms. */
export interface HeardSpeech {
  text: string;
  words: Word[];
  /** Everything before this was listened to. */
  untilMs: number;
  /** The words stay; otherwise the next ones replace them. */
  settled: boolean;
  /** Speech that ended by then is decided. */
  decidedMs?: number | undefined;
}

export interface AnsweredSpeech {
  hear(speech: HeardSpeech): void;
  endOfTurn(certainty: 'eager' | 'firm'): void;
  /** Voice is on: an end will be asked about. */
  started(): void;
  /** The voice ended at `lineMs`: asks for a final. */
  ended(lineMs: number): void;
  /** Line time of the latest question that is open. */
  readonly askedMs: number | undefined;
  /** Everything before this was listened to, and its words are here. */
  readonly coveredMs: number;
  /**
   * The engine's state is lost and audio from `availableMs` on can be heard again: words that cannot be heard again are settled as they are. Returns where to
   * begin.
   */
  resume(availableMs: number): number;
  /** Speech was lost: gives what was heard of it, then says so. That answers all open questions. */
  fail(recovering: boolean, error: EngineError): void;
  /** Stops the timers; nothing is emitted afterwards. */
  close(): void;
}

/** Words that may change belong to a question when they begin this soon after the end that it names: the detector's time is not the engine's. */
const SAME_SPEECH_MS = 150;
/** Audio before the end of what was settled that is heard again: an engine may have cut a word there. */
const OVERLAP_MS = 300;
/** An engine gives a word this long after its end at the latest, if it hears it at all. */
const UNDER_WAY_MS = 500;
/** Questions end by themselves after `answerMs`; more at once are a defect of the asker. */
const MAX_QUESTIONS = 64;

const textOf = (words: readonly Word[]): string => words.map((word) => word.text).join(' ');
const middleOf = (word: Word): number => (word.start_ms + word.end_ms) / 2;

export const createAnsweredSpeech = ({ clock, emit, answerMs, unaskedMs }: AnsweredSpeechOptions): AnsweredSpeech => {
  let settled: { text: string; words: Word[] } = { text: '', words: [] };
  let open: { text: string; words: Word[] } = { text: '', words: [] };
  /** Open words from before a loss that the engine has not come to again. */
  let unheard: Word[] = [];
  /** End of the last word that was settled or told in a final: words before it are known. */
  let knownMs = Number.NEGATIVE_INFINITY;
  let settledMs = Number.NEGATIVE_INFINITY;
  let coveredMs = Number.NEGATIVE_INFINITY;
  let decidedMs = Number.NEGATIVE_INFINITY;
  let questions: { lineMs: number; cancel: Cancel }[] = [];
  let voiceOn = false;
  let lastInterim = '';
  let cancelUnasked: Cancel | undefined;

  /** Without the words that are known: a word whose times shifted a little since is the same one. */
  const fresh = (speech: { text: string; words: Word[] }): { text: string; words: Word[] } => {
    const words = speech.words.filter((word) => middleOf(word) > knownMs);
    return { words, text: words.length === speech.words.length ? speech.text : textOf(words) };
  };

  /** Adds the words from before a loss that the engine, having listened to `untilMs` again, cannot have come to yet. */
  const withUnheard = (speech: { text: string; words: Word[] }, untilMs: number): { text: string; words: Word[] } => {
    const heardMs = Math.max(knownMs, speech.words.at(-1)?.end_ms ?? knownMs);
    unheard = unheard.filter((word) => middleOf(word) > heardMs && word.end_ms > untilMs - UNDER_WAY_MS);
    if (unheard.length === 0) return speech;
    const words = [...speech.words, ...unheard];
    return { words, text: textOf(words) };
  };

  const keep = (speech: { text: string; words: Word[] }) => {
    if (speech.words.length === 0) return;
    settled = { text: settled.text ? `${settled.text} ${speech.text}` : speech.text, words: [...settled.words, ...speech.words] };
    knownMs = Math.max(knownMs, ...speech.words.map((word) => word.end_ms));
  };

  /** Takes the words that may change and begin before `lineMs` as they are. */
  const keepOpenWords = (lineMs: number) => {
    const words = open.words.filter((word) => word.start_ms < lineMs);
    const rest = open.words.slice(words.length);
    keep({ words, text: rest.length === 0 ? open.text : textOf(words) });
    open = { words: rest, text: textOf(rest) };
  };

  const emitFinal = () => {
    const { text, words } = settled;
    settled = { text: '', words: [] };
    lastInterim = '';
    emit({ kind: 'transcript-final', text, words, confidence: meanConfidence(words) });
  };

  const answer = () => {
    const question = questions.shift();
    if (!question) return;
    question.cancel();
    keepOpenWords(question.lineMs + SAME_SPEECH_MS);
    emitFinal();
  };

  const tellUnasked = () => {
    cancelUnasked = undefined;
    if (settled.words.length > 0 && questions.length === 0 && !voiceOn) emitFinal();
  };

  const tell = () => {
    while (questions[0] && questions[0].lineMs <= decidedMs) answer();
    const words = [...settled.words, ...open.words];
    const text = [settled.text, open.text].filter((part) => part !== '').join(' ');
    if (text !== '' && text !== lastInterim) {
      lastInterim = text;
      emit({ kind: 'transcript-interim', text, words });
    }
    if (settled.words.length > 0 && questions.length === 0 && !voiceOn) cancelUnasked ??= clock.after(unaskedMs, tellUnasked);
  };

  return {
    hear(speech) {
      const words = fresh(speech);
      decidedMs = Math.max(decidedMs, speech.decidedMs ?? decidedMs);
      if (speech.settled) {
        settledMs = Math.max(settledMs, speech.untilMs);
        keep(words);
      }
      open = withUnheard(speech.settled ? { text: '', words: [] } : words, speech.untilMs);
      // Less than before when audio is heard again: the words of the rest have been replaced.
      coveredMs = Math.max(settledMs, speech.untilMs);
      tell();
    },
    endOfTurn(certainty) {
      emit({ kind: 'vendor-end-of-turn', certainty });
    },
    started() {
      voiceOn = true;
    },
    ended(lineMs) {
      voiceOn = false;
      if (questions.length >= MAX_QUESTIONS) answer();
      questions.push({ lineMs, cancel: clock.after(answerMs, answer) });
      tell();
    },
    get askedMs() {
      return questions.at(-1)?.lineMs;
    },
    get coveredMs() {
      return coveredMs;
    },
    resume(availableMs) {
      keepOpenWords(availableMs);
      // The words that are heard again stay until then: a question that cannot wait gets them, and so does a failure for good.
      unheard = open.words;
      const firstOpenMs = open.words[0]?.start_ms ?? Number.POSITIVE_INFINITY;
      const fromMs = Math.max(availableMs, knownMs, Math.min(settledMs - OVERLAP_MS, firstOpenMs));
      // A question about what is heard again waits for it.
      decidedMs = Math.min(decidedMs, fromMs);
      tell();
      return fromMs;
    },
    fail(recovering, error) {
      keepOpenWords(Number.POSITIVE_INFINITY);
      if (settled.words.length > 0) emitFinal();
      for (const question of questions) question.cancel();
      questions = [];
      emit({ kind: 'recognition-failed', recovering, reason: error.message, failure: error.failure });
    },
    close() {
      for (const question of questions) question.cancel();
      questions = [];
      cancelUnasked?.();
    },
  };
};

const meanConfidence = (words: readonly Word[]): number =>
  words.length === 0 ? 0 : words.reduce((sum, word) => sum + (word.confidence ?? 1), 0) / words.length;
