import t, { type Test } from 'tap';
import { parseWav } from '../../media/audio/wav.js';
import { COMPLETE_FORM } from '../fixtures/world/candidates.js';
import { callMediaSocket } from '../fixtures/world/media-caller.js';
import { until } from '../fixtures/world/server-client.js';
import { type Screened, startTestWorld, type TestWorld } from '../fixtures/world/test-world.js';

const RINGS_ON = '{ ring_ms: 600000 }';
const UNKNOWN = 'a'.repeat(32);
const FRAME_MS = 20;
/** Gaps are measured by the clock, and phones ring by it: half a second in which this process was busy must not count for more. */
const SLOW = 5;
const TOLERANCE_MS = SLOW * 500;
/** Speech is going both ways by then, and the recording has begun. */
const FRAMES_BEFORE_TROUBLE = 1100;
/** Longer than a break lasts, and nothing in its second half tells that it was a no. */
const LONG_ANSWER =
  'Well I never got to it in the end although everybody around me at that place has one and uses it every day of the week and so do I';
/** Some words of it have been said by then. */
const FRAMES_INTO_ANSWER = 80;

const kindsOf = async (world: TestWorld, callId: string): Promise<string[]> => (await world.client.events(callId)).map(({ event }) => event.kind);

/** The call went on after its stream broke once: same call, same interview. */
const checkConversation = async (t: Test, world: TestWorld, one: Screened) => {
  t.match(await world.client.settled(one.screeningId), { state: 'closed', outcome: 'completed' });
  const calls = await world.client.calls(one.screeningId);
  t.equal(calls.length, 1, 'one call');
  const [call] = calls;
  if (!call) throw new Error('no call');
  t.match(call, { disposition: 'completed', ended_by: 'agent', end_reason: 'finished' });
  t.match((await world.client.application(one.applicationId)).values, COMPLETE_FORM, 'the form is complete');
  t.match(one.heard(), /sorry/i, 'the agent apologised');
  const events = await world.client.events(call.id);
  t.equal(events.filter(({ event }) => event.kind === 'stream-broke').length, 1);
  t.equal(events.filter(({ event }) => event.kind === 'stream-started').length, 2);
  t.equal(events.filter(({ event }) => event.kind === 'recording-started').length, 1, 'nobody was asked twice whether to record');

  const turns = await world.client.transcript(call.id);
  t.strictSame(
    turns.map(({ id }) => id),
    [...new Set(turns.map(({ id }) => id))],
    'turns have ids of their own',
  );
  for (const [nth, turn] of turns.entries()) if (nth > 0) t.ok(turn.start_ms >= (turns[nth - 1]?.start_ms ?? 0), `turn ${nth} is in order`);
  const said = turns.filter(({ speaker }) => speaker === 'agent').map(({ text }) => text);
  t.equal(said.join(' '), one.heard(), 'the transcript has what was heard, word for word');
  return { call, events };
};

/** The same, and one recording of it with the gap in its place. */
const checkRecovered = async (t: Test, world: TestWorld, one: Screened) => {
  const { call, events } = await checkConversation(t, world, one);
  const wav = parseWav(await until('the recording', () => world.client.recording(call.id)));
  const recordedMs = wav.audio.length / wav.channels / 8;
  const carried = world.carrier.calls().find(({ sid }) => sid === call.provider_call_id);
  const truth = world.carrier.truthOf(call.provider_call_id ?? '');
  if (!truth || !carried) throw new Error('the carrier does not know the call');
  t.equal(wav.channels, 2);
  t.ok(
    Math.abs(recordedMs - (call.duration_ms ?? 0)) <= FRAME_MS,
    `the recording has the length of the call: ${recordedMs} of ${call.duration_ms} ms`,
  );
  const [first, second] = carried.streams.map(({ fromLineMs }) => fromLineMs);
  if (first === undefined || second === undefined) throw new Error('there were not two streams');
  const lineMs = truth.left.length / 8 - first;
  t.ok(Math.abs(recordedMs - lineMs) < TOLERANCE_MS, `the length of the line, the gap included: ${recordedMs} of ${lineMs} ms`);
  const lineMsOf = (kind: string) => events.findLast(({ event }) => event.kind === kind)?.line_ms ?? 0;
  const brokeMs = lineMsOf('stream-broke') + FRAME_MS;
  const backMs = lineMsOf('stream-started');
  const gap = wav.audio.subarray(brokeMs * 16, backMs * 16);
  t.ok(backMs > brokeMs && gap.every((byte) => byte === 0xff), `the gap from ${brokeMs} to ${backMs} ms is silent on both sides`);
};

