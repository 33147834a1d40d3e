import t from 'tap';
import { classifyOverlap } from '../../media/overlap.js';
import { TURN_DEFAULTS, turnWaitMs } from '../../media/turn-defaults.js';
import type { ExpectedAnswer } from '../../schemas/ports/interviewer.js';
import { fc, runs } from '../fixtures/properties.js';
import { onTheLine } from './turn-line.js';

t.test('the silence that ends a turn depends on what was asked', async (t) => {
  for (const type of Object.keys(TURN_DEFAULTS.waitMs) as ExpectedAnswer['type'][]) {
    const line = onTheLine();
    line.expect(type);
    line.say('four one five');
    const voiceEnded = line.now() - 200;
    line.pass(4000);
    const turn = line.seen.find(({ what }) => what === 'turn:four one five');
    t.equal((turn?.at ?? 0) - voiceEnded, Math.ceil(TURN_DEFAULTS.waitMs[type] / 20) * 20, type);
  }
});

t.test('a complete answer ends the turn early, a trailing "and" keeps it open', async (t) => {
  t.ok(turnWaitMs(TURN_DEFAULTS, 'phone', 'complete') < turnWaitMs(TURN_DEFAULTS, 'phone', 'open'));
  t.ok(turnWaitMs(TURN_DEFAULTS, 'text', 'continues') > turnWaitMs(TURN_DEFAULTS, 'text', 'open'));
});

t.test("the vendor's end of turn spares the wait when the answer is complete in form and the voice has ended", async (t) => {
  const said = (progress: 'complete' | 'open' | 'continues', talksOn = false) => {
    const line = onTheLine();
    line.expect('phone');
    line.say('four one five', 600, progress);
    if (talksOn) line.voiceOn();
    line.dispatch({ kind: 'vendor-end-of-turn', lineMs: line.now() });
    return line.whats();
  };
  t.strictSame(said('complete'), ['turn:four one five']);
  t.strictSame(said('open'), [], 'digits are missing');
  t.strictSame(said('continues'), [], 'they only paused');
  t.strictSame(said('complete', true), [], 'nothing is committed over voice');
  const line = onTheLine();
  line.dispatch({ kind: 'vendor-end-of-turn', lineMs: line.now() });
  line.agentSpeaks();
  line.dispatch({ kind: 'vendor-end-of-turn', lineMs: line.now() });
  t.strictSame(line.whats(), [], 'of no turn');
});

t.test('one sentence that the recogniser delivers as four finals with pauses is one turn', async (t) => {
  const line = onTheLine();
  line.expect('text');
  for (const part of ['This is something that', 'I am testing to', 'make sure that that', 'is working properly.']) {
    line.say(part);
    line.pass(400);
  }
  line.pass(3000);
  t.strictSame(
    line.whats().filter((what) => what.startsWith('turn')),
    ['turn:This is something that I am testing to make sure that that is working properly.'],
  );
});

t.test('what is said over the agent decides whether it goes on', async (t) => {
  const table: [said: string, asking: boolean, then: string[]][] = [
    ['mm-hm', false, ['pause', 'nod:mm-hm', 'resume']],
    ['Okay.', false, ['pause', 'nod:Okay.', 'resume']],
    ['yeah, right', false, ['pause', 'nod:yeah, right', 'resume']],
    ['', false, ['pause', 'resume']],
    ['Stop!', false, ['pause', 'abort', 'turn:Stop! (interrupting)']],
    ['No.', true, ['pause', 'abort', 'turn:No. (interrupting)']],
    ['wait', false, ['pause', 'abort', 'turn:wait (interrupting)']],
    ['yes', true, ['pause', 'abort', 'turn:yes (interrupting)']],
    ['how much does it pay', false, ['pause', 'abort', 'turn:how much does it pay (interrupting)']],
  ];
  for (const [said, asking, then] of table) {
    const line = onTheLine();
    line.agentSpeaks(asking);
    line.pass(500);
    line.say(said);
    line.pass(2000);
    t.strictSame(
      line.whats().filter((what) => !what.startsWith('idle')),
      then,
      `${said || '(cough)'}${asking ? ' at a question' : ''}`,
    );
  }
});

t.test('the agent pauses on the first confirmed voice and a nod or a cough resumes it soon after the sound', async (t) => {
  const line = onTheLine();
  line.agentSpeaks();
  line.pass(500);
  line.voiceOn();
  t.equal(line.seen.at(-1)?.what, 'pause');
  line.pass(300);
  line.voiceOff();
  line.final('');
  const ended = line.now() - 200;
  line.pass(1000);
  t.ok((line.seen.find(({ what }) => what === 'resume')?.at ?? 9e9) - ended <= 600);
});

t.test('a candidate who goes on while the reply is being made is heard out first', async (t) => {
  const line = onTheLine();
  line.expect('yes-no');
  line.say('Yes.');
  line.pass(200);
  line.voiceOn();
  line.agentSpeaks(true);
  line.pass(400);
  line.words('No wait,');
  line.pass(300);
  line.voiceOff();
  line.final('No wait, no.');
  line.pass(2000);
  t.strictSame(line.whats().slice(0, 5), ['turn:Yes.', 'pause', 'abort', 'turn:No wait, no. (interrupting)', 'idle:1'].slice(0, line.whats().length));
});

