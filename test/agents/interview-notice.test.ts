import t from 'tap';
import { type Command, findCommand } from '../../agents/commands.js';
import type { InterviewContext } from '../../agents/interview/index.js';
import { contextFor, Dialogue, warehouse } from './interview-dialogue.js';

/*
 * The compulsory notice and the recording: what is said over the notice is answered before it goes on, nothing is recorded without a yes to a question that
 * was put, and a word on the recording counts whenever it comes.
 */

const WHO = "I'm an AI assistant calling for Acme Staffing about the warehouse associate job.";
const RECORDED = 'This takes about two minutes and is recorded.';
const WAY_OUT = 'Say stop, or ask for a person, at any time.';
const QUESTION = 'Is it all right to record?';
/** Places in the notice, as it is said first. */
const [AT_WHO, AT_RECORDED, AT_WAY_OUT, AT_QUESTION] = [0, 1, 2, 3];
const FROM = [
  `${WHO} ${RECORDED} ${WAY_OUT} ${QUESTION}`,
  `${RECORDED} ${WAY_OUT} ${QUESTION}`,
  `Or ask for a person, at any time. ${QUESTION}`,
  QUESTION,
] as const;

/** The notice is being said to the candidate, who said who she is. */
const noticed = async (changes: Partial<InterviewContext> = {}): Promise<Dialogue> => {
  const dialogue = new Dialogue(contextFor(warehouse, changes));
  await dialogue.say('Hello?');
  await dialogue.say('Yes');
  return dialogue;
};
const consents = (dialogue: Dialogue) => dialogue.kinds('consent').map((action) => (action.kind === 'consent' ? [action.granted, action.quote] : []));
const recording = (dialogue: Dialogue) => dialogue.kinds('recording').map((action) => action.kind === 'recording' && action.allowed);

