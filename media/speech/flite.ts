import { z } from 'zod';
import type { TextToSpeech } from '../../schemas/ports/speech.js';
import { type Word, wordSchema } from '../../schemas/transcript.js';
import { muLawToLine, requireEightKilohertz } from '../audio/line-format.js';
import { createSynthesisCache } from './synthesis-cache.js';
import { toSpokenPieces, toWords } from './words.js';
import { type EngineLog, shareWorker, workerModule } from './worker-start.js';

/** Flite's voices: `slt` is a woman (the default, for the agent), `rms`, `kal` and `awb` are men. `rms` is the one that the embedded ear knows best. */
export const FLITE_VOICES = ['slt', 'rms', 'kal', 'awb'] as const;
export type FliteVoice = (typeof FLITE_VOICES)[number];

/** Speech at 8 kHz mu-law in whole frames, with the times of its words in ms from its start. The audio is shared: do not write into it. */
export interface Synthesis {
  muLaw: Buffer;
  words: Word[];
}

export interface FliteOptions {
  log?: EngineLog;
  /** Told about each piece of speech that is handed out, cached or not, before it is: the sandbox's far end knows words by their audio. */
  onSynthesis?(entry: Synthesis & { text: string; voice: FliteVoice }): void;
}

/** The embedded voice. `close` ends the thread when the last user in the process has closed; a later request starts it again. */
export interface FliteTextToSpeech extends TextToSpeech {
  /** One text as one piece of speech. `voice` is a name of `FLITE_VOICES` or `default`. Rejects with `EngineWorkerError`, or the signal's reason. */
  synthesise(text: string, how: { voice: string; speed: number }, signal?: AbortSignal): Promise<Synthesis>;
  /** Starts the thread and compiles the program, so that the first sentence does not wait for it. Never rejects. */
  warm(): Promise<void>;
  /** Ends the thread as a crash would, for fault injection. */
  crash(): void;
  close(): Promise<void>;
}

const replySchema = z.object({ muLaw: z.instanceof(Uint8Array), words: z.array(wordSchema) });

/** Longest synthesis of one sentence, real ms. It takes 35 to 130; this is for a machine that is very busy. */
const DEADLINE_MS = 5000;
/** About 12 s of speech: longer sentences are cut at a space, so that their beginning need not wait for their end. */
const MAX_PIECE_CHARACTERS = 200;

const useWorker = shareWorker({ name: 'flite', module: workerModule('flite-worker'), deadlineMs: DEADLINE_MS });

/**
 * The embedded voice: flite in one worker thread, started at first use. Understandable, plainly robotic, English only. Characters that it cannot say
 * (emoji, other scripts) stay in the words and take no time. An unknown voice name speaks as `slt`.
 */
export const fliteTextToSpeech = (options: FliteOptions = {}): FliteTextToSpeech => {
  const { worker, release } = useWorker(options.log);
  const cache = createSynthesisCache();

  const synthesise: FliteTextToSpeech['synthesise'] = async (text, { voice: name, speed }, signal) => {
    const voice = FLITE_VOICES.find((known) => known === name) ?? 'slt';
    const key = `${voice} ${speed} ${text}`;
    let speech = cache.find(key);
    if (!speech) {
      const { muLaw, words } = replySchema.parse(await worker.request({ text, voice, speed }, signal));
      speech = { muLaw: Buffer.from(muLaw.buffer, muLaw.byteOffset, muLaw.byteLength), words };
      cache.keep(key, speech);
    }
    options.onSynthesis?.({ ...speech, text, voice });
    return speech;
  };

  return {
    name: 'flite',
    open({ format, voice, speed }, call) {
      requireEightKilohertz(format, 'The embedded voice');
      const closing = new AbortController();
      return {
        async *speak(text, turn) {
          const signal = AbortSignal.any([call, closing.signal, turn]);
          for (const piece of toSpokenPieces(text, MAX_PIECE_CHARACTERS)) {
            // What is cached would be said in spite of the abort.
            if (signal.aborted) return;
            try {
              const { muLaw, words } = await synthesise(piece, { voice, speed }, signal);
              if (signal.aborted) return;
              yield { audio: muLawToLine(muLaw, format), words };
            } catch (error) {
              if (signal.aborted) return;
              throw error;
            }
          }
        },
        close: () => closing.abort(),
      };
    },
    synthesise: (text, how, signal) =>
      toWords(text).length === 0 ? Promise.resolve({ muLaw: Buffer.alloc(0), words: [] }) : synthesise(text, how, signal),
    warm: () => worker.warm(),
    crash: () => worker.crash(),
    close: release,
  };
};
