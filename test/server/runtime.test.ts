import t from 'tap';
import { realClock, steerableClock } from '../../server/runtime.js';

/** Holds the whole process up, as a machine with too much to do does. */
const holdUp = (realMs: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, realMs);

t.test('an accelerated clock stands still while the process is held up, the real one does not', async (t) => {
  const fast = steerableClock(10);
  const real = realClock();
  const before = { fast: fast.monotonic(), wall: fast.now(), real: real.monotonic() };
  holdUp(500);
  // Two readings each since then, of 5 real ms at most; unbounded it would be 5,000.
  t.ok(fast.monotonic() - before.fast <= 100);
  t.ok(fast.now() - before.wall <= 101);
  t.ok(real.monotonic() - before.real >= 499);
});

t.test('timers of an accelerated clock keep their time and order although it was held up', async (t) => {
  const speed = 10;
  const clock = steerableClock(speed);
  const start = clock.monotonic();
  const fired: string[] = [];
  const note = (name: string, ms: number) =>
    clock.after(ms, () => {
      fired.push(name);
      t.ok(clock.monotonic() - start >= ms - speed, `${name} is not more than a real millisecond early`);
    });
  note('later', 4000);
  note('sooner', 2500);
  note('canceled', 1000)();
  holdUp(500);
  t.ok(clock.monotonic() - start < 2500, 'being held up has brought nothing forward');
  await clock.sleep(5000);
  t.strictSame(fired, ['sooner', 'later']);
});

t.test('a clock moved forward fires what is due, in order, and goes on from there', async (t) => {
  const clock = steerableClock(20, Date.UTC(2026, 10, 23));
  const fired: number[] = [];
  for (const hours of [2, 1, 3]) clock.after(hours * 3_600_000, () => fired.push(hours));
  const longest = clock.sleep(3 * 3_600_000);
  clock.jumpTo(Date.UTC(2026, 10, 24));
  await longest;
  t.strictSame(fired, [1, 2, 3]);
  t.ok(clock.now() >= Date.UTC(2026, 10, 24));
});