t.test('a media socket is taken only for a live call, once, and with a signature', async (t) => {
  const world = await startTestWorld(t, { speed: SLOW });
  const [ringing, quiet, talking, finished] = await Promise.all([
    world.screen({ line: RINGS_ON }),
    world.screen({ line: RINGS_ON }),
    world.screen(),
    world.screen({ line: '{ result: busy }' }),
  ]);
  const token = await until('the phone to ring', () => world.tokenOf(ringing));
  await until('the end of the busy call', async () => (await world.client.settled(finished.screeningId)).state === 'closed');
  const closeCode = async (of: string, options?: { signature: string | null }) => (await callMediaSocket(world, of, options)).ended;

  t.equal(await closeCode(token, { signature: null }), 403, 'unsigned');
  t.equal(await closeCode(token, { signature: Buffer.alloc(20).toString('base64') }), 403, 'forged');
  t.equal(await closeCode('short'), 404, 'not a token at all');
  t.equal(await closeCode(UNKNOWN), 1008, 'an unknown token');
  t.equal(await closeCode(UNKNOWN, { signature: null }), 1008, 'an unknown token, unsigned');
  t.equal(await closeCode(world.tokenOf(finished) ?? ''), 1008, 'the token of a finished call');
  t.equal(await closeCode(await until('the quiet phone', () => world.tokenOf(quiet))), 1008, 'no start message within five seconds');
  t.equal((await world.client.call(quiet.screeningId)).state, 'ringing', 'the call does not mind');

  await until('the conversation', () => talking.heard().includes('Hello'));
  const second = await callMediaSocket(world, world.tokenOf(talking) ?? '');
  second.sendStart();
  t.equal(await second.ended, 4409, 'a second live socket');
  t.match(await world.client.settled(talking.screeningId), { outcome: 'completed' }, 'the first goes on to the end');
  t.match((await world.client.application(talking.applicationId)).values, COMPLETE_FORM);
  t.notOk((await kindsOf(world, (await world.client.call(talking.screeningId)).id)).includes('stream-broke'));
  t.equal(await closeCode(world.tokenOf(talking) ?? ''), 1008, 'its token is worth nothing now');
});

t.test('what is no media message is dropped; what is too large or never ends closes the socket', async (t) => {
  const world = await startTestWorld(t, { speed: SLOW });
  const one = await world.screen({ line: RINGS_ON });
  const token = await until('the phone to ring', () => world.tokenOf(one));
  const { id } = await world.client.call(one.screeningId);
  const first = await callMediaSocket(world, token);
  for (const noise of ['', 'no json', '{}', '[]', 'null', '{"event":"start"}', '{"event":"media","media":{"payload":5}}', '{"event":"stop"'])
    first.send(noise);
  first.send(Buffer.from(JSON.stringify({ event: 'start' })));
  first.sendStart();
  await until('the stream', async () => (await kindsOf(world, id)).includes('stream-started'));
  const broken = [
    'no json',
    '{"event":"media"}',
    '{"event":"media","media":{"timestamp":"x","payload":"////"}}',
    '{"event":"mark","mark":7}',
    '{"event":9}',
  ];
  for (const noise of broken) first.send(noise);
  first.send(Buffer.alloc(320, 0x55));
  first.sendAudio(200);
  await until('the greeting to an empty line', () => first.received.some((text) => text.includes('"media"')));
  first.send(`{"event":"media","padding":"${'x'.repeat(70_000)}"}`);
  t.equal(await first.ended, 1009, 'a giant frame closes the socket');

  const second = await callMediaSocket(world, token);
  second.sendStart();
  await until('the second stream', async () => (await kindsOf(world, id)).filter((kind) => kind === 'stream-started').length === 2);
  for (let nth = 0; nth < 150; nth += 1) second.send('garbage');
  t.equal(await second.ended, 1000, 'a carrier that sends only garbage is given up');
  const streams = async () => (await kindsOf(world, id)).filter((kind) => kind.startsWith('stream'));
  await until('the second break', async () => (await streams()).length === 4);
  t.same(await streams(), ['stream-started', 'stream-broke', 'stream-started', 'stream-broke']);
});

