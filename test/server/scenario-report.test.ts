import t from 'tap';
import { parseCallArguments } from '../../server/sandbox/scenarios/call-arguments.js';
import { valueText } from '../../server/sandbox/scenarios/demo-view.js';
import { checkExpectations, type Findings } from '../../server/sandbox/scenarios/expectations.js';
import { measureLatency, median, percentile95 } from '../../server/sandbox/scenarios/heard-latency.js';
import { startInsideCallingHours } from '../../server/sandbox/scenarios/opening-hours.js';
import { joinReports, type ScenarioReport, summarise } from '../../server/sandbox/scenarios/report.js';
import { type Expectations, expectSchema } from '../../server/sandbox/scenarios/schema.js';
import { createTerminal, table, wrap } from '../../server/sandbox/scenarios/terminal.js';

const AGENT = 'Hello, am I speaking with Dana? This call is recorded. Can you work night shifts?';

/** What came of a call in which all went well. */
const found = (): Findings => ({
  name: 'nights',
  file: 'nights.yaml',
  screening: { id: 'scr_1', outcome: 'completed', held_because: null },
  calls: [
    { id: 'cal_1', provider: 'twilio', disposition: 'no-answer', duration_ms: null, answered_by: null },
    { id: 'cal_2', provider: 'twilio', disposition: 'completed', duration_ms: 30_000, answered_by: 'human' },
  ],
  answers: {
    night_shift: { value: false, status: 'confirmed', confidence: 1, quote: "no, I can't do nights", start_ms: 900, end_ms: 2000 },
    pay: { value: { amount: 18, currency: 'USD', period: 'hour' }, status: 'inferred', confidence: 0.7, quote: 'eighteen' },
    start_date: { status: 'declined' },
  },
  form: { night_shift: false, pay: null },
  transcript: [
    { speaker: 'agent', text: AGENT, start_ms: 0, end_ms: 5000, interrupted: false },
    { speaker: 'candidate', text: "No, I can't do nights.", start_ms: 5400, end_ms: 7000, interrupted: false },
  ],
  recording: { path: 'data/calls/nights.wav', channels: 2, duration_ms: 30_000, sha256: 'ab' },
  messages: [{ to: 'candidate', text: 'Thank you, Dana.', status: 'delivered' }],
  served: [],
  latency: { greeting_ms: 250, reply_ms: [600, 700, 1400], barge_in_ms: [180] },
  sandbox: { dials: 2, frames_in: 100, frames_out: 50, heard: AGENT },
  words: { heard: AGENT.split(' '), transcript: AGENT.split(' '), unknownFrames: 0 },
});

const failuresOf = (expected: unknown, changes: Partial<Findings> = {}, checkTiming = true) =>
  checkExpectations(expectSchema.parse(expected), { ...found(), ...changes }, checkTiming);

t.test('each expectation holds when it is true and fails when it is false', async (t) => {
  const cases: [key: string, holds: unknown, fails: unknown][] = [
    ['dialed', { dialed: true }, { dialed: false }],
    ['disposition, of the last call', { disposition: 'completed' }, { disposition: 'no-answer' }],
    ['outcome', { outcome: 'completed' }, { outcome: 'qualified' }],
    ['calls', { calls: 2 }, { calls: 1 }],
    ['answered_by', { answered_by: 'human' }, { answered_by: 'voicemail' }],
    ['an answer by value', { answers: { night_shift: { value: false } } }, { answers: { night_shift: { value: true } } }],
    ['an answer by status', { answers: { pay: { status: 'inferred' } } }, { answers: { pay: { status: 'confirmed' } } }],
    [
      'an answer by part of its quote',
      { answers: { night_shift: { quote: "I CAN'T do nights" } } },
      { answers: { night_shift: { quote: 'I can do nights' } } },
    ],
    [
      'an answer that is an object',
      { answers: { pay: { value: { period: 'hour', currency: 'USD', amount: 18 } } } },
      { answers: { pay: { value: { period: 'hour', currency: 'USD', amount: 19 } } } },
    ],
    ['an answer that was never given is missing', { answers: { email: { status: 'missing' } } }, { answers: { email: { status: 'confirmed' } } }],
    [
      'an answer without a value',
      { answers: { start_date: { status: 'declined', value: null } } },
      { answers: { start_date: { value: '2026-11-30' } } },
    ],
    ['a form element', { form: { night_shift: false } }, { form: { night_shift: true } }],
    ['an empty form element', { form: { pay: null, never: null } }, { form: { pay: 18 } }],
    ['heard in order', { heard_in_order: ['Recorded', 'night shift'] }, { heard_in_order: ['night shift', 'recorded'] }],
    ['never heard', { never_heard: ['how old'] }, { never_heard: ['SPEAKING with'] }],
    ['in the transcript', { transcript_contains: ["can't do nights"] }, { transcript_contains: ['how much does it pay'] }],
    ['channels', { recording: { channels: 2 } }, { recording: { channels: 1 } }],
    ['length of the recording', { recording: { min_ms: 20_000 } }, { recording: { min_ms: 31_000 } }],
    ['a message', { messages: [{ to: 'candidate', contains: 'thank you', status: 'delivered' }] }, { messages: [{ contains: 'sorry' }] }],
    ['the number of messages', { messages_count: 1 }, { messages_count: 0 }],
    ['greeting', { timing: { greeting_ms: 250 } }, { timing: { greeting_ms: 249 } }],
    ['replies', { timing: { reply_p95_ms: 1400 } }, { timing: { reply_p95_ms: 1399 } }],
    ['barge-in', { timing: { barge_in_ms: 180 } }, { timing: { barge_in_ms: 179 } }],
  ];
  for (const [key, holds, fails] of cases) {
    t.strictSame(failuresOf(holds), [], `${key} holds`);
    t.equal(failuresOf(fails).length, 1, `${key} fails`);
  }
  t.equal(
    new Set(cases.flatMap(([, holds]) => Object.keys(expectSchema.parse(holds)))).size,
    Object.keys(expectSchema.shape).length - 1,
    'every key but held_because',
  );
});

