import type { Logger } from 'pino';
import type { Clock, Random } from '../../schemas/clock.js';
import { e164Schema } from '../../schemas/phone.js';
import type { Word } from '../../schemas/transcript.js';
import type { Config, TwilioConfig } from '../config.js';
import { EVERYDAY_CANDIDATE } from './everyday-candidate.js';
import type { FarEnd } from './far-end.js';
import { modemCandidateVoice } from './scenarios/candidate-voice.js';
import { createModemEar } from './scenarios/ear.js';
import { createFarEndCast } from './scenarios/far-end-cast.js';
import { createLedgerEar } from './scenarios/ledger-ear.js';
import { parseScenarios } from './scenarios/load.js';
import { createSynthesisLedger } from './scenarios/synthesis-ledger.js';
import { createSyntheticVoice } from './scenarios/synthetic-voice.js';
import { startTwilioSandbox } from './twilio/sandbox.js';

/** The telephone network of a server without keys: a local carrier on which an everyday candidate picks up, whoever is called. */
export interface LocalCarrier {
  readonly twilio: TwilioConfig;
  /** To be told of every synthesis of the server's voice; absent when the modem speaks. */
  readonly onSynthesis: ((speech: { muLaw: Buffer; words: Word[] }) => void) | undefined;
  close(): Promise<void>;
}

const FROM = e164Schema.parse('+14155550100');

/** Starts it on a free port of 127.0.0.1, with an account made up for this run. The caller closes it. */
export const startLocalCarrier = async (deps: {
  clock: Clock;
  random: Random;
  log: Logger;
  embeddedVoice: Config['embeddedVoice'];
}): Promise<LocalCarrier> => {
  const { clock, random, log, embeddedVoice } = deps;
  const [scenario] = parseScenarios(EVERYDAY_CANDIDATE, 'everyday candidate');
  if (!scenario) throw new Error('the everyday candidate is empty');
  const ledger = createSynthesisLedger();
  const cast = createFarEndCast(() => (embeddedVoice === 'modem' ? createModemEar() : createLedgerEar(ledger)));
  const synthetic = embeddedVoice === 'flite' ? createSyntheticVoice({ log }) : undefined;
  const voice = synthetic ? await synthetic.prepare(scenario) : modemCandidateVoice();
  const farEnd: FarEnd = {
    dial(call) {
      // Every call meets the candidate afresh.
      cast.play({ scenario, questions: [], voice });
      return cast.dial(call);
    },
  };
  const accountSid = `AC${random.bytes(16).toString('hex')}`;
  const authToken = random.bytes(16).toString('hex');
  const sandbox = await startTwilioSandbox({ clock, random, farEnd, accountSid, authToken, log });
  return {
    twilio: { accountSid, authToken, baseUrl: sandbox.baseUrl, from: FROM },
    onSynthesis: synthetic ? ({ muLaw, words }) => ledger.add({ audio: muLaw, words }) : undefined,
    async close() {
      await sandbox.close();
      await synthetic?.close();
    },
  };
};
