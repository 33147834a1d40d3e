import type { Clock } from '../../schemas/clock.js';
import { EngineError } from '../../schemas/engine-error.js';
import type { Recognition, RecognitionOptions } from '../../schemas/ports/speech.js';
import { createAnsweredSpeech } from './answered-speech.js';
import { createAudioBacklog } from './audio-backlog.js';
import { type AudioChunk, createChunkMaker } from './audio-chunk.js';
import type { AudioLineMap } from './audio-line-map.js';
import type { ListenDialect } from './deepgram-dialect.js';
import { DEEPGRAM } from './deepgram-failure.js';
import type { HeardWord } from './deepgram-heard.js';
import { toKeyterms } from './deepgram-keyterms.js';
import { type ConnectDeepgram, type DeepgramTimeouts, openDeepgramLink } from './deepgram-link.js';
import { createTranscriptStream } from './transcript-stream.js';
import type { EngineLog } from './worker-start.js';

export interface RecognitionTimeouts extends DeepgramTimeouts {
  /** Longest wait from the end of speech to its final. */
  answerMs: number;
  /** Words that nobody asked about become a final of their own after this. */
  unaskedMs: number;
}

export const RECOGNITION_TIMEOUTS: RecognitionTimeouts = {
  handshakeMs: 3000,
  silentVendorMs: 10_000,
  closeMs: 1500,
  answerMs: 1500,
  unaskedMs: 600,
};

/** Audio that can be sent again after a loss of connection; what is older is lost with it. */
const BACKLOG_MS = 5000;

/** One call's ear. Joins the line (chunks, backlog) to a connection and what comes back to the answers that the port promises. */
export const openDeepgramRecognition = (deps: {
  clock: Clock;
  dialect: ListenDialect;
  connect: ConnectDeepgram;
  timeouts: RecognitionTimeouts;
  log: EngineLog | undefined;
  options: RecognitionOptions;
  signal: AbortSignal;
}): Recognition => {
  const { clock, dialect, timeouts, options, signal } = deps;
  const { format } = options;
  const stream = createTranscriptStream();
  const chunks = createChunkMaker(format, dialect.chunkMs);
  const backlog = createAudioBacklog(format, BACKLOG_MS);
  const answers = createAnsweredSpeech({ clock, emit: stream.emit, answerMs: timeouts.answerMs, unaskedMs: timeouts.unaskedMs });
  let over = false;
  /** Speech before this is lost and that has been told; more of the same outage need not be. */
  let toldLossMs = Number.NEGATIVE_INFINITY;
  let toldOutage = false;
  let lastError = new EngineError(DEEPGRAM, 'unavailable', 'Deepgram takes no audio');

  const tellLoss = (lostMs: number) => {
    if (lostMs <= toldLossMs) return;
    toldLossMs = lostMs;
    if (toldOutage) return;
    toldOutage = true;
    answers.fail(true, lastError);
  };

  const end = () => {
    over = true;
    signal.removeEventListener('abort', close);
    answers.close();
    stream.end();
  };
  const close = () => {
    if (over) return;
    end();
    link?.close();
  };

  const link = signal.aborted
    ? undefined
    : openDeepgramLink({
        ...{ clock, dialect, format, backlog, timeouts, log: deps.log, connect: deps.connect },
        keyterms: toKeyterms(options.keyterms),
        askedMs: () => answers.askedMs,
        flush: () => flush(),
        onHeard(heard, line, decidedMs) {
          if (heard.kind === 'end-of-turn') answers.endOfTurn(heard.certainty);
          if (heard.kind !== 'words') return;
          toldOutage = false;
          const words = heard.words.map((word) => toLine(word, line));
          answers.hear({ text: heard.text, words, untilMs: line.endToLine(heard.untilMs), settled: heard.settled, decidedMs });
        },
        onLost(error) {
          lastError = error;
          if (backlog.lostVoiceUntilMs > answers.coveredMs) tellLoss(backlog.lostVoiceUntilMs);
          backlog.rewind(answers.resume(backlog.firstMs));
        },
        onGivenUp(error) {
          answers.fail(false, error);
          end();
        },
      });
  if (signal.aborted) end();
  else signal.addEventListener('abort', close, { once: true });

  const take = (chunk: AudioChunk) => {
    const before = backlog.unsentVoiceLostUntilMs;
    backlog.push(chunk);
    const lostMs = backlog.unsentVoiceLostUntilMs;
    if (lostMs === before) return;
    // It waited to be heard again: what was understood of it the first time has to do.
    answers.resume(backlog.firstMs);
    if (lostMs > answers.coveredMs) tellLoss(lostMs);
  };

  const flush = () => {
    const rest = chunks.flush();
    if (rest) take(rest);
  };

  return {
    push(audio, lineMs) {
      if (over) return;
      for (const chunk of chunks.push(audio, lineMs)) take(chunk);
      link?.pump();
    },
    expect({ keyterms }) {
      // What the question names is more specific than what the call is about.
      if (!over) link?.setKeyterms(toKeyterms([...(keyterms ?? []), ...options.keyterms]));
    },
    speechStarted() {
      if (!over) answers.started();
    },
    speechEnded(lineMs) {
      if (over) return;
      flush();
      answers.ended(lineMs);
      link?.pump();
    },
    events: stream.events,
    close,
  };
};

const toLine = ({ text, startMs, endMs, confidence }: HeardWord, line: AudioLineMap) => {
  const start_ms = line.startToLine(startMs);
  return { text, start_ms, end_ms: Math.max(start_ms, line.endToLine(endMs)), confidence };
};
