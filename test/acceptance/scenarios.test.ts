import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { parseWav } from '../../media/audio/wav.js';
import { loadScenarioFile, parseScenarios } from '../../server/sandbox/scenarios/load.js';
import { playFile } from '../../server/sandbox/scenarios/play-file.js';
import type { ScenarioReport } from '../../server/sandbox/scenarios/report.js';
import type { Scenario } from '../../server/sandbox/scenarios/schema.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';

/*
 * Whole calls, faster than real time: server, carrier and candidate over HTTP, webhooks and the media socket. A selection; `npm run test:full` plays all.
 */

t.setTimeout(TIME_LIMIT_MS);

const FOLDER = join('test', 'scenarios');
const SPEED = 6;
const JOBS = 2;
/** Others are played through the vendors' engines in vendor-scenarios.test.ts. */
const FAST = ['happy-path', 'self-correction', 'dtmf-answer', 'short-drop', 'no-answer', 'quiet-hours'];

const play = (file: string, scenarios: readonly Scenario[], recordingsDir: string, speed = SPEED): Promise<ScenarioReport[]> =>
  playFile(file, scenarios, { speed, voice: 'modem', recordingsDir, signal: new AbortController().signal });

t.test('every scenario file is valid, and says how many calls it expects, how they end and what comes of them', async (t) => {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.yaml'));
  t.ok(files.length >= 18, `${files.length} files`);
  for (const name of files) {
    for (const { expect } of loadScenarioFile(join(FOLDER, name))) {
      t.ok(expect.calls !== undefined, `${name}: calls`);
      t.ok(expect.disposition !== undefined || expect.calls === 0, `${name}: disposition`);
      t.ok(expect.outcome !== undefined || expect.held_because !== undefined, `${name}: outcome`);
    }
  }
  for (const name of FAST) t.ok(existsSync(join(FOLDER, `${name}.yaml`)), name);
});

t.test('scenarios of every kind come true, faster than real time', async (t) => {
  const recordings = t.testdir({});
  const waiting = FAST.map((name) => join(FOLDER, `${name}.yaml`));
  const playNext = async (): Promise<void> => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      for (const report of await play(file, loadScenarioFile(file), recordings)) t.strictSame(report.failures, [], `${file}: ${report.name}`);
    }
  };
  await Promise.all(Array.from({ length: JOBS }, playNext));
  const wav = parseWav(await readFile(join(recordings, 'happy-path.wav')));
  t.equal(wav.channels, 2);
});

const COOK = (answers: string) => `
name: a cook
bot: line-cook
speaks:
  - { on: answer, say: "Hello?", after_ms: 900 }
${answers}
`;

t.test('who answers differently gets a different form', async (t) => {
  const rule = (variable: string, say: string) => `  - { on: { question: ${variable} }, say: "${say}" }`;
  const keen = COOK(
    [
      rule('eighteen_or_over', 'Yes.'),
      rule('weekend_work', 'Yes, I can.'),
      rule('experience_years', 'six years'),
      rule('shift', 'evening'),
      rule('hourly_rate', 'twenty dollars an hour'),
    ].join('\n'),
  );
  const choosy = COOK(
    [
      rule('eighteen_or_over', 'Yes.'),
      rule('weekend_work', "No, I can't."),
      rule('experience_years', 'one year'),
      rule('shift', 'mornings'),
      rule('hourly_rate', "I'd rather not say"),
    ].join('\n'),
  );
  const recordings = t.testdir({});
  const [first, second] = await Promise.all(
    [keen, choosy].map(async (text, nth) => (await play(`cook-${nth}.yaml`, parseScenarios(text, 'cook.yaml'), recordings))[0]),
  );
  t.strictSame([first?.failures, second?.failures], [[], []]);
  t.strictSame(first?.form, {
    eighteen_or_over: true,
    weekend_work: true,
    experience_years: 6,
    shift: 'evening',
    hourly_rate: { amount: 20, currency: 'USD', period: 'hour' },
  });
  t.strictSame(second?.form, { eighteen_or_over: true, weekend_work: false, experience_years: 1, shift: 'morning', hourly_rate: null });
});

t.test('an expectation that does not hold fails the file, and says what came instead', async (t) => {
  const text = 'name: asleep\nbot: line-cook\nnow: 2026-11-24T10:30:00Z\nexpect: { dialed: true, calls: 1, outcome: qualified }\n';
  const [report] = await play('asleep.yaml', parseScenarios(text, 'asleep.yaml'), t.testdir({}));
  t.match(report, {
    passed: false,
    screening: { outcome: null, held_because: 'quiet_hours' },
    failures: [
      { expect: 'dialed: true', got: false },
      { expect: 'outcome: "qualified"', got: null },
      { expect: 'calls: 1', got: 0 },
    ],
  });
});

t.test('a bot that does not exist is told, not waited for', async (t) => {
  const [report] = await play('unknown.yaml', parseScenarios('name: a\nbot: astronaut\n', 'unknown.yaml'), t.testdir({}));
  t.match(report, { passed: false, failures: [{ expect: 'the scenario can be played', got: /no caller bot with the slug astronaut/ }] });
});

t.test('the command ends with the status of what it found', async (t) => {
  // Compiled the command is JavaScript, and under a loader this process's own flags bring the loader.
  const command = fileURLToPath(new URL(`../../server/sandbox/scenarios/call${extname(fileURLToPath(import.meta.url))}`, import.meta.url));
  const run = async (args: string[]) => {
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, command, ...args], { timeout: TIME_LIMIT_MS / 2 });
      return { status: 0, stdout, stderr: '' };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { status: code, stdout, stderr };
    }
  };
  const dir = t.testdir({
    'held.yaml': 'name: at night\nbot: line-cook\nnow: 2026-11-24T10:30:00Z\nexpect: { calls: 0, held_because: quiet_hours }\n',
    'wrong.yaml': 'name: at night\nbot: line-cook\nnow: 2026-11-24T10:30:00Z\nexpect: { held_because: no_consent }\n',
    'broken.yaml': 'name: a\nbot: line-cook\nspeak: []\n',
  });
  const [held, wrong, broken, none] = await Promise.all([
    run([join(dir, 'held.yaml'), '--json']),
    run([join(dir, 'held.yaml'), join(dir, 'wrong.yaml'), '--jobs', '2', '--json']),
    run([join(dir, 'held.yaml'), join(dir, 'broken.yaml')]),
    run(['--provider', 'plivo', join(dir, 'held.yaml')]),
  ]);
  t.equal(held.status, 0, held.stderr);
  t.match(JSON.parse(held.stdout), {
    name: 'at night',
    passed: true,
    failures: [],
    screening: { held_because: 'quiet_hours' },
    calls: [],
    sandbox: { dials: 0, heard: '' },
  });
  t.strictSame(Object.keys(JSON.parse(held.stdout)), [
    'name',
    'file',
    'passed',
    'failures',
    'screening',
    'calls',
    'answers',
    'form',
    'transcript',
    'recording',
    'messages',
    'served',
    'latency',
    'sandbox',
  ]);
  t.equal(wrong.status, 1);
  t.equal(wrong.stdout.trim().split('\n').length, 2, 'one line a file');
  t.equal(broken.status, 2);
  t.match(broken.stderr, /broken\.yaml:3: speak: unknown key/);
  t.equal(broken.stdout, '', 'nothing is played when one of the files is not valid');
  t.equal(none.status, 2);
  t.match(none.stderr, /--provider plivo is not built yet/);
});
