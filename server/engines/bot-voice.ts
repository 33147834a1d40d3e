import type { CallerBot } from '../../schemas/caller-bot.js';
import type { VoiceOptions } from '../../schemas/ports/speech.js';

/** The voice that a bot asks for, in the engines' terms. */
export const botVoice = ({ language, voice: { name, speed, model, settings } }: CallerBot): Omit<VoiceOptions, 'format'> => ({
  language,
  voice: name,
  speed,
  ...(model === undefined ? {} : { model }),
  ...(settings === undefined ? {} : { settings }),
});
