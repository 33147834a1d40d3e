import { MU_LAW_FRAME_BYTES as FRAME_BYTES, MU_LAW_SILENCE } from './audio/g711.js';

/*
 * One clock for a call: the line. Carriers send audio in pieces that come early, late, twice or not at all; everything behind this file sees an even
 * row of 20 ms frames from line 0 on.
 */

/** Line time of one frame, ms. */
export const FRAME_MS = 20;

/** 20 ms of the line. `filled` is true when nothing of it was received and the audio is silence made here. */
export interface LineFrame {
  lineMs: number;
  audio: Buffer;
  filled: boolean;
}

/** Turns a carrier's audio events into line frames. Pure: it knows no time but the carrier's timestamps. */
export interface LineClock {
  /**
   * Takes one audio event: `timestampMs` by the carrier's clock from stream start (anything unusable, such as NaN or a negative number, means that the
   * piece follows what came before), `payload` mu-law of any length. Returns the frames that are now certain, oldest first. Audio in order passes
   * without delay; behind a hole it waits until 60 ms of later line time have come.
   */
  push(timestampMs: number, payload: Buffer): LineFrame[];
  /** Gives out silence up to `lineMs` when frames have stopped, 10 s at most a call; audio for that time that comes later is dropped. */
  fillTo(lineMs: number): LineFrame[];
  /** Gives out everything held back; a started frame is completed with silence. For the end of the stream. */
  flush(): LineFrame[];
  /** A hole is being kept open for a late piece: frames that have come wait behind it. */
  readonly holding: boolean;
  /** Line time of the next frame to be given out. */
  readonly lineMs: number;
  /** Silence filled in so far, ms. */
  readonly gapMs: number;
  /** Jumps of the carrier's clock beyond what was filled, ms. */
  readonly skippedMs: number;
  /** Events dropped as duplicates or as too late. */
  readonly droppedEvents: number;
}

const SAMPLES_PER_MS = 8;
/** How long a hole is kept open for a late piece (design/conversation.md section 1). */
const DISORDER_SAMPLES = 60 * SAMPLES_PER_MS;
/** The longest silence filled for one hole: a longer one is a jump of the carrier's clock, not a pause of the line. */
const MAX_FILL_SAMPLES = 10_000 * SAMPLES_PER_MS;
/** A jump ahead of more than this counts only when a second piece confirms it: one absurd timestamp must not insert seconds of silence. */
const SUSPECT_SAMPLES = 1_000 * SAMPLES_PER_MS;
/** So many late pieces in a row that move forward among themselves mean that the carrier's clock was set back (200 ms of 20 ms pieces). */
const SET_BACK_RUN = 10;
/** So many late pieces in a row that do not move mean that the timestamps say nothing; from then on the order of arrival counts. */
const STUCK_RUN = 50;

interface Piece {
  /** Samples from line 0. */
  start: number;
  audio: Buffer;
}

/** Rounding unit for a piece: clocks of carriers jitter by a ms or so, which must make neither holes nor overlaps. */
const stepOf = (piece: Piece) => Math.min(Math.max(piece.audio.length, 2 * SAMPLES_PER_MS), FRAME_BYTES);

