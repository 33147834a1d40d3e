import type { Logger } from 'pino';
import type { Clock, Random } from '../../../schemas/clock.js';
import { type DeepgramSandbox, startDeepgramSandbox } from '../deepgram/sandbox.js';
import { type ElevenLabsSandbox, startElevenLabsSandbox } from '../elevenlabs/sandbox.js';
import { createModemDecoder } from '../modem/decoder.js';
import { encodeWords } from '../modem/encoder.js';
import { type OpenAiSandbox, startOpenAiSandbox } from '../openai/sandbox.js';
import type { TimingProfile } from '../openai/timing-profile.js';

/*
 * The three vendors of speech and language on this machine, with the tone modem as their ear and voice: `--engines vendors`. The server under test is given
 * their addresses and keys in its environment, as it would be given the vendors' own.
 */

export interface VendorWorld {
  readonly deepgram: DeepgramSandbox;
  readonly openAi: OpenAiSandbox;
  readonly elevenLabs: ElevenLabsSandbox;
  /** What the server's environment must hold. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const VOICE = { voice_id: 'SandboxVoice0000001', name: 'Sandbox' };
const MODELS = [
  { id: 'gpt-4.1-mini', contextTokens: 128_000 },
  { id: 'gpt-4o-mini', contextTokens: 128_000 },
];

/** `modelTiming` is how fast the model writes; absent: as a quick one was measured. */
export const startVendorWorld = async (deps: {
  clock: Clock;
  random: Random;
  log: Logger;
  modelTiming?: TimingProfile | undefined;
}): Promise<VendorWorld> => {
  const { clock, random, log, modelTiming } = deps;
  const keyOf = (vendor: string) => `sandbox-${vendor}-key`;
  const started: { close(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(started.map((one) => one.close()));
  };
  const keep = <Sandbox extends { close(): Promise<void> }>(sandbox: Sandbox): Sandbox => {
    started.push(sandbox);
    return sandbox;
  };
  try {
    const deepgram = keep(await startDeepgramSandbox({ clock, random, log, apiKey: keyOf('deepgram'), hear: createModemDecoder }));
    const openAi = keep(
      await startOpenAiSandbox({ clock, random, log, apiKey: keyOf('openai'), models: MODELS, ...(modelTiming ? { profile: modelTiming } : {}) }),
    );
    const elevenLabs = keep(
      await startElevenLabsSandbox({
        clock,
        random,
        log,
        apiKey: keyOf('elevenlabs'),
        voices: [VOICE],
        speak: (text, { speed }) => encodeWords(text, { speed }),
      }),
    );
    return {
      deepgram,
      openAi,
      elevenLabs,
      environment: {
        DEEPGRAM_API_KEY: keyOf('deepgram'),
        DEEPGRAM_BASE_URL: deepgram.baseUrl,
        OPENAI_API_KEY: keyOf('openai'),
        OPENAI_BASE_URL: openAi.baseUrl,
        OPENAI_MODEL: MODELS.map(({ id }) => id).join(','),
        ELEVENLABS_API_KEY: keyOf('elevenlabs'),
        ELEVENLABS_BASE_URL: elevenLabs.baseUrl,
        ELEVENLABS_VOICE_ID: VOICE.voice_id,
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
