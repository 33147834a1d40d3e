import { realClock } from '../../runtime.js';
import { modemCandidateVoice } from './candidate-voice.js';
import { playScenario, type Spectator, startOf } from './play.js';
import type { ScenarioReport } from './report.js';
import type { Scenario } from './schema.js';
import { createSyntheticVoice } from './synthetic-voice.js';
import { type EngineChoice, startWorld, type World } from './world.js';

export interface PlayFileOptions {
  speed: number;
  voice: 'flite' | 'modem';
  engines?: EngineChoice;
  /** Folder for the WAV files of recordings. */
  recordingsDir: string;
  signal: AbortSignal;
  spectator?: Spectator;
  /** pino's level for the server under test; silent by default. */
  logLevel?: string;
}

/** Closing a world ends live calls and a store; after this real time it is left behind. */
const CLOSE_TIMEOUT_MS = 20_000;

/**
 * Plays the documents of one file in order against one fresh server and its data, and gives a report for each. When one cannot be played at all (the server
 * does not start, or refuses what it is given) its report says why and the ones after it are not played. Rejects only when the signal aborts.
 */
export const playFile = async (file: string, scenarios: readonly Scenario[], options: PlayFileOptions): Promise<ScenarioReport[]> => {
  const { speed, voice, engines = 'embedded', recordingsDir, signal, spectator, logLevel } = options;
  const reports: ScenarioReport[] = [];
  const [first] = scenarios;
  if (!first) return reports;
  const synthetic = voice === 'flite' ? createSyntheticVoice() : undefined;
  const voiceOf = async (scenario: Scenario) => (synthetic ? synthetic.prepare(scenario, signal) : modemCandidateVoice());
  let playing = first;
  let world: World | undefined;
  try {
    world = await startWorld({ speed, voice, engines, startAt: startOf(first, file), ...(logLevel === undefined ? {} : { logLevel }) });
    for (const [nth, scenario] of scenarios.entries()) {
      playing = scenario;
      reports.push(await playScenario(world, scenario, { file, nth, voiceOf, recordingsDir, signal, ...(spectator ? { spectator } : {}) }));
    }
  } catch (error) {
    if (signal.aborted) throw error;
    reports.push(unplayed(file, playing, error));
  } finally {
    if (world) await closeWithin(world, CLOSE_TIMEOUT_MS);
    await synthetic?.close();
  }
  return reports;
};

const closeWithin = async (world: World, timeoutMs: number): Promise<void> => {
  const closed = new AbortController();
  const timeout = realClock()
    .sleep(timeoutMs, closed.signal)
    .catch(() => undefined);
  await Promise.race([world.close(), timeout]);
  closed.abort();
};

const unplayed = (file: string, { name }: Scenario, error: unknown): ScenarioReport => ({
  name,
  file,
  passed: false,
  failures: [{ expect: 'the scenario can be played', got: error instanceof Error ? error.message : String(error) }],
  screening: null,
  calls: [],
  answers: {},
  form: {},
  transcript: [],
  recording: null,
  messages: [],
  served: [],
  latency: { greeting_ms: null, reply_ms: [], barge_in_ms: [] },
  sandbox: { dials: 0, frames_in: 0, frames_out: 0, heard: '' },
});
