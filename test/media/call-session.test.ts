import { setImmediate as turnOfLoop } from 'node:timers/promises';
import t from 'tap';
import { type CallEnd, createCallSession } from '../../media/call-session.js';
import { twilioCodec } from '../../media/carriers/twilio.js';
import { createRecorder } from '../../media/recorder.js';
import { modemSpeechToText, modemTextToSpeech } from '../../media/speech/modem.js';
import { createModemDecoder } from '../../media/speech/modem-decoder.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import { TURN_DEFAULTS } from '../../media/turn-defaults.js';
import type { CallTimelineEntry } from '../../schemas/call-event.js';
import type { ExpectedAnswer, InterviewAction, InterviewEvent, Interviewer, Utterance } from '../../schemas/ports/interviewer.js';
import type { SpeechToText, TextToSpeech } from '../../schemas/ports/speech.js';
import type { Turn } from '../../schemas/transcript.js';
import { virtualClock } from '../../server/runtime.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';

t.setTimeout(TIME_LIMIT_MS);

type Reaction = (event: InterviewEvent) => (Utterance | InterviewAction)[];

const say = (text: string, compulsory = false): Utterance => ({
  kind: 'say',
  id: `u${text.length}-${text.slice(0, 12)}`,
  text,
  act: text.endsWith('?') ? { act: 'ask', variable: 'q', attempt: 1 } : { act: 'introduce' },
  compulsory,
});
const expectType = (type: ExpectedAnswer['type'], idleMs?: number): InterviewAction => ({
  kind: 'expect',
  expected: { type, ...(idleMs === undefined ? {} : { idleMs }) },
});

/** A whole line in virtual time: a carrier with its real buffer, a candidate's mouth and ear in modem tones, and the session under test. */
const line = (react: Reaction, engines: { stt?: SpeechToText; tts?: TextToSpeech; maxDurationMs?: number } = {}) => {
  const clock = virtualClock();
  const events: InterviewEvent[] = [];
  const timeline: CallTimelineEntry[] = [];
  const turns: Turn[] = [];
  const defects: unknown[] = [];
  let end: CallEnd | undefined;
  const interviewer: Interviewer = {
    async *handle(event) {
      events.push(event);
      yield* react(event);
    },
  };
  const session = createCallSession({
    clock,
    codec: twilioCodec,
    speechToText: engines.stt ?? modemSpeechToText(),
    textToSpeech: engines.tts ?? modemTextToSpeech(),
    interviewer,
    recorder: createRecorder({ onSegment: () => undefined }),
    turnSettings: TURN_DEFAULTS,
    voice: { language: 'en-US', voice: 'default', speed: 1 },
    recognition: { language: 'en-US', keyterms: [] },
    maxDurationMs: engines.maxDurationMs ?? 600_000,
    fromLineMs: 0,
    firstTurn: 1,
    onEvent(entry) {
      timeline.push(entry);
      if (entry.kind === 'turn') turns.push(entry.turn);
    },
    onAction: () => undefined,
    onEnded(ended) {
      end = ended;
    },
    onDefect: (error) => defects.push(error),
  });

  let buffer: ({ byte: number } | { mark: string })[] = [];
  let mouth = Buffer.alloc(0);
  let stamp = 0;
  let sequence = 1;
  let closed = true;
  const ear = createModemDecoder();
  const heard: string[] = [];
  const numbered = (message: object) => session.receive(JSON.stringify({ sequenceNumber: String(sequence++), streamSid: 'MZ1', ...message }));
  const echo = (name: string) => numbered({ event: 'mark', mark: { name } });
  const transport = {
    send(text: string) {
      const message = JSON.parse(text) as { event: string; media: { payload: string }; mark: { name: string } };
      if (message.event === 'media') for (const byte of Buffer.from(message.media.payload, 'base64')) buffer.push({ byte });
      if (message.event === 'mark') {
        // At once when nothing is buffered, as the vendor does.
        if (buffer.length === 0) queueMicrotask(() => echo(message.mark.name));
        else buffer.push({ mark: message.mark.name });
      }
      if (message.event === 'clear') {
        const marks = buffer.flatMap((entry) => ('mark' in entry ? [entry.mark] : []));
        buffer = [];
        queueMicrotask(() => marks.forEach(echo));
      }
    },
    close() {
      closed = true;
    },
  };
  const tick = async () => {
    const played = Buffer.alloc(160, 0xff);
    const due: string[] = [];
    for (let at = 0; ; ) {
      const next = buffer[0];
      if (!next || ('byte' in next && at === 160)) break;
      buffer.shift();
      if ('mark' in next) due.push(next.mark);
      else played[at++] = next.byte;
    }
    for (const word of ear.push(played, stamp)) heard.push(word.text);
    const said = Buffer.alloc(160, 0xff);
    mouth.copy(said, 0, 0, 160);
    mouth = mouth.subarray(160);
    numbered({ event: 'media', media: { track: 'inbound', chunk: '1', timestamp: String(stamp), payload: said.toString('base64') } });
    due.forEach(echo);
    stamp += 20;
    await turnOfLoop();
    await clock.advance(20);
  };
  return {
    session,
    events,
    timeline,
    turns,
    defects,
    heard: () => heard.join(' '),
    ended: () => end,
    agentSaid: () => turns.filter((turn) => turn.speaker === 'agent').map((turn) => turn.text),
    connect() {
      closed = false;
      stamp = 0;
      buffer = [];
      return session.attach(transport, { kind: 'stream-start', streamId: 'MZ1', providerCallId: 'CA1', parameters: {} });
    },
    numbered,
    raw: (text: string) => session.receive(text),
    candidate(text: string) {
      mouth = Buffer.concat([mouth, encodeWords(text).muLaw]);
    },
    cough() {
      mouth = Buffer.concat([mouth, Buffer.from(Array.from({ length: 1600 }, (_, n) => (n * 7919) % 31))]);
    },
    async pass(ms: number) {
      for (const until = stamp + ms; stamp < until && !closed; ) await tick();
    },
    async until(done: () => boolean, withinMs: number) {
      for (const limit = stamp + withinMs; stamp < limit && !done() && !closed; ) await tick();
      return done();
    },
    isClosed: () => closed,
    wait: (ms: number) => clock.advance(ms),
  };
};