/** `startLineMs` is the line time of the stream's timestamp 0: not 0 when a call gets a second stream after a break. It is rounded down to a frame. */
export const createLineClock = (options: { startLineMs?: number } = {}): LineClock => {
  const origin = Math.floor((options.startLineMs ?? 0) / FRAME_MS) * FRAME_BYTES;
  let cursor = origin;
  /** Added to the carrier's timestamps; moves when the carrier's clock jumps. */
  let offset = origin;
  /** The latest start seen. */
  let newest = origin;
  let begun = false;
  let timestampsUsable = true;
  let suspect: Piece | undefined;
  let late = { run: 0, moving: 0, last: Number.NEGATIVE_INFINITY };
  let gapSamples = 0;
  let skippedSamples = 0;
  let droppedEvents = 0;
  /** Pieces behind a hole, by start. */
  const pending: Piece[] = [];
  /** The frame being put together, up to `cursor`. */
  let part = Buffer.alloc(FRAME_BYTES, MU_LAW_SILENCE);
  let partReceived = false;
  let out: LineFrame[] = [];

  const frameDone = () => {
    out.push({ lineMs: cursor / SAMPLES_PER_MS - FRAME_MS, audio: part, filled: !partReceived });
    part = Buffer.alloc(FRAME_BYTES, MU_LAW_SILENCE);
    partReceived = false;
  };

  const append = (audio: Buffer) => {
    for (let from = 0; from < audio.length; ) {
      const at = cursor % FRAME_BYTES;
      const count = Math.min(FRAME_BYTES - at, audio.length - from);
      audio.copy(part, at, from, from + count);
      partReceived = true;
      cursor += count;
      from += count;
      if (at + count === FRAME_BYTES) frameDone();
    }
  };

  const fill = (samples: number) => {
    gapSamples += samples;
    for (let left = samples; left > 0; ) {
      const count = Math.min(FRAME_BYTES - (cursor % FRAME_BYTES), left);
      cursor += count;
      left -= count;
      if (cursor % FRAME_BYTES === 0) frameDone();
    }
  };

  /** Fills a hole; what is beyond the bound is taken out of the carrier's clock. */
  const fillHole = (samples: number) => {
    const skipped = Math.max(0, samples - MAX_FILL_SAMPLES);
    fill(samples - skipped);
    if (skipped === 0) return;
    skippedSamples += skipped;
    offset -= skipped;
    newest -= skipped;
    for (const piece of pending) piece.start -= skipped;
  };

  /** Samples of the piece's head that were given out already, by rounding; negative for a hole before it. */
  const overlap = (piece: Piece) => -Math.round((piece.start - cursor) / stepOf(piece)) * stepOf(piece);

  const drain = (everything: boolean) => {
    for (let head = pending[0]; head; head = pending[0]) {
      const known = overlap(head);
      if (known < 0) {
        // Only what can no longer come is filled: a piece of the hole's end may still be on its way.
        const overdue =
          everything || -known > MAX_FILL_SAMPLES
            ? -known
            : Math.min(-known, Math.floor((newest - DISORDER_SAMPLES - cursor) / FRAME_BYTES) * FRAME_BYTES);
        if (overdue <= 0) return;
        fillHole(overdue);
        continue;
      }
      pending.shift();
      if (known >= head.audio.length) droppedEvents += 1;
      else append(head.audio.subarray(known));
    }
  };

  const tail = () => pending.reduce((end, piece) => Math.max(end, piece.start + piece.audio.length), cursor);

  const hold = (piece: Piece) => {
    late = { run: 0, moving: 0, last: Number.NEGATIVE_INFINITY };
    const tolerance = stepOf(piece) / 2;
    if (pending.some((other) => Math.abs(other.start - piece.start) < tolerance)) {
      droppedEvents += 1;
      return;
    }
    newest = Math.max(newest, piece.start);
    const index = pending.findIndex((other) => other.start > piece.start);
    pending.splice(index < 0 ? pending.length : index, 0, piece);
  };

  /** Places a piece whose timestamp says nothing behind all that is known. */
  const holdAtTail = (audio: Buffer) => hold({ start: tail(), audio });

  /** A piece for time that was given out already: dropped, unless a row of them shows that the carrier's clock cannot be trusted. */
  const dropLate = (piece: Piece) => {
    late = { run: late.run + 1, moving: piece.start > late.last ? late.moving + 1 : 0, last: piece.start };
    if (late.moving >= SET_BACK_RUN) {
      offset += tail() - piece.start;
      holdAtTail(piece.audio);
    } else if (late.run >= STUCK_RUN) {
      timestampsUsable = false;
      holdAtTail(piece.audio);
    } else droppedEvents += 1;
  };

  const place = (piece: Piece) => {
    if (overlap(piece) >= piece.audio.length) dropLate(piece);
    else hold(piece);
  };

  const settleSuspect = (next: Piece | undefined) => {
    if (!suspect) return;
    const held = suspect;
    suspect = undefined;
    if (next && Math.abs(next.start - held.start) <= SUSPECT_SAMPLES) hold(held);
    else holdAtTail(held.audio);
  };

  const taken = (): LineFrame[] => {
    const frames = out;
    out = [];
    return frames;
  };

  return {
    push(timestampMs, payload) {
      if (payload.length === 0) return [];
      const stamp = Math.round(timestampMs) * SAMPLES_PER_MS;
      if (!timestampsUsable || !Number.isSafeInteger(stamp) || stamp < 0) {
        settleSuspect(undefined);
        holdAtTail(payload);
      } else {
        // No stream begins with a hole of seconds: such a first timestamp has another origin, for example the epoch.
        if (!begun && stamp > SUSPECT_SAMPLES) offset = origin - stamp;
        const piece = { start: stamp + offset, audio: payload };
        settleSuspect(piece);
        if (piece.start - tail() > SUSPECT_SAMPLES) suspect = piece;
        else place(piece);
      }
      begun = true;
      drain(false);
      return taken();
    },
    fillTo(lineMs) {
      settleSuspect(undefined);
      drain(true);
      const wanted = Math.floor(lineMs / FRAME_MS) * FRAME_BYTES - cursor;
      if (wanted > 0) fill(Math.min(wanted, MAX_FILL_SAMPLES));
      newest = Math.max(newest, cursor);
      return taken();
    },
    flush() {
      settleSuspect(undefined);
      drain(true);
      const started = cursor % FRAME_BYTES;
      if (started > 0) fill(FRAME_BYTES - started);
      return taken();
    },
    get holding() {
      return pending.length > 0;
    },
    get lineMs() {
      return Math.floor(cursor / FRAME_BYTES) * FRAME_MS;
    },
    get gapMs() {
      return gapSamples / SAMPLES_PER_MS;
    },
    get skippedMs() {
      return skippedSamples / SAMPLES_PER_MS;
    },
    get droppedEvents() {
      return droppedEvents;
    },
  };
};
