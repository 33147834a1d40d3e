import type { Word } from '../../../schemas/transcript.js';
import { BYTES_PER_MS, fromMuLaw, type OutputFormat, wavHeader } from './audio-formats.js';
import type { SpeechFault } from './faults.js';

/** What the sandbox's voice says: given from outside, since the sandbox judges nothing that it makes itself. */
export type SandboxSpeak = (text: string, how: { speed: number }) => Spoken | Promise<Spoken>;
interface Spoken {
  /** 8 kHz. */
  muLaw: Buffer;
  words: Word[];
}

/** A character with its time from the start of the speech, ms. */
export interface TimedCharacter {
  character: string;
  startMs: number;
  endMs: number;
}

/** Speech in the format that was asked for, before it is sent in pieces. */
export interface Synthesis {
  audio: Buffer;
  bytesPerMs: number;
  characters: TimedCharacter[];
}

export const synthesise = async (
  speak: SandboxSpeak,
  text: string,
  { format, speed, fault }: { format: OutputFormat; speed: number; fault: SpeechFault | undefined },
): Promise<Synthesis> => {
  const { muLaw, words } = await speak(text, { speed });
  const sent = fault?.kind === 'wrong-format' && fault.as === 'pcm' ? 'pcm_8000' : format;
  const bare = fromMuLaw(muLaw, sent);
  const audio = fault?.kind === 'wrong-format' && fault.as === 'wav' ? Buffer.concat([wavHeader(sent, bare.length), bare]) : bare;
  return { audio, bytesPerMs: BYTES_PER_MS[sent], characters: timeCharacters(text, words, muLaw.length / 8) };
};

/** The characters of a word share its time; those between two words share the pause. */
const timeCharacters = (text: string, words: readonly Word[], lengthMs: number): TimedCharacter[] => {
  let nth = -1;
  let lastEndMs = 0;
  return (text.match(/\s+|\S+/gu) ?? []).flatMap((run) => {
    const isWord = run.trim() !== '';
    if (isWord) nth += 1;
    const word = words[nth];
    const startMs = isWord ? (word?.start_ms ?? lastEndMs) : lastEndMs;
    const endMs = isWord ? (word?.end_ms ?? lengthMs) : (words[nth + 1]?.start_ms ?? lengthMs);
    lastEndMs = endMs;
    const characters = [...run];
    const each = (endMs - startMs) / characters.length;
    return characters.map((character, at) => ({ character, startMs: startMs + at * each, endMs: startMs + (at + 1) * each }));
  });
};
