import type { AudioFormat } from '../../schemas/ports/speech.js';
import { type AudioChunk, chunkFrom } from './audio-chunk.js';

/** The last seconds of the line: what still has to be sent, and what may have to be sent again. */
export interface AudioBacklog {
  push(chunk: AudioChunk): void;
  /** The next chunk to send; undefined when everything was sent. */
  next(): AudioChunk | undefined;
  /** The next chunk was sent, or need not be. */
  advance(): void;
  /** Everything from `lineMs` on has to be sent again, as far as it is kept. */
  rewind(lineMs: number): void;
  /** Line time of the oldest audio kept; where the next audio would begin when nothing is. */
  readonly firstMs: number;
  /** End of the newest speech that fell out, sent or not. */
  readonly lostVoiceUntilMs: number;
  /** The same for speech that was never sent. */
  readonly unsentVoiceLostUntilMs: number;
}

export const createAudioBacklog = (format: AudioFormat, capacityMs: number): AudioBacklog => {
  let chunks: AudioChunk[] = [];
  /** Chunks at the front that were sent. */
  let sent = 0;
  let keptMs = 0;
  let endMs = Number.NEGATIVE_INFINITY;
  let lostVoiceUntilMs = Number.NEGATIVE_INFINITY;
  let unsentVoiceLostUntilMs = Number.NEGATIVE_INFINITY;

  const dropOldest = () => {
    const oldest = chunks.shift();
    if (!oldest) return;
    keptMs -= oldest.ms;
    if (oldest.voiced) lostVoiceUntilMs = oldest.lineMs + oldest.ms;
    if (oldest.voiced && sent === 0) unsentVoiceLostUntilMs = oldest.lineMs + oldest.ms;
    sent = Math.max(0, sent - 1);
  };

  return {
    push(chunk) {
      chunks.push(chunk);
      keptMs += chunk.ms;
      endMs = chunk.lineMs + chunk.ms;
      while (keptMs > capacityMs && chunks.length > 1) dropOldest();
    },
    next: () => chunks[sent],
    advance() {
      sent = Math.min(chunks.length, sent + 1);
    },
    rewind(lineMs) {
      // What lies before is heard and will not be asked for again.
      chunks = chunks.flatMap((chunk) => chunkFrom(chunk, lineMs, format) ?? []);
      keptMs = chunks.reduce((sum, chunk) => sum + chunk.ms, 0);
      sent = 0;
    },
    get firstMs() {
      return chunks[0]?.lineMs ?? endMs;
    },
    get lostVoiceUntilMs() {
      return lostVoiceUntilMs;
    },
    get unsentVoiceLostUntilMs() {
      return unsentVoiceLostUntilMs;
    },
  };
};
