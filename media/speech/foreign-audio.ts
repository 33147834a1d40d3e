import type { AudioFormat } from '../../schemas/ports/speech.js';

/*
 * Audio of another format than was asked for, known by its bytes. A vendor that ignores the format of a request, or a proxy that changes it, sends a file with
 * a header or plain 16-bit samples; played as mu-law both are a roar in somebody's ear.
 *
 *   mu-law           each byte is a sample: bytes at even and at odd places change alike
 *   16-bit samples   low and high byte take turns: the low ones jump about, the high ones follow the wave
 */

/** First bytes of WAV, MP3 with its tag, Ogg and FLAC. */
const HEADERS = ['RIFF', 'ID3', 'OggS', 'fLaC'];
const LONGEST_HEADER = 4;
/** Enough bytes to judge by: less than the shortest word. */
const LEAST_BYTES = 800;
/** In mu-law of speech, tones and noise one kind of places changes up to 1.1 times as much as the other, in 16-bit samples of them 3 times and more. */
const UNEVEN = 2;
/** Silence changes nothing: what changes less than this from sample to sample, on average, is not judged. */
const LEAST_CHANGE = 4;

export interface ForeignAudioCheck {
  /** Takes the speech in order, in pieces of any size. */
  add(audio: Buffer): void;
  readonly isForeign: boolean;
}

/** Looks at one speech from its first byte on. A header is found in any format, 16-bit samples where mu-law was asked for. */
export const createForeignAudioCheck = ({ encoding }: AudioFormat): ForeignAudioCheck => {
  let head = '';
  let bytes = 0;
  /** The last bytes at even and at odd places, and how much they have changed in sum. */
  const last = [0, 0];
  const changed = [0, 0];
  return {
    add(audio) {
      if (head.length < LONGEST_HEADER) head += audio.toString('latin1', 0, LONGEST_HEADER - head.length);
      if (encoding !== 'mulaw') return;
      for (const byte of audio) {
        const place = bytes % 2;
        const apart = Math.abs(byte - (last[place] ?? 0));
        // On a circle: a high byte that goes from 0 to -1 has hardly changed.
        if (bytes >= 2) changed[place] = (changed[place] ?? 0) + Math.min(apart, 256 - apart);
        last[place] = byte;
        bytes += 1;
      }
    },
    get isForeign() {
      if (HEADERS.some((header) => head.startsWith(header))) return true;
      const [even = 0, odd = 0] = changed;
      const more = Math.max(even, odd);
      return bytes >= LEAST_BYTES && more >= (LEAST_CHANGE * bytes) / 2 && more > UNEVEN * Math.min(even, odd);
    },
  };
};