const onAnswer: Reaction = (event) => (event.kind === 'call-answered' ? [expectType('yes-no'), say('Can you work nights?')] : []);

t.test('a question is asked, the answer committed, the goodbye heard to its last word before the line is closed', async (t) => {
  const call = line((event) => {
    if (event.kind === 'candidate-turn') return [say('Thank you. Goodbye.'), { kind: 'hang-up', reason: 'finished' }];
    return onAnswer(event);
  });
  call.connect();
  await call.until(() => call.heard().endsWith('nights?'), 5000);
  await call.pass(400);
  call.candidate('Yes, I can.');
  await call.until(() => call.isClosed(), 10_000);
  t.equal(call.heard(), 'Can you work nights? Thank you. Goodbye.');
  t.strictSame(
    call.turns.map(({ speaker, text }) => `${speaker}: ${text}`),
    ['agent: Can you work nights?', 'candidate: Yes, I can.', 'agent: Thank you. Goodbye.'],
  );
  t.match(call.ended(), { by: 'agent', reason: 'finished' });
  const [question, answer, goodbye] = call.turns;
  t.ok((question?.end_ms ?? 0) <= (answer?.start_ms ?? 0) && (answer?.end_ms ?? 0) < (goodbye?.start_ms ?? 0), 'turns do not overlap');
  t.match(
    call.timeline.find((entry) => entry.kind === 'latency'),
    { stage: 'reply' },
  );
  t.strictSame(call.defects, []);
});

