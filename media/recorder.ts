import { MU_LAW_FRAME_BYTES as FRAME_BYTES, MU_LAW_SILENCE } from './audio/g711.js';
import { FRAME_MS } from './line-clock.js';

/** Bytes of one stereo frame (20 ms): interleaved mu-law samples, left the candidate, right the agent. */
export const STEREO_FRAME_BYTES = 2 * FRAME_BYTES;
/** Line time of one segment, ms. */
export const SEGMENT_MS = 1_000;
/** Bytes of a whole segment. */
export const SEGMENT_BYTES = (SEGMENT_MS / FRAME_MS) * STEREO_FRAME_BYTES;
/** Line time after which a segment under way is told, ms: what a crash may cost here, besides what is on its way to the disk. */
const PART_MS = 200;
const PART_BYTES = (PART_MS / FRAME_MS) * STEREO_FRAME_BYTES;

/** No call is longer (Twilio's largest TimeLimit, 14,400 s); a line time beyond it is an error of the caller and is ignored. */
const MAX_LINE_MS = 14_400_000;

/**
 * Takes one stretch of the recording: segment `n` covers line ms `n * 1000` to `(n + 1) * 1000`. All are `SEGMENT_BYTES` long but the last, which is
 * whole frames. The bytes are the receiver's. Must not block.
 */
export type OnSegment = (n: number, bytes: Buffer) => void;

/**
 * Takes segment `n` as far as it has come, each `PART_MS` before it is whole, from its beginning: what an earlier call gave is not changed any more. The bytes
 * must not be written to. Must not block.
 */
export type OnPart = (n: number, bytes: Buffer) => void;

/**
 * The stereo recording of one call, pure: frames in, segments out. Byte offsets follow the line from 0, so a turn's line time finds its audio; time in
 * which recording was not allowed, and time for which no frame came, is silence of true length.
 */
export interface Recorder {
  /** Recording is allowed from `lineMs` on. Until the first `start` nothing is kept and no segment is made. */
  start(lineMs: number): void;
  /** Recording is no longer allowed; what was recorded stays. `start` may follow. */
  stop(): void;
  /** One line frame: 160 bytes of the candidate as received, 160 of the agent as heard. A frame for time already recorded is dropped. */
  frame(lineMs: number, candidate: Buffer, agentHeard: Buffer): void;
  /** The line stands at `lineMs` without frames for the time before it, for example after a broken media socket: silence. */
  advanceTo(lineMs: number): void;
  /** Gives out the last, shorter segment. Nothing is recorded afterwards. */
  finish(): void;
  /** True between `start` and `stop`. */
  readonly recording: boolean;
  /** Line time up to which the recording reaches, ms; 0 when it never started. */
  readonly recordedMs: number;
}

/**
 * `fromLineMs` is where this recorder takes over a call that another process began to record: its first segment is the one which contains that time, with
 * silence before it.
 */
export const createRecorder = (options: { onSegment: OnSegment; onPart?: OnPart; fromLineMs?: number }): Recorder => {
  let segment = Math.floor(inBounds(options.fromLineMs ?? 0) / SEGMENT_MS);
  let bytes = Buffer.alloc(SEGMENT_BYTES, MU_LAW_SILENCE);
  let used = 0;
  let begun = false;
  let recording = false;
  let finished = false;

  const position = () => segment * SEGMENT_MS + (used / STEREO_FRAME_BYTES) * FRAME_MS;
  const moveOn = () => {
    used += STEREO_FRAME_BYTES;
    if (used < SEGMENT_BYTES) {
      if (used % PART_BYTES === 0) options.onPart?.(segment, bytes.subarray(0, used));
      return;
    }
    options.onSegment(segment, bytes);
    segment += 1;
    used = 0;
    bytes = Buffer.alloc(SEGMENT_BYTES, MU_LAW_SILENCE);
  };
  const silenceTo = (lineMs: number) => {
    const target = Math.floor(inBounds(lineMs) / FRAME_MS) * FRAME_MS;
    while (position() < target) moveOn();
  };

  return {
    start(lineMs) {
      if (finished) return;
      begun = true;
      recording = true;
      silenceTo(lineMs);
    },
    stop() {
      recording = false;
    },
    frame(lineMs, candidate, agentHeard) {
      if (!recording || finished || lineMs < position() || lineMs !== inBounds(lineMs)) return;
      silenceTo(lineMs);
      for (let sample = 0; sample < FRAME_BYTES; sample += 1) {
        bytes[used + 2 * sample] = candidate[sample] ?? MU_LAW_SILENCE;
        bytes[used + 2 * sample + 1] = agentHeard[sample] ?? MU_LAW_SILENCE;
      }
      moveOn();
    },
    advanceTo(lineMs) {
      if (recording && !finished) silenceTo(lineMs);
    },
    finish() {
      if (begun && !finished && used > 0) options.onSegment(segment, bytes.subarray(0, used));
      finished = true;
      recording = false;
    },
    get recording() {
      return recording;
    },
    get recordedMs() {
      return begun ? position() : 0;
    },
  };
};

const inBounds = (lineMs: number) => (Number.isFinite(lineMs) ? Math.min(Math.max(0, lineMs), MAX_LINE_MS) : 0);
