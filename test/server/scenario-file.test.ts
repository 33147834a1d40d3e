import t from 'tap';
import { loadScenarioFile, parseScenarios, ScenarioInvalid } from '../../server/sandbox/scenarios/load.js';

const problemsOf = (text: string): readonly string[] => {
  try {
    parseScenarios(text, 'a.yaml');
    return [];
  } catch (error) {
    if (error instanceof ScenarioInvalid) return error.problems;
    throw error;
  }
};

t.test('the file of the design is read with all of its keys', async (t) => {
  const [scenario, ...others] = parseScenarios(
    `
name: changes her mind about nights
bot: warehouse-associate
candidate: { first_name: Dana, last_name: Reyes, phone: "+14155550123", time_zone: America/Los_Angeles, consents: [voice, recording] }
application: { values: { email: "typed@example.com" } }
company: { countries: [US] }
now: 2026-11-23T18:00:00Z
line:
  ring_ms: 1200
  result: answered
  by: human
  jitter_ms: 0
  loss: 0.0
  noise_db: null
  drop_after_ms: null
  socket_breaks_at_ms: null
  greeting: null
  amd: machine
  amd_ms: 2500
faults: []
manners: cooperative
voice: rms
speaks:
  - { on: answer, say: "Hello?", after_ms: 250 }
  - { on: { question: night_shift }, say: "Yes. {800ms} No wait, no, I can't do nights.", after_ms: 400 }
  - { on: { heard: "reach you" }, say: "dana dot reyes at example dot com" }
  - { on: { heard: "anything else" }, interrupt_after_ms: 700, say: "Sorry, how much does it pay?" }
  - { on: { confirm: email }, say: "yes" }
  - { on: { question: start_date }, dtmf: "1" }
  - { on: { silence_ms: 6000 }, hang_up: true }
otherwise: { say: "Sorry, could you repeat that?", times: 2 }
expect:
  dialed: true
  disposition: completed
  outcome: completed
  calls: 1
  answered_by: human
  answers:
    night_shift: { value: false, status: confirmed, quote: "I can't do nights" }
    start_date: { status: missing }
  form: { night_shift: false }
  heard_in_order: ["recorded", "night shift"]
  never_heard: ["how old"]
  transcript_contains: ["how much does it pay"]
  recording: { channels: 2, min_ms: 20000 }
  messages: [{ to: candidate, contains: "Thank you", status: delivered }]
  messages_count: 1
  timing: { greeting_ms: 300, reply_p95_ms: 1500, barge_in_ms: 400 }
`,
    'a.yaml',
  );
  t.equal(others.length, 0);
  t.equal(scenario?.speaks.length, 7);
  t.match(scenario?.line, [{ by: 'human', amd: 'machine', amd_ms: 2500 }]);
  t.strictSame(scenario?.application, { values: { email: 'typed@example.com' } });
  t.strictSame(scenario?.expect.recording, { channels: 2, min_ms: 20000 });
});

t.test('everything but name and bot has a default', async (t) => {
  const [scenario] = parseScenarios('{ name: a, bot: line-cook }', 'a.yaml');
  t.match(scenario, { manners: 'cooperative', voice: 'rms', speaks: [], faults: [], sms: [], expect: {} });
  t.match(scenario?.line, [{ ring_ms: 1200, result: 'answered', by: 'human', loss: 0, greeting: null }]);
});

t.test('documents are read in order', async (t) => {
  t.strictSame(
    parseScenarios('name: one\nbot: a\n---\nname: two\nbot: b\n', 'a.yaml').map((scenario) => scenario.name),
    ['one', 'two'],
  );
});

