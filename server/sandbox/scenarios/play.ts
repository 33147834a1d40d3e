import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { isFinal } from '../../../schemas/call-state.js';
import { realClock } from '../../runtime.js';
import { readWav } from '../wav.js';
import { textOf } from './agent-speech.js';
import type { CandidateVoice } from './candidate-voice.js';
import { scheduleFaults } from './engine-faults.js';
import { checkServed, repliesServed } from './engines-served.js';
import { checkExpectations, type Findings } from './expectations.js';
import { questionTexts } from './far-end-cast.js';
import { startInsideCallingHours } from './opening-hours.js';
import type { ReportedAnswer, ScenarioReport } from './report.js';
import type { Scenario } from './schema.js';
import { type CallView, createServerClient, type ScreeningView, type ServerClient } from './server-client.js';
import { completeCandidate, type Staged, stage } from './staging.js';
import type { World } from './world.js';

/** What happens while a scenario is played, for whoever watches. */
export interface Spectator {
  staged?(staged: Staged, client: ServerClient): void;
  /** Once for each call, when it is first seen. */
  callSeen?(callId: string, client: ServerClient): void;
  /** The document is over; the server is still there until this resolves. */
  finished?(report: ScenarioReport, client: ServerClient): Promise<void>;
}

export interface PlayOptions {
  file: string;
  /** Which document of the file, from 0. */
  nth: number;
  voiceOf(scenario: Scenario): Promise<CandidateVoice>;
  /** Folder that the WAV file of the recording is written to. */
  recordingsDir: string;
  signal: AbortSignal;
  spectator?: Spectator;
}

/** How often the server is asked how it goes, real ms. */
const POLL_MS = 120;
/** No call of a scenario is longer, ms of its clock. */
const LONGEST_CALL_MS = 15 * 60_000;
/** The real time that a whole document may take beyond its calls: start-up, jumps, finalising; a server that does nothing fails by this. */
const STALL_MS = 60_000;
/** After the end of a call its screening, answers and recording follow within this real time. */
const SETTLE_MS = 20_000;

/** The instant at which the world of a file starts, ms since the epoch. */
export const startOf = (scenario: Scenario, file: string): number => {
  if (scenario.now !== undefined) return Date.parse(scenario.now);
  const schedule = typeof scenario.bot === 'string' ? undefined : scenario.bot.schedule;
  return startInsideCallingHours(completeCandidate(scenario.candidate, file).time_zone, schedule);
};

/**
 * Plays one document of a file against a world that is up, and reports what came of it. Bounded in the scenario's time and in real time. Rejects when the
 * server cannot be talked to and when the signal aborts; a scenario that goes wrong is a report with failures.
 */
export const playScenario = async (world: World, scenario: Scenario, options: PlayOptions): Promise<ScenarioReport> => {
  const { file, signal, spectator } = options;
  const client = createServerClient(world.server);
  if (scenario.now !== undefined) world.clock.jumpTo(Date.parse(scenario.now));
  const voice = await options.voiceOf(scenario);
  const staged = await stage(client, scenario, file);
  const dialsBefore = world.dials();
  const { vendors, clock } = world;
  const faults: (() => void)[] = [];
  world.farEnd.play({
    scenario,
    questions: questionTexts(staged.bot),
    voice,
    ...(vendors ? { onAnswer: () => void faults.push(scheduleFaults(scenario.faults, vendors, clock)) } : {}),
  });
  spectator?.staged?.(staged, client);
  const screeningId = await client.requestScreening(staged.applicationId);
  const seen = new Set<string>();
  const endedBy = await waitForEnd(world, client, screeningId, {
    calls: scenario.expect.calls,
    signal,
    seen: (callId) => {
      if (seen.has(callId)) return;
      seen.add(callId);
      spectator?.callSeen?.(callId, client);
    },
  });
  for (const callOff of faults) callOff();
  const found = await collect(world, client, { scenario, staged, screeningId, dialsBefore, options });
  const failures = checkExpectations(scenario.expect, found, world.clock.speed === 1);
  if (world.vendors) failures.push(...checkServed(found.served, scenario.faults));
  else if (scenario.faults.length > 0) failures.push({ expect: 'faults: need --engines vendors', got: 'the embedded engines' });
  if (endedBy !== undefined) failures.unshift({ expect: 'the scenario ends', got: endedBy });
  const { words: _, name, file: __, ...rest } = found;
  const report: ScenarioReport = { name, file, passed: failures.length === 0, failures, ...rest };
  await spectator?.finished?.(report, client);
  return report;
};

