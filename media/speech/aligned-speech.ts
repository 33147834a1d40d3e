import type { AudioFormat, SpokenAudio } from '../../schemas/ports/speech.js';
import type { Word } from '../../schemas/transcript.js';
import { frameSizes } from '../audio/frames.js';
import { type Alignment, createCharacterTimes, hasSound, matchedCharacters } from './character-times.js';
import type { SpokenWord } from './spoken-form.js';

/*
 * A vendor's stream of audio and timing becomes pieces of whole frames, each ending where a word of the text ends:
 *
 *   audio in    ▒▒▒▒▒▒▒│▒▒▒▒▒▒▒▒▒▒│▒▒▒▒                    chunks of any size
 *   words       │ Good    │ morning. │ How  │              by alignment, else by counting characters
 *   pieces out  ╰─────────╯╰─────────╯                     "How" waits for its end
 *
 * So what has been given out is whole words: after a break the rest is asked for anew and nothing is said twice, and a pause resumes at the start of a word.
 */

/** Audio that its alignment does not explain is held back for this long, then its words are placed by counting characters. */
const UNEXPLAINED_MS = 400;
/** Nobody speaks faster than 40 characters a second: text that would need it was not said. */
const FASTEST_MS = 25;
/** What may be missing from the audio without anybody's noticing. */
const FORGIVEN_MS = 500;
/** Vendors round their times, and pieces of them add up: a word that seems to end so little after a frame has ended with it. */
const ROUNDING_MS = 2;
/** Audio beyond this is no speech of the text: 400 ms for each character, and 10 s. */
const SLOWEST_MS = 400;
const LONGEST_EXTRA_MS = 10_000;

export interface AlignedSpeech {
  /** The spoken words, joined by one space: what the vendor is asked to say. */
  readonly text: string;
  /** False when no character of it sounds: dashes, emoji. */
  readonly sounds: boolean;
  /** Audio taken so far, ms. */
  readonly audioMs: number;
  /** Pace of what was said so far; undefined before there is enough of it. */
  readonly msPerCharacter: number | undefined;
  /** The words that have not been given out, in order. */
  readonly rest: readonly SpokenWord[];
  /** All the text has been placed by its alignment and all its audio has come. */
  readonly isWhole: boolean;
  /** There is more audio than the text can take: the vendor says something else, without end. */
  readonly isRunaway: boolean;
  /** Takes the next audio, with what its vendor says of it in order of trust; gives the words that are now whole, if any. */
  add(audio: Buffer, alternatives: readonly Alignment[]): SpokenAudio | undefined;
  /** The vendor has ended. Gives what is left, filled up with silence to a whole frame; undefined when the audio is too short for the text. */
  finish(): SpokenAudio | undefined;
}

