import type { PiecesEnd, SpeechPiece } from './speech-pieces.js';
import type { VoiceSettings } from './speech-request.js';

/** Text that waits for a flush is spoken by itself when it has grown to this; the first item of the vendor's schedule. */
const FIRST_CHUNK_CHARACTERS = 120;

/** One context of a socket: text comes in, is generated in order, and its end is told when it was closed. */
export interface SpeechContext {
  append(text: string, flush: boolean): void;
  flush(): void;
  /** What was flushed is still said; what was not is dropped. */
  close(): void;
  readonly isClosed: boolean;
}

export const openContext = (options: {
  settings: VoiceSettings;
  autoMode: boolean;
  generate(text: string, settings: VoiceSettings): AsyncGenerator<SpeechPiece, PiecesEnd>;
  onPiece(piece: SpeechPiece): void;
  /** Something other than the whole of it: the context says nothing more. */
  onBroken(end: Exclude<PiecesEnd, 'whole'>): void;
  onFinal(): void;
  onDefect(error: unknown): void;
}): SpeechContext => {
  const { settings, autoMode } = options;
  let buffer = '';
  let isClosed = false;
  let isBroken = false;
  let generating: Promise<void> = Promise.resolve();

  const generate = async (text: string) => {
    if (isBroken) return;
    const pieces = options.generate(text, settings);
    for (;;) {
      const next = await pieces.next();
      if (!next.done) {
        options.onPiece(next.value);
        continue;
      }
      if (next.value === 'whole') return;
      isBroken = true;
      return options.onBroken(next.value);
    }
  };
  const later = (run: () => Promise<void> | void) => {
    generating = generating.then(run).catch(options.onDefect);
  };
  const flush = () => {
    const text = buffer.trim();
    buffer = '';
    if (text !== '') later(() => generate(text));
  };

  return {
    append(text, mustFlush) {
      buffer += text;
      if (mustFlush || autoMode || buffer.length >= FIRST_CHUNK_CHARACTERS) flush();
    },
    flush,
    close() {
      isClosed = true;
      buffer = '';
      later(() => {
        if (!isBroken) options.onFinal();
      });
    },
    get isClosed() {
      return isClosed;
    },
  };
};