t.test('a held screening is expected by its reason', async (t) => {
  const held: Partial<Findings> = {
    screening: { id: 'scr_1', outcome: null, held_because: 'quiet_hours' },
    calls: [],
    sandbox: { ...found().sandbox, dials: 0 },
    recording: null,
  };
  t.strictSame(failuresOf({ held_because: 'quiet_hours', dialed: false, calls: 0, recording: 'none' }, held), []);
  t.match(failuresOf({ held_because: 'no_consent', outcome: 'completed' }, held), [{ got: 'quiet_hours' }, { got: null }]);
});

t.test('no recording is a finding too', async (t) => {
  t.equal(failuresOf({ recording: 'none' }).length, 1);
  t.equal(failuresOf({ recording: { channels: 2 } }, { recording: null }).length, 1);
});

t.test('times are only compared at speed 1, and what was never measured does not hold', async (t) => {
  t.strictSame(failuresOf({ timing: { greeting_ms: 1 } }, {}, false), []);
  const unmeasured: Partial<Findings> = { latency: { greeting_ms: null, reply_ms: [], barge_in_ms: [] } };
  t.equal(failuresOf({ timing: { greeting_ms: 300, reply_p95_ms: 1500, barge_in_ms: 400 } }, unmeasured).length, 3);
});

t.test('transcript and far end must agree on every word, without being asked to', async (t) => {
  const words = found().words;
  const cases: [title: string, words: Partial<Findings['words']>][] = [
    ['a word that was never played', { transcript: [...words.transcript, 'Goodbye.'] }],
    ['a word that was not written down', { heard: [...words.heard, 'Goodbye.'] }],
    ['another word', { transcript: words.transcript.map((word) => (word === 'night' ? 'day' : word)) }],
    ['no transcript at all', { transcript: [] }],
    ['sound from nowhere', { unknownFrames: 1 }],
  ];
  for (const [title, changed] of cases) t.equal(failuresOf({}, { words: { ...words, ...changed } }).length, 1, title);
  t.strictSame(failuresOf({}, { words: { ...words, transcript: words.transcript.map((word) => word.toUpperCase()) } }), [], 'case cannot be heard');
});

t.test('the documents of a file make one line', async (t) => {
  const { words: _, ...rest } = found();
  const report = (name: string, failures: ScenarioReport['failures']): ScenarioReport => ({ ...rest, name, passed: failures.length === 0, failures });
  t.equal(joinReports([]), undefined);
  t.match(joinReports([report('one', []), report('two', [])]), { name: 'two', passed: true, failures: [] });
  t.match(joinReports([report('one', [{ expect: 'calls: 1', got: 2 }]), report('two', [])]), {
    name: 'two',
    passed: false,
    failures: [{ expect: 'one: calls: 1', got: 2 }],
  });
  t.match(summarise(report('one', [{ expect: 'calls: 1', got: 2 }])), [
    /^FAIL nights\.yaml \(one\): completed; 2 dialled: no-answer - -, completed human 30\.0 s$/,
    /expected calls: 1; got 2/,
  ]);
});

t.test('the ear measures greeting, replies and interruptions', async (t) => {
  const play = (frames: { agent?: [number, number][]; own?: [number, number][]; interruptedAt?: number }) => {
    const measure = measureLatency();
    const within = (spans: [number, number][] | undefined, at: number) => (spans ?? []).some(([from, to]) => at >= from && at < to);
    for (let at = 0; at < 10_000; at += 20) {
      if (at === frames.interruptedAt) measure.interrupted(at);
      measure.frame(at, within(frames.agent, at), within(frames.own, at), within(frames.own, at + 20));
    }
    return measure.latency;
  };
  t.strictSame(play({ own: [[200, 600]], agent: [[900, 2000]] }), { greeting_ms: 300, reply_ms: [], barge_in_ms: [] });
  t.strictSame(play({ agent: [[1800, 2000]] }).greeting_ms, 300, 'a silent candidate expects it 1.5 s after the answer');
  t.strictSame(play({ agent: [[500, 2000]] }).greeting_ms, 0);
  t.strictSame(
    play({
      own: [
        [200, 600],
        [3000, 4000],
      ],
      agent: [
        [700, 2500],
        [4700, 5000],
      ],
    }).reply_ms,
    [700],
  );
  t.strictSame(play({ agent: [[0, 2000]], own: [[1600, 3000]], interruptedAt: 1600 }).barge_in_ms, [400]);
});