t.test('each mistake is named with file, line, field and what was expected', async (t) => {
  const base = 'name: a\nbot: line-cook\n';
  const cases: [title: string, text: string, problem: RegExp][] = [
    ['an unknown key', `${base}maners: none\n`, /^a\.yaml:3: maners: unknown key/],
    ['an unknown key inside', `${base}line:\n  ring_ms: 10\n  ringing: 3\n`, /^a\.yaml:5: line\.ringing: unknown key/],
    ['an unknown key of a rule', `${base}speaks:\n  - on: answer\n    say: hi\n    sya: hi\n`, /^a\.yaml:6: speaks\[0\]\.sya: unknown key/],
    ['an unknown expectation', `${base}expect:\n  outcom: completed\n`, /^a\.yaml:4: expect\.outcom: unknown key/],
    ['a missing bot', 'name: a\n', /^a\.yaml:1: bot: expected the slug/],
    [
      'a mistake in an inline bot',
      'name: a\nbot:\n  slug: x\n  name: X\n  language: english\n  script: { questions: [] }\n  output_variables: []\n',
      /^a\.yaml:5: bot\.language: /,
    ],
    ['an unknown trigger', `${base}speaks:\n  - on: pick-up\n    say: hi\n`, /^a\.yaml:4: speaks\[0\]\.on: expected `answer`, \{ question/],
    ['a rule that does nothing', `${base}speaks:\n  - on: answer\n`, /^a\.yaml:4: speaks\[0\]: expected at least one of say, dtmf and hang_up/],
    [
      'a broken regular expression',
      `${base}speaks:\n  - on: { heard: "(" }\n    say: hi\n`,
      /^a\.yaml:4: speaks\[0\]\.on\.heard: expected a regular expression/,
    ],
    [
      'an interruption of nothing',
      `${base}speaks:\n  - on: answer\n    interrupt_after_ms: 5\n    say: hi\n`,
      /^a\.yaml:5: speaks\[0\]\.interrupt_after_ms: expected only with/,
    ],
    [
      'an unknown sound',
      `${base}speaks:\n  - on: answer\n    say: "hi {sneeze}"\n`,
      /^a\.yaml:5: speaks\[0\]\.say: expected \{800ms\}.*not \{sneeze\}/,
    ],
    ['letters as keys', `${base}speaks:\n  - on: answer\n    dtmf: abc\n`, /^a\.yaml:5: speaks\[0\]\.dtmf: expected keys of a telephone/],
    ['an unknown outcome', `${base}expect: { outcome: done }\n`, /^a\.yaml:3: expect\.outcome: .*"qualified"/],
    ['an unknown hold', `${base}expect: { held_because: night }\n`, /^a\.yaml:3: expect\.held_because: .*"quiet_hours"/],
    ['an instant that is none', `${base}now: tomorrow\n`, /^a\.yaml:3: now: expected an instant/],
    ['a loss above 1', `${base}line: [{}, { loss: 50 }]\n`, /^a\.yaml:3: line\[1\]\.loss: /],
    ['amd_ms without amd', `${base}line: { amd_ms: 5 }\n`, /^a\.yaml:3: line\.amd_ms: expected only with amd/],
    [
      'a fault that no engine has',
      `${base}faults: [{ engine: stt, at_ms: 9000, kind: explode }]\n`,
      /^a\.yaml:3: faults.*expected one of drop, stall/,
    ],
    ['texts, not served yet', `${base}sms: [{ on: { received: reply }, say: LATER }]\n`, /^a\.yaml:3: sms: text messages are not served/],
    ['broken YAML', 'name: [a\n', /^a\.yaml:\d+: \(yaml\): /],
    ['an empty file', '# nothing\n', /^a\.yaml:1: \(file\): expected at least one scenario/],
    ['a list', '- a\n', /^a\.yaml:1: \(document\): expected object/],
  ];
  for (const [title, text, problem] of cases) t.match(problemsOf(text)[0], problem, title);
  t.equal(problemsOf('name: a\nbot: 7\nbogus: 1\nline: { loss: 2 }\n').length, 3, 'all mistakes of a file are told at once');
  t.match(problemsOf(`${base}---\nname: b\nbot: c\nbogus: 1\n`)[0], /^a\.yaml:6: bogus/, 'lines count through the documents of a file');
});

t.test('a file that is not there is an invalid file', async (t) => {
  t.throws(() => loadScenarioFile('test/scenarios/no-such.yaml'), ScenarioInvalid);
});