t.test('short noise in silence is no turn, long sound without words is one', async (t) => {
  const cough = onTheLine();
  cough.say('', 100);
  cough.pass(2000);
  t.notOk(cough.whats().some((what) => what.startsWith('turn')));
  const mumble = onTheLine();
  mumble.say('', 900);
  mumble.pass(2000);
  t.ok(mumble.whats().includes('turn:'));
});

t.test('silence is prompted again and again, counted from the last heard sample and reset by a turn', async (t) => {
  const line = onTheLine({ idleMs: 1000 });
  line.agentSpeaks();
  line.pass(3000);
  t.strictSame(line.whats(), []);
  line.agentSilent();
  line.pass(2100);
  t.strictSame(line.whats(), ['idle:1', 'idle:2']);
  line.say('yes');
  line.pass(1500);
  t.strictSame(line.whats().slice(2, 4), ['turn:yes', 'idle:1']);
});

t.test('keys: one answers a closed question at once, a number waits for # or a gap', async (t) => {
  const closed = onTheLine();
  closed.expect('yes-no');
  closed.agentSpeaks(true);
  closed.dispatch({ kind: 'dtmf', lineMs: closed.now(), digit: '1' });
  t.strictSame(closed.whats(), ['abort', 'keys:1']);
  const number = onTheLine();
  number.expect('phone');
  for (const digit of '415#') {
    number.pass(500);
    number.dispatch({ kind: 'dtmf', lineMs: number.now(), digit });
  }
  t.strictSame(number.whats(), ['keys:415']);
});

t.test('a turn without end is cut in on', async (t) => {
  const line = onTheLine({ maxTurnMs: 5000 });
  line.expect('yes-no');
  line.voiceOn();
  line.words('well it all began');
  line.pass(6000);
  t.ok(line.whats().includes('turn:well it all began'));
});

t.test('a recogniser that never answers does not hold the turn for ever', async (t) => {
  const line = onTheLine();
  line.expect('yes-no');
  line.voiceOn();
  line.pass(700);
  line.voiceOff();
  line.pass(3000);
  t.ok(line.whats().includes('turn:'));
});

t.test('a final that comes after its turn was committed is not said twice, and not lost when nothing was committed', async (t) => {
  const known = onTheLine();
  known.expect('yes-no');
  known.voiceOn();
  known.pass(400);
  known.words('yes');
  known.pass(200);
  known.voiceOff();
  known.pass(4000);
  known.agentSpeaks(true);
  known.final('yes');
  known.pass(500);
  t.strictSame(known.whats(), ['turn:yes']);
  const unknown = onTheLine();
  unknown.expect('number');
  unknown.voiceOn();
  unknown.pass(700);
  unknown.voiceOff();
  unknown.pass(4000);
  unknown.agentSpeaks(true);
  unknown.final('six years');
  unknown.pass(2000);
  t.strictSame(unknown.whats(), ['turn:', 'pause', 'abort', 'turn:six years (interrupting)']);
});

t.test('a turn that was cut in on while they spoke is not said again by its own final', async (t) => {
  const line = onTheLine({ maxTurnMs: 3000 });
  line.expect('yes-no');
  line.voiceOn();
  line.words('a b c');
  line.pass(4000);
  line.words('a b c d');
  line.voiceOff();
  line.final('a b c d');
  line.pass(3000);
  t.strictSame(
    line.whats().filter((what) => what.startsWith('turn')),
    ['turn:a b c'],
  );
});

t.test('a final that never comes does not swallow the next turn', async (t) => {
  const line = onTheLine();
  line.expect('yes-no');
  line.voiceOn();
  line.words('yes');
  line.pass(500);
  line.voiceOff();
  line.pass(9000);
  line.say('stop calling me');
  line.pass(3000);
  t.ok(line.whats().includes('turn:stop calling me'), line.whats().join());
});

t.test('the beep of an answering machine is no turn', async (t) => {
  const line = onTheLine();
  line.expect('voicemail-greeting');
  line.say('', 600);
  line.pass(3000);
  t.notOk(line.whats().some((what) => what.startsWith('turn')));
});

t.test('what was being said when the line ended is committed as it stands', async (t) => {
  const line = onTheLine();
  line.expect('email');
  line.voiceOn();
  line.words('stop calling me');
  line.dispatch({ kind: 'line-ended', lineMs: line.now() });
  t.strictSame(line.whats(), ['turn:stop calling me']);
});

t.test('a recogniser that breaks gives the floor back and leaves nothing paused', async (t) => {
  const line = onTheLine();
  line.agentSpeaks();
  line.voiceOn();
  line.dispatch({ kind: 'recognition-failed', lineMs: line.now() });
  t.strictSame(line.whats(), ['pause', 'resume']);
});

