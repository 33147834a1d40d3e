/*
 * The audio of one stretch of speech, kept until it has been recognised. A little of what came before the voice was found belongs to it: the first
 * consonant is often too soft for the detector.
 */

/** Kept before the start that the detector told, ms. */
const LEAD_MS = 300;
/** The detector may tell a start that lies this far back (its calibration at the start of a call), so this much is always kept. */
const HISTORY_MS = 1000;
/** Longest stretch that is kept; what comes after is not listened to. No turn is that long (design, conversation, section 3). */
const MAX_MS = 60_000;

const BYTES_PER_MS = 8;

interface Chunk {
  muLaw: Buffer;
  lineMs: number;
}

export interface KeptSpeech {
  muLaw: Buffer;
  /** Line time of its first sample. */
  startMs: number;
  /** What `start` was told. */
  voiceStartMs: number;
}

export interface SpeechBuffer {
  push(muLaw: Buffer, lineMs: number): void;
  /** Voice began at `lineMs`; ignored while a stretch is open. */
  start(lineMs: number): void;
  /** Length of the open stretch; undefined when none is open. */
  durationMs(): number | undefined;
  soFar(): KeptSpeech | undefined;
  /** Closes the stretch and gives all of it; undefined when none is open or nothing was kept. */
  end(): KeptSpeech | undefined;
}

/** Collects 8 kHz mu-law in line order. Gaps of line time are closed up: the recogniser hears no difference and times stay within the gap. */
export const createSpeechBuffer = (): SpeechBuffer => {
  let history: Chunk[] = [];
  let open: { chunks: Chunk[]; bytes: number; voiceStartMs: number } | undefined;
  const soFar = (): KeptSpeech | undefined => {
    const first = open?.chunks[0];
    if (!open || !first) return undefined;
    return {
      muLaw: Buffer.concat(open.chunks.map((chunk) => chunk.muLaw)),
      startMs: first.lineMs,
      voiceStartMs: open.voiceStartMs,
    };
  };
  return {
    push(muLaw, lineMs) {
      if (muLaw.length === 0) return;
      history = [...history.filter((chunk) => chunk.lineMs > lineMs - HISTORY_MS), { muLaw, lineMs }];
      if (!open || open.bytes >= MAX_MS * BYTES_PER_MS) return;
      open.chunks.push({ muLaw, lineMs });
      open.bytes += muLaw.length;
    },
    start(lineMs) {
      if (open) return;
      const chunks = history.filter((chunk) => chunk.lineMs + chunk.muLaw.length / BYTES_PER_MS > lineMs - LEAD_MS);
      open = { chunks, bytes: chunks.reduce((sum, chunk) => sum + chunk.muLaw.length, 0), voiceStartMs: lineMs };
    },
    durationMs: () => open && open.bytes / BYTES_PER_MS,
    soFar,
    end() {
      const said = soFar();
      open = undefined;
      return said;
    },
  };
};
