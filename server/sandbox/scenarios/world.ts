import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { e164Schema } from '../../../schemas/phone.js';
import { createApp } from '../../app.js';
import { parseConfig } from '../../config.js';
import { processRandom, randomToken, type SteerableClock, steerableClock } from '../../runtime.js';
import { startTwilioSandbox } from '../twilio/sandbox.js';
import { createModemEar } from './ear.js';
import { createFarEndCast, type FarEndCast } from './far-end-cast.js';
import { createLedgerEar } from './ledger-ear.js';
import type { ServerUnderTest } from './server-client.js';
import { createSynthesisLedger } from './synthesis-ledger.js';
import { startVendorWorld, type VendorWorld } from './vendor-world.js';

/** How a world is made. */
export interface WorldOptions {
  /** How many times faster than real time. */
  speed: number;
  voice: 'flite' | 'modem';
  engines: EngineChoice;
  /** The wall clock at the start, ms since the epoch. */
  startAt: number;
  /** pino's level; the server under test says nothing by default. */
  logLevel?: string;
}

/** Whose engines listen, think and speak: the embedded ones, the vendors' adapters on local sandboxes, or the vendors themselves (with keys). */
export type EngineChoice = 'embedded' | 'vendors' | 'live';

/** A server, a carrier and a far end that know of one another only what they would know in the real world. */
export interface World {
  clock: SteerableClock;
  server: ServerUnderTest;
  farEnd: FarEndCast;
  /** The vendors' sandboxes, where they serve. */
  vendors: VendorWorld | undefined;
  /** Dials that the carrier has been asked for so far. */
  dials(): number;
  /** Stops the server, then the carrier, and removes the server's data. */
  close(): Promise<void>;
}

/** An account that exists on the local sandbox alone, and a number of it. */
const ACCOUNT = { accountSid: `AC${'0'.repeat(31)}1`, authToken: 'sandbox-auth-token', from: '+14155550100' };

/** Starts a fresh server with its own port and data folder, on a local carrier whose far end is the scenario's. The caller closes it. */
export const startWorld = async ({ speed, voice, engines, startAt, logLevel = 'silent' }: WorldOptions): Promise<World> => {
  const clock = steerableClock(speed, startAt);
  const random = processRandom();
  const apiKey = randomToken(random);
  const log = pino({ level: logLevel });
  const ledger = createSynthesisLedger();
  const farEnd = createFarEndCast(() => (voice === 'modem' ? createModemEar() : createLedgerEar(ledger)));
  const dataDir = await mkdtemp(join(tmpdir(), 'screenline-scenario-'));
  const removeData = () => rm(dataDir, { recursive: true, force: true });
  const vendors = engines === 'vendors' ? await startVendorWorld({ clock, random, log }) : undefined;
  try {
    const carrier = await startTwilioSandbox({ clock, random, farEnd, accountSid: ACCOUNT.accountSid, authToken: ACCOUNT.authToken, log });
    try {
      const config = parseConfig({
        PORT: '0',
        DATA_DIR: dataDir,
        SEED: 'demo',
        SCREENLINE_API_KEY: apiKey,
        EMBEDDED_VOICE: voice,
        LOG_LEVEL: logLevel,
        DRAIN_S: '0',
        ...(engines === 'live' ? liveKeys() : vendors?.environment),
      });
      const app = await createApp({
        config,
        twilio: { ...ACCOUNT, from: e164Schema.parse(ACCOUNT.from), baseUrl: carrier.baseUrl },
        clock,
        random,
        log,
        onSynthesis: ({ muLaw, words }) => ledger.add({ audio: muLaw, words }),
      });
      return {
        clock,
        server: { url: app.url, apiKey },
        farEnd,
        vendors,
        dials: () => carrier.dials(),
        async close() {
          await app.close();
          await carrier.close();
          await vendors?.close();
          await removeData();
        },
      };
    } catch (error) {
      await carrier.close();
      throw error;
    }
  } catch (error) {
    await vendors?.close();
    await removeData();
    throw error;
  }
};

/** The engines' own settings of whoever runs this, for `--engines live`. */
const liveKeys = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (/^(?:DEEPGRAM|OPENAI|ELEVENLABS)_/.test(name) && value ? [[name, value]] : [])),
  );
