import type { TranscriptEvent } from '../../schemas/ports/speech.js';
import type { Word } from '../../schemas/transcript.js';

/*
 * One transcript out of what several ears heard one after the other. An ear that takes over hears some of the speech again; where the audio is not kept any
 * more, the interim words of the ear before it stand in.
 *
 *   first ear    ├─ final ─┤   ├─ interim words ─┤ fails
 *   next ear                          ├─ hears again ────────┤ final
 *   transcript   ├─ final ─┤   ├─────┤├──────────────────────┤
 *                               guessed
 */

type Final = Extract<TranscriptEvent, { kind: 'transcript-final' }>;
type Heard = Pick<Final, 'text' | 'words'>;

/** Words that only ever were interim: probably right, to be confirmed by asking. */
const GUESS_CONFIDENCE = 0.5;

export interface TranscriptMerge {
  /** Another ear takes over that can hear from `fromMs` on. Gives the line time from which its words are wanted. */
  takeOver(fromMs: number): number;
  interim(event: Heard, engine: string): Heard;
  /** The final of a stretch that ended at `endedMs`; words from `nextMs` on belong to the speech after it. */
  final(event: Final, engine: string, stretch: { endedMs: number; nextMs: number }): Final;
  /** A final that nobody asked for; undefined when it says nothing. */
  unasked(event: Final, engine: string): Final | undefined;
  /** What was being said is lost, and asked for again. */
  forget(untilMs: number): void;
}

export const createTranscriptMerge = (): TranscriptMerge => {
  /** Up to here the words have been told in finals. */
  let toldUntilMs = Number.NEGATIVE_INFINITY;
  /** What the present ear said of the time before it had nothing to hear. */
  let heardFromMs = Number.NEGATIVE_INFINITY;
  /** Words before those of the present ear, in the stretch that has no final yet. */
  let prefix: Word[] = [];
  /** Words of interims since the last final: of the present ear with the prefix, and of the ear before it. */
  let interim: { words: Word[]; engine: string } = { words: [], engine: '' };
  let before = interim;

  /** Without words that the present ear can only have imagined, as their audio was not played to it. */
  const own = (event: Heard): Heard => {
    const words = event.words.filter((word) => (word.start_ms + word.end_ms) / 2 >= heardFromMs);
    return words.length === event.words.length ? event : { text: textOf(words), words };
  };
  const withPrefix = ({ text, words }: Heard): Heard =>
    prefix.length === 0 ? { text, words } : { text: [textOf(prefix), text].filter((part) => part !== '').join(' '), words: [...prefix, ...words] };

  const told = (event: Final, heard: Heard, engine: string): Final => {
    const { text, words } = withPrefix(heard);
    const confidence = prefix.length > 0 ? Math.min(GUESS_CONFIDENCE, event.confidence || GUESS_CONFIDENCE) : event.confidence;
    toldUntilMs = Math.max(toldUntilMs, ...words.map((word) => word.end_ms));
    prefix = [];
    interim = { words: [], engine };
    return { kind: 'transcript-final', text, words, confidence, engine: event.engine ?? engine };
  };

  return {
    takeOver(fromMs) {
      const wantedMs = Math.max(fromMs, toldUntilMs);
      prefix = interim.words.filter((word) => word.start_ms < wantedMs);
      before = interim;
      heardFromMs = Math.max(wantedMs, ...prefix.map((word) => word.end_ms));
      return heardFromMs;
    },
    interim(event, engine) {
      const merged = withPrefix(own(event));
      interim = { words: merged.words, engine };
      return merged;
    },
    final(event, engine, { endedMs, nextMs }) {
      const heard = own(event);
      const guessed = before.words.filter((word) => word.start_ms < nextMs);
      const guesser = before.engine;
      before = { ...before, words: before.words.filter((word) => word.start_ms >= nextMs) };
      toldUntilMs = Math.max(toldUntilMs, endedMs);
      if (heard.text !== '' || guessed.length === 0) return told(event, heard, engine);
      prefix = guessed;
      return told(event, heard, guesser);
    },
    unasked(event, engine) {
      const heard = own(event);
      return heard.text === '' ? undefined : told(event, heard, engine);
    },
    forget(untilMs) {
      toldUntilMs = Math.max(toldUntilMs, untilMs);
      prefix = [];
      interim = { ...interim, words: [] };
      before = interim;
    },
  };
};

const textOf = (words: readonly Word[]) => words.map((word) => word.text).join(' ');
