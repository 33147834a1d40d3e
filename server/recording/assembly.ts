import { MU_LAW_SILENCE } from '../../media/audio/g711.js';
import { FRAME_MS } from '../../media/line-clock.js';
import { STEREO_FRAME_BYTES } from '../../media/recorder.js';
import type { RecordingGap } from './contract.js';
import { BYTES_PER_MS } from './spool-file.js';

/** A stretch of audio at its line time, whole frames. */
export interface AudioPiece {
  startMs: number;
  bytes: Buffer;
}

/**
 * Where audio of a call can be found: a spool file, the segments in the store, an earlier file. It lies between the line times `startMs` and `endMs`;
 * `read` gives what there is between two line times, in any order.
 */
export interface AudioSource {
  epoch: number;
  startMs: number;
  endMs: number;
  read(fromMs: number, toMs: number): Promise<AudioPiece[]>;
}

/** How much is put together at once, ms: 480 kB. */
const WINDOW_MS = 30_000;
const SILENT_FRAME = Buffer.alloc(STEREO_FRAME_BYTES, MU_LAW_SILENCE);

/**
 * Puts the audio of a call together from its sources, window by window from line 0 to `totalMs`. Sources are given oldest epoch first: a later one wins
 * where it has sound, since a process that took over a call begins with silence for the time before it. Frames found nowhere are silence, and a gap.
 */
export async function* assemble(sources: readonly AudioSource[], totalMs: number): AsyncGenerator<{ bytes: Buffer; gaps: RecordingGap[] }> {
  for (let fromMs = 0; fromMs < totalMs; fromMs += WINDOW_MS) {
    const toMs = Math.min(fromMs + WINDOW_MS, totalMs);
    const bytes = Buffer.alloc((toMs - fromMs) * BYTES_PER_MS, MU_LAW_SILENCE);
    const present = new Set<number>();
    for (const source of sources) {
      for (const piece of await source.read(fromMs, toMs)) layOver(bytes, present, piece, fromMs);
    }
    yield { bytes, gaps: gapsOf(present, fromMs, toMs) };
  }
}

const layOver = (window: Buffer, present: Set<number>, piece: AudioPiece, fromMs: number) => {
  for (let at = 0; at + STEREO_FRAME_BYTES <= piece.bytes.length; at += STEREO_FRAME_BYTES) {
    const offset = (piece.startMs - fromMs) * BYTES_PER_MS + at;
    if (offset < 0 || offset + STEREO_FRAME_BYTES > window.length) continue;
    const frame = piece.bytes.subarray(at, at + STEREO_FRAME_BYTES);
    if (!present.has(offset) || !frame.equals(SILENT_FRAME)) frame.copy(window, offset);
    present.add(offset);
  }
};

const gapsOf = (present: Set<number>, fromMs: number, toMs: number): RecordingGap[] => {
  const gaps: RecordingGap[] = [];
  for (let ms = fromMs; ms < toMs; ms += FRAME_MS) {
    if (!present.has((ms - fromMs) * BYTES_PER_MS)) addGap(gaps, { start_ms: ms, end_ms: Math.min(ms + FRAME_MS, toMs) });
  }
  return gaps;
};

/** Adds a gap behind the others, joined to the last one where they touch. */
export const addGap = (gaps: RecordingGap[], gap: RecordingGap): void => {
  const last = gaps.at(-1);
  if (last && last.end_ms >= gap.start_ms) last.end_ms = gap.end_ms;
  else gaps.push({ ...gap });
};
