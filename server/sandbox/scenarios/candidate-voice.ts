import { encodeWords } from '../modem/encoder.js';
import { activeRms } from './sounds.js';

/** The voice of a virtual candidate: words in, 8 kHz mu-law out, at once. */
export interface CandidateVoice {
  speak(text: string): Buffer;
  /** RMS of its speech, in 16-bit units; noise is measured against it. */
  speechRms: number;
  /** Real speech comes from real rooms: the line carries their hush instead of digital silence, which recognisers dislike. */
  needsComfortNoise: boolean;
}

/** Speaks in tones that decode exactly. */
export const modemCandidateVoice = (): CandidateVoice => {
  const speak = (text: string) => encodeWords(text).muLaw;
  return { speak, speechRms: activeRms(speak('Hello.')), needsComfortNoise: false };
};

/**
 * Speaks with a synthesiser that takes time: all of `texts` are rendered before the call, so that nothing waits in it. Other texts cannot be spoken.
 * `synthesise` gives 8 kHz mu-law.
 */
export const renderedCandidateVoice = async (texts: readonly string[], synthesise: (text: string) => Promise<Buffer>): Promise<CandidateVoice> => {
  const rendered = new Map<string, Buffer>();
  // One after the other: a synthesiser has one worker, and the order keeps runs alike.
  for (const text of texts) rendered.set(text, await synthesise(text));
  const speak = (text: string): Buffer => {
    const audio = rendered.get(text);
    if (!audio) throw new Error(`The candidate's voice was not prepared to say ${JSON.stringify(text)}.`);
    return audio;
  };
  return { speak, speechRms: activeRms(Buffer.concat([...rendered.values()])), needsComfortNoise: true };
};
