import t from 'tap';
import type { CallTimelineEvent } from '../../schemas/call-event.js';
import { createTimelines } from '../../server/calls/timeline.js';
import { createWriteBehind } from '../../server/calls/write-behind.js';
import { virtualClock } from '../../server/runtime.js';

/** A store of timeline events that is away while `away` is true. */
const eventStore = () => {
  const rows = new Map<number, CallTimelineEvent>();
  const state = { away: false, writes: 0 };
  return {
    rows,
    state,
    events: {
      async appendMany(_company: string, _call: string, events: readonly CallTimelineEvent[]) {
        state.writes += 1;
        if (state.away) throw new Error('the store is away');
        for (const event of events) rows.set(event.seq, event);
      },
      list: async () => [...rows.values()],
      getTranscript: async () => [],
      removeForCalls: async () => undefined,
    },
  };
};

t.test('events are told at once, stored in batches, and survive a store that is away', async (t) => {
  const clock = virtualClock();
  const store = eventStore();
  const timelines = createTimelines({ events: store.events, clock, onTrouble: () => undefined });
  const timeline = await timelines.open('co_1', 'cal_1');
  const told: number[] = [];
  timelines.subscribe('cal_1', 0, (event) => told.push(event.seq));
  store.state.away = true;
  timeline.record({ kind: 'call-state', state: 'dialing' });
  timeline.record({ kind: 'stream-started' }, 0);
  t.strictSame(told, [1, 2]);
  await clock.advance(5000);
  t.equal(store.rows.size, 0);
  store.state.away = false;
  timeline.record({ kind: 'stream-broke' }, 40);
  await clock.advance(2000);
  t.strictSame([...store.rows.keys()], [1, 2, 3]);
  t.ok(await timeline.flushed(1000));
});

t.test('a listener that comes late first gets what the store does not have yet, and only what it has not seen', async (t) => {
  const clock = virtualClock();
  const store = eventStore();
  const timelines = createTimelines({ events: store.events, clock, onTrouble: () => undefined });
  const timeline = await timelines.open('co_1', 'cal_1');
  for (let n = 0; n < 3; n++) timeline.record({ kind: 'stream-started' }, n);
  const told: number[] = [];
  const stop = timelines.subscribe('cal_1', 1, (event) => told.push(event.seq));
  timeline.record({ kind: 'stream-broke' }, 4);
  t.strictSame(told, [2, 3, 4]);
  stop();
  timeline.record({ kind: 'stream-broke' }, 5);
  t.strictSame(told, [2, 3, 4]);
});

t.test('numbering goes on where an earlier life of the server stopped; interim texts are not stored', async (t) => {
  const clock = virtualClock();
  const store = eventStore();
  store.rows.set(7, { seq: 7, at: 0, event: { kind: 'stream-started' } });
  const timelines = createTimelines({ events: store.events, clock, onTrouble: () => undefined });
  const timeline = await timelines.open('co_1', 'cal_1');
  timeline.record({ kind: 'transcript-interim', speaker: 'candidate', text: 'ye' });
  timeline.record({ kind: 'stream-broke' });
  await clock.advance(500);
  t.strictSame([...store.rows.keys()], [7, 9]);
});

t.test('a timeline is forgotten when its last user has released it and everything of it is stored', async (t) => {
  const clock = virtualClock();
  const store = eventStore();
  const timelines = createTimelines({ events: store.events, clock, onTrouble: () => undefined });
  const first = await timelines.open('co_1', 'cal_1');
  t.equal(await timelines.open('co_1', 'cal_1'), first, 'one timeline while it is used');
  store.state.away = true;
  first.record({ kind: 'stream-started' });
  for (let users = 2; users > 0; users--) timelines.release('cal_1');
  t.equal(await timelines.open('co_1', 'cal_1'), first, 'what is not stored yet keeps it');
  timelines.release('cal_1');
  store.state.away = false;
  await clock.advance(5000);
  t.strictSame([...store.rows.keys()], [1]);
  const second = await timelines.open('co_1', 'cal_1');
  t.not(second, first);
  second.record({ kind: 'stream-broke' });
  await clock.advance(500);
  t.strictSame([...store.rows.keys()], [1, 2], 'numbering goes on');
});

/** A queue of writes with what was told of its trouble. */
const queue = () => {
  const clock = virtualClock();
  const stop = new AbortController();
  const trouble: string[] = [];
  const writes = createWriteBehind({
    clock,
    stopping: stop.signal,
    onTrouble: (error, name) => trouble.push(`${name}: ${error instanceof Error ? error.message : error}`),
  });
  const away = () => Promise.reject(new Error('away'));
  return { clock, stop, trouble, writes, away };
};
const write = (name: string, run: () => Promise<unknown>, over: { lane?: string; must?: boolean } = {}) => ({
  name,
  lane: 'lane',
  must: false,
  write: run,
  ...over,
});

t.test('writes run in order, are tried again, and a wait for them is bounded', async (t) => {
  const { clock, writes } = queue();
  const done: string[] = [];
  let failures = 2;
  const first = async () => {
    if (failures-- > 0) throw new Error('away');
    done.push('first');
  };
  writes.add(write('first', first));
  writes.add(write('second', async () => done.push('second')));
  const early = writes.drained(500);
  await clock.advance(600);
  t.equal(await early, false);
  const late = writes.drained(10_000);
  await clock.advance(3000);
  t.equal(await late, true);
  t.strictSame(done, ['first', 'second']);
  t.equal(await writes.drained(1), true, 'with nothing to do it is done');
});

t.test('a write that keeps failing holds up only its own lane, and says when it is given up', async (t) => {
  const { clock, trouble, writes, away } = queue();
  const done: string[] = [];
  writes.add(write('progress', away));
  writes.add(write('after', async () => done.push('after')));
  writes.add(write('consent', async () => done.push('consent'), { lane: 'consent' }));
  await clock.advance(100);
  t.strictSame(done, ['consent']);
  await clock.advance(60_000);
  t.strictSame(done, ['consent', 'after']);
  t.match(trouble.at(-1), /progress: given up after 30 tries/);
});

t.test('a write that must happen is tried until the store is back, ever more seldom, and until the server stops', async (t) => {
  const { clock, stop, trouble, writes, away } = queue();
  let back = false;
  let tries = 0;
  const consent = async () => {
    tries += 1;
    if (!back) throw new Error('away');
  };
  writes.add(write('consent', consent, { must: true }));
  await clock.advance(3_600_000);
  t.ok(tries > 31 && tries < 100, `${tries} tries in an hour`);
  back = true;
  await clock.advance(60_000);
  t.equal(await writes.drained(1), true);
  t.notMatch(trouble.join(), 'given up');
  writes.add(write('suppression', away, { must: true }));
  await clock.advance(10_000);
  stop.abort(new Error('stopping'));
  await clock.advance(0);
  t.match(trouble.at(-1), /suppression: given up after \d+ tries, since the server stops/);
  t.equal(await writes.drained(1), true);
});
