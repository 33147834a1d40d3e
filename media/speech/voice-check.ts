import type { TextToSpeech } from '../../schemas/ports/speech.js';

/** As short as a text with sound can be: vendors count characters. */
const TEXT = 'Hello.';

/**
 * Has a voice begin to speak as it would in a call: key, account, model and voice serve when its first audio comes. Costs the vendor's price of one word.
 * Rejects with the voice's EngineError, and with the signal's reason when aborted.
 */
export const checkVoice = async (engine: TextToSpeech, signal: AbortSignal): Promise<void> => {
  const enough = new AbortController();
  const both = AbortSignal.any([signal, enough.signal]);
  const voice = engine.open({ format: { encoding: 'mulaw', sampleRateHz: 8000 }, language: 'en-US', voice: 'default', speed: 1 }, both);
  try {
    for await (const { audio } of voice.speak(TEXT, both)) if (audio.length > 0) return;
    signal.throwIfAborted();
  } finally {
    enough.abort();
    voice.close();
  }
};
