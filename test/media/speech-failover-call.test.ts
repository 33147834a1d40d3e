import { setImmediate as turnOfLoop } from 'node:timers/promises';
import t from 'tap';
import { createCallSession } from '../../media/call-session.js';
import { twilioCodec } from '../../media/carriers/twilio.js';
import { createRecorder } from '../../media/recorder.js';
import type { FailoverOptions } from '../../media/speech/engine-bench.js';
import { failoverSpeechToText } from '../../media/speech/failover-speech-to-text.js';
import { failoverTextToSpeech } from '../../media/speech/failover-text-to-speech.js';
import { modemSpeechToText, modemTextToSpeech } from '../../media/speech/modem.js';
import { createModemDecoder } from '../../media/speech/modem-decoder.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import { TURN_DEFAULTS } from '../../media/turn-defaults.js';
import type { CallTimelineEntry } from '../../schemas/call-event.js';
import type { InterviewEvent } from '../../schemas/ports/interviewer.js';
import type { SpeechToText, TextToSpeech } from '../../schemas/ports/speech.js';
import type { Turn } from '../../schemas/transcript.js';
import { processRandom, type VirtualClock, virtualClock } from '../../server/runtime.js';
import { scriptedEar } from '../fixtures/media/scripted-ear.js';
import { scriptedVoice, type VoicePlan } from '../fixtures/media/scripted-voice.js';

t.setTimeout(100_000);

const FRAME_MS = 20;
const FRAME_BYTES = 160;
const SILENCE = 0xff;

/** A call in virtual time: a carrier that plays what it is sent, a far end that listens in modem tones and measures the silence, and may speak. */
const callWith = (clock: VirtualClock, engines: { voice: TextToSpeech; ear: SpeechToText }, text: string) => {
  const events: InterviewEvent[] = [];
  const turns: Turn[] = [];
  const timeline: CallTimelineEntry[] = [];
  const defects: unknown[] = [];
  const session = createCallSession({
    clock,
    codec: twilioCodec,
    speechToText: engines.ear,
    textToSpeech: engines.voice,
    interviewer: {
      async *handle(event) {
        events.push(event);
        if (event.kind !== 'call-answered') return;
        yield { kind: 'expect', expected: { type: 'open' } };
        yield { kind: 'say', id: 'u1', text, act: { act: 'ask', variable: 'nights', attempt: 1 }, compulsory: false };
      },
    },
    recorder: createRecorder({ onSegment: () => undefined }),
    turnSettings: TURN_DEFAULTS,
    voice: { language: 'en-US', voice: 'default', speed: 1 },
    recognition: { language: 'en-US', keyterms: [] },
    maxDurationMs: 600_000,
    fromLineMs: 0,
    firstTurn: 1,
    onEvent(entry) {
      timeline.push(entry);
      if (entry.kind === 'turn') turns.push(entry.turn);
    },
    onAction: () => undefined,
    onEnded: () => undefined,
    onDefect: (error) => defects.push(error),
  });

  let buffer: (number | { mark: string })[] = [];
  let mouth = Buffer.alloc(0);
  let lineMs = 0;
  let sequence = 1;
  let silentMs = 0;
  let longestSilenceMs = 0;
  const heard: string[] = [];
  const decoder = createModemDecoder();
  const tell = (message: object) => session.receive(JSON.stringify({ sequenceNumber: String(sequence++), streamSid: 'MZ1', ...message }));
  const echo = (name: string) => tell({ event: 'mark', mark: { name } });
  session.attach(
    {
      send(sent: string) {
        const message = JSON.parse(sent) as { event: string; media: { payload: string }; mark: { name: string } };
        if (message.event === 'media') buffer.push(...Buffer.from(message.media.payload, 'base64'));
        else if (message.event === 'clear') {
          const marks = buffer.flatMap((entry) => (typeof entry === 'number' ? [] : [entry.mark]));
          buffer = [];
          queueMicrotask(() => marks.forEach(echo));
        } else if (buffer.length > 0) buffer.push({ mark: message.mark.name });
        else queueMicrotask(() => echo(message.mark.name));
      },
      close: () => undefined,
    },
    { kind: 'stream-start', streamId: 'MZ1', providerCallId: 'CA1', parameters: {} },
  );

  const tick = async () => {
    const played = Buffer.alloc(FRAME_BYTES, SILENCE);
    const due: string[] = [];
    for (let at = 0; buffer.length > 0 && (at < FRAME_BYTES || typeof buffer[0] !== 'number'); ) {
      const next = buffer.shift();
      if (typeof next === 'number') played[at++] = next;
      else if (next) due.push(next.mark);
    }
    silentMs = played.every((byte) => byte === SILENCE) ? silentMs + FRAME_MS : 0;
    longestSilenceMs = Math.max(longestSilenceMs, silentMs);
    heard.push(...decoder.push(played, lineMs).map((word) => word.text));
    const said = Buffer.alloc(FRAME_BYTES, SILENCE);
    mouth.copy(said);
    mouth = mouth.subarray(FRAME_BYTES);
    tell({ event: 'media', media: { track: 'inbound', chunk: '1', timestamp: String(lineMs), payload: said.toString('base64') } });
    due.forEach(echo);
    lineMs += FRAME_MS;
    await turnOfLoop();
    await clock.advance(FRAME_MS);
  };
  return {
    session,
    events,
    turns,
    timeline,
    defects,
    heard: () => heard.join(' '),
    longestSilenceMs: () => longestSilenceMs,
    candidate(words: string) {
      mouth = Buffer.from(encodeWords(words).muLaw);
    },
    async until(done: () => boolean, withinMs: number) {
      for (const limitMs = lineMs + withinMs; lineMs < limitMs && !done(); ) await tick();
      return done();
    },
    turnsOf: (speaker: Turn['speaker']) => turns.filter((turn) => turn.speaker === speaker).map((turn) => turn.text),
  };
};

