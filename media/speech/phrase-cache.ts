import type { Clock, Random } from '../../schemas/clock.js';
import type { SpokenAudio, TextToSpeech, Voice, VoiceOptions } from '../../schemas/ports/speech.js';
import { decodePhrase, encodePhrase, joinPieces, phraseFileName } from './phrase-file.js';
import { createPhraseStore } from './phrase-store.js';
import type { EngineLog } from './worker-start.js';

/** A disk that needs longer is slower than the engine. */
const READ_WITHIN_MS = 150;

export interface PhraseCacheOptions {
  /** The folder; made when missing. */
  dir: string;
  /** What `default` voice and model mean to the engine, and its version: phrases made with another key are not found. */
  engineKey: string;
  /** Which texts are worth keeping: those that are said in many calls and name nobody. */
  shouldCache(text: string): boolean;
  /** All phrases together; the oldest go first. */
  maxBytes: number;
  clock: Clock;
  random: Random;
  log?: EngineLog;
}

/** A voice with a memory on disk. Nothing has to be closed. */
export interface CachedTextToSpeech extends TextToSpeech {
  /** Resolves when everything that was said has been written. Never rejects. */
  written(): Promise<void>;
}

/**
 * Puts a disk cache before an engine for fixed phrases: opening, idle prompts, goodbye. A phrase that is there costs no request and starts at once; one that
 * is not, or whose file is damaged, is made by the engine as if there were no cache and kept when it was said to its end. A disk that fails or hangs is
 * no failure of the voice.
 */
export const cachedTextToSpeech = (inner: TextToSpeech, options: PhraseCacheOptions): CachedTextToSpeech => {
  const { clock, engineKey } = options;
  const store = createPhraseStore(options);

  const find = async (name: string): Promise<SpokenAudio | undefined> => {
    const file = await new Promise<Buffer | undefined>((resolve) => {
      const cancel = clock.after(READ_WITHIN_MS, () => resolve(undefined));
      store
        .read(name)
        .then(resolve, () => resolve(undefined))
        .finally(cancel);
    });
    return file && decodePhrase(file);
  };

  return {
    name: inner.name,
    open(voiceOptions: VoiceOptions, call: AbortSignal): Voice {
      const voice = inner.open(voiceOptions, call);
      let isClosed = false;
      return {
        async *speak(text, turn) {
          if (!options.shouldCache(text)) return yield* voice.speak(text, turn);
          const name = phraseFileName(`${inner.name} ${engineKey}`, voiceOptions, text);
          const known = await find(name);
          if (isClosed || call.aborted || turn.aborted) return;
          if (known) return yield { ...known, stored: true };
          const pieces: SpokenAudio[] = [];
          for await (const piece of voice.speak(text, turn)) {
            pieces.push(piece);
            yield piece;
          }
          const isWhole = pieces.length > 0 && !isClosed && !call.aborted && !turn.aborted;
          if (isWhole) store.write(name, encodePhrase(joinPieces(pieces, voiceOptions.format)));
        },
        close() {
          isClosed = true;
          voice.close();
        },
      };
    },
    written: () => store.written(),
  };
};
