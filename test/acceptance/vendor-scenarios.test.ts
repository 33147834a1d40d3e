import { join } from 'node:path';
import t from 'tap';
import { loadScenarioFile } from '../../server/sandbox/scenarios/load.js';
import { playFile } from '../../server/sandbox/scenarios/play-file.js';
import type { ScenarioReport } from '../../server/sandbox/scenarios/report.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';

/*
 * Whole calls, faster than real time, with the vendors' engines: the server hears, thinks and speaks through the real adapters, on local sandboxes of
 * Deepgram, OpenAI and ElevenLabs. A selection; `npm run call -- FILE… --engines vendors` plays any.
 */

t.setTimeout(TIME_LIMIT_MS);

const FOLDER = join('test', 'scenarios');
const SPEED = 4;
const JOBS = 2;
/** The model leads in every turn; it is talked over and answers from what it knows; it is not asked where the rules decide alone. */
const SELECTION = ['happy-path', 'barge-in', 'stop-contact'];

t.test('scenarios of every kind come true with the vendors’ engines', async (t) => {
  const recordingsDir = t.testdir({});
  const reports = new Map<string, ScenarioReport[]>();
  const waiting = [...SELECTION];
  const playNext = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const file = join(FOLDER, `${name}.yaml`);
      const how = { speed: SPEED, voice: 'modem', engines: 'vendors', recordingsDir, signal: new AbortController().signal } as const;
      reports.set(name, await playFile(file, loadScenarioFile(file), how));
    }
  };
  await Promise.all(Array.from({ length: JOBS }, playNext));

  for (const name of SELECTION) {
    const played = reports.get(name) ?? [];
    t.ok(played.length > 0, `${name} was played`);
    for (const report of played) {
      t.strictSame(report.failures, [], `${name}: ${report.name}`);
      t.notMatch(report.sandbox.heard, /\b(?:thanks|thank you)[.,] (?:thanks|thank you)\b/i, `${name}: nobody is thanked twice in one breath`);
    }
  }
  const served = reports.get('happy-path')?.flatMap((report) => report.served) ?? [];
  t.ok(served.length > 0);
  t.ok(
    served.every(({ speech_to_text, text_to_speech }) => /^deepgram/.test(speech_to_text ?? '') && /^elevenlabs/.test(text_to_speech ?? '')),
    'every reply was heard and spoken by the vendors',
  );
  t.ok(
    served.filter(({ language_model }) => /^OpenAI/.test(language_model ?? '')).length >= 5,
    'from the first question on the model words the replies',
  );
});