const TEXT = 'Hello, this is an automated call about the job in the warehouse by the river. Can you work nights and also on some weekends?';

t.test('a voice fails in the middle of a sentence: the far end hears every word once, and is never left in silence for 4 s', async (t) => {
  const streaming: VoicePlan = { firstMs: 300, betweenMs: 150, wordsPerPiece: 2 };
  const cases: { name: string; one: VoicePlan; two: VoicePlan; withinMs: number }[] = [
    { name: 'one drops, two serves', one: { breaks: { afterWords: 6, how: 'throws' } }, two: {}, withinMs: 1000 },
    { name: 'one drops in a word, two serves', one: { breaks: { afterWords: 6, how: 'throws', half: 'named' } }, two: {}, withinMs: 1000 },
    { name: 'one stops too early, two serves', one: { breaks: { afterWords: 4, how: 'ends' } }, two: {}, withinMs: 1000 },
    { name: 'one stalls after a word', one: { breaks: { afterWords: 1, how: 'stalls' } }, two: {}, withinMs: 2500 },
    { name: 'one stalls and does not obey', one: { breaks: { afterWords: 3, how: 'hangs' } }, two: {}, withinMs: 2500 },
    {
      name: 'both are dead',
      one: { breaks: { afterWords: 0, how: 'stalls' } },
      two: { breaks: { afterWords: 0, how: 'hangs' } },
      withinMs: 2600,
    },
    {
      name: 'both stall after a word that comes late',
      one: { firstMs: 1150, breaks: { afterWords: 1, how: 'stalls' } },
      two: { firstMs: 700, breaks: { afterWords: 1, how: 'stalls' } },
      withinMs: 3600,
    },
    {
      name: 'one stalls after a late word, two is dead',
      one: { firstMs: 1150, breaks: { afterWords: 1, how: 'stalls' } },
      two: { breaks: { afterWords: 0, how: 'stalls' } },
      withinMs: 3600,
    },
  ];
  for (const { name, one, two, withinMs } of cases) {
    const clock = virtualClock();
    const took: string[] = [];
    const failed: string[] = [];
    const voices = [
      scriptedVoice('one', clock, () => ({ ...streaming, ...one })),
      scriptedVoice('two', clock, () => ({ ...streaming, ...two })),
      modemTextToSpeech(),
    ];
    const watched: FailoverOptions<TextToSpeech> = {
      clock,
      random: processRandom(),
      onFailure: (engine) => failed.push(engine.name),
      onServed: (engine) => took.push(engine.name),
    };
    const call = callWith(clock, { voice: failoverTextToSpeech(voices, watched), ear: modemSpeechToText() }, TEXT);
    await call.until(() => call.heard().endsWith('weekends?'), 40_000);
    t.equal(call.heard(), TEXT, name);
    t.ok(call.longestSilenceMs() <= withinMs, `${name}: ${call.longestSilenceMs()} ms`);
    await call.until(() => call.turns.length > 0, 2000);
    t.strictSame(call.turnsOf('agent'), [TEXT], `${name}: what was spoken is what is stored`);
    t.strictSame(
      call.events.map(({ kind }) => kind),
      ['call-answered', 'utterance-heard'],
      `${name}: the interview does not notice`,
    );
    t.notOk(
      call.timeline.some((entry) => entry.kind === 'engine-failed'),
      name,
    );
    t.ok(took.length >= 2 && failed.length >= 1, `${name}: ${took.join(', ')} served`);
    t.equal(failed.length, new Set(failed).size, `${name}: a voice that failed is not asked for the next sentence`);
    t.strictSame(call.defects, []);
  }
});

t.test('an ear fails in the middle of an answer: the answer is committed once, with every word', async (t) => {
  const answer = 'Yes, I can work nights, but not on Sundays.';
  for (const how of ['gives-up', 'ends', 'events-throw', 'push-throws', 'deaf'] as const) {
    const clock = virtualClock();
    const failed: string[] = [];
    const asksAt = encodeWords('Can you work nights?').muLaw.length / FRAME_BYTES;
    const one = scriptedEar('one', clock, () => ({ isTerse: true, breaks: { afterFrames: asksAt + 80, how } }));
    const ear = failoverSpeechToText([one, modemSpeechToText()], {
      clock,
      random: processRandom(),
      onFailure: (engine) => failed.push(engine.name),
      onServed: () => undefined,
    });
    const call = callWith(clock, { voice: modemTextToSpeech(), ear }, 'Can you work nights?');
    await call.until(() => call.heard().endsWith('nights?'), 10_000);
    await call.until(() => call.turns.length > 0, 1000);
    call.candidate(answer);
    await call.until(() => call.turnsOf('candidate').includes(answer), 12_000);
    t.strictSame(call.turnsOf('candidate'), [answer], `${how}: in the turn in which it was said`);
    t.strictSame(failed, ['one'], how);
    t.notOk(
      call.events.some((event) => event.kind === 'engine-failed'),
      `${how}: nobody has to be asked again`,
    );
    t.strictSame(call.defects, []);
  }
});
