import { AppError } from '../schemas/errors.js';
import { createApp } from './app.js';
import { parseConfig } from './config.js';
import { createLog } from './log.js';
import { processRandom, realClock } from './runtime.js';
import { startLocalCarrier } from './sandbox/local-carrier.js';

/*
 * `npm start`: the server alone. Without a provider's keys a local sandbox stands in for the telephone network, and a scripted candidate answers. The only
 * file that ends the process.
 */

const run = async () => {
  const config = parseConfig(process.env);
  const log = createLog(config.logLevel);
  const clock = realClock();
  const random = processRandom();
  const carrier = config.twilio ? undefined : await startLocalCarrier({ clock, random, log, embeddedVoice: config.embeddedVoice });
  const twilio = config.twilio ?? carrier?.twilio;
  if (!twilio) throw new AppError('config_invalid', { reason: 'There is no provider to call with.' });
  const app = await createApp({ config, twilio, clock, random, log, ...(carrier?.onSynthesis ? { onSynthesis: carrier.onSynthesis } : {}) });

  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(`Screenline serves ${app.companyName} at ${app.url}`);
  if (app.apiKey) say(`API key: ${app.apiKey}`);
  else say('API key: the one printed at the first start; set SCREENLINE_API_KEY to use one of your own.');
  say(
    carrier
      ? 'Calls go to the local sandbox, not to a telephone: set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM for real ones.'
      : 'Calls go through Twilio.',
  );

  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(1);
    stopping = true;
    say('Stopping: no new calls, those under way may end. A second signal stops at once.');
    app.drain();
    const until = clock.monotonic() + config.drainMs;
    while (app.liveCalls > 0 && clock.monotonic() < until) await clock.sleep(200);
    await app.close();
    await carrier?.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
};

run().catch((error: unknown) => {
  // The person who started it reads this: our own errors say what to do, anything else needs its stack.
  process.stderr.write(`${error instanceof AppError ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
