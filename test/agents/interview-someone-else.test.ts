import t from 'tap';
import type { InterviewContext } from '../../agents/interview/index.js';
import { contextFor, Dialogue, warehouse } from './interview-dialogue.js';

/*
 * Somebody else has the telephone: what they are told, what they are never told, and what their words do not do.
 */

const SILENCE = null;
/** What the person on the line says, one turn after the other, from the pick-up on; `SILENCE` where nothing comes. */
type Said = readonly (string | typeof SILENCE)[];

const play = async (said: Said, changes: Partial<InterviewContext> = {}): Promise<{ dialogue: Dialogue; last: string }> => {
  const dialogue = new Dialogue(contextFor(warehouse, changes));
  await dialogue.tell({ kind: 'call-answered', lineMs: 0, resumed: false });
  let last = '';
  for (const words of said) last = words === SILENCE ? await dialogue.silence() : await dialogue.say(words);
  return { dialogue, last };
};

const IDENTIFIED = 'This is an AI assistant calling for Acme Staffing, on a private matter.';
/** What nobody but the candidate may hear. */
const PRIVATE = /warehouse|\bjobs?\b|appl(?:y|ied|ication)|record|position|screening/i;

t.test('who called is said before the goodbye, and nothing of the matter', async (t) => {
  const table: readonly (readonly [string, Said, reason: string])[] = [
    ['out', ['Hello?', "She's at work"], 'call-later'],
    ['not available', ['Hello?', "She's not available"], 'call-later'],
    ['cannot come', ['Hello?', "No, she can't come to the phone"], 'call-later'],
    ['out until a time', ['Hello?', "She's not here, call back at five"], 'call-later'],
    ['out, after a no', ['Hello?', 'No', 'She is out'], 'call-later'],
    ['not now', ['Hello?', 'No', 'Not right now'], 'call-later'],
    ['a wrong number', ['Hello?', 'You have the wrong number'], 'wrong-number'],
    ['a wrong number, as the first words', ['You have the wrong number'], 'wrong-number'],
    ['three times no', ['Hello?', 'No', 'No', 'No'], 'wrong-number'],
    ['the right number', ['Hello?', 'No', 'No', 'Yes it is'], 'call-later'],
    ['silence after a no', ['Hello?', 'No', SILENCE, SILENCE], 'call-later'],
    ['silence about the number', ['Hello?', 'No', 'No', SILENCE, SILENCE], 'call-later'],
    ['nobody comes back', ['Hello?', 'No', 'Hold on', SILENCE], 'call-later'],
    ['fetched in vain', ['Hello?', 'No', 'Hold on', "Sorry, she's busy"], 'call-later'],
    ['no answer that helps', ['Hello?', 'No', 'banana', 'purple', 'elephant'], 'call-later'],
    ['later, whoever it is', ["I'm driving", 'call me in an hour'], 'call-later'],
    ['later, without a time', ["I'm driving", SILENCE, SILENCE], 'call-later'],
    ['her mother', ['Hello?', "This is Dana's mother", 'She is at work'], 'call-later'],
    ['stop', ['Hello?', 'Stop calling me'], 'stop-contact'],
    ['no interest', ['Hello?', "I'm not interested"], 'not-interested'],
    ['a person', ['Hello?', 'Can I talk to a person?'], 'human-requested'],
  ];
  for (const [what, said, reason] of table) {
    const { dialogue, last } = await play(said);
    t.ok(last.indexOf(IDENTIFIED) >= 0 && last.indexOf(IDENTIFIED) < last.indexOf('Goodbye.'), `${what}: ${last}`);
    t.equal(last.split(IDENTIFIED).length, 2, `${what}: once`);
    for (const text of dialogue.said) t.notMatch(text, PRIVATE, `${what}: ${text}`);
    t.equal(dialogue.hungUp, undefined, `${what}: the goodbye is heard first`);
    await dialogue.hear();
    t.equal(dialogue.hungUp, reason, what);
    t.equal(dialogue.kinds('suppress').length, reason === 'wrong-number' || reason === 'stop-contact' ? 1 : 0, `${what}: suppressed or not`);
    t.strictSame([...dialogue.kinds('recording'), ...dialogue.kinds('answer-updated')], [], what);
  }
});

t.test('who is about to fetch the candidate is not the candidate, whatever yes is in it', async (t) => {
  for (const said of ["Sure, I'll get her", 'Yes, let me get her', 'No, hold on, I will get her', 'I will put her on', 'Here she is', 'One moment']) {
    const { dialogue, last } = await play(['Hello?', said]);
    t.match(last, /^(?:Thanks|Thank you|Great)\.$/, said);
    t.match(await dialogue.say('Hello?'), /^Hello, am I speaking with Dana\?$/, said);
  }
  const telling = await play(['Hello?', 'hmm', 'yes', 'I am in the kitchen']);
  t.match(telling.last, /Am I speaking with Dana Reyes\?$/, 'what is told by the way is no yes');
  for (const said of ['Yes', 'I am', "It's me", 'Speaking', 'This is she', 'Yes I am her', 'yeah hold on a second']) {
    const { last } = await play(['Hello?', 'hmm', 'yes', said]);
    t.match(last, /When could you start\?$/, said);
  }
});