t.test('medians and percentiles are those of a textbook', async (t) => {
  t.equal(median([]), null);
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 2, 3]), 2.5);
  t.equal(percentile95([]), null);
  t.equal(percentile95(Array.from({ length: 100 }, (_, nth) => nth + 1)), 95);
  t.equal(percentile95([7]), 7);
});

t.test('a scenario without an instant starts inside the calling hours of its candidate', async (t) => {
  const cases: [timeZone: string, schedule: Parameters<typeof startInsideCallingHours>[1], local: string][] = [
    ['America/Los_Angeles', undefined, 'Mon 10:00'],
    ['Asia/Kolkata', undefined, 'Mon 10:00'],
    ['Europe/London', { days: ['sat'], from: '09:00', to: '12:00' }, 'Sat 10:00'],
    ['America/New_York', { days: ['tue'], from: '17:00', to: '20:00' }, 'Tue 18:00'],
  ];
  for (const [timeZone, schedule, local] of cases) {
    const at = startInsideCallingHours(timeZone, schedule);
    const shown = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
    t.equal(shown.replace(',', ''), local, timeZone);
  }
});

t.test('the command line is read strictly', async (t) => {
  t.strictSame(
    parseCallArguments([
      'a.yaml',
      'b.yaml',
      '--json',
      '--speed',
      '4',
      '--jobs',
      '2',
      '--voice',
      'flite',
      '--provider',
      'twilio',
      '--engines',
      'embedded',
    ]),
    {
      files: ['a.yaml', 'b.yaml'],
      json: true,
      speed: 4,
      voice: 'flite',
      engines: 'embedded',
      jobs: 2,
      logLevel: 'silent',
    },
  );
  t.match(parseCallArguments(['a.yaml']), { speed: 1, voice: 'modem', jobs: 1, json: false });
  const cases: [args: string[], problem: RegExp][] = [
    [[], /No scenario file/],
    [['a.yaml', '--provider', 'plivo'], /not built yet/],
    [['a.yaml', '--provider', 'vonage'], /not known/],
    [['a.yaml', '--engines', 'toy'], /use embedded, vendors or live/],
    [['a.yaml', '--engines', 'vendors', '--voice', 'flite'], /Leave out --voice flite/],
    [['a.yaml', '--voice', 'alto'], /use modem or flite/],
    [['a.yaml', '--speed', 'fast'], /not a number/],
    [['a.yaml', '--speed', '0'], /not a number above 0/],
    [['a.yaml', '--jobs', '1.5'], /whole number/],
    [['a.yaml', '--jsn'], /--jsn/],
  ];
  for (const [args, problem] of cases) t.match(parseCallArguments(args), { problem }, args.join(' '));
});

t.test('text fits the terminal, and colours are for terminals only', async (t) => {
  t.strictSame(wrap('one two three', 7), ['one two', 'three']);
  t.strictSame(wrap('abcdefghij k', 4), ['abcd', 'efgh', 'ij k']);
  t.strictSame(wrap('', 4), ['']);
  const lines = table(['element', 'quote'], [['night_shift', 'No, I really cannot do any nights at all']], 30, (text) => text);
  t.ok(lines.every((line) => line.length <= 30));
  t.match(lines.join('\n'), /night_shift.*No, I really/);
  const plain = createTerminal({ write: () => undefined, isTTY: true, columns: 500 }, '1');
  t.equal(plain.bold('x'), 'x');
  t.equal(plain.width, 140);
  t.equal(createTerminal({ write: () => undefined, columns: 20 }, undefined).width, 60);
  t.equal(createTerminal({ write: () => undefined, isTTY: true }, undefined).bold('x'), '\x1b[1mx\x1b[22m');
});

t.test('values are written as people write them', async (t) => {
  t.equal(valueText(true), 'yes');
  t.equal(valueText(['day', 'night']), 'day, night');
  t.equal(valueText({ amount: 18, currency: 'USD', period: 'hour' }), '18 USD per hour');
  t.equal(valueText({ min: 18, max: 20, currency: 'USD', period: 'hour' }), '18-20 USD per hour');
  t.equal(valueText([{ day: 'mon', from: '09:00', to: '12:00' }]), 'mon 09:00-12:00');
});

const timed: Expectations = expectSchema.parse({ timing: {} });
t.test('an empty timing expects nothing', async (t) => t.strictSame(checkExpectations(timed, found(), true), []));