t.test('overlap words are judged without punctuation or case', async (t) => {
  t.equal(classifyOverlap('STOP!', false), 'command');
  t.equal(classifyOverlap('Mm-hm.', false), 'nod');
  t.equal(classifyOverlap('  …  ', false), 'nothing');
  t.equal(classifyOverlap('okay but what about parking', false), 'words');
});

const step = fc.record({
  act: fc.constantFrom('voiceOn', 'voiceOff', 'words', 'final', 'agentSpeaks', 'agentSilent', 'dtmf', 'expect', 'failed', 'vendorEnd', 'pass'),
  n: fc.integer({ min: 0, max: 3000 }),
});

t.test('a reply may be begun while the end of the turn is waited for', async (t) => {
  const rows: { name: string; play: (line: ReturnType<typeof onTheLine>) => void; begun: string[]; committed: string[] }[] = [
    { name: 'once the candidate has stopped', play: (line) => line.say('tomorrow'), begun: ['tomorrow'], committed: ['turn:tomorrow'] },
    {
      name: 'not while they speak',
      play(line) {
        line.voiceOn();
        line.pass(300);
        line.words('tomorrow');
        line.pass(300);
      },
      begun: [],
      committed: [],
    },
    {
      name: 'dropped when they go on, begun anew with all the words',
      play(line) {
        line.say('tomorrow');
        line.pass(200);
        line.say('or Friday');
      },
      begun: ['tomorrow', 'dropped', 'tomorrow or Friday'],
      committed: ['turn:tomorrow or Friday'],
    },
    {
      name: 'begun anew when the final has other words than the interim',
      play(line) {
        line.voiceOn();
        line.pass(400);
        line.words('to morrow');
        line.pass(200);
        line.voiceOff();
        line.final('tomorrow');
      },
      begun: ['to morrow', 'tomorrow'],
      committed: ['turn:tomorrow'],
    },
    {
      name: 'not over the agent: what was heard of it is not certain yet',
      play(line) {
        line.agentSpeaks();
        line.say('stop please');
      },
      begun: [],
      committed: ['turn:stop please (interrupting)'],
    },
    {
      name: 'three times in a turn at most',
      play(line) {
        for (const word of ['one', 'two', 'three', 'four']) {
          line.say(word, 300);
          line.pass(100);
        }
      },
      begun: ['one', 'dropped', 'one two', 'dropped', 'one two three', 'dropped'],
      committed: ['turn:one two three four'],
    },
  ];
  for (const { name, play, begun, committed } of rows) {
    const line = onTheLine();
    line.expect('date');
    play(line);
    line.pass(3000);
    t.strictSame(line.begun, begun, name);
    t.strictSame(
      line.whats().filter((what) => what.startsWith('turn:')),
      committed,
      name,
    );
  }
});

t.test('in every order of events words are committed once, pauses end, and nothing is committed over voice', async () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const line = onTheLine();
      let said = 0;
      let voice = false;
      let paused = false;
      const check = (from: number) => {
        for (const { what } of line.seen.slice(from)) {
          if (what === 'pause' && paused) throw new Error('paused twice');
          if (what === 'pause') paused = true;
          if (what === 'resume' && !paused) throw new Error('resumed what was not paused');
          if (what === 'resume' || what === 'abort') paused = false;
          if (what.startsWith('turn') && voice) throw new Error('committed over voice');
        }
      };
      for (const { act, n } of [...steps, ...(['voiceOff', 'pass', 'pass'] as const).map((last) => ({ act: last, n: 3000 }))]) {
        const from = line.seen.length;
        if (act === 'voiceOn' && !voice) {
          voice = true;
          line.voiceOn();
        } else if (act === 'voiceOff' && voice) {
          voice = false;
          line.voiceOff();
        } else if (act === 'words') line.words(`word${n}`, n % 2 === 0 ? 'complete' : 'open');
        else if (act === 'final') line.final(n % 3 === 0 ? '' : `said${said++}`, n % 2 === 0 ? 'complete' : 'open');
        else if (act === 'agentSpeaks') line.agentSpeaks(n % 2 === 0);
        else if (act === 'agentSilent') line.agentSilent();
        else if (act === 'dtmf') line.dispatch({ kind: 'dtmf', lineMs: line.now(), digit: '5' });
        else if (act === 'expect') line.expect(n % 2 === 0 ? 'yes-no' : 'text');
        else if (act === 'failed') line.dispatch({ kind: 'recognition-failed', lineMs: line.now() });
        else if (act === 'vendorEnd') line.dispatch({ kind: 'vendor-end-of-turn', lineMs: line.now() });
        else if (act === 'pass') line.pass(n);
        check(from);
      }
      if (paused) throw new Error('paused for ever');
      const committed = line.whats().flatMap((what) => (what.startsWith('turn') || what.startsWith('nod') ? (what.match(/said\d+/g) ?? []) : []));
      if (new Set(committed).size !== committed.length) throw new Error('a word was committed twice');
    }),
    { numRuns: runs(1500) },
  );
});
