/** Where a piece of audio that was sent to a vendor lies on the line. A vendor counts the audio of one connection; the line has gaps and we send silence. */
export interface AudioLineMap {
  /** `ms` of audio follow. Without `lineMs` it is silence of our own, during which the line stands still. */
  append(ms: number, lineMs?: number): void;
  /** Line time of something that begins, or ends, at `audioMs`; they differ where a gap lies. Whole ms; beyond the audio sent it is the end of that. */
  startToLine(audioMs: number): number;
  endToLine(audioMs: number): number;
}

interface Segment {
  audioMs: number;
  lineMs: number;
  moves: boolean;
}

/** A line that jumps less than this goes on; frames are 20 ms. */
const SAME_MS = 0.5;
/** Gaps kept; vendors tell of the last few seconds only. */
const MAX_SEGMENTS = 512;

export const createAudioLineMap = (): AudioLineMap => {
  let segments: Segment[] = [];
  let sentMs = 0;

  const at = (segment: Segment, audioMs: number) => (segment.moves ? segment.lineMs + audioMs - segment.audioMs : segment.lineMs);
  const toLine = (audioMs: number, isIn: (segment: Segment, position: number) => boolean): number => {
    const position = Math.min(Math.max(0, audioMs), sentMs);
    const segment = segments.findLast((one) => isIn(one, position)) ?? segments[0];
    return segment ? Math.round(at(segment, position)) : 0;
  };

  return {
    append(ms, lineMs) {
      const last = segments.at(-1);
      const endMs = last && at(last, sentMs);
      const moves = lineMs !== undefined;
      const goesOn = last?.moves === moves && (lineMs === undefined || Math.abs(lineMs - (endMs ?? 0)) < SAME_MS);
      if (!goesOn) segments = [...segments, { audioMs: sentMs, lineMs: lineMs ?? endMs ?? 0, moves }].slice(-MAX_SEGMENTS);
      sentMs += ms;
    },
    startToLine: (audioMs) => toLine(audioMs, (segment, position) => segment.audioMs <= position + SAME_MS),
    endToLine: (audioMs) => toLine(audioMs, (segment, position) => segment.audioMs < position - SAME_MS),
  };
};
