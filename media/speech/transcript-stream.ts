import type { TranscriptEvent } from '../../schemas/ports/speech.js';

/** Where a recogniser puts its events and the call session takes them. */
export interface TranscriptStream {
  /** Adds an event for the reader; dropped after `end`. */
  emit(event: TranscriptEvent): void;
  /** Ends `events` after what is already queued. */
  end(): void;
  /** For one reader. */
  readonly events: AsyncIterable<TranscriptEvent>;
}

/** Finals and failures that may wait for a reader. One comes per stretch of speech, so a reader this far behind is gone. */
const MAX_QUEUED = 256;

/**
 * A bounded queue between an engine and its reader. An interim that waits is replaced by the next interim or final, so a slow reader sees the newest
 * words; finals and failures are kept in order up to 256, then the oldest goes.
 */
export const createTranscriptStream = (): TranscriptStream => {
  let queue: TranscriptEvent[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const notify = () => {
    wake?.();
    wake = undefined;
  };
  async function* read(): AsyncGenerator<TranscriptEvent> {
    for (;;) {
      const next = queue.shift();
      if (next) yield next;
      else if (ended) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  return {
    emit(event) {
      if (ended) return;
      const isNewer = event.kind === 'transcript-interim' || event.kind === 'transcript-final';
      if (isNewer && queue[queue.length - 1]?.kind === 'transcript-interim') queue.pop();
      queue = [...queue, event].slice(-MAX_QUEUED);
      notify();
    },
    end() {
      ended = true;
      notify();
    },
    events: read(),
  };
};