const TOO_LARGE = JSON.stringify({ event: 'media', padding: 'x'.repeat(70_000) });

t.test('a call whose stream breaks goes on at the open question', async (t) => {
  const world = await startTestWorld(t, { speed: SLOW });
  const [reset, giant] = await Promise.all([world.screen({ line: `{ socket_breaks_at_ms: ${FRAMES_BEFORE_TROUBLE * FRAME_MS} }` }), world.screen()]);
  let injected = 0;
  world.path.onCarrierMessage = (stream) => {
    if (injected > 0 || stream.fromCarrier <= FRAMES_BEFORE_TROUBLE || stream.token !== world.tokenOf(giant)) return;
    injected += 1;
    stream.inject(TOO_LARGE);
  };
  await t.test('after a reset of the connection', (t) => checkRecovered(t, world, reset));
  await t.test('after a frame larger than any carrier sends', (t) => checkRecovered(t, world, giant));
  t.equal(injected, 1);
  t.same(
    world.path.streams.filter(({ token }) => token === world.tokenOf(giant)).map(({ closedByServer }) => closedByServer),
    [1009, 1000],
  );
  t.equal(world.carrier.dials(), 2);
});

t.test('a candidate who talks through the break is told sorry, and asked again: half an answer is none', async (t) => {
  const world = await startTestWorld(t, { speed: SLOW });
  const one = await world.screen({ first: [`{ on: { question: licence }, say: "${LONG_ANSWER}", after_ms: 300 }`] });
  let injected = 0;
  let asked: number | undefined;
  world.path.onCarrierMessage = (stream) => {
    if (injected > 0) return;
    if (one.heard().endsWith(' forklift licence?')) asked ??= stream.fromCarrier;
    if (asked === undefined || stream.fromCarrier < asked + FRAMES_INTO_ANSWER) return;
    injected += 1;
    stream.inject(TOO_LARGE);
  };
  await checkConversation(t, world, one);
  t.match(one.heard(), /forklift licence\? Sorry, .* Do you have a forklift licence\?/);
  t.equal(injected, 1);
});

t.test('a carrier that is slow to ask how to go on after the goodbye is told to hang up', async (t) => {
  const world = await startTestWorld(t);
  const one = await world.screen({ first: ['{ on: { question: licence }, say: "Please take me off your list." }'] });
  const callsOf = () => world.client.call(one.screeningId);
  // The question comes only when all of the conversation is stored and nothing of it is left in the server.
  world.path.webhookFate = ({ kind, nth }) =>
    kind === 'answer' && nth > 1
      ? until('the end to be stored', async () => (await callsOf()).ended_by !== null).then(() => world.clock.sleep(2000))
      : 'pass';
  const closed = await world.client.settled(one.screeningId);
  t.match(closed, { state: 'closed' });
  t.match(await callsOf(), { state: 'completed', ended_by: 'agent' });
  const events = await kindsOf(world, (await callsOf()).id);
  t.equal(events.filter((kind) => kind === 'stream-started').length, 1, 'the conversation is not begun again');
  t.notMatch(one.heard(), /goodbye.*sorry/i);
  t.equal(world.carrier.calls()[0]?.streams.length, 1);
});
