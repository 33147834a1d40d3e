import { EngineError } from '../../schemas/engine-error.js';
import type { SpokenAudio, TextToSpeech, Voice } from '../../schemas/ports/speech.js';
import { bytesPerMsOf } from '../audio/line-format.js';
import { AudioLateError, createSilenceBudget, type SilenceBudget, watchAudio } from './audio-watchdog.js';
import { createEngineBench, type FailoverOptions, namesOf, toEngineError } from './engine-bench.js';
import { createSpokenProgress, isSayable, type SpokenProgress } from './spoken-progress.js';

export interface FailoverTextToSpeechOptions extends FailoverOptions<TextToSpeech> {
  /** Longest wait for the first audio of a text while there is another voice to ask, ms of the clock. */
  firstAudioMs?: number;
  /** Longest wait for the next audio of an unfinished text, likewise. */
  betweenAudioMs?: number;
}

const FIRST_AUDIO_MS = 1200;
const BETWEEN_AUDIO_MS = 1500;

/** A voice of one engine. One that failed is let go when nobody is being spoken to with it any more, and opened anew when its engine is asked again. */
interface OpenVoice {
  voice: Voice;
  speaking: number;
  failed: boolean;
}

/**
 * A voice made of several, in order of preference. The first usable one is opened at once, the others when they are needed. When one fails in a text (it
 * throws, gives no audio, keeps the line waiting, or stops short of the last word), the next says the rest, from the first word whose audio was not passed on
 * whole. A voice that failed is not asked again in this call for 15 s at first, then longer, unless all are at rest; one that needs a person, never.
 *
 * `speak` throws the last `EngineError` when all have failed. Each piece names the engine that made it. While a text has another voice to go to, failing ones
 * keep it silent for less than 4 s in sum, and for 2 s before its first sound.
 */
export const failoverTextToSpeech = (engines: readonly TextToSpeech[], options: FailoverTextToSpeechOptions): TextToSpeech => ({
  name: namesOf(engines),
  open(voiceOptions, call) {
    const { clock, onServed, firstAudioMs = FIRST_AUDIO_MS, betweenAudioMs = BETWEEN_AUDIO_MS } = options;
    const bench = createEngineBench(engines, options);
    const voices = new Map<TextToSpeech, OpenVoice>();
    const closing = new AbortController();
    const bytesPerMs = bytesPerMsOf(voiceOptions.format);

    /** Throws what the engine throws. */
    const opened = (engine: TextToSpeech): OpenVoice => {
      const known = voices.get(engine);
      if (known) return known;
      const fresh: OpenVoice = { voice: engine.open(voiceOptions, call), speaking: 0, failed: false };
      voices.set(engine, fresh);
      return fresh;
    };

    const letGo = (open: OpenVoice) => {
      if (open.failed && open.speaking === 0) open.voice.close();
    };

    const openFirst = () => {
      const tried = new Set<TextToSpeech>();
      for (let engine = bench.next(tried); engine; engine = bench.next(tried)) {
        try {
          opened(engine);
          return;
        } catch (error) {
          tried.add(engine);
          bench.failed(engine, error);
        }
      }
    };

    /** Has one engine say what is left. Returns its failure, or undefined when it has come to the end or nobody listens any more. */
    async function* attempt(
      engine: TextToSpeech,
      text: { progress: SpokenProgress; silence: SilenceBudget; signal: AbortSignal; failedBefore: number; hasOther: boolean },
    ): AsyncGenerator<SpokenAudio, { error: unknown } | undefined> {
      const { progress, silence, signal } = text;
      const own = new AbortController();
      const askedAt = clock.monotonic();
      let open: OpenVoice | undefined;
      let hasAudio = false;
      try {
        open = opened(engine);
        open.speaking += 1;
        progress.begin();
        const rest = progress.rest();
        const limitMs = () => silence.patienceMs(hasAudio ? betweenAudioMs : firstAudioMs, { isFirst: !hasAudio, hasOther: text.hasOther });
        const pieces = open.voice.speak(rest, AbortSignal.any([signal, own.signal]));
        for await (const piece of watchAudio(pieces, { clock, signal, limitMs })) {
          if (signal.aborted) return undefined;
          if (piece.audio.length > 0) {
            silence.waited();
            silence.passed(piece.audio.length / bytesPerMs);
            if (!hasAudio && !piece.stored) onServed(engine, { latencyMs: clock.monotonic() - askedAt, failedBefore: text.failedBefore });
            hasAudio = true;
          }
          yield { engine: engine.name, ...progress.take(piece) };
        }
        if (signal.aborted) return undefined;
        const words = progress.finish();
        if (words.length > 0) yield { audio: Buffer.alloc(0), words, engine: engine.name };
        if (!hasAudio && isSayable(rest)) throw new EngineError(engine.name, 'malformed', 'the voice gave no audio');
        if (progress.isCutShort) throw new EngineError(engine.name, 'malformed', 'the voice stopped before the last word');
        return undefined;
      } catch (thrown) {
        if (signal.aborted) return undefined;
        silence.waited();
        const error = thrown instanceof AudioLateError ? new EngineError(engine.name, 'timeout', thrown.message) : thrown;
        // Others may be speaking with it at the same time: its failure is told once.
        if (!open?.failed) bench.failed(engine, error);
        if (open) open.failed = true;
        if (open && voices.get(engine) === open) voices.delete(engine);
        return { error };
      } finally {
        own.abort();
        if (open) {
          open.speaking -= 1;
          letGo(open);
        }
      }
    }

    openFirst();
    return {
      async *speak(text, turn) {
        const signal = AbortSignal.any([call, closing.signal, turn]);
        const progress = createSpokenProgress(text, bytesPerMs);
        const silence = createSilenceBudget(clock);
        const tried = new Set<TextToSpeech>();
        let last = new EngineError(namesOf(engines), 'unavailable', 'no voice is usable');
        while (!signal.aborted && progress.rest().trim() !== '') {
          const engine = bench.next(tried);
          if (!engine) throw last;
          tried.add(engine);
          const hasOther = bench.hasOther(tried);
          const failure = yield* attempt(engine, { progress, silence, signal, failedBefore: tried.size - 1, hasOther });
          if (!failure) return;
          last = toEngineError(engine, failure.error);
        }
      },
      close() {
        closing.abort();
        for (const { voice } of voices.values()) voice.close();
        voices.clear();
      },
    };
  },
});
