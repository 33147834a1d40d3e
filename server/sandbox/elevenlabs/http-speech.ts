import type { ServerResponse } from 'node:http';
import type { Clock, Random } from '../../../schemas/clock.js';
import type { FaultQueue } from './faults.js';
import { type ElevenLabsProfile, speechPieces } from './speech-pieces.js';
import type { HttpSpeechRequest } from './speech-request.js';
import { type SandboxSpeak, synthesise, type TimedCharacter } from './synthesis.js';

/**
 * Answers a request for a stream: raw audio, or one JSON object a line with the times of its characters.
 *
 * Follows: ElevenLabs, "Stream speech" and "Stream speech with timing".
 */
export const serveSpeech = async (
  response: ServerResponse,
  request: HttpSpeechRequest,
  parts: {
    clock: Clock;
    random: Random;
    speak: SandboxSpeak;
    profile: ElevenLabsProfile;
    faults: FaultQueue;
    withTimestamps: boolean;
    requestId: string;
    signal: AbortSignal;
  },
): Promise<void> => {
  const { clock, random, profile, faults, withTimestamps, signal } = parts;
  const fault = faults.inSpeech();
  const synthesis = await synthesise(parts.speak, request.text, { format: request.format, speed: request.settings.speed ?? 1, fault });
  response.writeHead(200, { 'content-type': withTimestamps ? 'application/json' : 'audio/basic', 'request-id': parts.requestId });
  response.flushHeaders();
  const pieces = speechPieces(synthesis, { profile, fault, clock, random, signal });
  for (;;) {
    const { value, done } = await pieces.next();
    if (!done) {
      const { audio, alignment, normalized } = value;
      const line = { audio_base64: audio.toString('base64'), alignment: inSeconds(alignment), normalized_alignment: inSeconds(normalized) };
      response.write(withTimestamps ? `${JSON.stringify(line)}\n` : audio);
    } else if (value === 'whole') {
      response.end();
      return;
    } else {
      // A stream has no words for an error once it flows.
      if (value !== 'hang') response.destroy();
      return;
    }
  }
};

const inSeconds = (characters: readonly TimedCharacter[] | null): Record<string, unknown> | null =>
  characters && {
    characters: characters.map(({ character }) => character),
    character_start_times_seconds: characters.map(({ startMs }) => Math.round(startMs) / 1000),
    character_end_times_seconds: characters.map(({ endMs }) => Math.round(endMs) / 1000),
  };
