import { isPiece, type Packet } from './packet.js';

/** A word that was heard to its end. Times are line ms. */
export interface DecodedWord {
  text: string;
  startMs: number;
  endMs: number;
}

/** The pieces of one word are 20 ms apart; a lost one would leave some 500 ms. */
const LONGEST_PIECE_GAP_MS = 60;

/** Makes words of packets in line order. A word with a missing piece is left out. */
export const createWordJoiner = (): ((packet: Packet, startMs: number, endMs: number) => DecodedWord | undefined) => {
  let begun: { pieces: Buffer[]; startMs: number; endMs: number } | undefined;
  return (packet, startMs, endMs) => {
    const before = begun;
    begun = undefined;
    if (!isPiece(packet)) return { text: packet.payload.toString(), startMs, endMs };
    const [number, ...rest] = packet.payload;
    let pieces: Buffer[] = [Buffer.from(rest)];
    let wordStartMs = startMs;
    if (packet.continues) {
      if (!before || number !== (before.pieces.length & 0xff) || startMs - before.endMs > LONGEST_PIECE_GAP_MS) return undefined;
      pieces = [...before.pieces, ...pieces];
      wordStartMs = before.startMs;
    }
    if (!packet.moreFollows) return { text: Buffer.concat(pieces).toString(), startMs: wordStartMs, endMs };
    begun = { pieces, startMs: wordStartMs, endMs };
    return undefined;
  };
};
