import t from 'tap';
import type { VendorWorld } from '../../server/sandbox/scenarios/vendor-world.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';
import {
  type FaultFindings,
  type FaultRow,
  formatTable,
  inCalls,
  misconfiguredEngines,
  playFaults,
  screenAnother,
  WHOLE_FORM,
} from '../fixtures/world/fault-call.js';
import { until } from '../fixtures/world/server-client.js';
import { startTestWorld } from '../fixtures/world/test-world.js';

/*
 * The fault table of the engines: whole calls through the whole server, against the vendors' sandboxes. Each row is one fault in the middle of a turn; what the
 * far end heard is compared with what the server stored.
 */

t.setTimeout(TIME_LIMIT_MS);

/** Calls side by side. */
const LANES = 5;
const LONGEST_SILENCE_MS = 4000;
const ALWAYS = 1000;

/** The embedded ear and voice, which speak in tones here. */
const EMBEDDED = 'modem';
const SCRIPT = 'scripted';
const NOVA = 'deepgram nova-3';
const FIRST_MODEL = 'OpenAI gpt-4.1-mini';
const SECOND_MODEL = 'OpenAI gpt-4o-mini';
const SOCKET_VOICE = 'elevenlabs';
const HTTP_VOICE = 'elevenlabs-http';

const breakEar = ({ deepgram }: VendorWorld, code: 1006 | 1011 = 1006) => {
  for (const connection of deepgram.connections()) if (connection.isOpen()) connection.inject({ drop: { code, afterAudioMs: 0 } });
};
const EAR: Omit<FaultRow, 'role' | 'when'>[] = [
  { fault: 'socket breaks', inject: (vendors) => breakEar(vendors), tookOver: NOVA },
  { fault: 'closed with 1011', inject: (vendors) => breakEar(vendors, 1011), tookOver: NOVA },
  {
    fault: 'silent, connection open',
    inject({ deepgram }) {
      for (const connection of deepgram.connections()) connection.inject({ stall: { fromAudioMs: 0, forMs: TIME_LIMIT_MS } });
    },
    tookOver: EMBEDDED,
  },
  {
    fault: 'every final comes twice',
    inject({ deepgram }) {
      for (const connection of deepgram.connections()) connection.inject({ repeatFinals: true });
    },
    tookOver: NOVA,
  },
  {
    fault: 'a message that is no JSON',
    inject({ deepgram }) {
      for (const connection of deepgram.connections()) connection.inject({ garbage: { kind: 'non-json', afterAudioMs: 0 } });
    },
    tookOver: NOVA,
  },
  {
    fault: 'breaks, then no answer to the handshake',
    inject(vendors) {
      vendors.deepgram.faults.always({ hang: true });
      breakEar(vendors);
    },
    tookOver: EMBEDDED,
  },
  ...([503, 429] as const).map((refuse) => ({
    fault: `breaks, then refuses with ${refuse}`,
    inject(vendors: VendorWorld) {
      vendors.deepgram.faults.always({ refuse });
      breakEar(vendors);
    },
    tookOver: EMBEDDED,
  })),
  {
    fault: 'breaks, then refuses the key (401)',
    inject(vendors) {
      vendors.deepgram.faults.always({ refuse: 401 });
      breakEar(vendors);
    },
    tookOver: EMBEDDED,
    forPerson: [NOVA],
  },
];

const MIND: Omit<FaultRow, 'role' | 'when'>[] = [
  { fault: '429 from every model', inject: ({ openAi }) => openAi.faults.add({ kind: 'rate-limited' }, { times: ALWAYS }), tookOver: SCRIPT },
  { fault: 'one 500', inject: ({ openAi }) => openAi.faults.add({ kind: 'server-error' }), tookOver: FIRST_MODEL },
  {
    fault: '500 from the first model',
    inject: ({ openAi }) => openAi.faults.add({ kind: 'server-error' }, { times: ALWAYS, model: 'gpt-4.1-mini' }),
    tookOver: SECOND_MODEL,
  },
  {
    fault: 'first token after 30 s, every model',
    inject: ({ openAi }) => openAi.faults.add({ kind: 'slow-first-token', ms: 30_000 }, { times: ALWAYS }),
    tookOver: SCRIPT,
  },
  {
    fault: 'first token after 30 s, first model',
    inject: ({ openAi }) => openAi.faults.add({ kind: 'slow-first-token', ms: 30_000 }, { times: ALWAYS, model: 'gpt-4.1-mini' }),
    tookOver: SECOND_MODEL,
  },
  {
    fault: 'stream cut in the middle of a sentence',
    inject: ({ openAi }) => openAi.faults.add({ kind: 'cut', afterTokens: 2 }, { times: ALWAYS }),
    tookOver: SCRIPT,
  },
  {
    fault: 'silent between two tokens',
    inject: ({ openAi }) => openAi.faults.add({ kind: 'stall', afterTokens: 2 }, { times: ALWAYS }),
    tookOver: SCRIPT,
  },
  {
    fault: 'key refused (401)',
    inject: ({ openAi }) => openAi.faults.add({ kind: 'unauthorized' }, { times: ALWAYS }),
    tookOver: SCRIPT,
    forPerson: [FIRST_MODEL],
  },
  { fault: 'malformed tool JSON', inject: ({ openAi }) => openAi.misbehaviours.add('broken-arguments', { times: ALWAYS }), tookOver: FIRST_MODEL },
];

