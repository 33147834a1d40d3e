import type { SpeechToText, TextToSpeech } from '../../schemas/ports/speech.js';
import type { Word } from '../../schemas/transcript.js';
import { lineToMuLaw, muLawToLine, requireEightKilohertz } from '../audio/line-format.js';
import { createModemDecoder } from './modem-decoder.js';
import { encodeWords } from './modem-encoder.js';
import { createTranscriptStream } from './transcript-stream.js';
import { toWords } from './words.js';

/** Words in one piece of audio: some 4 s, so a long text is not encoded in one go when only its beginning may be heard. */
const WORDS_PER_PIECE = 12;

/**
 * A voice of tones that decodes exactly: any text, real audio in every frame, no engine. For calls whose other end listens with `modemSpeechToText`. It
 * says nothing about how real speech sounds or is understood.
 */
export const modemTextToSpeech = (): TextToSpeech => ({
  name: 'modem',
  open({ format, speed }, signal) {
    requireEightKilohertz(format, 'The modem voice');
    let closed = false;
    return {
      async *speak(text, turn) {
        const words = toWords(text);
        for (let from = 0; from < words.length; from += WORDS_PER_PIECE) {
          if (closed || signal.aborted || turn.aborted) return;
          const piece = encodeWords(words.slice(from, from + WORDS_PER_PIECE).join(' '), { speed });
          yield { audio: muLawToLine(piece.muLaw, format), words: piece.words };
        }
      },
      close() {
        closed = true;
      },
    };
  },
});

/**
 * An ear for the modem voice. It decodes all the time and gives an interim for every word; a final holds all words since the last one, so words that the
 * voice detector missed come with the next. Confidence is 1 with words, 0 without. `expect` changes nothing: any text can be heard.
 */
export const modemSpeechToText = (): SpeechToText => ({
  name: 'modem',
  open({ format }, signal) {
    requireEightKilohertz(format, 'The modem ear');
    const decoder = createModemDecoder();
    const stream = createTranscriptStream();
    let words: Word[] = [];
    const heard = () => ({ text: words.map((word) => word.text).join(' '), words });
    const close = () => {
      signal.removeEventListener('abort', close);
      stream.end();
    };
    if (signal.aborted) close();
    else signal.addEventListener('abort', close, { once: true });
    return {
      push(audio, lineMs) {
        for (const { text, startMs, endMs } of decoder.push(lineToMuLaw(audio, format), lineMs)) {
          words = [...words, { text, start_ms: startMs, end_ms: endMs }];
          stream.emit({ kind: 'transcript-interim', ...heard() });
        }
      },
      expect() {
        // Any words may come: there is nothing to narrow down.
      },
      speechStarted() {
        // Decoding never pauses, so there is nothing to start.
      },
      speechEnded() {
        stream.emit({ kind: 'transcript-final', ...heard(), confidence: words.length > 0 ? 1 : 0 });
        words = [];
      },
      events: stream.events,
      close,
    };
  },
});
