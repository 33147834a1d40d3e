import t from 'tap';
import type { VendorWorld } from '../../server/sandbox/scenarios/vendor-world.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';
import { type FaultRow, formatTable, playFault } from '../fixtures/world/fault-call.js';

/*
 * The fault table of the engines: whole calls through the whole server, each of which meets one fault of one vendor in the middle of a turn. What the far end
 * heard is compared with what the server stored.
 */

t.setTimeout(TIME_LIMIT_MS);

const JOBS = 4;
const LONGEST_SILENCE_MS = 4000;

const EAR = 'deepgram nova-3';
const MODEL = 'OpenAI gpt-4.1-mini';
const SECOND_MODEL = 'OpenAI gpt-4o-mini';
const VOICE = 'elevenlabs';
const ALWAYS = 1000;

const connected = ({ deepgram }: VendorWorld) => deepgram.connections().filter((connection) => connection.isOpen());
const broken = (vendors: VendorWorld, code: 1000 | 1005 | 1006 | 1008 | 1011) => {
  for (const connection of connected(vendors)) connection.inject({ drop: { code, afterAudioMs: 0 } });
};
const refusedEar = (refuse: 401 | 402 | 429 | 503) => (vendors: VendorWorld) => {
  vendors.deepgram.faults.always({ refuse });
  broken(vendors, 1006);
};

const ROWS: FaultRow[] = [
  // Row 8 of the table: the ear. Each comes while the candidate is saying a date.
  { fault: 'ear: socket dropped (1006)', role: 'speech_to_text', when: 'in answer', inject: (vendors) => broken(vendors, 1006), tookOver: EAR },
  { fault: 'ear: closed with 1011', role: 'speech_to_text', when: 'in answer', inject: (vendors) => broken(vendors, 1011), tookOver: EAR },
  {
    fault: 'ear: silent, socket open',
    role: 'speech_to_text',
    when: 'in answer',
    inject(vendors) {
      for (const connection of connected(vendors)) connection.inject({ stall: { fromAudioMs: 0, forMs: 600_000 } });
    },
    tookOver: 'modem',
  },
  {
    fault: 'ear: dropped, handshake never answered',
    role: 'speech_to_text',
    when: 'in answer',
    inject(vendors) {
      vendors.deepgram.faults.always({ hang: true });
      broken(vendors, 1006);
    },
    tookOver: 'modem',
  },
  { fault: 'ear: dropped, refused with 503', role: 'speech_to_text', when: 'in answer', inject: refusedEar(503), tookOver: 'modem' },
];

t.test('every fault of an engine is borne within the call', async (t) => {
  const waiting = [...ROWS];
  const found = new Map<FaultRow, Awaited<ReturnType<typeof playFault>>>();
  const playNext = async (): Promise<void> => {
    for (let row = waiting.shift(); row; row = waiting.shift()) found.set(row, await playFault(row));
  };
  await Promise.all(Array.from({ length: JOBS }, playNext));
  for (const row of ROWS) {
    const seen = found.get(row);
    await t.test(row.fault, async (t) => {
      if (!seen) throw new Error('not played');
      t.ok(seen.injected, 'the fault was met');
      t.ok(seen.longestSilenceMs <= LONGEST_SILENCE_MS, `the line was never silent for 4 s (${seen.longestSilenceMs} ms)`);
      t.equal(seen.wordsLost, 0, 'every word of the candidate is in the transcript');
      t.equal(seen.spokenDiffers, 0, 'the transcript has the words that the agent was heard to say');
      t.strictSame(seen.duplicates, [], 'nothing was done twice');
      t.equal(seen.tookOver, row.tookOver, 'the engine that took over');
      if (process.env['DBG']) t.comment(`SAID ${seen.said}\nHEARD ${seen.heard}\nSTORED\n${seen.stored}\nREPLIES ${JSON.stringify(seen.replies)}`);
      t.match(seen.form, { licence: true, start_date: '2026-11-30' }, 'no answer was lost');
    });
  }
  for (const line of formatTable([...found])) t.comment(line);
});
