import type { Clock } from '../../../schemas/clock.js';
import type { VendorWorld } from './vendor-world.js';

/*
 * The engine faults of a scenario: which fault of which vendor's sandbox is meant by a name, and when it is switched on.
 */

export const FAULT_KINDS = {
  stt: ['drop', 'stall', 'refuse', 'unauthorized', 'rate-limited'],
  tts: ['cut', 'stall', 'empty', 'wrong-format', 'refuse', 'unauthorized', 'rate-limited'],
  llm: ['slow', 'stall', 'cut', 'unavailable', 'rate-limited', 'unauthorized', 'bad-json', 'bad-arguments'],
} as const;

export interface EngineFault {
  engine: keyof typeof FAULT_KINDS;
  at_ms: number;
  kind: string;
}

/** Switches the faults on at their times from now, ms of the clock: call it when the line is answered. Gives the function that calls off those still to come. */
export const scheduleFaults = (faults: readonly EngineFault[], vendors: VendorWorld, clock: Clock): (() => void) => {
  const cancels = faults.map((fault) => clock.after(fault.at_ms, () => switchOn(fault, vendors)));
  return () => {
    for (const cancel of cancels) cancel();
  };
};

const switchOn = ({ engine, kind }: EngineFault, { deepgram, openAi, elevenLabs }: VendorWorld): void => {
  switch (engine) {
    case 'stt':
      return sttFault(kind, deepgram);
    case 'tts':
      return ttsFault(kind, elevenLabs);
    case 'llm':
      return llmFault(kind, openAi);
    default:
      return engine satisfies never;
  }
};

const DROPPED = { drop: { code: 1006, afterAudioMs: 0 } } as const;
/** Longer than anybody waits. */
const STALL_MS = 60_000;

const sttFault = (kind: string, deepgram: VendorWorld['deepgram']): void => {
  if (kind === 'drop') {
    for (const connection of deepgram.connections()) connection.inject(DROPPED);
  } else if (kind === 'refuse' || kind === 'unauthorized' || kind === 'rate-limited') {
    deepgram.faults.always({ refuse: kind === 'refuse' ? 503 : kind === 'unauthorized' ? 401 : 429 });
    for (const connection of deepgram.connections()) connection.inject(DROPPED);
  } else if (kind === 'stall') {
    for (const connection of deepgram.connections()) connection.inject({ stall: { fromAudioMs: 0, forMs: STALL_MS } });
  }
};

const ttsFault = (kind: string, elevenLabs: VendorWorld['elevenLabs']): void => {
  if (kind === 'cut') elevenLabs.dropSockets();
  else if (kind === 'stall') elevenLabs.faults.add({ kind: 'stall', afterMs: 0 });
  else if (kind === 'empty') elevenLabs.faults.add({ kind: 'truncate', afterMs: 0 });
  else if (kind === 'wrong-format') elevenLabs.faults.add({ kind: 'wrong-format', as: 'pcm' });
  else {
    const refusal = kind === 'unauthorized' ? { status: 401, code: 'invalid_api_key' } : { status: 429, code: 'system_busy' };
    elevenLabs.faults.add({ kind: 'refuse', ...refusal }, 1000);
    elevenLabs.dropSockets();
  }
};

const llmFault = (kind: string, { faults, misbehaviours }: VendorWorld['openAi']): void => {
  if (kind === 'slow') faults.add({ kind: 'slow-first-token', ms: 3000 }, { times: 2 });
  else if (kind === 'stall') faults.add({ kind: 'stall', afterTokens: 2 });
  else if (kind === 'cut') faults.add({ kind: 'cut', afterTokens: 2 });
  else if (kind === 'bad-json') faults.add({ kind: 'bad-json', afterTokens: 1 });
  else if (kind === 'bad-arguments') misbehaviours.add('broken-arguments');
  else if (kind === 'unavailable') faults.add({ kind: 'unavailable-html' }, { times: 1000 });
  else if (kind === 'unauthorized') faults.add({ kind: 'unauthorized' }, { times: 1000 });
  else faults.add({ kind: 'rate-limited' }, { times: 1000 });
};
