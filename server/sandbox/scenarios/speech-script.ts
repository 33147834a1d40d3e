import type { Random } from '../../../schemas/clock.js';
import { cough, rush, silence } from './sounds.js';

/** One part of what a rule says: words, or a pause or sound written in braces. */
export type SpeechPart = { kind: 'words'; text: string } | { kind: 'pause'; ms: number } | { kind: 'cough' } | { kind: 'noise'; ms: number };

const BRACES = /\{\s*(?:(\d+)\s*ms|(cough)|noise\s+(\d+)\s*ms)\s*\}/gi;

/** The first thing in braces that is no known pause or sound. */
export const findUnknownSound = (say: string): string | undefined => /\{[^}]*\}?/.exec(say.replace(BRACES, ''))?.[0];

/** Splits "Yes. {800ms} No, wait." into its parts. */
export const parseSpeech = (say: string): SpeechPart[] => {
  const parts: SpeechPart[] = [];
  const words = (text: string) => {
    if (text.trim()) parts.push({ kind: 'words', text: text.trim() });
  };
  let at = 0;
  for (const match of say.matchAll(BRACES)) {
    words(say.slice(at, match.index));
    const [whole, pauseMs, isCough, noiseMs] = match;
    if (pauseMs) parts.push({ kind: 'pause', ms: Number(pauseMs) });
    else if (isCough) parts.push({ kind: 'cough' });
    else parts.push({ kind: 'noise', ms: Number(noiseMs) });
    at = match.index + whole.length;
  }
  words(say.slice(at));
  return parts;
};

/** The words alone, for voices that must be rendered ahead and for finding out whether a rule says anything at all. */
export const spokenTexts = (say: string): string[] => parseSpeech(say).flatMap((part) => (part.kind === 'words' ? [part.text] : []));

/** Renders what a rule says to 8 kHz mu-law. `speak` gives the audio of words. */
export const renderSpeech = (say: string, speak: (text: string) => Buffer, random: Random): Buffer =>
  Buffer.concat(
    parseSpeech(say).map((part) => {
      switch (part.kind) {
        case 'words':
          return speak(part.text);
        case 'pause':
          return silence(part.ms);
        case 'cough':
          return cough(random);
        case 'noise':
          return rush(part.ms, random);
        default:
          return part satisfies never;
      }
    }),
  );
