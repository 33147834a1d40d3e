import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { realClock } from '../../runtime.js';
import { emptyElements, eventLines, formLines, latencyLine } from './demo-view.js';
import { loadScenarioFile, ScenarioInvalid } from './load.js';
import type { Spectator } from './play.js';
import { playFile } from './play-file.js';
import type { ServerClient } from './server-client.js';
import type { Staged } from './staging.js';
import { createTerminal, type Terminal } from './terminal.js';

/*
 * `npm run demo [-- FILE] [--voice flite|modem] [--speed N]`: one screening call to a virtual candidate, shown in the terminal as it happens, and at the end
 * the form that it filled. Exit status 0 when every required element has a value and every expectation of the file holds, 1 otherwise, 2 for an invalid file.
 */

const DEFAULT_FILE = join('test', 'scenarios', 'demo.yaml');
const RECORDINGS_DIR = join('data', 'demo');
/** The demo promises to end within two minutes; any other file gets a quarter of an hour. Real time. */
const DEFAULT_LIMIT_MS = 115_000;
const LIMIT_MS = 15 * 60_000;
/** After the end of a call its last events still arrive. Real time. */
const LAST_EVENTS_MS = 3000;

/** Shows each call of a scenario as it happens, and the form when it is over. `complete` tells whether every required element was filled. */
const createView = (terminal: Terminal, signal: AbortSignal): { spectator: Spectator; complete(): boolean } => {
  const stop = new AbortController();
  let watched: Promise<void>[] = [];
  let staged: Staged | undefined;
  let isComplete = false;

  const follow = async (callId: string, client: ServerClient) => {
    try {
      const events = client.followCall(callId, AbortSignal.any([signal, stop.signal]));
      for await (const event of events) for (const line of eventLines(terminal, event)) terminal.line(line);
    } catch (error) {
      if (!signal.aborted && !stop.signal.aborted) terminal.line(terminal.red(`  the live stream ended: ${messageOf(error)}`));
    }
  };

  return {
    complete: () => isComplete,
    spectator: {
      staged(now) {
        staged = now;
        terminal.line(terminal.dim(`  caller bot "${now.bot.name}", ${now.bot.script.questions.length} questions; POST /v1/screenings`));
      },
      callSeen(callId, client) {
        terminal.line(terminal.dim(`  GET /v1/calls/${callId}/live`));
        watched.push(follow(callId, client));
      },
      async finished(report, client) {
        await atMost(LAST_EVENTS_MS, Promise.all(watched));
        watched = [];
        if (!staged) return;
        const empty = emptyElements(staged, report);
        isComplete = empty.length === 0;
        terminal.line();
        terminal.line(terminal.bold(`The application form ${isComplete ? 'is complete' : `lacks ${empty.join(', ')}`} (* required)`));
        for (const line of formLines(terminal, staged, await client.getApplication(staged.applicationId), report)) terminal.line(`  ${line}`);
        terminal.line();
        const { screening, recording } = report;
        terminal.line(`  outcome    ${screening?.outcome ?? (screening?.held_because ? `held: ${screening.held_because}` : 'none')}`);
        terminal.line(
          `  recording  ${recording ? `${recording.path} (${recording.channels} channels, ${(recording.duration_ms / 1000).toFixed(1)} s)` : 'none'}`,
        );
        terminal.line(`  time       ${latencyLine(report)}`);
        for (const { expect, got } of report.failures) terminal.line(terminal.red(`  expected ${expect}; got ${JSON.stringify(got)}`));
      },
    },
  };
};

/** Waits for `promise`, but no longer than this real time. */
const atMost = async (timeoutMs: number, promise: Promise<unknown>): Promise<void> => {
  const done = new AbortController();
  const timeout = realClock()
    .sleep(timeoutMs, done.signal)
    .catch(() => undefined);
  await Promise.race([promise, timeout]);
  done.abort();
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const main = async (args: readonly string[], stop: AbortController): Promise<number> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { voice: { type: 'string', default: 'flite' }, speed: { type: 'string', default: '1' } },
  });
  const terminal = createTerminal(process.stdout, process.env['NO_COLOR']);
  const file = positionals[0] ?? DEFAULT_FILE;
  const scenarios = loadScenarioFile(file);
  const voice = values.voice === 'modem' ? 'modem' : 'flite';
  terminal.line(`${terminal.bold('Screenline')}  ${scenarios[0]?.name ?? ''} ${terminal.dim(`(${file})`)}`);
  terminal.line(terminal.dim('  starting a server with its embedded store and engines, and a local carrier …'));

  const finished = new AbortController();
  const limitMs = positionals.length === 0 ? DEFAULT_LIMIT_MS : LIMIT_MS;
  realClock()
    .sleep(limitMs, finished.signal)
    .then(
      () => stop.abort(new Error(`The demo did not end within ${limitMs / 1000} s and was stopped.`)),
      () => undefined,
    );
  const view = createView(terminal, stop.signal);
  try {
    const reports = await playFile(file, scenarios, {
      speed: Number(values.speed),
      voice,
      recordingsDir: RECORDINGS_DIR,
      signal: stop.signal,
      spectator: view.spectator,
    });
    for (const { screening, failures } of reports)
      if (!screening) for (const { expect, got } of failures) terminal.line(terminal.red(`  expected that ${expect}: ${got}`));
    return view.complete() && reports.length === scenarios.length && reports.every((report) => report.passed) ? 0 : 1;
  } finally {
    finished.abort();
  }
};

const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('Interrupted.')));
main(process.argv.slice(2), stop).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${stop.signal.aborted ? messageOf(stop.signal.reason) : messageOf(error)}\n`);
    process.exitCode = error instanceof ScenarioInvalid ? 2 : 1;
  },
);
