import t from 'tap';
import { twilioCodec } from '../../media/carriers/twilio.js';
import { createHeardLedger, type LedgerEvent } from '../../media/heard.js';
import { createPlayout } from '../../media/playout.js';
import type { Word } from '../../schemas/transcript.js';
import { fc, runs } from '../fixtures/properties.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';

t.setTimeout(TIME_LIMIT_MS);

/** A carrier's buffer as it really is: plays a frame a tick, echoes marks in order, echoes all pending ones on clear. */
const carrier = () => {
  const buffer: ({ byte: number } | { mark: string })[] = [];
  const played: number[] = [];
  const echoes: string[] = [];
  const echoDue = () => {
    for (let next = buffer[0]; next && 'mark' in next; next = buffer[0]) {
      echoes.push(next.mark);
      buffer.shift();
    }
  };
  return {
    played,
    receive(text: string) {
      const message = JSON.parse(text) as { event: string; media?: { payload: string }; mark?: { name: string } };
      if (message.event === 'media') for (const byte of Buffer.from(message.media?.payload ?? '', 'base64')) buffer.push({ byte });
      if (message.event === 'mark') {
        buffer.push({ mark: message.mark?.name ?? '' });
        echoDue();
      }
      if (message.event === 'clear') {
        const marks = buffer.flatMap((entry) => ('mark' in entry ? [entry.mark] : []));
        buffer.length = 0;
        echoes.push(...marks);
      }
    },
    tick(): Buffer {
      const frame = Buffer.alloc(160, 0xff);
      for (let at = 0; at < 160; ) {
        const next = buffer.shift();
        if (!next) break;
        if ('mark' in next) echoes.push(next.mark);
        else {
          frame[at++] = next.byte;
          played.push(next.byte);
        }
      }
      echoDue();
      return frame;
    },
    takeEchoes: () => echoes.splice(0),
  };
};

/** An utterance of `words` words of three frames each; a frame's first byte names its word, its second its place in the word. */
const utterance = (id: number, words: number) => ({
  utteranceId: `u${id}`,
  audio: Buffer.concat(Array.from({ length: words * 3 }, (_, f) => Buffer.alloc(160, Buffer.from([code(id, Math.floor(f / 3)), f % 3])))),
  words: Array.from({ length: words }, (_, n): Word => ({ text: `w${id}.${n}`, start_ms: n * 60, end_ms: n * 60 + 60 })),
  last: true,
});

const code = (id: number, word: number) => 3 + ((id * 31 + word) % 120);

/** A word was truly heard when its three frames left in a row. */
const wordsIn = (played: readonly number[]): number[] => {
  const words: number[] = [];
  for (let i = 0, next = 0; i < played.length; i += 160) {
    const place = played[i + 1];
    next = place === next ? next + 1 : place === 0 ? 1 : 0;
    if (next === 3) words.push(played[i] ?? -1);
    next %= 3;
  }
  return words;
};

const codesOf = (words: readonly string[]): number[] =>
  words.map((text) => {
    const [id = 0, word = 0] = text.slice(1).split('.').map(Number);
    return code(id, word);
  });

/** `travelTicks`: how many ticks a message takes to the carrier, and a frame with its marks back from it. */
const world = (travelTicks = 0) => {
  const far = carrier();
  const up: string[][] = Array.from({ length: travelTicks }, () => []);
  const down: { truth: Buffer; early: string[]; echoes: string[] }[] = [];
  const outbox: string[] = [];
  const ledger = createHeardLedger(twilioCodec);
  const playout = createPlayout({ codec: twilioCodec, streamId: 'MZ1', ledger, send: (text) => outbox.push(text) });
  const events: LedgerEvent[] = [];
  const playedAt: number[] = [];
  let lineMs = 0;
  return {
    far,
    ledger,
    playout,
    events,
    heardWords: () => events.flatMap((event) => (event.kind === 'word-heard' ? [event.word.text] : [])),
    at: () => lineMs,
    /** Words whose three frames had left in a row by the last frame that has come back. */
    heardByLastFrame: () => wordsIn(far.played.slice(0, playedAt.at(-1 - travelTicks) ?? 0)),
    /** One tick of the carrier, then our handling of its frame. `late` messages reach the carrier only after the next tick; the marks of a `torn` frame are lost. */
    tick({ late = false, torn = false } = {}) {
      up.push(outbox.splice(0));
      const sending = up.shift() ?? [];
      if (!late) for (const text of sending) far.receive(text);
      const early = far.takeEchoes();
      const truth = far.tick();
      playedAt.push(far.played.length);
      if (late) for (const text of sending) far.receive(text);
      down.push({ truth, early, echoes: far.takeEchoes() });
      if (down.length <= travelTicks) return { truth, played: Buffer.alloc(160, 0xff) };
      const arrived = down.shift();
      for (const name of arrived?.early ?? []) events.push(...ledger.markEchoed(name, lineMs));
      const { played, events: found } = ledger.frame(lineMs);
      events.push(...found);
      lineMs += 20;
      for (const name of torn ? [] : (arrived?.echoes ?? [])) events.push(...ledger.markEchoed(name, lineMs));
      playout.pump();
      return { truth, played };
    },
  };
};

