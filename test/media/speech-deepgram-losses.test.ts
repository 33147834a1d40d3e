import t from 'tap';
import { MU_LAW_SILENCE } from '../../media/audio/g711.js';
import { encodeWords } from '../../media/speech/modem-encoder.js';
import { createVoiceDetector } from '../../media/vad.js';
import type { TranscriptEvent } from '../../schemas/ports/speech.js';
import type { Word } from '../../schemas/transcript.js';
import { fc } from '../fixtures/properties.js';
import { inMemoryDeepgram } from './deepgram-in-memory.js';

/*
 * The recogniser against the sandbox's sessions on a clock that moves at once: every millisecond at which a connection may be lost, exactly and often.
 */

t.setTimeout(60_000);

const MODELS = ['nova-3', 'flux-general-en'] as const;
const silence = (ms: number) => Buffer.alloc(ms * 8, MU_LAW_SILENCE);
const FRAME_BYTES = 160;

type Final = Extract<TranscriptEvent, { kind: 'transcript-final' }>;
const finalsOf = (events: readonly TranscriptEvent[]): Final[] => events.flatMap((event) => (event.kind === 'transcript-final' ? [event] : []));
const textsOf = (events: readonly TranscriptEvent[]): string[] => finalsOf(events).map((final) => final.text);
const failuresOf = (events: readonly TranscriptEvent[]) => events.flatMap((event) => (event.kind === 'recognition-failed' ? [event] : []));

/** A line with the recogniser and a voice detector on it. `play` takes one frame each 20 ms of the clock. */
const openLine = (model: string, options: { seed?: string; connectMs?: number; detects?: boolean } = {}) => {
  const vendor = inMemoryDeepgram({
    model,
    format: { encoding: 'mulaw', sampleRateHz: 8000 },
    seed: options.seed ?? 'seed',
    connectMs: options.connectMs ?? 50,
    signal: new AbortController().signal,
  });
  const { clock, recognition } = vendor;
  const events: TranscriptEvent[] = [];
  const reading = (async () => {
    for await (const event of recognition.events) events.push(event);
  })();
  const detector = createVoiceDetector();
  let lineMs = 0;
  let asked = 0;
  const play = (audio: Buffer, onFrame: (lineMs: number) => void = () => {}) => {
    for (let at = 0; at + FRAME_BYTES <= audio.length; at += FRAME_BYTES) {
      onFrame(lineMs);
      const frame = audio.subarray(at, at + FRAME_BYTES);
      recognition.push(frame, lineMs);
      for (const event of options.detects === false ? [] : detector.push(frame, lineMs)) {
        if (event.kind === 'voice-start') recognition.speechStarted(event.startedMs);
        else {
          asked += 1;
          recognition.speechEnded(event.endedMs);
        }
      }
      lineMs += 20;
      clock.advance(20);
    }
  };
  const end = async () => {
    recognition.close();
    clock.advance(5000);
    await reading;
    return events;
  };
  /** The reader runs between; a clock that moves at once leaves it no time. */
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { ...vendor, events, play, end, settle, asked: () => asked, lineMs: () => lineMs };
};

