import t from 'tap';
import { steerableClock, virtualClock } from '../../server/runtime.js';
import { createArrival } from '../../server/sandbox/twilio/arrival.js';
import { startFrameClock } from '../../server/sandbox/twilio/frame-clock.js';
import { twilioAnsweredBy } from '../../server/sandbox/twilio/machine-detection.js';
import { createPlayoutBuffer } from '../../server/sandbox/twilio/playout-buffer.js';
import { createTruthRecorder } from '../../server/sandbox/twilio/stereo-truth.js';
import { parseTwiml, TwimlError } from '../../server/sandbox/twilio/twiml.js';
import { fc, runs } from '../fixtures/properties.js';
import { seededRandom } from '../fixtures/twilio/application.js';

t.test('the playout buffer plays in order and gives marks back when all before them was played', async (t) => {
  const buffer = createPlayoutBuffer();
  t.strictSame(buffer.mark('at once'), ['at once'], 'nothing waits');
  buffer.append(Buffer.alloc(100, 1));
  t.strictSame(buffer.mark('a'), []);
  buffer.append(Buffer.alloc(160, 2));
  t.strictSame(buffer.mark('b'), []);
  t.strictSame(buffer.mark('b'), [], 'the same name twice is two marks');
  const first = buffer.takeFrame();
  t.strictSame(first.frame, Buffer.concat([Buffer.alloc(100, 1), Buffer.alloc(60, 2)]));
  t.strictSame([first.marks, first.audioBytes], [['a'], 160]);
  const second = buffer.takeFrame();
  t.strictSame(second.frame, Buffer.concat([Buffer.alloc(100, 2), Buffer.alloc(60, 0xff)]), 'filled up with silence');
  t.strictSame([second.marks, second.audioBytes], [['b', 'b'], 100]);
  t.strictSame(buffer.takeFrame(), { frame: Buffer.alloc(160, 0xff), marks: [], audioBytes: 0 });

  buffer.append(Buffer.alloc(1000, 3));
  buffer.mark('c');
  buffer.append(Buffer.alloc(10, 3));
  buffer.mark('d');
  t.strictSame(buffer.clear(), ['c', 'd'], 'clear gives all pending marks back at once');
  t.equal(buffer.takeFrame().audioBytes, 0, 'and nothing is left to play');
  t.strictSame(buffer.mark('e'), ['e']);
  t.ok(buffer.append(Buffer.alloc(4_800_000)));
  t.notOk(buffer.append(Buffer.alloc(1)), 'ten minutes is the most that waits');
});

t.test('whatever is sent in whatever pieces is played once and in order, and each mark comes back once', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('audio' as const), bytes: fc.nat({ max: 700 }) }),
    fc.record({ kind: fc.constantFrom('mark' as const, 'frame' as const, 'clear' as const), bytes: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const buffer = createPlayoutBuffer();
      let sent = 0;
      let expected: number[] = [];
      const played: number[] = [];
      const pending = new Map<string, number>();
      const back = (names: string[]) => names.every((name) => pending.delete(name));
      let ok = true;
      const frame = () => {
        const { frame, marks, audioBytes } = buffer.takeFrame();
        played.push(...frame.subarray(0, audioBytes));
        // A mark may come only when the audio before it was played.
        ok &&= marks.every((name) => (pending.get(name) ?? Number.POSITIVE_INFINITY) <= played.length) && back(marks);
      };
      steps.forEach(({ kind, bytes }, index) => {
        if (kind === 'frame') frame();
        else if (kind === 'clear') {
          ok &&= back(buffer.clear()) && pending.size === 0;
          expected = expected.slice(0, played.length);
        } else if (kind === 'mark') {
          pending.set(`m${index}`, expected.length);
          ok &&= back(buffer.mark(`m${index}`));
        } else {
          const audio = Buffer.from(Array.from({ length: bytes }, () => sent++ % 251));
          expected.push(...audio);
          buffer.append(audio);
        }
      });
      for (let left = 0; left < 300; left += 1) frame();
      return ok && pending.size === 0 && played.length === expected.length && played.every((byte, at) => byte === expected[at]);
    }),
    { numRuns: runs(200) },
  );
});

t.test('the frame clock passes exactly the right number of frames', async (t) => {
  const clock = virtualClock();
  const seen: number[] = [];
  const stop = startFrameClock(clock, (index) => seen.push(index));
  await clock.advance(19);
  t.equal(seen.length, 0);
  await clock.advance(1);
  t.strictSame(seen, [0]);
  await clock.advance(980);
  t.strictSame(
    seen,
    Array.from({ length: 50 }, (_, index) => index),
  );
  stop();
  await clock.advance(1000);
  t.equal(seen.length, 50, 'none after the stop');

  const steerable = steerableClock(1);
  let frames = 0;
  let longest = 0;
  let burst = 0;
  const startedAt = steerable.monotonic();
  const stopBursts = startFrameClock(steerable, () => {
    frames += 1;
    burst += 1;
    longest = Math.max(longest, burst);
    setImmediate(() => {
      burst = 0;
    });
  });
  steerable.jumpTo(steerable.now() + 5000);
  while (frames < 250) await steerable.sleep(1);
  t.ok(longest <= 10, 'late frames come in bursts of 200 ms at most');
  t.ok(frames <= (steerable.monotonic() - startedAt) / 20, 'never more frames than time');
  steerable.jumpTo(steerable.now() + 3_600_000);
  await steerable.sleep(100);
  t.ok(frames < 1000, 'an hour that the process slept through is not made up for');
  stopBursts();
});