t.test('a word counts as heard when its last sample was played, not before', async (t) => {
  const { playout, tick, heardWords, events } = world();
  playout.add(utterance(1, 2));
  tick();
  tick();
  t.strictSame(heardWords(), []);
  tick();
  t.strictSame(heardWords(), ['w1.0']);
  for (let n = 0; n < 3; n++) tick();
  t.strictSame(heardWords(), ['w1.0', 'w1.1']);
  t.match(events.at(-1), { kind: 'utterance-finished', utteranceId: 'u1', lineMs: 120 });
  t.ok(playout.idle);
});

t.test('words carry the line time of their first and last sample', async (t) => {
  const { playout, tick, events } = world();
  tick();
  playout.add(utterance(1, 2));
  for (let n = 0; n < 7; n++) tick();
  const words = events.flatMap((event) => (event.kind === 'word-heard' ? [event.word] : []));
  t.strictSame(
    words.map(({ start_ms, end_ms }) => [start_ms, end_ms]),
    [
      [20, 80],
      [80, 140],
    ],
  );
});

t.test('audio is sent ahead by the lead of the carrier and no further', async (t) => {
  const { playout, ledger, tick } = world();
  playout.add(utterance(1, 100));
  t.ok(ledger.bufferedMs <= twilioCodec.maxLeadMs && ledger.bufferedMs > twilioCodec.maxLeadMs - 220);
  for (let n = 0; n < 50; n++) tick();
  t.ok(ledger.bufferedMs <= twilioCodec.maxLeadMs && ledger.bufferedMs >= twilioCodec.maxLeadMs - 220);
});

t.test('a pause keeps what was not heard and a resume plays it from the word that was cut', async (t) => {
  const { playout, tick, at, heardWords, far } = world();
  playout.add(utterance(1, 5));
  for (let n = 0; n < 4; n++) tick();
  playout.pause(at());
  for (let n = 0; n < 5; n++) tick();
  t.strictSame(heardWords(), ['w1.0'], 'the second word was cut after one frame');
  playout.resume();
  for (let n = 0; n < 13; n++) tick();
  t.strictSame(heardWords(), ['w1.0', 'w1.1', 'w1.2', 'w1.3', 'w1.4']);
  t.equal(far.played.length, 160 * (4 + 12), 'four frames before, four whole words after');
  t.ok(playout.idle);
});

t.test('an abort drops the rest; marks echoed by the clear are not taken for hearing', async (t) => {
  const { playout, tick, at, heardWords, ledger } = world();
  playout.add(utterance(1, 20));
  for (let n = 0; n < 7; n++) tick();
  playout.abort(at());
  for (let n = 0; n < 5; n++) tick();
  t.strictSame(heardWords(), ['w1.0', 'w1.1']);
  t.equal(ledger.bufferedMs, 0);
  t.ok(playout.idle);
});

t.test('the recording channel is byte for byte what the carrier played', async (t) => {
  const { playout, tick } = world();
  playout.add(utterance(1, 8));
  const frames = Array.from({ length: 30 }, () => tick());
  t.strictSame(Buffer.concat(frames.map(({ played }) => played)), Buffer.concat(frames.map(({ truth }) => truth)));
});

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('tick' as const), n: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('say' as const), n: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('nod' as const), n: fc.integer({ min: 5, max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('abort' as const), n: fc.integer({ min: 5, max: 8 }) }) },
);

