import type { FliteOptions } from '../../media/speech/flite.js';
import type { SpeechToText, TextToSpeech } from '../../schemas/ports/speech.js';
import type { Config } from '../config.js';

/** The voice and the ear that need no key. Only those that serve are loaded, and each at its first use. */
export interface EmbeddedSpeech {
  speechToText: SpeechToText;
  textToSpeech: TextToSpeech;
  close(): Promise<void>;
}

export const embeddedSpeech = async (options: {
  embeddedVoice: Config['embeddedVoice'];
  log: NonNullable<FliteOptions['log']>;
  onSynthesis?: FliteOptions['onSynthesis'];
}): Promise<EmbeddedSpeech> => {
  const { embeddedVoice, log, onSynthesis } = options;
  if (embeddedVoice === 'modem') {
    const { modemSpeechToText, modemTextToSpeech } = await import('../../media/speech/modem.js');
    return { speechToText: modemSpeechToText(), textToSpeech: modemTextToSpeech(), close: async () => undefined };
  }
  const [{ fliteTextToSpeech }, { soundswallowerSpeechToText }] = await Promise.all([
    import('../../media/speech/flite.js'),
    import('../../media/speech/soundswallower.js'),
  ]);
  const textToSpeech = fliteTextToSpeech({ log, ...(onSynthesis ? { onSynthesis } : {}) });
  const speechToText = soundswallowerSpeechToText({ log });
  // Both take a moment to load; neither the first call nor one that loses its vendor should pay for it.
  void textToSpeech.warm();
  void speechToText.warm();
  return {
    speechToText,
    textToSpeech,
    async close() {
      await Promise.all([textToSpeech.close(), speechToText.close()]);
    },
  };
};