t.test('frames arrive late and with losses, but in order', async (t) => {
  const run = (loss: number, jitterMs: number) => {
    const arrival = createArrival(seededRandom('arrival'), { loss, jitterMs });
    const order: number[] = [];
    let latest = 0;
    for (let index = 0; index < 1000; index += 1) {
      const lineMs = index * 20;
      arrival.depart({ lineMs, audio: Buffer.alloc(160) }, lineMs);
      for (const frame of arrival.arrived(lineMs)) {
        latest = Math.max(latest, lineMs - frame.lineMs);
        order.push(frame.lineMs);
      }
    }
    order.push(...arrival.rest().map((frame) => frame.lineMs));
    return { order, latest };
  };
  t.strictSame(
    run(0, 0).order,
    Array.from({ length: 1000 }, (_, index) => index * 20),
  );
  t.equal(run(0, 0).latest, 0);
  const jittered = run(0, 90);
  t.strictSame(jittered.order, run(0, 0).order, 'jitter loses nothing and keeps the order');
  t.ok(jittered.latest > 40 && jittered.latest <= 100, 'it delays within its bound');
  const lossy = run(0.1, 0).order;
  t.ok(lossy.length > 850 && lossy.length < 950, 'a tenth is lost');
  t.strictSame(lossy, run(0.1, 0).order, 'the same ones every time');
});

t.test('the truth grows with the call and is bounded', async (t) => {
  const recorder = createTruthRecorder();
  for (let frame = 0; frame < 4000; frame += 1) recorder.add(Buffer.alloc(160, frame % 256), Buffer.alloc(160, (frame + 1) % 256));
  const { left, right } = recorder.truth();
  t.equal(left.length, 640_000);
  t.ok(left.every((byte, at) => byte === Math.floor(at / 160) % 256 && right[at] === (byte + 1) % 256));
  for (let frame = 0; frame < 60_000; frame += 1) recorder.add(Buffer.alloc(160), Buffer.alloc(160));
  t.equal(recorder.truth().left.length, 20 * 60 * 8000);
  recorder.forget();
  recorder.add(Buffer.alloc(160), Buffer.alloc(160));
  t.equal(recorder.truth().left.length, 0);
});

t.test('TwiML is read, and what is not TwiML is refused', async (t) => {
  const read = parseTwiml(
    `<?xml version="1.0" encoding="UTF-8"?>\n<!-- hi --><Response><Connect>\n <Stream url='wss://x/a>b' name = "n"><Parameter name="a" value="1 &amp; &lt;2&gt; &#65;&#x42;"/></Stream>
     </Connect><Say><![CDATA[a < b]]> &amp; c</Say><Hangup/></Response>\n`,
  );
  t.strictSame(
    read.children.map((verb) => verb.name),
    ['Connect', 'Say', 'Hangup'],
  );
  const stream = read.children[0]?.children[0];
  t.strictSame(
    [...(stream?.attributes ?? [])],
    [
      ['url', 'wss://x/a>b'],
      ['name', 'n'],
    ],
  );
  t.equal(stream?.children[0]?.attributes.get('value'), '1 & <2> AB');
  t.equal(read.children[1]?.text, 'a < b & c');

  const refused: Record<string, string> = {
    nothing: '',
    'no XML': 'hello',
    JSON: '{"a":1}',
    'an open element': '<Response><Say>',
    'crossed elements': '<Response><Say></Response></Say>',
    'a second root': '<Response/><Response/>',
    'another root': '<response/>',
    'text outside': '<Response/>x',
    'a bare ampersand': '<Response><Redirect>http://x/?a=1&b=2</Redirect></Response>',
    'an unknown entity': '<Response>&nbsp;</Response>',
    'an entity of its own': '<!DOCTYPE x [<!ENTITY a "b">]><Response>&a;</Response>',
    'a character out of range': '<Response>&#1114112;</Response>',
    'an attribute twice': '<Response><Stream url="a" url="b"/></Response>',
    'an attribute without quotes': '<Response><Stream url=a/></Response>',
    'deep nesting': `<Response>${'<a>'.repeat(20)}${'</a>'.repeat(20)}</Response>`,
    'more than 64 kB': `<Response>${' '.repeat(70_000)}</Response>`,
  };
  for (const [name, text] of Object.entries(refused)) t.throws(() => parseTwiml(text), TwimlError, name);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '/', 'Response', '"', '=', ' ', '&', ';', 'a', '<!--', ']]>', '<![CDATA[') }), (text) => {
      try {
        return parseTwiml(text).name === 'Response';
      } catch (error) {
        return error instanceof TwimlError;
      }
    }),
    { numRuns: runs(500) },
  );
});

t.test('machine detection speaks the vendor words', async (t) => {
  t.equal(twilioAnsweredBy('human', 'Enable'), 'human');
  t.equal(twilioAnsweredBy('voicemail', 'Enable'), 'machine_start');
  t.equal(twilioAnsweredBy('voicemail', 'DetectMessageEnd'), 'machine_end_beep');
  t.equal(twilioAnsweredBy('ivr', 'Enable'), 'machine_start');
  t.equal(twilioAnsweredBy('fax', 'Enable'), 'fax');
  t.equal(twilioAnsweredBy('silence', 'Enable'), 'unknown');
});
