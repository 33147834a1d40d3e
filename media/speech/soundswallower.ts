import { z } from 'zod';
import type { SpeechToText } from '../../schemas/ports/speech.js';
import { type Word, wordSchema } from '../../schemas/transcript.js';
import { lineToMuLaw, requireEightKilohertz } from '../audio/line-format.js';
import { createSpeechBuffer } from './speech-buffer.js';
import { createTranscriptStream } from './transcript-stream.js';
import { type EngineLog, EngineWorkerError, shareWorker, workerModule } from './worker-start.js';

/** The embedded ear. `close` ends the thread when the last user in the process has closed; a later request starts it again. */
export interface SoundswallowerSpeechToText extends SpeechToText {
  /** Starts the thread and loads the model, so that the first answer does not wait for it. Never rejects. */
  warm(): Promise<void>;
  /** Ends the thread as a crash would, for fault injection. */
  crash(): void;
  close(): Promise<void>;
}

const replySchema = z.object({ text: z.string(), words: z.array(wordSchema), confidence: z.number(), guessed: z.array(z.string()) });

/** Longest recognition of a stretch of speech beyond its own length, real ms. It takes 30 to 100 ms a second of speech; more is a hang. */
const DEADLINE_MS = 4000;
const useWorker = shareWorker({ name: 'soundswallower', module: workerModule('soundswallower-worker'), deadlineMs: DEADLINE_MS });

const BYTES_PER_MS = 8;

/** Speech up to this long may be a single short word, which the rejection often loses, ms. */
const SHORT_SPEECH_MS = 1000;

/** An interim is a pass over all that was said so far, so the next one waits until there is this much more: the work stays in proportion to the speech. */
const INTERIM_GROWTH = 1.4;
const INTERIM_EVERY_MS = 100;

/** Words that were guessed at are told once each; beyond this many the set starts anew. */
const MAX_TOLD_WORDS = 1000;

/**
 * An ear for closed questions: a grammar recogniser in one worker thread for the process, started at first use. It hears only what `expect` gave a grammar
 * for (a complete JSGF text with a public rule `<answer>`) and rejects other speech with an empty final of confidence 0; without a grammar every final is
 * empty. Recognised text is lower case without punctuation. English only.
 *
 * Confidence: 0.9 when the passes with and without rejection agree, 0.7 when they differ, 0.6 for a short word that only a lenient pass accepts, 0.5 when
 * the speech stops inside a sentence of the grammar. A crash or hang during a final gives `recognition-failed`; the next speech finds a new thread.
 */
export const soundswallowerSpeechToText = ({ log }: { log?: EngineLog } = {}): SoundswallowerSpeechToText => {
  const { worker, release } = useWorker(log);
  const toldWords = new Set<string>();

  const recognise = async (request: { muLaw: Buffer; grammar: string; pass: 'interim' | 'final'; isShort: boolean }, signal: AbortSignal) => {
    const reply = replySchema.parse(await worker.request(request, signal, DEADLINE_MS + request.muLaw.length / BYTES_PER_MS));
    const news = reply.guessed.filter((word) => !toldWords.has(word));
    if (toldWords.size > MAX_TOLD_WORDS) toldWords.clear();
    for (const word of news) toldWords.add(word);
    if (news.length > 0) log?.warn({ words: news }, 'grammar words are not in the dictionary; their pronunciation is guessed');
    return reply;
  };

  return {
    name: 'soundswallower',
    open({ format }, call) {
      requireEightKilohertz(format, 'The embedded ear');
      const stream = createTranscriptStream();
      const speech = createSpeechBuffer();
      const closing = new AbortController();
      const signal = AbortSignal.any([call, closing.signal]);
      let grammar: string | undefined;
      let interim: { nextMs: number; isRunning: boolean } | undefined;

      const onLine = (words: readonly Word[], startMs: number): Word[] =>
        words.map((word) => ({ ...word, start_ms: word.start_ms + startMs, end_ms: word.end_ms + startMs }));

      const emitNothing = () => stream.emit({ kind: 'transcript-final', text: '', words: [], confidence: 0 });

      const hearSoFar = async (utterance: NonNullable<typeof interim>, expected: string): Promise<void> => {
        const durationMs = speech.durationMs() ?? 0;
        // Interims give way: a final of any call must not wait behind more than one of them.
        if (utterance.isRunning || durationMs < utterance.nextMs || !worker.isIdle()) return;
        const soFar = speech.soFar();
        if (!soFar) return;
        utterance.isRunning = true;
        utterance.nextMs = Math.max(durationMs + INTERIM_EVERY_MS, durationMs * INTERIM_GROWTH);
        try {
          const { text, words } = await recognise({ muLaw: soFar.muLaw, grammar: expected, pass: 'interim', isShort: false }, signal);
          if (interim === utterance && text !== '') stream.emit({ kind: 'transcript-interim', text, words: onLine(words, soFar.startMs) });
        } catch {
          // Only a preview is lost and the worker has logged why: the audio is still here for the final.
        }
        utterance.isRunning = false;
      };

      const hearAll = async (said: { muLaw: Buffer; startMs: number }, expected: string, isShort: boolean): Promise<void> => {
        try {
          const { text, words, confidence } = await recognise({ muLaw: said.muLaw, grammar: expected, pass: 'final', isShort }, signal);
          stream.emit({ kind: 'transcript-final', text, words: onLine(words, said.startMs), confidence });
        } catch (error) {
          if (signal.aborted) return;
          const reason = error instanceof Error ? error.message : String(error);
          if (error instanceof EngineWorkerError && error.crashed) return stream.emit({ kind: 'recognition-failed', recovering: true, reason });
          log?.warn({ reason }, 'the embedded ear refused a stretch of speech');
          emitNothing();
        }
      };

      const onAbort = () => stream.end();
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });

      return {
        push(audio, lineMs) {
          speech.push(lineToMuLaw(audio, format), lineMs);
          if (interim && grammar !== undefined) void hearSoFar(interim, grammar);
        },
        expect(expected) {
          grammar = expected.grammar;
        },
        speechStarted(lineMs) {
          speech.start(lineMs);
          interim = { nextMs: 0, isRunning: false };
        },
        speechEnded(lineMs) {
          const said = speech.end();
          interim = undefined;
          if (signal.aborted) return;
          if (!said || grammar === undefined) return emitNothing();
          void hearAll(said, grammar, lineMs - said.voiceStartMs <= SHORT_SPEECH_MS);
        },
        events: stream.events,
        close: () => closing.abort(),
      };
    },
    warm: () => worker.warm(),
    crash: () => worker.crash(),
    close: release,
  };
};
