import { join } from 'node:path';
import { CALL_USAGE, type CallArguments, parseCallArguments } from './call-arguments.js';
import { loadScenarioFile, ScenarioInvalid } from './load.js';
import { playFile } from './play-file.js';
import { joinReports, type ScenarioReport, summarise } from './report.js';
import type { Scenario } from './schema.js';

/*
 * `npm run call`: plays scenario files, each against a freshly started server, and tells whether what was expected came of them.
 */

/** Where the recordings of played calls are left, for listening. */
const RECORDINGS_DIR = join('data', 'calls');

const print = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

/** Plays the files, `jobs` at a time, and prints each as it ends. True when all passed. */
const playAll = async (files: readonly { path: string; scenarios: Scenario[] }[], how: CallArguments, signal: AbortSignal): Promise<boolean> => {
  const waiting = [...files];
  let allPassed = true;
  const playNext = async (): Promise<void> => {
    for (let file = waiting.shift(); file && !signal.aborted; file = waiting.shift()) {
      const reports = await playFile(file.path, file.scenarios, {
        speed: how.speed,
        voice: how.voice,
        engines: how.engines,
        logLevel: how.logLevel,
        recordingsDir: RECORDINGS_DIR,
        signal,
      });
      const report = joinReports(reports);
      allPassed &&= report?.passed === true;
      if (report) show(reports, report, how.json);
    }
  };
  await Promise.all(Array.from({ length: how.jobs }, playNext));
  return allPassed;
};

const show = (reports: readonly ScenarioReport[], joined: ScenarioReport, json: boolean) => {
  if (json) print(JSON.stringify(joined));
  else for (const report of reports) for (const line of summarise(report)) print(line);
};

const main = async (args: readonly string[], signal: AbortSignal): Promise<number> => {
  const how = parseCallArguments(args);
  if ('problem' in how) {
    complain(how.problem);
    complain(CALL_USAGE);
    return 2;
  }
  const files: { path: string; scenarios: Scenario[] }[] = [];
  const problems: string[] = [];
  for (const path of how.files) {
    try {
      files.push({ path, scenarios: loadScenarioFile(path) });
    } catch (error) {
      if (!(error instanceof ScenarioInvalid)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) {
    for (const problem of problems) complain(problem);
    return 2;
  }
  return (await playAll(files, how, signal)) ? 0 : 1;
};

const stop = new AbortController();
process.once('SIGINT', () => {
  complain('Stopping; press Ctrl-C again to stop at once.');
  stop.abort(new Error('interrupted'));
});
main(process.argv.slice(2), stop.signal).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    complain(stop.signal.aborted ? 'Interrupted.' : `Failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exitCode = 1;
  },
);
