import { EngineError } from '../../schemas/engine-error.js';
import type { ExpectedAnswer } from '../../schemas/ports/interviewer.js';
import type { Recognition, SpeechToText, TranscriptEvent } from '../../schemas/ports/speech.js';
import { bytesPerMsOf } from '../audio/line-format.js';
import { createEngineBench, type FailoverOptions, namesOf, toEngineError } from './engine-bench.js';
import { createSpeechReplay } from './speech-replay.js';
import { createTranscriptMerge } from './transcript-merge.js';
import { createTranscriptStream } from './transcript-stream.js';

export interface FailoverSpeechToTextOptions extends FailoverOptions<SpeechToText> {
  /** An engine that owes a final for longer than this has failed when there is another to ask, ms of the clock. */
  finalDeadlineMs?: number;
}

/**
 * Three times what recognisers need at their 99th percentile, and more than a reconnection takes. Less than the 1.5 s after which an engine that hears nothing
 * answers with nothing by itself (answered-speech.ts), and the next engine must have answered within the 2.5 s that a turn waits for its final
 * (turn-defaults.ts), since words that come after their turn was committed are left out (ear.ts).
 */
const FINAL_DEADLINE_MS = 1200;
/** With nobody else to ask, a late final is better than none; one this late counts for nothing (turn-commit.ts). */
const LAST_FINAL_DEADLINE_MS = 5000;

/** The engine that listens now. */
interface Listener {
  engine: SpeechToText;
  recognition: Recognition;
  sinceMs: number;
}

/**
 * An ear made of several, in order of preference. When the one that listens gives up, ends, or owes a final for too long, the next is opened in the same
 * moment and told again all that has not been answered: what is expected, the audio since the oldest unanswered speech (up to 20 s), and the calls. Words that
 * were in a final are not told twice. An engine that failed is gone back to after a rest of 15 s at first, then longer, in a moment when nobody speaks; one
 * that needs a person is not.
 *
 * Each `speechEnded` gets exactly one final, which names its engine, and words that nobody asked for come as a final of their own. `recognition-failed` comes when an engine lost speech and recovers by itself, or as the
 * last event when nobody is left to listen.
 */
