import type { Clock, Random } from '../../../schemas/clock.js';
import type { SpeechFault } from './faults.js';
import type { Synthesis, TimedCharacter } from './synthesis.js';

/** How the sandbox generates, and in which of the vendor's ways it writes. */
export interface ElevenLabsProfile {
  /** From the text to the first audio, ms, on average: 150 to 200 in the United States, 380 to 440 from South Asia. */
  firstByteMs: number;
  /** Generated audio a second of time. */
  timesRealTime: number;
  /** Audio in one piece, ms, on average. */
  pieceMs: number;
  /** Times of characters count from their piece, or from the start of the speech. */
  times: 'relative' | 'absolute';
  casing: 'camel' | 'snake';
  /** `sometimes` leaves it out of every other piece. */
  alignment: 'always' | 'sometimes' | 'never';
  /** With `overlapping` the alignment of every piece starts anew at the beginning, as was seen with Flash; the normalised one goes on. */
  passes: 'sequential' | 'overlapping';
}

export const ELEVENLABS_PROFILE: ElevenLabsProfile = {
  firstByteMs: 180,
  timesRealTime: 5,
  pieceMs: 320,
  times: 'relative',
  casing: 'camel',
  alignment: 'always',
  passes: 'sequential',
};

/** A piece of speech as it leaves the vendor. */
export interface SpeechPiece {
  audio: Buffer;
  alignment: TimedCharacter[] | null;
  normalized: TimedCharacter[] | null;
}

/** Why the stream of pieces ended. */
export type PiecesEnd = 'whole' | 'hang' | { cut: { closeCode?: number } } | { error: string };

/** A fault or the profile may keep a reader waiting until the signal ends it. Yields pieces of odd sizes at the pace of the profile. */
export async function* speechPieces(
  synthesis: Synthesis,
  how: { profile: ElevenLabsProfile; fault: SpeechFault | undefined; clock: Clock; random: Random; signal: AbortSignal },
): AsyncGenerator<SpeechPiece, PiecesEnd> {
  const { profile, fault, clock, random, signal } = how;
  const { audio, bytesPerMs, characters } = synthesis;
  const spread = () => 0.75 + random.next() / 2;
  if (fault?.kind === 'hang-body') return 'hang';
  await clock.sleep((fault?.kind === 'slow-first-byte' ? fault.ms : 0) + profile.firstByteMs * spread(), signal);
  let mayStall = fault?.kind === 'stall' ? fault : undefined;
  for (let from = 0, nth = 0; from < audio.length; nth += 1) {
    const fromMs = from / bytesPerMs;
    if (mayStall && fromMs >= mayStall.afterMs) {
      if (mayStall.forMs === undefined) return 'hang';
      await clock.sleep(mayStall.forMs, signal);
      mayStall = undefined;
    }
    if (fault?.kind === 'truncate' && fromMs >= fault.afterMs) return 'whole';
    if (fault?.kind === 'cut' && fromMs >= fault.afterMs) return { cut: fault.closeCode === undefined ? {} : { closeCode: fault.closeCode } };
    if (fault?.kind === 'error' && fromMs >= fault.afterMs) return { error: fault.code };
    // Never a whole frame, nor a whole sample of two bytes.
    const bytes = Math.round((profile.pieceMs * spread() * bytesPerMs) / 2) * 2 + 1;
    const to = Math.min(audio.length, from + bytes);
    if (from > 0) await clock.sleep((to - from) / bytesPerMs / profile.timesRealTime, signal);
    yield {
      audio: audio.subarray(from, to),
      ...alignments(characters, { fromMs, toMs: to / bytesPerMs, isLast: to === audio.length, nth }, profile),
    };
    from = to;
  }
  // A cut after the last piece, before the end is told.
  if (fault?.kind === 'cut') return { cut: fault.closeCode === undefined ? {} : { closeCode: fault.closeCode } };
  if (fault?.kind === 'error') return { error: fault.code };
  return 'whole';
}

const alignments = (
  characters: readonly TimedCharacter[],
  piece: { fromMs: number; toMs: number; isLast: boolean; nth: number },
  { times, alignment, passes }: ElevenLabsProfile,
): Pick<SpeechPiece, 'alignment' | 'normalized'> => {
  const isMissing = alignment === 'never' || (alignment === 'sometimes' && piece.nth % 2 === 0);
  if (isMissing) return { alignment: null, normalized: null };
  const began = (before: number) => characters.filter(({ startMs }) => startMs >= before && (startMs < piece.toMs || piece.isLast));
  const own = began(piece.fromMs);
  const shift = times === 'relative' ? piece.fromMs : 0;
  const shifted = own.map((one) => ({ ...one, startMs: one.startMs - shift, endMs: one.endMs - shift }));
  // The vendor's normalised text begins with a space.
  const normalized = piece.nth === 0 && shifted[0] ? [{ character: ' ', startMs: 0, endMs: shifted[0].startMs }, ...shifted] : shifted;
  return { alignment: passes === 'overlapping' ? began(0) : shifted, normalized };
};
