import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parseWav } from '../../media/audio/wav.js';
import type { CallerBotInput } from '../../schemas/caller-bot.js';
import { processRandom, realClock } from '../../server/runtime.js';
import { startTwilioSandbox } from '../../server/sandbox/twilio/sandbox.js';
import { BOT, createTelephones } from '../fixtures/world/candidates.js';
import { openCarrierPath } from '../fixtures/world/carrier-path.js';
import { createClient, until } from '../fixtures/world/server-client.js';
import { startServerProcess } from '../fixtures/world/server-process.js';
import { ACCOUNT, API_KEY } from '../fixtures/world/test-world.js';

const BYTES_PER_MS = 8;

/** Spoken fast, since these calls go at the pace of real time. */
const SHORT_BOT: CallerBotInput = {
  ...BOT,
  script: {
    introduction: 'Two short questions.',
    questions: [
      { variable: 'licence', text: 'Do you have a forklift licence?' },
      { variable: 'nights', text: 'Can you work the night shift?' },
    ],
    closing: 'Thank you.',
  },
  output_variables: [
    { name: 'licence', type: 'yes-no', capture_prompt: 'Forklift licence', element_slug: 'licence' },
    { name: 'nights', type: 'yes-no', capture_prompt: 'Nights', element_slug: 'nights' },
  ],
  voice: { name: 'default', speed: 2 },
  schedule: { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '08:00', to: '21:00' },
};

/** The clock of these servers cannot be set, so the candidate lives where it is noon. */
const zoneAtNoon = (now: number): string => {
  const east = 12 - new Date(now).getUTCHours();
  return east === 0 ? 'Etc/GMT' : `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`;
};

const temporaryFolder = async (t: { teardown(close: () => Promise<void>): unknown }): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'screenline-process-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

t.test('a server that cannot start says in one sentence why, and what to do', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'file');
  await writeFile(file, '');
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  t.teardown(async () => {
    occupant.close();
    await once(occupant, 'close');
  });
  const address = occupant.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const usable = { EMBEDDED_VOICE: 'modem', LOG_LEVEL: 'silent', PORT: '0', DATA_DIR: join(folder, 'data') };
  const cases: Record<string, { env: Record<string, string>; says: RegExp }> = {
    'a DATA_DIR that cannot be written': {
      env: { ...usable, DATA_DIR: join(file, 'data') },
      says: /^DATA_DIR .*file\/data cannot be written \(ENOTDIR\)\. Give a folder that this user may write, or fix its permissions\.\n$/,
    },
    'a port that is taken': {
      env: { ...usable, PORT: String(port), DATA_DIR: join(folder, 'other') },
      says: new RegExp(
        `^Port ${port} on 127\\.0\\.0\\.1 is taken\\. Stop what uses it or set PORT to another number \\(0 picks a free one\\)\\.\\n$`,
      ),
    },
    'keys that are set by half': {
      env: { ...usable, TWILIO_ACCOUNT_SID: ACCOUNT.accountSid, TWILIO_FROM: 'nonsense', MAX_CALLS: '-1' },
      says: /^The settings cannot be used:\n(?: {2}- (?:MAX_CALLS|TWILIO_FROM|TWILIO_AUTH_TOKEN must be set too, or unset TWILIO_ACCOUNT_SID and TWILIO_FROM).*\n){3}$/,
    },
  };
  await Promise.all(
    Object.entries(cases).map(async ([name, { env, says }]) => {
      const { code, stderr } = await startServerProcess(t, env).ended;
      t.equal(code, 1, `${name}: the exit code`);
      t.match(stderr, says, `${name}: what it says`);
      t.notMatch(stderr, /\n\s+at |nonsense/, `${name}: no stack and no value of a setting`);
    }),
  );
});