export const failoverSpeechToText = (engines: readonly SpeechToText[], options: FailoverSpeechToTextOptions): SpeechToText => ({
  name: namesOf(engines),
  open(recognitionOptions, call) {
    const { clock, onServed, finalDeadlineMs = FINAL_DEADLINE_MS } = options;
    const bench = createEngineBench(engines, options);
    const stream = createTranscriptStream();
    const replay = createSpeechReplay(bytesPerMsOf(recognitionOptions.format));
    const merge = createTranscriptMerge();
    /** Failed since the last final. */
    const tried = new Set<SpeechToText>();
    let expected: ExpectedAnswer | undefined;
    let active: Listener | undefined;
    let isOver = false;
    let cancelDeadline = () => {};

    const close = () => {
      isOver = true;
      cancelDeadline();
      call.removeEventListener('abort', close);
      const last = active;
      active = undefined;
      if (last) closeQuietly(last.recognition);
      stream.end();
    };

    const watchFinal = () => {
      cancelDeadline();
      const listener = active;
      const asked = replay.unanswered[0]?.ended?.askedMs;
      if (!listener || asked === undefined) return;
      const hasOther = bench.hasOther(new Set([...tried, listener.engine]));
      const deadlineMs = hasOther ? finalDeadlineMs : Math.max(finalDeadlineMs, LAST_FINAL_DEADLINE_MS);
      const dueMs = Math.max(asked, listener.sinceMs) + deadlineMs;
      cancelDeadline = clock.after(dueMs - clock.monotonic(), () =>
        fail(listener, new EngineError(listener.engine.name, 'timeout', `no final within ${deadlineMs} ms`)),
      );
    };

    /** Opens the best engine that is left and tells it what has not been answered. `last` is why the one before it went. */
    const listenOn = (last: EngineError): void => {
      let reason = last;
      for (let engine = bench.next(tried); engine; engine = bench.next(tried)) {
        try {
          const recognition = engine.open(recognitionOptions, call);
          const listener: Listener = { engine, recognition, sinceMs: clock.monotonic() };
          active = listener;
          // It reports failures itself.
          void follow(listener);
          tell((ear) => {
            if (expected) ear.expect(expected);
            replay.play(ear, merge.takeOver(replay.fromMs()));
          });
          return watchFinal();
        } catch (error) {
          tried.add(engine);
          bench.failed(engine, error);
          reason = toEngineError(engine, error);
        }
      }
      stream.emit({ kind: 'recognition-failed', recovering: false, reason: reason.message, failure: reason.failure });
      close();
    };

    const fail = (listener: Listener, error: unknown): void => {
      if (active !== listener) return;
      active = undefined;
      closeQuietly(listener.recognition);
      // One whose rest is over may be asked again.
      for (const engine of tried) if (bench.isRested(engine)) tried.delete(engine);
      tried.add(listener.engine);
      bench.failed(listener.engine, error);
      listenOn(toEngineError(listener.engine, error));
    };

    /** The port's calls never throw; an engine that breaks this has failed, and the audio path does not pay for it. */
    const tell = (run: (ear: Recognition) => void): void => {
      const listener = active;
      if (!listener) return;
      try {
        run(listener.recognition);
      } catch (error) {
        fail(listener, error);
      }
    };

    const follow = async (listener: Listener): Promise<void> => {
      try {
        for await (const event of listener.recognition.events) {
          if (active !== listener) return;
          onEvent(listener, event);
        }
        fail(listener, new EngineError(listener.engine.name, 'unavailable', 'the recogniser ended by itself'));
      } catch (error) {
        fail(listener, error);
      }
    };

    const onFinal = (listener: Listener, event: Extract<TranscriptEvent, { kind: 'transcript-final' }>): void => {
      const [stretch, next] = replay.unanswered;
      if (!stretch?.ended) {
        const unasked = merge.unasked(event, listener.engine.name);
        if (unasked) stream.emit(unasked);
        return;
      }
      const { lineMs, askedMs } = stretch.ended;
      replay.answered();
      stream.emit(merge.final(event, listener.engine.name, { endedMs: lineMs, nextMs: next?.startMs ?? Number.POSITIVE_INFINITY }));
      onServed(listener.engine, { latencyMs: clock.monotonic() - Math.max(askedMs, listener.sinceMs), failedBefore: tried.size });
      tried.clear();
      watchFinal();
      if (replay.unanswered.length === 0 && bench.better(listener.engine)) goBack(listener);
    };

    const goBack = (listener: Listener): void => {
      active = undefined;
      closeQuietly(listener.recognition);
      listenOn(new EngineError(listener.engine.name, 'unavailable', 'no recogniser could be opened'));
    };

    const onEvent = (listener: Listener, event: TranscriptEvent): void => {
      switch (event.kind) {
        case 'transcript-interim':
          return stream.emit({ kind: 'transcript-interim', ...merge.interim(event, listener.engine.name) });
        case 'transcript-final':
          return onFinal(listener, event);
        case 'vendor-end-of-turn':
          return stream.emit(event);
        case 'recognition-failed': {
          if (!event.recovering) return fail(listener, new EngineError(listener.engine.name, event.failure ?? 'unavailable', event.reason));
          // For the caller this answers every stretch that has ended.
          const ended = replay.unanswered.flatMap((stretch) => (stretch.ended ? [stretch.ended.lineMs] : []));
          merge.forget(Math.max(Number.NEGATIVE_INFINITY, ...ended));
          replay.forgetEnded();
          watchFinal();
          return stream.emit(event);
        }
        default:
          return event satisfies never;
      }
    };

    if (call.aborted) close();
    else {
      call.addEventListener('abort', close, { once: true });
      listenOn(new EngineError(namesOf(engines), 'unavailable', 'no recogniser is usable'));
    }

    return {
      push(audio, lineMs) {
        if (isOver) return;
        replay.push(audio, lineMs);
        tell((ear) => ear.push(audio, lineMs));
      },
      expect(next) {
        expected = next;
        tell((ear) => ear.expect(next));
      },
      speechStarted(lineMs) {
        if (isOver) return;
        replay.started(lineMs);
        tell((ear) => ear.speechStarted(lineMs));
      },
      speechEnded(lineMs) {
        if (isOver) return;
        replay.ended(lineMs, clock.monotonic());
        tell((ear) => ear.speechEnded(lineMs));
        watchFinal();
      },
      events: stream.events,
      close,
    };
  },
});

const closeQuietly = (recognition: Recognition): void => {
  try {
    recognition.close();
  } catch {
    // It is gone already, which is all that was wanted.
  }
};
