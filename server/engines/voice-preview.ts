import { writeWav } from '../../media/audio/wav.js';
import { splitSentences } from '../../media/sentences.js';
import type { CallerBot } from '../../schemas/caller-bot.js';
import type { Clock } from '../../schemas/clock.js';
import { EngineError } from '../../schemas/engine-error.js';
import type { TextToSpeech } from '../../schemas/ports/speech.js';
import { botVoice } from './bot-voice.js';

/** A preview that takes longer is of no use to anybody, ms. */
const WITHIN_MS = 20_000;

/**
 * A text in a bot's voice as a caller would hear it: a mono mu-law WAV of 8 kHz. Rejects with EngineError when no voice speaks in time, and with the signal's
 * reason when aborted.
 */
export const previewVoice = async (
  { textToSpeech, clock }: { textToSpeech: TextToSpeech; clock: Clock },
  bot: CallerBot,
  text: string,
  signal: AbortSignal,
): Promise<Buffer> => {
  const late = new AbortController();
  const cancel = clock.after(WITHIN_MS, () => late.abort());
  const both = AbortSignal.any([signal, late.signal]);
  const speaker = textToSpeech.open({ ...botVoice(bot), format: { encoding: 'mulaw', sampleRateHz: 8000 } }, both);
  try {
    const pieces: Buffer[] = [];
    for (const sentence of splitSentences(text)) for await (const { audio } of speaker.speak(sentence, both)) pieces.push(audio);
    signal.throwIfAborted();
    if (late.signal.aborted) throw new EngineError(textToSpeech.name, 'timeout', `no preview within ${WITHIN_MS} ms`);
    return writeWav({ encoding: 'mulaw', sampleRateHz: 8000, channels: 1 }, Buffer.concat(pieces));
  } finally {
    cancel();
    speaker.close();
  }
};
