import { AppError } from '../schemas/errors.js';
import { parseConfig } from './config.js';
import { type EngineCheck, openEngines } from './engines/engines.js';
import { createLog } from './log.js';
import { processRandom, realClock } from './runtime.js';

/*
 * `npm run doctor`: asks every configured vendor once, as a call would, and says whether it can be reached, takes the key, and how long it took. Exit status 0
 * when all serve, 1 otherwise.
 */

const WITHIN_MS = 20_000;

const WHAT_TO_DO: Readonly<Record<string, string>> = {
  auth: 'the key is refused: set the right one',
  quota: 'the account is empty or has not paid',
  'bad-request': 'a setting is refused: look at model, voice and language',
  'rate-limited': 'too many requests just now: try again',
  unavailable: 'it cannot be reached: look at the address and the network',
  timeout: 'it did not answer in time',
  malformed: 'it answers something else than its protocol: look at the address',
};

const line = ({ name, kind, place, problem, ms }: EngineCheck): string => {
  const what = `${kind}: ${name}${place === 'sandbox' ? ' (a sandbox on this machine, not the vendor)' : ''}`;
  if (!problem) return `ok    ${what}, ${ms} ms`;
  return `FAIL  ${what}: ${WHAT_TO_DO[problem.failure] ?? problem.failure} (${problem.message})`;
};

const run = async (): Promise<number> => {
  const config = parseConfig(process.env);
  const clock = realClock();
  const engines = await openEngines({ config, clock, random: processRandom(), log: createLog('silent') });
  try {
    const late = new AbortController();
    const cancel = clock.after(WITHIN_MS, () => late.abort());
    const checks = await engines.check(late.signal);
    cancel();
    const say = (text: string) => process.stdout.write(`${text}\n`);
    for (const check of checks) say(line(check));
    for (const { name, kind } of engines.report().filter(({ place }) => place === 'embedded'))
      say(`ok    ${kind}: ${name} (embedded, no key needed)`);
    if (!config.openAi) say('ok    language-model: none (the scripted interviewer talks; set OPENAI_API_KEY for a model)');
    say(
      config.twilio
        ? '      telephony: a Twilio account is set; it is not called by this check'
        : '      telephony: none set; calls go to the local sandbox',
    );
    return checks.some(({ problem }) => problem) ? 1 : 0;
  } finally {
    await engines.close();
  }
};

run().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof AppError ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