t.test('a server that is killed in a call loses a second at most; its successor goes on with the call, and drains on SIGTERM', async (t) => {
  const dataDir = await temporaryFolder(t);
  const telephones = createTelephones();
  const carrier = await startTwilioSandbox({ clock: realClock(), random: processRandom(), farEnd: telephones, ...ACCOUNT });
  t.teardown(() => carrier.close());
  const path = await openCarrierPath();
  t.teardown(() => path.close());
  const env = {
    PORT: '0',
    DATA_DIR: dataDir,
    SEED: 'none',
    SCREENLINE_API_KEY: API_KEY,
    EMBEDDED_VOICE: 'modem',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    PUBLIC_URL: path.url,
    DRAIN_S: '60',
    TWILIO_ACCOUNT_SID: ACCOUNT.accountSid,
    TWILIO_AUTH_TOKEN: ACCOUNT.authToken,
    TWILIO_FROM: ACCOUNT.from,
    TWILIO_BASE_URL: carrier.baseUrl,
  };
  const first = startServerProcess(t, env);
  let url = await first.url;
  path.lead(url);
  const client = createClient(() => url, API_KEY);
  const apply = await client.furnish(SHORT_BOT, zoneAtNoon(realClock().now()));
  const { phone, cast } = telephones.install(
    {
      line: '{ ring_ms: 200 }',
      first: [
        '{ on: answer, say: "Hello, this is Dana.", after_ms: 300 }',
        '{ on: { question: nights }, say: "Well let me think about that for a moment because I have to ask somebody at home first and you know how that is", after_ms: 200 }',
        '{ on: { question: nights }, say: "Yes, I can." }',
      ],
    },
    SHORT_BOT,
  );
  const heard = () => cast.records.flatMap((record) => record.heard.map((word) => word.text)).join(' ');
  const applicationId = await apply(phone);
  const screeningId = await client.requestScreening(applicationId);
  await until('the second question', () => heard().includes('night shift?'));
  const [stream] = path.streams;
  if (!stream) throw new Error('no stream');
  const asked = stream.fromCarrier;
  await until('the middle of a long answer', () => stream.fromCarrier > asked + 180);

  let back: () => void = () => undefined;
  const isBack = new Promise<void>((resolve) => {
    back = resolve;
  });
  path.webhookFate = () => isBack;
  const [carried] = carrier.calls();
  if (!carried) throw new Error('no call at the carrier');
  // By what the carrier has sent until now: what is on its way to the server counts as lost as well.
  const killedAtMs = (carrier.truthOf(carried.sid)?.left.length ?? 0) / BYTES_PER_MS - (carried.streams[0]?.fromLineMs ?? 0);
  first.kill('SIGKILL');
  t.match(await first.ended, { signal: 'SIGKILL' });
  const second = startServerProcess(t, env);
  url = await second.url;
  path.lead(url);
  back();

  await t.test('the call goes on', async (t) => {
    t.match(await client.settled(screeningId), { state: 'closed', outcome: 'completed', attempts: 1 });
    const calls = await client.calls(screeningId);
    t.match(calls, [{ disposition: 'completed', ended_by: 'agent', end_reason: 'finished' }]);
    t.match((await client.application(applicationId)).values, { licence: true, nights: true });
    t.equal(heard().split('forklift licence?').length - 1, 1, 'what was answered is not asked again');
    t.equal(carrier.dials(), 1);
    const [call] = calls;
    if (!call) throw new Error('no call');
    t.match(
      (await client.events(call.id)).map(({ event }) => event.kind).filter((kind) => kind === 'stream-started'),
      ['stream-started', 'stream-started'],
    );
    const turns = await client.transcript(call.id);
    t.equal(new Set(turns.map(({ id }) => id)).size, turns.length, 'turns of both lives have ids of their own');

    const wav = parseWav(await until('the recording', () => client.recording(call.id)));
    t.equal(wav.channels, 2);
    const left = wav.audio.filter((_, at) => at % 2 === 0);
    const truth = carrier.truthOf(call.provider_call_id ?? '');
    const [from = 0, resumed = 0] = carrier.calls()[0]?.streams.map(({ fromLineMs }) => fromLineMs) ?? [];
    if (!truth) throw new Error('no truth');
    const beforeReturn = (resumed - from - 500) * BYTES_PER_MS;
    const lastSound = left.subarray(0, beforeReturn).findLastIndex((byte) => byte !== 0xff) / BYTES_PER_MS;
    t.ok(lastSound > killedAtMs - 1000 && lastSound <= killedAtMs + 100, `kept until ${lastSound} of ${killedAtMs} ms`);
    // The long answer, sample by sample, from its middle to a second before the end.
    const answerMs = killedAtMs - 2500;
    const said = truth.left.subarray((from + answerMs) * BYTES_PER_MS, (from + killedAtMs - 1020) * BYTES_PER_MS);
    const kept = Buffer.from(left).indexOf(said, Math.max(0, (answerMs - 100) * BYTES_PER_MS)) / BYTES_PER_MS;
    t.ok(said.some((byte) => byte !== 0xff) && Math.abs(kept - answerMs) <= 20, `aligned: at ${kept} instead of ${answerMs} ms`);
    const lineMs = truth.left.length / BYTES_PER_MS - from;
    t.ok(Math.abs(left.length / BYTES_PER_MS - lineMs) < 1500, `the gap has its true length: ${left.length / BYTES_PER_MS} of ${lineMs} ms`);
  });

  await t.test('SIGTERM lets the call under way end, takes no new one, and ends with 0', async (t) => {
    path.webhookFate = () => 'pass';
    const [talking, waiting] = [
      telephones.install({ line: '{ ring_ms: 200 }', first: ['{ on: { heard: "speaking with Dana" }, hang_up: true, after_ms: 3000 }'] }),
      telephones.install({}),
    ];
    const applications = [await apply(talking.phone), await apply(waiting.phone)] as const;
    const talkingId = await client.requestScreening(applications[0]);
    await until('the conversation', () => talking.cast.records[0]?.heard.length);
    second.kill('SIGTERM');
    await until('the drain', async () => (await client.ask('GET', '/readyz')).status === 503);
    const late = await client.requestScreening(applications[1]);
    t.match(await client.screening(late), { state: 'queued', attempts: 0 }, 'accepted, to be called by the next server');
    t.match(await client.screening(talkingId), { state: 'calling' });
    const { code, stderr } = await second.ended;
    t.equal(code, 0);
    t.equal(stderr, '');
    t.match(talking.cast.records[0]?.heard.map(({ text }) => text).join(' '), /speaking with Dana/, 'the conversation was not cut');
    t.equal(carrier.calls().at(-1)?.endedBy, 'party');
    t.equal(carrier.dials(), 2, 'the late one was not dialled');
  });
});