export const createAlignedSpeech = (options: {
  words: readonly SpokenWord[];
  format: AudioFormat;
  /** Where alignment is missing. */
  msPerCharacter: number;
}): AlignedSpeech => {
  const { words, format, msPerCharacter } = options;
  const { bytesPerMs, frameBytes, silence } = frameSizes(format);
  const frameMs = frameBytes / bytesPerMs;
  const text = words
    .map((word) => word.spoken)
    .filter((spoken) => spoken !== '')
    .join(' ');
  const times = createCharacterTimes(text);
  /** Position after the last character of each word. */
  const endIndex: number[] = [];
  for (const { spoken } of words) endIndex.push((endIndex.at(-1) ?? 0) + matchedCharacters(spoken).length);
  let waiting: Buffer = Buffer.alloc(0);
  let receivedBytes = 0;
  let givenBytes = 0;
  let givenWords = 0;

  const audioMs = () => receivedBytes / bytesPerMs;
  const wordStart = (nth: number) => times.startOf(endIndex[nth - 1] ?? 0);
  const wordEnd = (nth: number) => {
    const index = endIndex[nth] ?? 0;
    if (index === 0) return 0;
    const end = times.endOf(index - 1);
    const onFrame = Math.floor(end / frameMs) * frameMs;
    return end - onFrame <= ROUNDING_MS && onFrame > wordStart(nth) ? onFrame : end;
  };
  /** Bytes from the start of the speech to the end of the frame in which a word ends. */
  const cutAfter = (nth: number) => Math.ceil(wordEnd(nth) / frameMs) * frameBytes;

  /** Gives out the audio up to a position, with the words up to another. */
  const give = (toBytes: number, toWord: number): SpokenAudio => {
    const fromMs = givenBytes / bytesPerMs;
    const audio = waiting.subarray(0, toBytes - givenBytes);
    const lengthMs = audio.length / bytesPerMs;
    let at = 0;
    const within = (ms: number) => {
      at = Math.min(lengthMs, Math.max(at, ms - fromMs));
      return at;
    };
    const spoken = words.slice(givenWords, toWord).map(({ written }, nth): Word => {
      const start_ms = within(wordStart(givenWords + nth));
      return { text: written, start_ms, end_ms: within(wordEnd(givenWords + nth)) };
    });
    waiting = waiting.subarray(audio.length);
    givenBytes = toBytes;
    givenWords = toWord;
    return { audio, words: spoken };
  };

  const giveWhole = (): SpokenAudio | undefined => {
    let upTo = givenWords;
    while (upTo < words.length && (endIndex[upTo] ?? 0) <= times.known && cutAfter(upTo) <= receivedBytes) upTo += 1;
    const cut = upTo > givenWords ? cutAfter(upTo - 1) : 0;
    return cut > givenBytes ? give(cut, upTo) : undefined;
  };

  const isCutShort = (): boolean => {
    // Times that were only assumed say nothing about the audio but its whole length.
    if (times.isAssumed) return times.count * FASTEST_MS > audioMs();
    const unsaidMs = (times.count - times.known) * FASTEST_MS;
    return unsaidMs > Math.max(0, audioMs() - times.knownMs) + 2 * frameMs || times.knownMs > audioMs() + FORGIVEN_MS;
  };

  return {
    text,
    sounds: hasSound(text),
    get audioMs() {
      return audioMs();
    },
    get msPerCharacter() {
      return times.known >= 20 && times.known === times.count ? audioMs() / times.count : undefined;
    },
    get rest() {
      return words.slice(givenWords);
    },
    get isWhole() {
      return times.known === times.count && !times.isAssumed && times.knownMs <= audioMs();
    },
    get isRunaway() {
      return audioMs() > LONGEST_EXTRA_MS + times.count * SLOWEST_MS;
    },
    add(audio, alternatives) {
      const fromMs = audioMs();
      waiting = Buffer.concat([waiting, audio]);
      receivedBytes += audio.length;
      const isExplained = times.place(alternatives, { fromMs, toMs: audioMs() });
      if (!isExplained && audioMs() - times.knownMs > UNEXPLAINED_MS) times.assume(audioMs() - UNEXPLAINED_MS / 2, msPerCharacter);
      return giveWhole();
    },
    finish() {
      if (audioMs() === 0 || isCutShort()) return undefined;
      times.spread(audioMs());
      const odd = receivedBytes % frameBytes;
      // Words whose audio has been given out already still need a frame to stand in.
      const isEmpty = waiting.length === 0 && givenWords < words.length;
      const missing = isEmpty ? frameBytes : odd === 0 ? 0 : frameBytes - odd;
      waiting = Buffer.concat([waiting, Buffer.alloc(missing, silence)]);
      receivedBytes += missing;
      return give(receivedBytes, words.length);
    },
  };
};

/** Words that have no sound as a piece of their own: one silent frame, so that they are told in their place. */
export const silentPiece = (words: readonly SpokenWord[], format: AudioFormat): SpokenAudio => {
  const { bytesPerMs, frameBytes, silence } = frameSizes(format);
  const end = frameBytes / bytesPerMs;
  return { audio: Buffer.alloc(frameBytes, silence), words: words.map(({ written }) => ({ text: written, start_ms: 0, end_ms: end })) };
};
