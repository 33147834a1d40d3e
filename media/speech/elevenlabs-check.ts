import { EngineError } from '../../schemas/engine-error.js';
import { elevenLabsErrors } from './elevenlabs-errors.js';
import { ELEVENLABS_TIMEOUTS, ELEVENLABS_URL, type ElevenLabsOptions } from './elevenlabs-options.js';

/**
 * Asks the vendor once whether the key serves and has the voice, without speaking. Rejects with EngineError in the name of `engine`, and with the signal's
 * reason when aborted.
 *
 * Follows: ElevenLabs, "List voices".
 */
export const checkElevenLabs = async (engine: string, options: ElevenLabsOptions, signal: AbortSignal): Promise<void> => {
  const { statusError, timeoutError } = elevenLabsErrors(engine);
  const { clock, apiKey, voiceId, baseUrl = ELEVENLABS_URL } = options;
  const withinMs = { ...ELEVENLABS_TIMEOUTS, ...options.timeouts }.connectMs * 2;
  const late = new AbortController();
  const cancel = clock.after(withinMs, () => late.abort());
  try {
    const response = await fetch(`${baseUrl.replace(/\/$/, '')}/v1/voices`, {
      headers: { 'xi-api-key': apiKey },
      signal: AbortSignal.any([signal, late.signal]),
    });
    const body: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw statusError(response.status, body);
    if (!voicesIn(body).includes(voiceId))
      throw new EngineError(engine, 'bad-request', `the account has no voice ${voiceId}: set ELEVENLABS_VOICE_ID to one of its own`);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    signal.throwIfAborted();
    if (late.signal.aborted) throw timeoutError(`no answer within ${withinMs} ms`);
    throw new EngineError(engine, 'unavailable', 'the vendor cannot be reached', { cause: error });
  } finally {
    cancel();
  }
};

const voicesIn = (body: unknown): string[] => {
  const voices: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'voices') : undefined;
  if (!Array.isArray(voices)) return [];
  return voices.flatMap((voice: unknown) => {
    const id: unknown = typeof voice === 'object' && voice !== null ? Reflect.get(voice, 'voice_id') : undefined;
    return typeof id === 'string' ? [id] : [];
  });
};
