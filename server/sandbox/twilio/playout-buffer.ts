/** One frame of the line: 20 ms of mu-law at 8 kHz. */
export const FRAME_BYTES = 160;
export const FRAME_MS = 20;
/** mu-law for no sound. */
export const SILENT_BYTE = 0xff;

/** What waits in the carrier to be played: 10 minutes. The vendor's bound is not published; an agent that sends more has lost its own. */
const MAX_BYTES = 10 * 60 * 8000;

/** The carrier's buffer of one bidirectional stream, pure: audio in at any pace, out by the frame, marks back when all audio before them was played. */
export interface PlayoutBuffer {
  /** Audio to be played after all that waits. False when the buffer is full; nothing is taken then. */
  append(audio: Buffer): boolean;
  /** Returns the marks to echo now: this one if nothing waits, none otherwise. */
  mark(name: string): string[];
  /** Drops what waits and returns all marks that were pending; Twilio echoes them at once. */
  clear(): string[];
  /** Takes the next 160 bytes, filled up with silence, and returns the marks that are due when this frame has been played. */
  takeFrame(): { frame: Buffer; marks: string[]; audioBytes: number };
}

export const createPlayoutBuffer = (): PlayoutBuffer => {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let playedBytes = 0;
  let marks: { name: string; afterBytes: number }[] = [];

  const dueMarks = () => {
    const due = marks.filter((mark) => mark.afterBytes <= playedBytes);
    if (due.length > 0) marks = marks.filter((mark) => mark.afterBytes > playedBytes);
    return due.map((mark) => mark.name);
  };

  return {
    append(audio) {
      if (waitingBytes + audio.length > MAX_BYTES) return false;
      if (audio.length > 0) waiting.push(audio);
      waitingBytes += audio.length;
      return true;
    },
    mark(name) {
      marks.push({ name, afterBytes: playedBytes + waitingBytes });
      return waitingBytes === 0 ? dueMarks() : [];
    },
    clear() {
      waiting = [];
      waitingBytes = 0;
      const pending = marks.map((mark) => mark.name);
      marks = [];
      return pending;
    },
    takeFrame() {
      const frame = Buffer.alloc(FRAME_BYTES, SILENT_BYTE);
      let filled = 0;
      while (filled < FRAME_BYTES) {
        const first = waiting[0];
        if (first === undefined) break;
        const taken = first.copy(frame, filled, 0, FRAME_BYTES - filled);
        filled += taken;
        if (taken === first.length) waiting.shift();
        else waiting[0] = first.subarray(taken);
      }
      waitingBytes -= filled;
      playedBytes += filled;
      return { frame, marks: dueMarks(), audioBytes: filled };
    },
  };
};
