import type { LanguageModel, ModelPart, ModelRequest } from '../../schemas/ports/language-model.js';

/*
 * A model's reply under way. It is read as fast as it comes, so that one begun ahead of time (speculation) loses nothing while nobody reads it yet.
 */

export interface Reply {
  /** The parts from the first on, as they come. Throws what the model threw; ends quietly when it was dropped. For one reader. */
  parts(): AsyncIterable<ModelPart>;
  /** Ends the request; nothing of it has any effect. */
  drop(): void;
}

/** Begins to read at once; whoever begins it drops it. */
export const beginReply = (model: LanguageModel, request: ModelRequest): Reply => {
  const dropped = new AbortController();
  const { signal } = dropped;
  const parts: ModelPart[] = [];
  let ended = false;
  let failure: { error: unknown } | undefined;
  let wake: (() => void) | undefined;
  const notify = () => {
    wake?.();
    wake = undefined;
  };
  signal.addEventListener('abort', notify, { once: true });
  const pull = async () => {
    try {
      for await (const part of model.stream(request, signal)) {
        parts.push(part);
        notify();
      }
    } catch (error) {
      if (!signal.aborted) failure = { error };
    }
    ended = true;
    notify();
  };
  // pull keeps its failure for the reader and never rejects.
  void pull();

  return {
    async *parts() {
      for (let index = 0; ; ) {
        const part = parts[index];
        if (signal.aborted) return;
        if (part) {
          index += 1;
          yield part;
        } else if (failure) throw failure.error;
        else if (ended) return;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
    drop: () => dropped.abort(),
  };
};
