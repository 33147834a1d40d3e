import t from 'tap';
import { createReplyTiming } from '../../media/reply-timing.js';
import type { CallTimelineEntry } from '../../schemas/call-event.js';

const TURN = { id: 't1', endedMs: 1000, decidedMs: 1400, engine: 'ear' };

const setUp = () => {
  const told: CallTimelineEntry[] = [];
  return { told, timing: createReplyTiming((entry) => told.push(entry)) };
};

t.test('a reply is told once, when it has been heard and its turn is settled, in whatever order these come', async (t) => {
  type Step = 'worded' | 'settled' | 'heard' | 'reset' | 'next turn';
  const rows: [name: string, steps: Step[], toldAfter: number | undefined, mind: string | null][] = [
    ['words, then sound', ['worded', 'settled', 'heard', 'heard'], 3, 'model'],
    ['a filler is heard while the model is still thinking', ['heard', 'heard', 'worded', 'settled'], 4, 'model'],
    ['nobody found the words', ['settled', 'heard'], 2, null],
    ['the call ends in the middle of the reply', ['heard', 'reset'], 2, null],
    ['the next turn comes in the middle of it', ['heard', 'next turn'], 2, null],
    ['nothing was heard before the next turn', ['worded', 'settled', 'next turn'], undefined, null],
    ['nothing was heard at all', ['worded', 'settled', 'reset'], undefined, null],
  ];
  for (const [name, steps, toldAfter, mind] of rows) {
    const { told, timing } = setUp();
    timing.turn(TURN);
    timing.audio(1700, 'voice');
    let after: number | undefined;
    for (const [nth, step] of steps.entries()) {
      if (step === 'worded') timing.worded('model');
      if (step === 'settled') timing.settled(TURN.id);
      if (step === 'heard') timing.heard(1800 + nth);
      if (step === 'reset') timing.reset();
      if (step === 'next turn') timing.turn({ ...TURN, id: 't3' });
      if (told.length > 0) after ??= nth + 1;
    }
    t.equal(after, toldAfter, name);
    t.equal(told.length, toldAfter === undefined ? 0 : 1, name);
    const [entry] = told;
    if (entry?.kind !== 'reply-timing') continue;
    t.strictSame(entry.engines, { speech_to_text: 'ear', language_model: mind, text_to_speech: 'voice' }, name);
    t.equal(entry.stages.first_heard_ms, 1800 + steps.indexOf('heard'), 'the first sound counts');
    t.equal(entry.turn_id, TURN.id);
  }
});

t.test('what comes late for an earlier turn does not settle the present one', async (t) => {
  const { told, timing } = setUp();
  timing.turn(TURN);
  timing.turn({ ...TURN, id: 't3' });
  timing.heard(2000);
  timing.settled(TURN.id);
  t.strictSame(told, []);
  timing.settled('t3');
  t.match(told, [{ kind: 'reply-timing', turn_id: 't3' }]);
});
