import type { Logger } from 'pino';
import { fliteTextToSpeech } from '../../../media/speech/flite.js';
import { type CandidateVoice, renderedCandidateVoice } from './candidate-voice.js';
import { scenarioTexts } from './far-end-cast.js';
import type { Scenario } from './schema.js';

/** A synthesiser for candidates that speak like people. */
export interface SyntheticVoice {
  /** The voice of a scenario's candidate, with everything that it may say already spoken. Rejects when the synthesiser fails, and with the signal's reason. */
  prepare(scenario: Scenario, signal?: AbortSignal): Promise<CandidateVoice>;
  close(): Promise<void>;
}

/**
 * Borrows the server's embedded synthesiser, as a person brings their own voice to a call. This is the only code of media/ that the sandbox uses, and
 * nothing is judged by it: what the server understands of this speech is compared with the scenario's text. The caller closes it.
 */
export const createSyntheticVoice = (options: { log?: Logger } = {}): SyntheticVoice => {
  const flite = fliteTextToSpeech(options);
  return {
    prepare: (scenario, signal) =>
      renderedCandidateVoice(
        scenarioTexts(scenario),
        async (text) => (await flite.synthesise(text, { voice: scenario.voice, speed: 1 }, signal)).muLaw,
      ),
    close: () => flite.close(),
  };
};
