/** 20 minutes at 8 kHz; later audio of a call is not kept. */
const MAX_BYTES = 20 * 60 * 8000;
const FIRST_BYTES = 30 * 8000;

/** What really was on a line, mu-law at 8 kHz, both sides equally long: left what the party said (before any loss), right what was played into its ear. */
export interface StereoTruth {
  left: Buffer;
  right: Buffer;
}

/** Keeps the truth of one call; grows by doubling. */
export interface TruthRecorder {
  add(said: Buffer, played: Buffer): void;
  truth(): StereoTruth;
  /** Drops what was kept and keeps no more. */
  forget(): void;
}

export const createTruthRecorder = (): TruthRecorder => {
  let left = Buffer.alloc(FIRST_BYTES);
  let right = Buffer.alloc(FIRST_BYTES);
  let length = 0;
  let forgotten = false;
  const grown = (from: Buffer) => Buffer.concat([from, Buffer.alloc(from.length)]);
  return {
    add(said, played) {
      if (forgotten || length + said.length > MAX_BYTES) return;
      if (length + said.length > left.length) {
        left = grown(left);
        right = grown(right);
      }
      said.copy(left, length);
      played.copy(right, length);
      length += said.length;
    },
    truth: () => ({ left: Buffer.from(left.subarray(0, length)), right: Buffer.from(right.subarray(0, length)) }),
    forget() {
      forgotten = true;
      length = 0;
      left = Buffer.alloc(0);
      right = Buffer.alloc(0);
    },
  };
};