t.test('words over the notice get a short answer, and the notice goes on where it broke off', async (t) => {
  const table: readonly (readonly [string, at: number, answer: string | RegExp])[] = [
    ['How long will this take?', AT_WHO, 'This call takes about two minutes.'],
    ['How much does it pay?', AT_WHO, 'The job pays eighteen dollars an hour.'],
    ['How much does it pay?', AT_RECORDED, 'The job pays eighteen dollars an hour.'],
    ['okay, and is there parking?', AT_WAY_OUT, 'Parking is free.'],
    ['Do you allow dogs?', AT_RECORDED, /^(?:I don't know that one\..*|That I can't say\..*)$/],
    ['Who is this?', AT_WAY_OUT, "I'm an AI assistant for Acme Staffing, calling about your application."],
    ['Are you recording this?', AT_RECORDED, 'Only if you say yes.'],
    ['Is this a scam?', AT_WAY_OUT, /^I'm an AI assistant for Acme Staffing.* person at any time\.$/],
    ['Are you a robot?', AT_RECORDED, /^Yes, I am an AI assistant/],
    ['hello?', AT_WHO, 'Hello.'],
    ['Hi there', AT_RECORDED, 'Hello.'],
    ['it is raining here', AT_RECORDED, /^(?:Okay|Alright)\.$/],
    ['I am in the kitchen', AT_WAY_OUT, /^(?:Okay|Alright)\.$/],
    ['What?', AT_RECORDED, /^(?:Of course|Sure|Sure, once more)\.$/],
  ];
  for (const [said, at, answer] of table) {
    const dialogue = await noticed();
    const reply = await dialogue.cutIn(said, at, 3);
    const rest = FROM[at] ?? '';
    t.ok(reply.endsWith(` ${rest}`), `${said}: ${reply}`);
    t.match(reply.slice(0, -rest.length).trim(), answer, said);
    t.strictSame([consents(dialogue), recording(dialogue)], [[], []], `${said}: no consent either way`);
    t.match(await dialogue.say('yes'), /When could you start\?$/, `${said}: the question is still open`);
    t.strictSame([consents(dialogue), recording(dialogue)], [[[true, 'yes']], [true]]);
  }
});

t.test('who asks who is calling before that was heard is answered by the notice itself, and a nod by nothing', async (t) => {
  for (const said of ['Who is this?', 'Hang on, who?', "Sorry, who's calling?", 'mm']) {
    const dialogue = await noticed();
    t.equal(await dialogue.cutIn(said, AT_WHO, 5), FROM[AT_WHO], said);
  }
});

t.test('a candidate who says who she is over the notice is greeted, and not asked again', async (t) => {
  const dialogue = new Dialogue(contextFor());
  await dialogue.say('Hello?');
  await dialogue.say('hmm');
  t.equal(await dialogue.cutIn('This is Dana', AT_RECORDED, 3), `Hello Dana. ${FROM[AT_RECORDED]}`);
  t.match(await dialogue.say('yes'), /When could you start\?$/);
});

t.test('a yes before the question was put is heard, but is no consent', async (t) => {
  for (const at of [AT_WHO, AT_RECORDED, AT_WAY_OUT, AT_QUESTION])
    for (const yes of ['yes', 'Yes, okay', 'sure']) {
      const dialogue = await noticed();
      const reply = await dialogue.cutIn(yes, at, at === AT_QUESTION ? 1 : 3);
      t.match(reply, /^Thank(?:s|s, just a moment| you, one moment)[.,]/, `${yes} at ${at}`);
      t.ok(reply.endsWith(FROM[at] ?? ''), reply);
      t.strictSame([consents(dialogue), recording(dialogue)], [[], []]);
      await dialogue.say('yes it is');
      t.strictSame([consents(dialogue), recording(dialogue)], [[[true, 'yes it is']], [true]]);
    }
  const keys = await noticed();
  t.match(await keys.pressOver('1', AT_WAY_OUT, 3), /Is it all right to record\?$/);
  t.match(await keys.pressOver('1', AT_QUESTION - AT_WAY_OUT + 1, 1), /Is it all right to record\?$/, 'over the first word of the question');
  t.strictSame([consents(keys), recording(keys)], [[], []], 'and so is a key');
});

t.test('a yes over the end of the question is its answer', async (t) => {
  const dialogue = await noticed();
  t.match(await dialogue.cutIn('yes', AT_QUESTION, 4), /When could you start\?$/);
  t.strictSame([consents(dialogue), recording(dialogue)], [[[true, 'yes']], [true]]);
  const before = await noticed();
  await before.say('What?');
  t.match(await before.cutIn('yes', 1, 1), /When could you start\?$/, 'also over its repetition');
});

t.test('a no before the recording was mentioned leaves the question open', async (t) => {
  const dialogue = await noticed();
  t.match(await dialogue.cutIn('No', AT_WHO, 3), new RegExp(`^Thank.*moment\\. ${FROM[AT_WHO]?.replace(/[.?]/g, '\\$&')}$`));
  t.strictSame([consents(dialogue), recording(dialogue)], [[], []]);
  await dialogue.say('no');
  t.strictSame([consents(dialogue), recording(dialogue)], [[[false, 'no']], [false]]);
});

t.test('a no after it was mentioned is an objection, which waits for no question', async (t) => {
  for (const [at, rest] of [
    [AT_WAY_OUT, ' Or ask for a person, at any time.'],
    [AT_QUESTION, ' I have a few short questions. When could you start?'],
  ] as const) {
    const dialogue = await noticed();
    t.equal(await dialogue.cutIn('No', at, at === AT_QUESTION ? 1 : 3), `That's fine, this call is not recorded.${rest}`);
    t.strictSame([consents(dialogue), recording(dialogue)], [[[false, 'No']], [false]]);
    if (at === AT_WAY_OUT) t.match(await dialogue.hear(), /When could you start\?$/, 'and the question is not put any more');
  }
  const ends = await noticed({ recording: { consent: 'explicit', when_refused: 'end' } });
  t.match(await ends.cutIn('No', AT_WAY_OUT, 3), /^I understand\. A person from Acme Staffing will contact you instead\. Goodbye\.$/);
  const running = await noticed({ recording: { consent: 'notice', when_refused: 'continue' } });
  t.match(await running.cutIn('No', AT_WAY_OUT, 3), /^Of course, I've stopped recording\. Or ask for a person, at any time\.$/);
  t.strictSame(recording(running), [true, false]);
});

/** Reports what was said, each as heard to its end, but for the place named. */
const hearAllBut = async (dialogue: Dialogue, lost: number): Promise<void> => {
  const said = dialogue.queue.splice(0);
  for (const [place, { id, text }] of said.entries())
    await dialogue.tell({
      kind: 'utterance-heard',
      utteranceId: id,
      heardText: place === lost ? '' : text,
      complete: place !== lost,
      lineMs: dialogue.lineMs,
    });
};

t.test('an answer to the question that was put counts once the recording was mentioned; the rest of the notice is still owed', async (t) => {
  for (const [answer, granted] of [
    ['yes', true],
    ['no', false],
  ] as const) {
    for (const [lost, rest] of [
      [AT_WHO, WHO],
      [AT_WAY_OUT, WAY_OUT],
    ] as const) {
      const dialogue = await noticed();
      await hearAllBut(dialogue, lost);
      const reply = await dialogue.tell({ kind: 'candidate-turn', turn: dialogue.turn(answer), confidence: 0.95 });
      t.ok(reply.endsWith(` ${rest}`), `${reply}: the rest, without the question`);
      t.strictSame([consents(dialogue), recording(dialogue)], [[[granted, answer]], [granted]], `${answer} without ${rest}`);
      t.match(await dialogue.hear(), /When could you start\?$/, 'the script begins when the rest was heard');
    }
  }
  const unmentioned = await noticed();
  await hearAllBut(unmentioned, AT_RECORDED);
  t.match(await unmentioned.tell({ kind: 'candidate-turn', turn: unmentioned.turn('yes'), confidence: 0.95 }), /^Thank.*record\?$/);
  t.strictSame([consents(unmentioned), recording(unmentioned)], [[], []], 'nobody agrees to what was not mentioned');
});

t.test('a yes with a question in the same breath is a yes, and the question is answered', async (t) => {
  const table: readonly (readonly [string, granted: boolean, reply: RegExp])[] = [
    [
      'Yes, how long will it take?',
      true,
      /^(?:Thanks|Thank you|Great)\. This call takes about two minutes\. I have a few short questions\. When could you start\?$/,
    ],
    ['Yes. How much does it pay?', true, /\. The job pays eighteen dollars an hour\. I have/],
    ['No. Is there parking?', false, /^That's fine, this call is not recorded\. Parking is free\. I have/],
    ['Sure, why not?', true, /^(?:Thanks|Thank you|Great)\. I have a few short questions/],
  ];
  for (const [said, granted, reply] of table) {
    const dialogue = await noticed();
    t.match(await dialogue.say(said), reply, said);
    t.strictSame([consents(dialogue), recording(dialogue)], [[[granted, said]], [granted]], said);
  }
});

t.test('a question instead of a yes or a no gets its own answer, and the question comes again', async (t) => {
  const table: readonly (readonly [string, Partial<InterviewContext>, string | RegExp])[] = [
    ['Why do you need to record?', {}, 'So that the team can check what was said. You can say no.'],
    ['Do I have to?', {}, 'No. If you say no, we go on without a recording.'],
    ['What if I say no?', { recording: { consent: 'explicit', when_refused: 'end' } }, 'If you say no, a person will contact you instead.'],
    ['How long does this take?', {}, 'This call takes about two minutes.'],
    ['Are you recording now?', {}, 'Only if you say yes.'],
    ['Is this being recorded?', { recording: { consent: 'notice', when_refused: 'continue' } }, 'Yes, this call is recorded.'],
    ['Who will hear it?', {}, /^(?:I don't know that one|That I can't say)/],
  ];
  for (const [said, changes, answer] of table) {
    const dialogue = await noticed(changes);
    const reply = await dialogue.say(said);
    t.ok(reply.endsWith(` ${QUESTION}`), `${said}: ${reply}`);
    t.match(reply.slice(0, -QUESTION.length).trim(), answer, said);
    t.strictSame(consents(dialogue), []);
  }
  const curious = await noticed();
  for (const asked of ['Why do you need to record?', 'How long does this take?', 'How much does it pay?']) await curious.say(asked);
  t.match(await curious.say('yes'), /When could you start\?$/);
  t.strictSame(consents(curious), [[true, 'yes']], 'three questions do not use the question up');
});

t.test('only plain words about the recording are a yes or a no to it', async (t) => {
  const table: readonly (readonly [boolean | undefined, readonly string[]])[] = [
    [
      true,
      [
        'yes',
        'Sure',
        'okay',
        'mhm',
        'Yes, that is fine',
        "it's fine",
        'It is all right',
        "I'm okay with that",
        "No, I don't mind",
        'I agree',
        'go ahead',
        'I guess so',
      ],
    ],
    [false, ['no', "No, I don't want that", "I'd rather not", 'absolutely not', 'I do not like that', "I don't agree"]],
    [
      undefined,
      [
        'I am in the kitchen',
        'It is raining here',
        'I have applied last week',
        "I'm ready for it",
        'I can do that job',
        "I don't care",
        "doesn't matter",
        "I didn't apply for any job",
      ],
    ],
  ];
  for (const [granted, sayings] of table)
    for (const said of sayings) {
      const dialogue = await noticed();
      const reply = await dialogue.say(said);
      t.strictSame(consents(dialogue), granted === undefined ? [] : [[granted, said]], said);
      t.strictSame(recording(dialogue), granted === undefined ? [] : [granted], said);
      t.match(reply, granted === undefined ? /Is it all right to record\?$/ : /When could you start\?$/, said);
    }
});

t.test('what somebody else says to the recording is not the word of the candidate', async (t) => {
  for (const [said, reply] of [
    ['No, this is her mother', 'Sorry. Can Dana come to the phone?'],
    ["Yes, but I'm her roommate", 'Sorry. Can Dana come to the phone?'],
    ["I'm not Dana", 'Sorry. Can Dana come to the phone?'],
    ["Yes, but she's at work", 'No problem. We will try again another time. Goodbye.'],
  ] as const) {
    const dialogue = new Dialogue(contextFor());
    await dialogue.say('Hello?');
    await dialogue.say('hmm');
    t.equal(await dialogue.say(said), reply);
    t.strictSame([consents(dialogue), recording(dialogue)], [[], []], said);
  }
  const corrected = await noticed();
  t.equal(await corrected.say('no, I am her roommate'), 'Sorry. Can Dana come to the phone?', 'also after a yes to the greeting');
  t.strictSame([consents(corrected), recording(corrected)], [[], []]);
  const late = new Dialogue(contextFor());
  for (const said of ['Hello?', 'hmm', 'yes']) await late.say(said);
  t.strictSame([consents(late), recording(late)], [[[true, 'yes']], [true]]);
  await late.say('No, hold on, I will get her');
  t.strictSame(
    [consents(late), recording(late)],
    [
      [
        [true, 'yes'],
        [false, 'No, hold on, I will get her'],
      ],
      [true, false],
    ],
    'a yes of somebody else is taken back when that shows',
  );
  t.match(await late.say('Hello, this is Dana'), /^Hello Dana\. .*Is it all right to record\?$/, 'and the candidate is asked');
  await late.say('yes');
  t.strictSame(recording(late), [true, false, true]);
  const refused = new Dialogue(contextFor());
  for (const said of ['Hello?', 'hmm', 'no', 'No, hold on', 'Hello, this is Dana']) await refused.say(said);
  t.match(refused.said.at(-1), QUESTION, 'so it is after a no of somebody else');
});

const REACH: readonly (readonly [string, after: readonly string[], prompt: RegExp])[] = [
  ['at the person', [], /Am I speaking with Dana Reyes\?$/],
  ['at a question', ['yes'], /When could you start\?$/],
  ['at a confirmation', ['yes', 'next Monday'], /For start date, I have Monday, November thirtieth\. Is that right\?$/],
  ['at a yes-no question', ['yes', 'next Monday', 'yes'], /Can you work night shifts\?$/],
  ['at the read-back', ['yes', 'next Monday', 'yes', 'yes', 'eighteen', 'evening'], /Is that all correct\?$/],
  ['at a change', ['yes', 'next Monday', 'yes', 'yes', 'eighteen', 'evening', 'no'], /change\?$/],
  ['at their questions', ['yes', 'next Monday', 'yes', 'yes', 'eighteen', 'evening', 'yes'], /questions for me\?$/],
  ['at the goodbye', ['yes', 'next Monday', 'yes', 'yes', 'eighteen', 'evening', 'yes', 'no'], /Goodbye\.$/],
  ['at a time to call back', ['yes', "I'm busy"], /call you back\?$/],
];

t.test('a refusal is taken back whenever the candidate says so', async (t) => {
  for (const [when, after, prompt] of REACH) {
    const dialogue = new Dialogue(contextFor());
    await dialogue.say('Hello?');
    await dialogue.say('hmm');
    for (const said of ['no', ...after]) await dialogue.say(said);
    t.strictSame([consents(dialogue), recording(dialogue)], [[[false, 'no']], [false]]);
    const answers = [...dialogue.answers.values()];
    const grant = 'Actually, you can record';
    const reply = await (when === 'at the goodbye' ? dialogue.cutIn(grant, 0, 3) : dialogue.say(grant));
    t.match(reply, /^Thank you, this call is recorded from here on\. /, when);
    t.match(reply, prompt, `${when}: the open prompt goes on`);
    t.strictSame(
      [consents(dialogue), recording(dialogue)],
      [
        [
          [false, 'no'],
          [true, grant],
        ],
        [false, true],
      ],
      when,
    );
    t.strictSame([...dialogue.answers.values()], answers, `${when}: it answers nothing else`);
  }
  const changing = await noticed();
  for (const said of ['no', 'you can record', "please don't record", 'okay, you can record this call']) await changing.say(said);
  t.strictSame(recording(changing), [false, true, false, true], 'the last word counts');
});

t.test('it needs the notice, the candidate, and a recording that was not agreed to already', async (t) => {
  const early = await noticed();
  t.match(await early.cutIn('You can record', AT_RECORDED, 3), /^Thank.*moment\. This takes .* record\?$/);
  t.strictSame([consents(early), recording(early)], [[], []], 'before the recording was mentioned');
  const informed = await noticed();
  t.match(await informed.cutIn('You can record', AT_WAY_OUT, 3), /^(?:Thanks|Thank you|Great)\. Or ask for a person, at any time\.$/);
  t.strictSame([consents(informed), recording(informed)], [[[true, 'You can record']], [true]], 'after it was mentioned, in so many words');
  t.match(await informed.hear(), /When could you start\?$/, 'and the question is not put any more');
  const other = new Dialogue(contextFor());
  for (const said of ['Hello?', 'hmm', 'no', "No, I'm her sister", 'you can record']) await other.say(said);
  t.strictSame(recording(other), [false], 'somebody else cannot agree');
  const agreed = await noticed();
  await agreed.say('yes');
  t.equal(await agreed.say('you can record'), 'Yes, this call is recorded. When could you start?');
  t.strictSame([consents(agreed), recording(agreed)], [[[true, 'yes']], [true]]);
});

const GRANTS: readonly (readonly [Command | undefined, readonly string[]])[] = [
  [
    'allow-recording',
    [
      'you can record',
      'Actually, you can record.',
      'Okay fine, you can record this call.',
      'I changed my mind, you can record now',
      "On second thought, it's okay to record.",
      'No sorry, you may record it',
      'I said no, but you can record if you want',
      'go ahead and record',
      'please record this',
      'Start recording please',
      "I don't mind being recorded",
      "I don't mind if you record",
      "it's fine if you record me",
      "I'm okay with recording",
      "I'm fine with being recorded",
      'recording is fine',
      'The recording is okay now.',
      'You can turn the recording on',
      'turn on the recording again',
      'you have my permission to record',
      'I agree to be recorded',
      'I consent to the recording',
    ],
  ],
  ['do-not-record', ["you can't record, don't record me", "Please don't record", 'You can record. No wait, stop recording.']],
  [
    undefined,
    [
      'You can record?',
      'Can you record this?',
      "I don't think you can record me",
      "I'm not okay with recording",
      "I didn't say you can record",
      'you can record if you delete it tomorrow',
      'my boss said you can record',
      "you can't record this",
      "it's not okay to record",
      'I do mind if you record',
      'I record podcasts',
      'I was recording the stock',
      'I worked on the recording of shipments',
      'I broke a record',
      'you can record my experience as five years',
      'what can you record',
      'when you can record, you learn a lot',
    ],
  ],
];

t.test('leave to record is taken from plain words alone', async (t) => {
  for (const [command, sayings] of GRANTS) for (const said of sayings) t.equal(findCommand(said), command, said);
});
