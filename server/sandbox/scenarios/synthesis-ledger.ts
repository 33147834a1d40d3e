/** One piece of speech as the synthesiser made it: mu-law at 8 kHz and its words with their times in ms from the piece's start. */
export interface SynthesisedPiece {
  audio: Buffer;
  words: readonly { text: string; start_ms: number; end_ms: number }[];
}

/**
 * What the agent's voice has made in the life of a server, told by the synthesiser itself and never by the session loop. It is the only way to know the
 * words of real speech exactly: the far end finds the bytes that it was played in here.
 */
export interface SynthesisLedger {
  add(piece: SynthesisedPiece): void;
  /** Newest first. */
  pieces(): readonly SynthesisedPiece[];
}

/** A call has some hundred pieces; a ledger serves one server of a scenario file, so this is far more than is ever looked at. */
const MAX_PIECES = 5000;

export const createSynthesisLedger = (): SynthesisLedger => {
  const pieces: SynthesisedPiece[] = [];
  return {
    add(piece) {
      // A phrase that is said again is handed out again, as the same bytes.
      const before = pieces.findIndex((known) => known.audio === piece.audio);
      if (before >= 0) pieces.splice(before, 1);
      pieces.unshift(piece);
      pieces.length = Math.min(pieces.length, MAX_PIECES);
    },
    pieces: () => pieces,
  };
};