t.test('words over the agent cut it off; it is told exactly what was heard', async (t) => {
  const long = 'This job has many duties which I will now list one by one for you. And then some more.';
  const call = line((event) => (event.kind === 'call-answered' ? [expectType('open'), say(long)] : []));
  call.connect();
  await call.until(() => call.heard().endsWith('duties'), 5000);
  call.candidate('Sorry, how much does it pay?');
  await call.until(() => call.events.some((event) => event.kind === 'candidate-turn'), 8000);
  const cut = call.events.find((event) => event.kind === 'utterance-heard');
  const turn = call.events.find((event) => event.kind === 'candidate-turn');
  t.match(cut, { complete: false, heardText: call.heard() });
  t.match(turn, { turn: { text: 'Sorry, how much does it pay?' }, interrupted: { heardText: call.heard() } });
  t.strictSame(call.agentSaid(), [call.heard()]);
  t.equal(call.turns[0]?.interrupted, true);
  t.match(
    call.timeline.find((entry) => entry.kind === 'barge-in'),
    { decision: 'interrupt' },
  );
  t.ok(call.events.indexOf(cut as InterviewEvent) < call.events.indexOf(turn as InterviewEvent), 'first what was heard, then the turn');
});

t.test('a cough pauses the agent, which goes on with the word that was cut: nothing is lost or said twice', async (t) => {
  const sentence = 'Please tell me about the last place where you have worked before this one.';
  const call = line((event) => (event.kind === 'call-answered' ? [say(sentence)] : []));
  call.connect();
  await call.until(() => call.heard().endsWith('about'), 5000);
  call.cough();
  await call.until(() => call.heard().endsWith('one.'), 15_000);
  await call.pass(400);
  t.equal(call.heard(), sentence);
  t.strictSame(call.agentSaid(), [sentence]);
  t.match(
    call.timeline.find((entry) => entry.kind === 'barge-in'),
    { decision: 'resume' },
  );
});

t.test('"mm-hm" is kept in the transcript and the agent goes on', async (t) => {
  const sentence = 'The job is in the warehouse by the river and it starts at six in the morning.';
  const call = line((event) => (event.kind === 'call-answered' ? [say(sentence)] : []));
  call.connect();
  await call.until(() => call.heard().endsWith('warehouse'), 5000);
  call.candidate('mm-hm');
  await call.until(() => call.heard().endsWith('morning.'), 15_000);
  await call.pass(400);
  t.equal(call.heard(), sentence);
  t.ok(call.turns.some((turn) => turn.speaker === 'candidate' && turn.text === 'mm-hm'));
  t.notOk(call.events.some((event) => event.kind === 'candidate-turn'));
});

t.test('a broken stream comes back: the interviewer is told and the line clock runs on', async (t) => {
  const call = line((event) => (event.kind === 'call-answered' ? [say(event.resumed ? 'Sorry about that.' : 'Hello there my friend.')] : []));
  call.connect();
  await call.pass(600);
  call.session.broke();
  const before = call.session.lineMs;
  await call.wait(3000);
  t.ok(call.connect());
  await call.until(() => call.heard().endsWith('that.'), 5000);
  t.ok(call.session.lineMs >= before + 3000);
  t.match(
    call.events.filter((event) => event.kind === 'call-answered'),
    [{ resumed: false }, { resumed: true }],
  );
  t.equal(call.ended(), undefined);
});

t.test('a stream that does not come back ends the call; so does one whose frames stop', async (t) => {
  const lost = line(onAnswer);
  lost.connect();
  await lost.pass(200);
  lost.session.broke();
  await lost.wait(20_000);
  t.match(lost.ended(), { by: 'carrier', reason: 'stream-lost' });
  const stalled = line(onAnswer);
  stalled.connect();
  await stalled.pass(200);
  await stalled.wait(25_000);
  t.match(stalled.ended(), { by: 'carrier', reason: 'stream-lost' });
});

t.test('a second stream of a live call is refused', async (t) => {
  const call = line(onAnswer);
  t.ok(call.connect());
  t.notOk(
    call.session.attach(
      { send: () => undefined, close: () => undefined },
      { kind: 'stream-start', streamId: 'x', providerCallId: 'y', parameters: {} },
    ),
  );
});

