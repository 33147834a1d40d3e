/*
 * Counts what `npm test` really did, from its output: every test (a titled test of a test file, TAP at the second level) and every scenario that was run by
 * `npm run call -- --json` (one JSON line each). Prints the failures again, then `N passed, N failed`.
 *
 *   node .ci/count-results.mjs LOG STATUS      STATUS is the exit status of `npm test`
 */
import { readFileSync } from 'node:fs';

const [logPath = '', statusText = '1'] = process.argv.slice(2);
const status = Number(statusText);
const print = (line) => process.stdout.write(`${line}\n`);

const failures = [];
let passed = 0;
let skipped = 0;
let assertionsFailed = 0;
let file = { name: '', failures: 0 };

/** A line of TAP: how deep, ok or not, title, and SKIP or TODO. */
const parsePoint = (line) => {
  const match = /^( *)(not )?ok\b(?: \d+)?(?: - )?(.*?)(?: # (SKIP|TODO)\b.*?)?(?: # time=\S+)?( \{)?$/i.exec(line);
  if (!match) return undefined;
  const [, indent = '', not, title = '', directive, opens] = match;
  return { depth: indent.length / 4, ok: !not, title, directive: directive?.toUpperCase(), opens: opens !== undefined };
};

const parseScenario = (line) => {
  if (!line.startsWith('{')) return undefined;
  try {
    const result = JSON.parse(line);
    return typeof result.passed === 'boolean' && typeof result.file === 'string' ? result : undefined;
  } catch {
    // Another line that begins with a brace.
    return undefined;
  }
};

/** A file that fails without a failed test of its own (it crashed, timed out, or planned other tests) is a failure by itself. */
const fileFailed = (name) => {
  if (file.failures === 0) failures.push(name);
};

let pendingFile;
const closePending = () => {
  if (pendingFile) fileFailed(pendingFile);
  pendingFile = undefined;
};

for (const line of readFileSync(logPath, 'utf8').split(/\r?\n/)) {
  const scenario = parseScenario(line);
  if (scenario) {
    if (scenario.passed) passed += 1;
    else failures.push(`scenario ${scenario.file}: ${scenario.name ?? ''}`);
    continue;
  }
  const summary = /^# \{ total: \d+.*?(?:fail: (\d+))?[^0-9]*\}$/.exec(line);
  if (summary) assertionsFailed = Math.max(assertionsFailed, Number(summary[1] ?? 0));
  const opened = /^# Subtest: (.*)$/.exec(line);
  if (opened) file = { name: opened[1], failures: 0 };
  if (/^ *Bail out!/i.test(line)) failures.push(line.trim());
  const point = parsePoint(line);
  if (!point) continue;
  if (point.depth === 0) {
    closePending();
    // A buffered file (`not ok 1 - file {`) shows its tests after its result, the others before.
    if (point.opens) file = { name: point.title, failures: 0 };
    if (!point.ok && point.opens) pendingFile = point.title;
    else if (!point.ok) fileFailed(point.title);
    file = { name: '', failures: 0 };
  } else if (point.depth === 1) {
    if (point.directive) skipped += 1;
    else if (point.ok) passed += 1;
    else {
      file.failures += 1;
      pendingFile = undefined;
      failures.push(`${file.name}: ${point.title}`);
    }
  }
}
closePending();

// Nothing below may ever turn a failed run into a passed one.
if (failures.length === 0 && assertionsFailed > 0) failures.push(`${assertionsFailed} assertions failed`);
if (failures.length === 0 && status !== 0) failures.push(`npm test ended with status ${status} (type check, lint or start-up: see above)`);
if (failures.length === 0 && passed === 0) failures.push('no test ran');

for (const failure of failures) print(`FAILED  ${failure}`);
if (skipped > 0) print(`${skipped} skipped`);
print(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
