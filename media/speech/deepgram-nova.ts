import { z } from 'zod';
import { type Heard, type HeardWord, type MessageReader, spreadWords } from './deepgram-heard.js';

/*
 * Nova (v1/listen): messages in, what was heard out. Follows: Deepgram docs, "Understand endpointing and interim results", "Utterance end", "Finalize".
 *
 * Each final covers only the audio since the final before it; an utterance is the finals up to one with `speech_final`, or up to UtteranceEnd where noise
 * keeps endpointing from firing. SpeechStarted also comes for noise without words, so it is no event of ours.
 */

const wordSchema = z.object({
  word: z.string(),
  start: z.number(),
  end: z.number(),
  confidence: z.number().default(1),
  punctuated_word: z.string().optional(),
});

const resultsSchema = z.object({
  start: z.number(),
  duration: z.number(),
  is_final: z.boolean().default(false),
  speech_final: z.boolean().default(false),
  from_finalize: z.boolean().default(false),
  channel: z.object({
    alternatives: z.array(z.object({ transcript: z.string(), confidence: z.number().default(1), words: z.array(wordSchema).default([]) })),
  }),
});
type Results = z.infer<typeof resultsSchema>;

const typedSchema = z.looseObject({ type: z.string() });

/** Times are floating seconds: two that differ by less are the same. */
const SAME_MS = 1;

export const createNovaReader = (): MessageReader => {
  let settledMs = 0;
  /** Words were settled since the vendor last found the end of an utterance. */
  let utteranceOpen = false;

  const endUtterance = (): Heard[] => {
    if (!utteranceOpen) return [];
    utteranceOpen = false;
    return [{ kind: 'end-of-turn', certainty: 'firm' }];
  };

  const onResults = (results: Results): Heard[] => {
    const untilMs = (results.start + results.duration) * 1000;
    // The same final once more: its words are known and its end was told.
    if (results.is_final && results.duration > 0 && untilMs <= settledMs + SAME_MS && !results.from_finalize) return [];
    const { text, words } = wordsOf(results);
    if (!results.is_final) return [{ kind: 'words', text, words, untilMs, settled: false, flushed: false }];
    settledMs = Math.max(settledMs, untilMs);
    if (words.length > 0) utteranceOpen = true;
    const heard: Heard = { kind: 'words', text, words, untilMs, settled: true, decidedMs: untilMs, flushed: results.from_finalize };
    // After our own Finalize the vendor has not found an end: it was told one.
    return results.speech_final && !results.from_finalize ? [heard, ...endUtterance()] : [heard];
  };

  return {
    read(message) {
      const typed = typedSchema.safeParse(message);
      switch (typed.data?.type) {
        case 'Results': {
          const results = resultsSchema.safeParse(message);
          return results.success ? onResults(results.data) : [{ kind: 'unreadable' }];
        }
        case 'UtteranceEnd':
          return endUtterance();
        case 'Metadata':
          return [{ kind: 'finished' }];
        case undefined:
          return [{ kind: 'unreadable' }];
        default:
          return [];
      }
    },
    // Finalize decides whatever is open, audio or not.
    turnOpen: false,
  };
};

const wordsOf = (results: Results): { text: string; words: HeardWord[] } => {
  const best = results.channel.alternatives[0];
  const text = best?.transcript.trim() ?? '';
  if (!best || text === '') return { text: '', words: [] };
  const words = best.words.map((word) => ({
    text: word.punctuated_word ?? word.word,
    startMs: word.start * 1000,
    endMs: word.end * 1000,
    confidence: word.confidence,
  }));
  if (words.length > 0) return { text, words };
  return { text, words: spreadWords(text, results.start * 1000, (results.start + results.duration) * 1000, best.confidence) };
};