t.test('the goodbye is one talk: a short word to what was said, who called, what happens next', async (t) => {
  const table: readonly (readonly [Said, string])[] = [
    [['Hello?', "She's at work"], `No problem. ${IDENTIFIED} We will try again another time. Goodbye.`],
    [['Hello?', "She's not here, call back at five"], `No problem. ${IDENTIFIED} We will call again today at five in the afternoon. Goodbye.`],
    [['You have the wrong number'], `Sorry to have bothered you. ${IDENTIFIED} We will not call this number again. Goodbye.`],
    [['Hello?', 'Stop calling me'], `Understood. ${IDENTIFIED} We will not contact you again. Goodbye.`],
  ];
  for (const [said, goodbye] of table) t.equal((await play(said)).last, goodbye);
});

t.test('who asks is told at once, and no more than that', async (t) => {
  for (const asked of ['Who is this?', "Who's calling?", 'Who should I say is calling?', 'What is this about?', 'what company are you with']) {
    const { dialogue, last } = await play(['Hello?', 'No', asked]);
    t.equal(last, `${IDENTIFIED} Can Dana come to the phone?`, asked);
    t.equal(await dialogue.say("No, she's at work"), 'No problem. We will try again another time. Goodbye.', 'who was told is not told again');
  }
  const twice = await play(['Hello?', 'No', 'Who is this?', 'Who should I say is calling?']);
  t.match(twice.last, /Can Dana come to the phone\?$/, 'asking twice is no talk in circles');
  const fetching = await play(['Hello?', 'No', 'Hold on', 'Who should I say is calling?']);
  t.equal(fetching.last, IDENTIFIED, 'and then they go on fetching');
  t.match(await fetching.dialogue.say('Hello?'), /^Hello, am I speaking with Dana\?$/);
  const wary = await play(['Hello?', 'No', 'Hold on', 'Hello, who is this?']);
  t.equal(wary.last, `${IDENTIFIED} Hello, am I speaking with Dana?`, 'a new voice that asks is told and greeted');
});

t.test('who talks over the goodbye has not heard it: who called is said once more, and then the line is closed', async (t) => {
  for (const [said, reply] of [
    ['Okay, bye', /^No problem\. This is an AI assistant.*Goodbye\.$/],
    ['Who is this?', /^No problem\. This is an AI assistant.*Goodbye\.$/],
    ['What?', /This is an AI assistant.*Goodbye\.$/],
  ] as const) {
    const { dialogue } = await play(['Hello?', "She's at work"]);
    const again = await dialogue.cutIn(said, 1, 3);
    t.match(again, reply, said);
    t.equal(again.split(IDENTIFIED).length, 2, `${said}: once`);
    for (const text of dialogue.said) t.notMatch(text, PRIVATE);
    t.equal(dialogue.hungUp, undefined);
    await dialogue.cutIn('Bye', 1, 3);
    t.equal(dialogue.hungUp, 'call-later', 'not a third time');
  }
  const told = await play(['Hello?', "She's at work"]);
  t.equal(await told.dialogue.cutIn('Okay, bye', 2, 2), '');
  t.equal(told.dialogue.hungUp, 'call-later', 'heard is heard');
  const later = await play(['Hello?', "She's not here, call back at five"]);
  t.match(await later.dialogue.cutIn('What?', 2, 2), /We will call again today at five/, 'a promise that is said again stays the same');
});

t.test('a candidate who leaves before the notice is told who called and why', async (t) => {
  const dialogue = new Dialogue(contextFor());
  await dialogue.say('Hello, this is Dana');
  t.equal(
    await dialogue.cutIn("I'm driving, call me at five", 1, 3),
    "No problem. I'm an AI assistant calling for Acme Staffing about the warehouse associate job. We will call you today at five in the afternoon. Goodbye.",
  );
});

t.test('who has heard the notice is not told again', async (t) => {
  const { last } = await play(['Hello?', 'Who is this?', 'okay', "No, she's out"]);
  t.equal(last, 'No problem. We will try again another time. Goodbye.');
});

t.test('the candidate who is there after all is greeted as a new voice', async (t) => {
  for (const said of [
    ['Hello?', 'No', 'Oh yes, this is Dana'],
    ['Hello?', 'No', 'No', 'This is she'],
  ]) {
    const { dialogue } = await play(said);
    if (dialogue.queue.length === 1) await dialogue.say('yes');
    t.match(dialogue.said.at(-1), /right to record\?$/, said.join());
    t.strictSame(dialogue.kinds('call-later'), []);
  }
});

t.test('a new voice that was fetched is told everything, and what was told to the first does not count', async (t) => {
  const { dialogue, last } = await play(['Hello?', 'No', 'Who is this?', 'Hold on', 'Hello?', 'Call me tomorrow']);
  t.match(last, /This is an AI assistant calling for Acme Staffing, on a private matter\..*Goodbye\.$/);
  t.match(dialogue.kinds('call-later'), [{ at: '2026-11-24T18:00:00.000Z' }]);
});