/** Words that no other word of the script is equal to, so that a repetition shows. */
const script = fc
  .array(
    fc.record({
      words: fc.array(fc.constantFrom('yes,', 'no.', 'I', 'seven', 'Dublin.', '$18.50', 'anything-else-at-all'), { minLength: 1, maxLength: 7 }),
      pauseMs: fc.integer({ min: 5, max: 120 }).map((frames) => frames * 20),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((sentences) => {
    let nth = 0;
    return sentences.map(({ words, pauseMs }) => ({ pauseMs, words: words.map((word) => `${nth++}${word}`) }));
  });

/** Losses far enough apart that the vendor answers between them; a try may be refused twice. */
const losses = fc
  .array(fc.record({ gapMs: fc.integer({ min: 3000, max: 7000 }), refusals: fc.integer({ min: 0, max: 2 }) }), { maxLength: 3 })
  .map((gaps) => {
    let atMs = 0;
    return gaps.map(({ gapMs, refusals }) => {
      atMs += gapMs;
      return { atMs, refusals };
    });
  });

/** What was lost may be missing, nothing may be added or moved. */
const isPartOf = (heard: readonly Word[], said: readonly Word[]): boolean => {
  let from = 0;
  return heard.every((word) => {
    const nth = said.findIndex((one, at) => at >= from && one.text === word.text);
    from = nth + 1;
    return nth >= 0 && Math.abs((said[nth]?.end_ms ?? 0) - word.end_ms) <= 60;
  });
};

for (const model of MODELS) {
  t.test(`${model}: whatever is lost when, every word comes once, in order, in its place, or its loss is told`, async () => {
    await fc.assert(
      fc.asyncProperty(
        script,
        losses,
        fc.integer({ min: 10, max: 250 }),
        fc.string({ minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (sentences, lost, connectMs, seed, detects) => {
          const line = openLine(model, { seed, connectMs, detects });
          const spoken = sentences.map(({ words, pauseMs }) => ({ ...encodeWords(words.join(' ')), pauseMs }));
          const parts = spoken.flatMap(({ muLaw, pauseMs }) => [muLaw, silence(pauseMs)]);
          const waiting = [...lost];
          line.play(Buffer.concat([silence(400), ...parts, silence(9000)]), (lineMs) => {
            const next = waiting[0];
            if (!next || next.atMs > lineMs) return;
            waiting.shift();
            line.drop(next.refusals);
          });
          const events = await line.end();
          const finals = finalsOf(events);
          const words = finals.flatMap((final) => final.words);
          let fromMs = 400;
          const places = spoken.flatMap(({ muLaw, words: said, pauseMs }) => {
            const placed = said.map((word) => ({ ...word, start_ms: word.start_ms + fromMs, end_ms: word.end_ms + fromMs }));
            fromMs += muLaw.length / 8 + pauseMs;
            return placed;
          });
          const failures = failuresOf(events);
          const isWhole = words.length === places.length || failures.some((failure) => failure.recovering);
          const isSameText = finals.flatMap(({ text }) => (text === '' ? [] : [text])).join(' ') === words.map((word) => word.text).join(' ');
          const isAnswered = finals.length >= line.asked() - failures.length && failures.every((failure) => failure.recovering);
          return isPartOf(words, places) && isWhole && isSameText && isAnswered && line.clock.pending === 0;
        },
      ),
      { numRuns: 20 },
    );
  });

  t.test(`${model}: a single loss, however it falls, loses nothing`, async () => {
    await fc.assert(
      fc.asyncProperty(script, fc.integer({ min: 1000, max: 9000 }), fc.integer({ min: 0, max: 2 }), async (sentences, atMs, refusals) => {
        const line = openLine(model, { connectMs: 100 });
        const parts = sentences.flatMap(({ words, pauseMs }) => [encodeWords(words.join(' ')).muLaw, silence(pauseMs)]);
        line.play(Buffer.concat([silence(400), ...parts, silence(8000)]), (lineMs) => {
          if (lineMs === Math.round(atMs / 20) * 20) line.drop(refusals);
        });
        const events = await line.end();
        const heard = textsOf(events)
          .filter((text) => text !== '')
          .join(' ');
        return heard === sentences.flatMap(({ words }) => words).join(' ') && failuresOf(events).length === 0;
      }),
      { numRuns: 15 },
    );
  });

  t.test(`${model}: without losses each end of speech has one final and no other comes`, async () => {
    await fc.assert(
      fc.asyncProperty(script, fc.string({ minLength: 1, maxLength: 4 }), async (sentences, seed) => {
        const line = openLine(model, { seed });
        const parts = sentences.flatMap(({ words, pauseMs }) => [encodeWords(words.join(' ')).muLaw, silence(pauseMs)]);
        line.play(Buffer.concat([silence(400), ...parts, silence(3000)]));
        const finals = finalsOf(await line.end());
        return finals.length === line.asked();
      }),
      { numRuns: 10 },
    );
  });

  t.test(`${model}: a connection that is refused five times in a row is given up, with what was heard`, async (t) => {
    const line = openLine(model);
    line.play(Buffer.concat([silence(400), encodeWords('one two three four five six seven').muLaw]));
    line.drop(99);
    line.clock.advance(10_000);
    line.recognition.speechEnded(5000);
    const events = await line.end();
    t.match(events.at(-1), { kind: 'recognition-failed', recovering: false, failure: 'unavailable', reason: /503/ });
    t.match(textsOf(events)[0], /^one two/);
    t.equal(line.clock.pending, 0, 'and nothing goes on behind it');
  });

  t.test(`${model}: connections that answer and break at once, again and again, are given up too`, async (t) => {
    const line = openLine(model);
    const words = Array.from({ length: 40 }, (_, nth) => `number-${nth}`).join(' ');
    line.play(Buffer.concat([silence(400), encodeWords(words).muLaw]), (lineMs) => {
      if (lineMs % 700 === 0) line.drop(0);
    });
    t.match((await line.end()).at(-1), { kind: 'recognition-failed', recovering: false });
    t.equal(line.clock.pending, 0, 'nobody dials on');
  });

  t.test(`${model}: speech that outlives the backlog while no handshake succeeds is lost, and that is told once`, async (t) => {
    const line = openLine(model, { connectMs: 60_000 });
    line.play(Buffer.concat([silence(400), encodeWords(Array.from({ length: 24 }, (_, nth) => `number-${nth}`).join(' ')).muLaw]));
    await line.settle();
    t.match(line.events, [{ kind: 'recognition-failed', recovering: true, failure: 'timeout' }]);
    line.clock.advance(20_000);
    t.match((await line.end()).slice(1), [{ kind: 'recognition-failed', recovering: false, failure: 'timeout' }]);
  });
}

t.test('a slow start loses what is older than 5 s, and tells it once, while it recovers', async (t) => {
  const line = openLine('nova-3', { connectMs: 2900 });
  line.drop(1);
  const long = encodeWords(Array.from({ length: 30 }, (_, nth) => `number-${nth}`).join(' ')).muLaw;
  line.play(Buffer.concat([long, silence(8000)]));
  const events = await line.end();
  const failures = failuresOf(events);
  t.equal(failures.length, 1);
  t.match(failures[0], { recovering: true, failure: 'unavailable' });
  const words = finalsOf(events).flatMap((final) => final.words);
  t.equal(words.at(-1)?.text, 'number-29');
  t.equal(new Set(words.map((word) => word.text)).size, words.length);
});

t.test('Nova: Finalize comes when all audio of the question was sent, once for each question', async (t) => {
  const line = openLine('nova-3', { connectMs: 400, detects: false });
  line.play(Buffer.concat([silence(100), encodeWords('yes').muLaw]));
  line.recognition.speechEnded(line.lineMs());
  line.play(silence(200));
  t.strictSame(line.texts(), [[]], 'connected, but the speech still waits');
  line.play(silence(2000));
  t.strictSame(line.texts(), [['Finalize']]);
  t.strictSame(textsOf(await line.end()), ['yes']);
});

t.test('an answer is there 1.5 s after its question at the latest, connection or not; what comes later is told as well', async (t) => {
  const line = openLine('nova-3', { connectMs: 2000, detects: false });
  line.play(Buffer.concat([silence(8000), encodeWords('one two three four five six').muLaw]));
  line.drop(0);
  line.recognition.speechEnded(line.lineMs());
  line.clock.advance(1499);
  await line.settle();
  t.strictSame(textsOf(line.events), []);
  line.clock.advance(1);
  await line.settle();
  t.match(textsOf(line.events), [/^one two/]);
  line.play(silence(8000));
  const events = await line.end();
  t.equal(textsOf(events).join(' '), 'one two three four five six');
  t.equal(finalsOf(events).length, 2);
  t.equal(failuresOf(events).length, 0);
});

t.test('what waited during a loss is sent at most 1.25 times as fast as it was spoken', async (t) => {
  const line = openLine('nova-3', { connectMs: 200 });
  line.play(Buffer.concat([silence(400), encodeWords('one two three four five six seven eight nine ten eleven twelve').muLaw]), (lineMs) => {
    if (lineMs === 3000) line.drop(2);
  });
  line.play(silence(6000));
  t.equal(
    textsOf(await line.end())
      .filter((text) => text !== '')
      .join(' '),
    'one two three four five six seven eight nine ten eleven twelve',
  );
  const [first, second] = line.arrivals();
  for (const arrivals of [first ?? [], second ?? []]) {
    t.ok(arrivals.length > 10);
    const startMs = arrivals[0]?.atMs ?? 0;
    let ms = 0;
    let caughtUpMs = Number.POSITIVE_INFINITY;
    for (const { ms: length, atMs } of arrivals) {
      if (atMs > caughtUpMs) break;
      if (ms > (atMs - startMs) * 1.25 + 42) t.fail(`${ms} ms of audio in ${atMs - startMs} ms`);
      ms += length;
      if (ms >= 4000) caughtUpMs = atMs;
    }
  }
});

t.test('without audio Nova is kept alive by text, after a first sound; Flux by silence, and its open turn is ended by it', async (t) => {
  const nova = openLine('nova-3');
  nova.clock.advance(21_000);
  t.strictSame(nova.texts(), [['KeepAlive', 'KeepAlive', 'KeepAlive', 'KeepAlive']]);
  t.strictSame(
    nova.arrivals()[0]?.map(({ ms }) => ms),
    [40],
  );
  await nova.end();

  const flux = openLine('flux-general-en', { detects: false });
  flux.clock.advance(21_000);
  t.strictSame(flux.texts(), [[]]);
  t.ok((flux.arrivals()[0]?.length ?? 0) >= 4 && (flux.arrivals()[0]?.length ?? 0) <= 6, 'a little silence each 4 s');
  flux.play(encodeWords('yes, seven years').muLaw);
  flux.clock.advance(4000);
  await flux.settle();
  t.equal(textsOf(flux.events).join(' '), 'yes, seven years', 'the line stopped, the turn did not');
  t.match(flux.events.at(-1), { kind: 'transcript-final', words: [{ text: 'yes,' }, {}, { text: 'years', end_ms: flux.lineMs() - 20 }] });
  const sent = flux.arrivals()[0]?.length ?? 0;
  flux.clock.advance(3900);
  t.ok((flux.arrivals()[0]?.length ?? 0) - sent <= 2, 'then it is quiet again');
  await flux.end();
});

t.test('Flux: an eager end of turn, then a firm one, after the words', async (t) => {
  const line = openLine('flux-general-en');
  line.play(Buffer.concat([silence(400), encodeWords('yes.').muLaw, silence(2000)]));
  await line.settle();
  const kinds = line.events.map((event) => (event.kind === 'vendor-end-of-turn' ? event.certainty : event.kind));
  t.strictSame(
    kinds.filter((kind) => kind !== 'transcript-interim'),
    ['transcript-final', 'eager', 'firm'],
  );
  await line.end();
});