/** Steps in short: `steps('say 1, nod 5')`. */
const steps = (text: string) =>
  text.split(', ').map((entry) => {
    const [kind, n] = entry.split(' ');
    if (kind !== 'say' && kind !== 'tick' && kind !== 'nod' && kind !== 'abort') throw new Error(`no step is called ${kind}`);
    return { kind, n: Number(n) };
  });

const play = (w: ReturnType<typeof world>, taken: readonly { kind: 'say' | 'tick' | 'nod' | 'abort'; n: number }[]) => {
  let nth = 0;
  for (const { kind, n } of taken) {
    if (kind === 'say') w.playout.add(utterance(nth++, n));
    if (kind === 'abort') w.playout.abort(w.at());
    if (kind === 'nod') {
      w.playout.pause(w.at());
      for (let i = 0; i < n || w.ledger.clearing; i++) w.tick();
      w.playout.resume();
    }
    if (kind !== 'say') for (let i = 0; i < n; i++) w.tick();
  }
};

t.test(
  'whatever is said, paused and dropped, near or far, the ledger and the carrier agree on every word, each heard once and in order',
  async () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), fc.integer({ min: 0, max: 6 }), (taken, travelTicks) => {
        const w = world(travelTicks);
        play(w, taken);
        for (let i = 0; i < 10_000 && !w.playout.idle; i++) w.tick();
        for (let i = 0; i < 2 * travelTicks + 2; i++) w.tick();
        const truth = wordsIn(w.far.played);
        const ledger = codesOf(w.heardWords());
        return JSON.stringify(truth) === JSON.stringify(ledger) && new Set(w.heardWords()).size === w.heardWords().length;
      }),
      {
        numRuns: runs(500),
        examples: [
          // The carrier ran dry while the next words travelled, and a clear overtook the model that had played them already.
          [steps('say 1, nod 5, say 1, tick 2, nod 5'), 2],
          [steps('say 6, nod 14, tick 9, say 2, tick 4, abort 5, tick 1'), 3],
        ],
      },
    );
  },
);

t.test('a stream that breaks in the middle of a word has told every word before it, although its last marks were lost', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 40 }), fc.nat({ max: 6 }), (words, ticks, travelTicks) => {
      const w = world(travelTicks);
      w.playout.add(utterance(0, words));
      for (let i = 1; i < ticks; i++) w.tick();
      w.tick({ torn: true });
      w.events.push(...w.ledger.ended(w.at()));
      // Without a mark nothing has begun: the first frame may be the torn one.
      const began = ticks > 2 * travelTicks + 1;
      return JSON.stringify(codesOf(w.heardWords())) === JSON.stringify(began ? w.heardByLastFrame() : []);
    }),
    { numRuns: runs(200) },
  );
  const { playout, tick, ledger, events, heardWords, at } = world();
  playout.add(utterance(1, 1));
  for (let n = 0; n < 2; n++) tick();
  playout.pause(at());
  tick({ torn: true });
  events.push(...ledger.ended(at()));
  t.strictSame(heardWords(), [], 'a word that a clear may have cut is not told');
});

t.test('whatever is said, paused and dropped before a stream breaks, no word is told that was not played', async () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), fc.nat({ max: 30 }), fc.nat({ max: 6 }), (taken, ticks, travelTicks) => {
      const w = world(travelTicks);
      play(w, taken);
      for (let i = 0; i < ticks; i++) w.tick();
      w.tick({ torn: true });
      w.events.push(...w.ledger.ended(w.at()));
      const told = codesOf(w.heardWords());
      return JSON.stringify(told) === JSON.stringify(w.heardByLastFrame().slice(0, told.length));
    }),
    // The carrier ran dry while the next word travelled.
    { numRuns: runs(500), examples: [[steps('say 1, tick 5, say 1, tick 6'), 2, 4]] },
  );
});

t.test('a playout that began a frame late is found out by its first mark', async (t) => {
  const { playout, tick, heardWords } = world();
  playout.add(utterance(1, 5));
  tick({ late: true });
  for (let n = 0; n < 3; n++) tick();
  t.strictSame(heardWords(), ['w1.0'], 'three frames were played in four ticks');
  tick();
  tick();
  t.strictSame(heardWords(), ['w1.0'], 'and five in six');
  tick();
  t.strictSame(heardWords(), ['w1.0', 'w1.1']);
});