const VOICE: Omit<FaultRow, 'role'>[] = [
  { fault: 'socket breaks in a sentence', when: 'asking', inject: ({ elevenLabs }) => elevenLabs.dropSockets(), tookOver: SOCKET_VOICE },
  {
    fault: 'stalls in a sentence',
    when: 'answering',
    inject: ({ elevenLabs }) => elevenLabs.faults.add({ kind: 'stall', afterMs: 300 }),
    tookOver: HTTP_VOICE,
  },
  {
    fault: 'stalls, over HTTP too',
    when: 'answering',
    inject: ({ elevenLabs }) => elevenLabs.faults.add({ kind: 'stall', afterMs: 0 }, ALWAYS),
    tookOver: EMBEDDED,
  },
  {
    fault: '16-bit samples for mu-law',
    when: 'answering',
    inject: ({ elevenLabs }) => elevenLabs.faults.add({ kind: 'wrong-format', as: 'pcm' }),
    tookOver: HTTP_VOICE,
  },
  {
    fault: 'a WAV file for mu-law, over HTTP too',
    when: 'answering',
    inject: ({ elevenLabs }) => elevenLabs.faults.add({ kind: 'wrong-format', as: 'wav' }, ALWAYS),
    tookOver: EMBEDDED,
  },
  {
    fault: 'speech without audio',
    when: 'answering',
    inject: ({ elevenLabs }) => elevenLabs.faults.add({ kind: 'truncate', afterMs: 0 }),
    tookOver: HTTP_VOICE,
  },
  {
    fault: 'breaks, then refuses with 429',
    when: 'answering',
    inject({ elevenLabs }) {
      elevenLabs.faults.add({ kind: 'refuse', status: 429, code: 'system_busy' }, ALWAYS);
      elevenLabs.dropSockets();
    },
    tookOver: EMBEDDED,
  },
  {
    fault: 'breaks, then refuses the key (401)',
    when: 'answering',
    inject({ elevenLabs }) {
      elevenLabs.faults.add({ kind: 'refuse', status: 401, code: 'invalid_api_key' }, ALWAYS);
      elevenLabs.dropSockets();
    },
    tookOver: EMBEDDED,
    forPerson: [SOCKET_VOICE, HTTP_VOICE],
  },
  {
    fault: 'breaks, then no answer to the handshake',
    when: 'answering',
    inject({ elevenLabs }) {
      elevenLabs.faults.add({ kind: 'hang-headers' }, ALWAYS);
      elevenLabs.dropSockets();
    },
    tookOver: EMBEDDED,
  },
];

const ROWS: FaultRow[] = [
  ...EAR.map((row): FaultRow => ({ ...row, fault: `ear: ${row.fault}`, role: 'speech_to_text', when: 'answering' })),
  ...MIND.map((row): FaultRow => ({ ...row, fault: `mind: ${row.fault}`, role: 'language_model', when: 'answering' })),
  ...VOICE.map((row): FaultRow => ({ ...row, fault: `voice: ${row.fault}`, role: 'text_to_speech' })),
];

t.test('every fault of an engine is borne within the call', async (t) => {
  const waiting = inCalls(ROWS);
  const found = new Map<FaultRow, FaultFindings>();
  const playNext = async (): Promise<void> => {
    for (let rows = waiting.shift(); rows; rows = waiting.shift()) for (const [row, seen] of await playFaults(rows)) found.set(row, seen);
  };
  await Promise.all(Array.from({ length: LANES }, playNext));
  const played = ROWS.flatMap((row) => {
    const seen = found.get(row);
    return seen ? [[row, seen] as const] : [];
  });
  t.equal(played.length, ROWS.length, 'every row was played');
  for (const [row, seen] of played) {
    await t.test(row.fault, async (t) => {
      t.ok(seen.injected, 'the fault was met');
      t.ok(seen.longestSilenceMs <= LONGEST_SILENCE_MS, `the line was never silent for 4 s (${seen.longestSilenceMs} ms)`);
      t.equal(seen.wordsLost, 0, 'every word of the candidate is in the transcript');
      t.equal(seen.spokenDiffers, 0, 'the transcript has the words that the agent was heard to say');
      t.strictSame(seen.duplicates, [], 'nothing was done twice');
      t.equal(seen.tookOver, row.tookOver, 'the engine that took over');
      t.match(seen.form, WHOLE_FORM, 'no answer was lost');
      if (row.forPerson) {
        t.match(seen.next, { heldBecause: 'engine_misconfigured', dials: 0 }, 'nobody else is called before a person has mended it');
        for (const name of row.forPerson) t.ok(seen.next?.misconfigured.includes(name), `${name} is named`);
      }
      if (!t.passing()) t.comment(`said\n${seen.said}\nheard\n${seen.heard}\nstored\n${seen.stored}`);
    });
  }
  for (const line of formatTable(played)) t.comment(line);
});

t.test('keys that are refused are found at the start, and cost no call', async (t) => {
  const env = { DEEPGRAM_API_KEY: 'refused', OPENAI_API_KEY: 'refused', ELEVENLABS_API_KEY: 'refused' };
  const world = await startTestWorld(t, { vendors: true, env });
  const all = [NOVA, SOCKET_VOICE, HTTP_VOICE, FIRST_MODEL, SECOND_MODEL];
  await until('every vendor to have been asked', async () => (await misconfiguredEngines(world.client)).length === all.length);
  const { misconfigured, ...next } = await screenAnother(world);
  t.strictSame(next, { heldBecause: 'engine_misconfigured', dials: 0 });
  t.strictSame(misconfigured.sort(), all.sort(), 'by their names');
  t.equal(world.carrier.requests().length, 0, 'the carrier was not asked');
});