/** Waits until the scenario is over, moving the clock to the next call when nothing is going on. Undefined when it ended as it should, else why it was given up. */
const waitForEnd = async (
  world: World,
  client: ServerClient,
  screeningId: string,
  { calls: wantedCalls, signal, seen }: { calls: number | undefined; signal: AbortSignal; seen: (callId: string) => void },
): Promise<string | undefined> => {
  const wall = realClock();
  const ended = new Set<string>();
  let progressAt = wall.monotonic();
  let lastState = '';
  let quietSince: number | undefined;
  let liveSince: { callId: string; at: number } | undefined;
  for (;;) {
    const screening = await client.getScreening(screeningId);
    for (const id of screening.call_ids) seen(id);
    const open = await openCalls(client, screening, ended);
    // The look back at a call may still add to its answers. It has a moment of real time, in which the clock is not moved.
    quietSince = open.length > 0 ? undefined : (quietSince ?? wall.monotonic());
    const isLookedBackAt = screening.summary !== null || ended.size === 0 || wall.monotonic() - (quietSince ?? 0) > SETTLE_MS;
    if (screening.outcome !== null && open.length === 0 && isLookedBackAt) return undefined;
    if (screening.state === 'held') return undefined;
    // A screening that is due at once is on its way to a call or has just come from one; only a later date means that this one is over.
    const isWaiting = screening.state === 'queued' && Date.parse(screening.run_at) > world.clock.now();
    if (wantedCalls !== undefined && wantedCalls > 0 && ended.size >= wantedCalls && open.length === 0 && isWaiting && isLookedBackAt)
      return undefined;

    const [live] = open;
    if (live && liveSince?.callId !== live.id) liveSince = { callId: live.id, at: world.clock.monotonic() };
    if (live && liveSince && world.clock.monotonic() - liveSince.at > LONGEST_CALL_MS) return `call ${live.id} has lasted 15 minutes`;
    const state = JSON.stringify([screening.state, screening.call_ids.length, ended.size, live?.state]);
    if (state !== lastState) progressAt = wall.monotonic();
    lastState = state;
    const allowedMs = STALL_MS + (live ? LONGEST_CALL_MS / world.clock.speed : 0);
    if (wall.monotonic() - progressAt > allowedMs) return `nothing has happened for ${Math.round(allowedMs / 1000)} s: ${state}`;

    if (!live && isWaiting && isLookedBackAt) world.clock.jumpTo(Date.parse(screening.run_at));
    await wall.sleep(POLL_MS, signal);
  }
};

const openCalls = async (client: ServerClient, screening: ScreeningView, ended: Set<string>): Promise<CallView[]> => {
  const calls = await Promise.all(screening.call_ids.filter((id) => !ended.has(id)).map((id) => client.getCall(id)));
  for (const call of calls) if (isFinal(call.state)) ended.add(call.id);
  return calls.filter((call) => !ended.has(call.id));
};

const collect = async (
  world: World,
  client: ServerClient,
  at: { scenario: Scenario; staged: Staged; screeningId: string; dialsBefore: number; options: PlayOptions },
): Promise<Findings> => {
  const { scenario, staged, screeningId, options } = at;
  const screening = await client.getScreening(screeningId);
  const calls = await Promise.all(screening.call_ids.map((id) => client.getCall(id)));
  const turns = (await Promise.all(calls.map((call) => client.getTranscript(call.id)))).flat();
  const served = (await Promise.all(calls.map((call) => client.listEvents(call.id)))).flat().flatMap(repliesServed);
  const application = await client.getApplication(staged.applicationId);
  const records = world.farEnd.records;
  const heard = records.flatMap((record) => record.heard);
  return {
    name: scenario.name,
    file: options.file,
    screening: { id: screening.id, outcome: screening.outcome, held_because: screening.held_because },
    calls: calls.map(({ id, provider, disposition, duration_ms, answered_by }) => ({ id, provider, disposition, duration_ms, answered_by })),
    answers: Object.fromEntries(screening.answers.map((answer) => [answer.variable, toReported(answer)])),
    form: Object.fromEntries(staged.form.elements.map(({ slug }) => [slug, application.values[slug] ?? null])),
    transcript: turns.map(({ speaker, text, start_ms, end_ms, interrupted }) => ({ speaker, text, start_ms, end_ms, interrupted })),
    recording: await fetchRecording(client, calls, options),
    messages: [],
    served,
    latency: {
      greeting_ms: records.map((record) => record.latency.greeting_ms).find((ms) => ms !== null) ?? null,
      reply_ms: records.flatMap((record) => record.latency.reply_ms),
      barge_in_ms: records.flatMap((record) => record.latency.barge_in_ms),
    },
    sandbox: {
      dials: world.dials() - at.dialsBefore,
      frames_in: sum(records.map((record) => record.framesIn)),
      frames_out: sum(records.map((record) => record.framesOut)),
      heard: textOf(heard),
    },
    words: {
      heard: heard.map((word) => word.text),
      transcript: turns.filter((turn) => turn.speaker === 'agent').flatMap((turn) => turn.text.split(' ')),
      unknownFrames: sum(records.map((record) => record.unknownFrames)),
    },
  };
};

const toReported = (answer: ScreeningView['answers'][number]): ReportedAnswer => ({
  ...(answer.value === undefined ? {} : { value: answer.value }),
  status: answer.status,
  confidence: answer.confidence,
  ...(answer.evidence ? { quote: answer.evidence.quote, start_ms: answer.evidence.start_ms, end_ms: answer.evidence.end_ms } : {}),
});

/** The last call's recording that there is, saved as a file. Waits while it is being finalised. */
const fetchRecording = async (client: ServerClient, calls: readonly CallView[], options: PlayOptions): Promise<ScenarioReport['recording']> => {
  const wall = realClock();
  const deadline = wall.monotonic() + SETTLE_MS;
  for (const call of [...calls].reverse()) {
    // Where a recording was started there will be one; finalising takes a moment.
    const isDue = (await client.listEvents(call.id)).some(({ event }) => event.kind === 'recording-started');
    let wav = await client.findRecording(call.id);
    while (isDue && !wav && wall.monotonic() < deadline) {
      await wall.sleep(POLL_MS, options.signal);
      wav = await client.findRecording(call.id);
    }
    if (!wav) continue;
    const { channels, durationMs } = readWav(wav);
    await mkdir(options.recordingsDir, { recursive: true });
    const path = join(options.recordingsDir, `${basename(options.file, extname(options.file))}${options.nth > 0 ? `-${options.nth + 1}` : ''}.wav`);
    await writeFile(path, wav);
    return { path, channels, duration_ms: durationMs, sha256: createHash('sha256').update(wav).digest('hex') };
  }
  return null;
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