t.test('a voice that breaks leads to an apology, one that stays broken ends the call', async (t) => {
  let failures = 0;
  const tts = (broken: (nth: number) => boolean): TextToSpeech => ({
    name: 'shaky',
    open(options, signal) {
      const voice = modemTextToSpeech().open(options, signal);
      return {
        async *speak(text, turn) {
          if (broken(failures++)) throw new Error('the worker died');
          yield* voice.speak(text, turn);
        },
        close: () => voice.close(),
      };
    },
  });
  const react: Reaction = (event) => (event.kind === 'engine-failed' ? [say('Sorry, the line cut out. Can you work nights?')] : onAnswer(event));
  const once = line(react, { tts: tts((nth) => nth === 0) });
  once.connect();
  await once.until(() => once.heard().endsWith('nights?'), 5000);
  t.equal(once.heard(), 'Sorry, the line cut out. Can you work nights?');
  failures = 0;
  const always = line(react, { tts: tts(() => true) });
  always.connect();
  await always.pass(5000);
  t.match(always.ended(), { reason: 'voice-engine-failed' });
});

t.test('malformed messages cost nothing, a carrier that sends only those is given up', async (t) => {
  const call = line(onAnswer);
  call.connect();
  for (const bad of ['{', '{"event":"media"}', '{"event":"media","media":{"payload":7}}', 'null', '[]', '{"event":"unheard-of"}']) call.raw(bad);
  await call.until(() => call.heard().endsWith('nights?'), 5000);
  t.equal(call.heard(), 'Can you work nights?');
  for (let n = 0; n < 200; n++) call.raw('{');
  t.ok(call.isClosed());
  t.ok(call.timeline.some((entry) => entry.kind === 'stream-broke'));
});

t.test('the longest duration is announced and then enforced', async (t) => {
  const call = line(onAnswer, { maxDurationMs: 30_000 });
  call.connect();
  await call.until(() => call.isClosed(), 40_000);
  t.ok(call.events.some((event) => event.kind === 'time-nearly-over'));
  t.match(call.ended(), { by: 'limit', reason: 'max-duration', durationMs: 30_000 });
});

t.test('keys over a question stop it and are told after what was heard of it', async (t) => {
  const call = line(onAnswer);
  call.connect();
  await call.until(() => call.heard().endsWith('work'), 5000);
  call.numbered({ event: 'dtmf', dtmf: { track: 'inbound_track', digit: '1' } });
  await call.until(() => call.events.some((event) => event.kind === 'dtmf'), 2000);
  t.strictSame(
    call.events.map((event) => event.kind),
    ['call-answered', 'utterance-heard', 'dtmf'],
  );
  t.ok(call.turns.some((turn) => turn.text === '[keypad 1]'));
});

t.test('what the candidate says last is still taken when they hang up in the same breath', async (t) => {
  const call = line(onAnswer);
  call.connect();
  await call.until(() => call.heard().endsWith('nights?'), 5000);
  await call.pass(400);
  call.candidate('Stop calling me.');
  await call.until(() => call.timeline.some((entry) => entry.kind === 'transcript-interim' && entry.text === 'Stop calling me.'), 5000);
  call.numbered({ event: 'stop', stop: { accountSid: 'AC1', callSid: 'CA1' } });
  await call.wait(20);
  t.match(
    call.events.find((event) => event.kind === 'candidate-turn'),
    { turn: { text: 'Stop calling me.' } },
  );
  t.match(call.ended(), { by: 'candidate', reason: 'candidate-hung-up' });
});

t.test('the candidate who hangs up ends the call in any moment', async (t) => {
  for (const afterMs of [0, 200, 1500, 4000]) {
    const call = line(onAnswer);
    call.connect();
    await call.pass(afterMs);
    call.numbered({ event: 'stop', stop: { accountSid: 'AC1', callSid: 'CA1' } });
    await call.wait(20);
    t.match(call.ended(), { by: 'candidate', reason: 'candidate-hung-up' });
    t.notOk(call.session.live);
  }
});
