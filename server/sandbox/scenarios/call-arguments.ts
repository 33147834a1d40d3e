import { parseArgs } from 'node:util';
import type { EngineChoice } from './world.js';

/** How `npm run call` was called. */
export interface CallArguments {
  files: string[];
  json: boolean;
  /** Times real time. */
  speed: number;
  voice: 'flite' | 'modem';
  engines: EngineChoice;
  /** Files played side by side. */
  jobs: number;
  logLevel: string;
}

export const CALL_USAGE = `Usage: npm run call -- FILE… [options]
  --json                 one line of JSON for each file
  --speed N              run the clocks N times faster (default 1)
  --voice modem|flite    tones that decode exactly (default), or real synthetic speech for closed questions
  --provider twilio      whose wire protocol is used
  --engines embedded|vendors|live
                         whose engines listen, think and speak: those that need no key (default), the vendors' adapters
                         on local sandboxes of those vendors, or the real vendors (keys in the environment)
  --jobs N               files played side by side (default 1)
  --log LEVEL            log of the server under test (default silent)
Exit status: 0 every expectation of every file holds, 1 otherwise, 2 when a file or an option is not valid.`;

/** More than this and frames of 20 ms come faster than a timer can tell. */
const MAX_SPEED = 50;

/** Options that the design names and this version does not serve; refusing them is better than playing something else. */
const NOT_YET: Readonly<Record<string, readonly string[]>> = { provider: ['plivo', 'exotel'] };
const SERVED: Readonly<Record<string, string>> = { provider: 'twilio' };

/** Parses the command line. Gives the problem as a sentence instead when it cannot be served. */
export const parseCallArguments = (args: readonly string[]): CallArguments | { problem: string } => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        speed: { type: 'string', default: '1' },
        voice: { type: 'string', default: 'modem' },
        provider: { type: 'string', default: 'twilio' },
        engines: { type: 'string', default: 'embedded' },
        jobs: { type: 'string', default: '1' },
        log: { type: 'string', default: 'silent' },
      },
    });
    for (const name of ['provider'] as const) {
      if (NOT_YET[name]?.includes(values[name]))
        return { problem: `--${name} ${values[name]} is not built yet; this version serves --${name} ${SERVED[name]}.` };
      if (values[name] !== SERVED[name]) return { problem: `--${name} ${values[name]} is not known; use --${name} ${SERVED[name]}.` };
    }
    const speed = Number(values.speed);
    if (!(speed > 0 && speed <= MAX_SPEED)) return { problem: `--speed ${values.speed} is not a number above 0 and up to ${MAX_SPEED}.` };
    const jobs = Number(values.jobs);
    if (!Number.isInteger(jobs) || jobs < 1 || jobs > 64) return { problem: `--jobs ${values.jobs} is not a whole number from 1 to 64.` };
    const { voice, engines } = values;
    if (engines !== 'embedded' && engines !== 'vendors' && engines !== 'live')
      return { problem: `--engines ${engines} is not known; use embedded, vendors or live.` };
    if (engines === 'vendors' && voice === 'flite')
      return {
        problem: '--engines vendors speaks and hears by modem: the sandboxes of the vendors do not understand speech. Leave out --voice flite.',
      };
    if (voice !== 'modem' && voice !== 'flite') return { problem: `--voice ${voice} is not known; use modem or flite.` };
    if (positionals.length === 0) return { problem: 'No scenario file was given.' };
    return { files: positionals, json: values.json, speed, voice, engines, jobs, logLevel: values.log };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
};
