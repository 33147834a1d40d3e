import t from 'tap';
import { type InterviewContext, loopBroken, startInterview } from '../../agents/interview/index.js';
import { factsOf } from '../../agents/interview/plan.js';
import { openingTexts } from '../../agents/opening.js';
import type { CallerBotInput } from '../../schemas/caller-bot.js';
import { contextFor, Dialogue, warehouse } from './interview-dialogue.js';

/*
 * Calls as text. Each builds its own; `open()` gets to the first question the usual way.
 */

const call = (bot: CallerBotInput = warehouse, changes: Partial<InterviewContext> = {}, progress?: string) =>
  new Dialogue(contextFor(bot, changes), progress);

const opened = async (bot: CallerBotInput = warehouse, changes: Partial<InterviewContext> = {}, progress?: string) => {
  const dialogue = call(bot, changes, progress);
  await dialogue.open();
  return dialogue;
};

/** A bot with one question, or a few. */
const asking = (...variables: { variable: CallerBotInput['output_variables'][number]; text: string; follow_up?: string }[]): CallerBotInput => ({
  slug: 'short',
  name: 'Line cook',
  language: 'en-US',
  script: { questions: variables.map(({ variable, text, follow_up }) => ({ variable: variable.name, text, ...(follow_up ? { follow_up } : {}) })) },
  output_variables: variables.map(({ variable }) => variable),
});
const nights = { variable: { name: 'nights', type: 'yes-no', capture_prompt: 'nights' }, text: 'Can you work nights?' } as const;
const licence = {
  variable: { name: 'licence', type: 'yes-no', capture_prompt: 'licence', knockout: { equals: true } },
  text: 'Do you have a forklift licence?',
} as const;
const rate = {
  variable: { name: 'rate', type: 'money', currency: 'USD', period: 'hour', capture_prompt: 'pay' },
  text: 'What rate would you like?',
} as const;
const start = { variable: { name: 'start_date', type: 'date', forbid: 'past', capture_prompt: 'first day' }, text: 'When could you start?' } as const;
const email = { variable: { name: 'email', type: 'email', capture_prompt: 'e-mail' }, text: 'What is the best e-mail to reach you?' } as const;
const phone = { variable: { name: 'phone', type: 'phone', capture_prompt: 'telephone' }, text: 'What number is best?' } as const;
const about = { variable: { name: 'about', type: 'text', capture_prompt: 'last job' }, text: 'What did you do in your last job?' } as const;

t.test('the opening', async (t) => {
  t.test('greets by name, discloses, asks for the recording, and then introduces the job', async (t) => {
    const dialogue = call();
    await dialogue.tell({ kind: 'call-answered', lineMs: 0, resumed: false });
    t.strictSame(dialogue.said, [], 'the candidate speaks first');
    t.equal(await dialogue.say('Hello?'), 'Hello, am I speaking with Dana?');
    t.equal(
      await dialogue.say('Yes'),
      "I'm an AI assistant calling for Acme Staffing about the warehouse associate job. This takes about two minutes and is recorded. Say stop, or ask for a person, at any time. Is it all right to record?",
    );
    t.strictSame(
      dialogue.queue.map(({ compulsory }) => compulsory),
      [true, true, true, true],
    );
    t.ok(
      dialogue.queue
        .map(({ text }) => text)
        .join(' ')
        .split(' ').length <= 40,
      'about twelve seconds of speech',
    );
    t.match(await dialogue.say('Sure'), /I have a few short questions\. When could you start\?$/);
    t.match(dialogue.kinds('consent'), [{ channel: 'recording', granted: true, quote: 'Sure', turnId: 't3' }]);
    t.match(dialogue.kinds('recording'), [{ allowed: true }]);
    t.match(dialogue.kinds('answered-by'), [{ who: 'human' }]);
  });

  t.test('does not ask who it is when the first words have told', async (t) => {
    const dialogue = call();
    t.match(await dialogue.say('Hello, this is Dana'), /^Hello Dana\. I'm an AI assistant.*Is it all right to record\?$/);
    t.match(await dialogue.say('yes'), /When could you start\?$/, 'and not after the consent either');
  });

  t.test('asks who it is before anything personal when the greeting was not answered', async (t) => {
    const dialogue = call();
    await dialogue.say('Hello?');
    t.match(await dialogue.say('Who is this?'), /^I'm an AI assistant/, 'the notice is the answer');
    t.match(await dialogue.say('okay'), /Am I speaking with Dana Reyes\?$/);
    t.match(await dialogue.say('Who wants to know?'), /AI assistant calling for Acme Staffing.*Am I speaking with Dana Reyes\?$/);
    t.match(await dialogue.say('Speaking'), /When could you start\?$/);
  });

  t.test('starts by itself when nobody says hello', async (t) => {
    const dialogue = call();
    await dialogue.tell({ kind: 'call-answered', lineMs: 0, resumed: false });
    t.match(dialogue.kinds('expect'), [{ expected: { type: 'opening', idleMs: 1500 } }]);
    t.equal(await dialogue.silence(), 'Hello, am I speaking with Dana?');
    t.match(await dialogue.silence(), /^I'm an AI assistant/);
    t.match(await dialogue.silence(), /there\? Is it all right to record\?$/);
    await dialogue.silence();
    await dialogue.silence();
    await dialogue.hear();
    t.equal(dialogue.hungUp, 'silence');
    t.match(dialogue.kinds('answered-by'), [{ who: 'silence' }]);
    t.strictSame(dialogue.outcomes, [], 'another call may find somebody');
  });

  t.test('a candidate who says nothing at first is a person all the same', async (t) => {
    const dialogue = call();
    await dialogue.silence();
    await dialogue.say('Yes?');
    t.match(dialogue.kinds('answered-by'), [{ who: 'human' }]);
  });

  t.test('an interrupted notice is finished before anything else', async (t) => {
    const dialogue = call();
    await dialogue.say('Hello?');
    await dialogue.say('Yes');
    t.equal(
      await dialogue.cutIn('Hang on, who?', 0, 5),
      "I'm an AI assistant calling for Acme Staffing about the warehouse associate job. This takes about two minutes and is recorded. Say stop, or ask for a person, at any time. Is it all right to record?",
      'nothing of it had been heard to the end of a clause',
    );
    t.equal(
      await dialogue.cutIn('yes yes okay', 2, 4),
      'Thank you, one moment. Or ask for a person, at any time. Is it all right to record?',
      'only the unheard rest is said',
    );
    t.equal(dialogue.kinds('recording').length, 0, 'a yes before the end of the notice is no consent');
    await dialogue.say('yes');
    t.match(dialogue.kinds('recording'), [{ allowed: true }]);
  });

  t.test('recording refused: the call goes on without', async (t) => {
    for (const no of ['No', "Please don't record", "I'd rather not"]) {
      const dialogue = call();
      await dialogue.say('Hello, this is Dana');
      t.match(await dialogue.say(no), /not recorded.*When could you start\?$/, no);
      t.match(dialogue.kinds('recording'), [{ allowed: false }]);
      t.match(dialogue.kinds('consent'), [{ channel: 'recording', granted: false, quote: no }]);
    }
  });

  t.test('without a clear yes in this call nothing is recorded, whatever was agreed before', async (t) => {
    const dialogue = call();
    await dialogue.say('Hello, this is Dana');
    await dialogue.say('banana');
    await dialogue.say('purple');
    t.match(await dialogue.say('elephant'), /When could you start\?$/);
    t.strictSame([...dialogue.kinds('recording'), ...dialogue.kinds('consent')], []);
  });

  t.test('recording refused: the call ends where the company wants that', async (t) => {
    const dialogue = call(warehouse, { recording: { consent: 'explicit', when_refused: 'end' } });
    await dialogue.say('Hello, this is Dana');
    await dialogue.say('no');
    await dialogue.hear();
    t.equal(dialogue.hungUp, 'recording-refused');
    t.strictSame(dialogue.outcomes, ['human-requested']);
  });

  t.test('where a notice is enough, recording starts when it was heard and stops on a no', async (t) => {
    const dialogue = call(warehouse, { recording: { consent: 'notice', when_refused: 'continue' } });
    await dialogue.say('Hello, this is Dana');
    t.equal(dialogue.kinds('recording').length, 0);
    await dialogue.hear();
    t.match(dialogue.kinds('recording'), [{ allowed: true }]);
    await dialogue.say('no');
    t.match(dialogue.kinds('recording'), [{ allowed: true }, { allowed: false }]);
  });

  t.test('a refusal over the notice does not cut the notice short', async (t) => {
    const dialogue = call();
    await dialogue.say('Hello, this is Dana');
    t.match(await dialogue.cutIn("Don't record me", 1, 2), /not recorded\. I'm an AI assistant.*at any time\.$/);
    t.match(await dialogue.hear(), /When could you start\?$/, 'the first question follows without asking again');
  });

  t.test('texts of the first seconds can be prepared while it rings', async (t) => {
    const texts = openingTexts(factsOf(contextFor()));
    const dialogue = call();
    await dialogue.say('Hello?');
    await dialogue.say('yes');
    for (const said of dialogue.said) t.ok(texts.includes(said), said);
  });
});

t.test('the wrong person', async (t) => {
  t.test('a wrong number is never called again', async (t) => {
    for (const said of ['You have the wrong number', 'There is no Dana here', 'Wrong number!']) {
      const dialogue = call();
      await dialogue.say('Hello?');
      await dialogue.say(said);
      await dialogue.hear();
      t.strictSame([dialogue.hungUp, dialogue.outcomes], ['wrong-number', ['wrong-number']], said);
      t.match(dialogue.kinds('suppress'), [{ reason: 'wrong_number' }]);
    }
  });

  t.test('somebody else may fetch them, and everything compulsory is said again', async (t) => {
    const dialogue = call();
    await dialogue.say('Hello?');
    t.match(await dialogue.say('No'), /Can Dana come to the phone\?$/);
    await dialogue.say('Yes, one moment');
    t.match(await dialogue.say('Hello, this is Dana'), /^Hello Dana\. I'm an AI assistant.*recorded.*record\?$/);
  });

  t.test('a no means a wrong number only when the number was asked about, an absence means another time', async (t) => {
    const no = call();
    await no.say('Hello?');
    await no.say('no');
    t.equal(await no.say('no'), 'Is this the right number for Dana?');
    t.strictSame([no.outcomes, no.kinds('suppress')], [[], []]);
    await no.say('no');
    t.strictSame(no.outcomes, ['wrong-number']);
    t.match(no.kinds('suppress'), [{ reason: 'wrong_number' }]);
    const absent = call();
    await absent.say('Hello?');
    t.match(await absent.say("She's not here, call back at five"), /We will call again today at five in the afternoon/);
    t.strictSame(absent.outcomes, []);
    t.equal(absent.kinds('suppress').length, 0);
  });

  t.test('a time to call again is taken only from who names one', async (t) => {
    const table: readonly (readonly [string, string | undefined])[] = [
      ["She's not here this morning", undefined],
      ["She's at work until five", undefined],
      ["She's not home until tomorrow", undefined],
      ["She's not here, she'll be back at six", '2026-11-24T02:00:00.000Z'],
      ["She's out, try again tomorrow at three", '2026-11-24T23:00:00.000Z'],
    ];
    for (const [said, at] of table) {
      const dialogue = call();
      await dialogue.say('Hello?');
      await dialogue.say(said);
      t.strictSame(dialogue.kinds('call-later'), [{ kind: 'call-later', quote: said, ...(at ? { at } : {}) }], said);
      t.strictSame(dialogue.outcomes, []);
    }
    const passedOn = call();
    await passedOn.say('Hello?');
    for (const said of ['one moment', 'Good morning', 'no', 'one moment', 'Good morning']) await passedOn.say(said);
    t.strictSame(passedOn.kinds('call-later'), [{ kind: 'call-later', quote: 'Good morning' }]);
    const quiet = await opened();
    await quiet.say("I'm busy");
    await quiet.silence();
    t.match(await quiet.silence(), /another time/);
    t.strictSame(quiet.kinds('call-later'), [{ kind: 'call-later', quote: '' }]);
  });
});

t.test('machines', async (t) => {
  t.test('an answering machine gets the message after its greeting', async (t) => {
    const dialogue = call(warehouse, { company: { name: 'Acme Staffing', callback_number: '+14155550100' } });
    t.equal(await dialogue.say("Hi, you've reached Dana."), '');
    t.match(dialogue.kinds('expect').at(-1), { expected: { type: 'voicemail-greeting', idleMs: 1500 } });
    t.equal(await dialogue.say('Please leave a message after the tone.'), '');
    const message = await dialogue.silence();
    t.match(
      message,
      /AI assistant calling for Acme Staffing.*plus one, four one five, five five five, zero one zero zero\. If you do not want these calls/,
    );
    t.notMatch(message, /warehouse|application|recorded/, 'nothing about the application');
    t.equal(dialogue.hungUp, undefined, 'the message is heard first');
    await dialogue.hear();
    t.equal(dialogue.hungUp, 'voicemail');
    t.match(dialogue.kinds('answered-by'), [{ who: 'voicemail' }]);
    t.strictSame(dialogue.outcomes, []);
  });

  t.test('or a hang-up, where the bot says so', async (t) => {
    const dialogue = call({ ...warehouse, voicemail: { action: 'hang_up' } });
    t.equal(await dialogue.say('Please leave a message after the tone.'), '');
    t.equal(dialogue.hungUp, 'voicemail');
  });

  t.test('somebody who picks up during the greeting is greeted', async (t) => {
    const dialogue = call();
    await dialogue.say('Please leave a message after the tone.');
    t.equal(await dialogue.say("Hello? Sorry, I'm here, who is this?"), 'Hello, am I speaking with Dana?');
    t.match(dialogue.kinds('answered-by').at(-1), { who: 'human' });
  });

  t.test('a greeting that sounded like a person is still recognised a moment later', async (t) => {
    const dialogue = call();
    await dialogue.say('Hi, this is Dana.');
    t.equal(await dialogue.cutIn("I can't come to the phone right now, leave a message", 1, 3), '');
    t.match(await dialogue.silence(), /AI assistant calling for Acme Staffing\. Sorry that we missed you/);
  });

  t.test('a call screener is told who and why, and the person is greeted', async (t) => {
    const dialogue = call();
    t.equal(
      await dialogue.say('Please state your name and the reason for your call.'),
      'This is an AI assistant for Acme Staffing, calling Dana about a job application.',
    );
    t.equal(await dialogue.say('Thanks, stay on the line.'), '');
    t.equal(await dialogue.say('Hello?'), 'Hello, am I speaking with Dana?');
    t.match(dialogue.kinds('answered-by'), [{ who: 'call-screening' }, { who: 'human' }]);
  });

  t.test('menus are left alone; the provider may know of a machine before it speaks, but not better than a conversation', async (t) => {
    const menu = call();
    await menu.say('For sales, press one.');
    t.equal(menu.hungUp, 'not-a-person');
    const hinted = call();
    await hinted.tell({ kind: 'machine-detected', verdict: 'voicemail' });
    t.match(await hinted.silence(), /Sorry that we missed you/);
    const talking = await opened();
    await talking.tell({ kind: 'machine-detected', verdict: 'voicemail' });
    t.match(await talking.say('next Monday'), /Is that right\?$/);
  });
});

t.test('answers', async (t) => {
  t.test('the whole way, knock-outs first, read back, with an outcome', async (t) => {
    const dialogue = await opened(asking(rate, licence, start));
    t.equal(dialogue.queue.at(-1)?.text, licence.text, 'the knock-out comes first');
    t.match(await dialogue.say('Yes I do'), /What rate would you like\?$/);
    t.match(await dialogue.say('eighteen an hour'), /ighteen dollars an hour.*When could you start\?$/);
    t.match(await dialogue.say('next Monday'), /^For start date, I have Monday, November thirtieth\. Is that right\?$/);
    const readBack = await dialogue.say('yes');
    t.match(
      readBack,
      /Let me read that back\. For licence, yes\. For rate, eighteen dollars an hour\. For start date, Monday, November thirtieth\. Is that all correct\?$/,
    );
    t.match(await dialogue.say('yes'), /do you have any questions for me\?$/);
    t.match(await dialogue.say('No thanks'), /^Thank you, Dana\. A person at Acme Staffing .* Goodbye\.$/);
    t.equal(dialogue.hungUp, undefined, 'not before the goodbye was heard');
    await dialogue.hear();
    t.equal(dialogue.hungUp, 'finished');
    t.strictSame(dialogue.outcomes, ['qualified']);
    t.match(
      [...dialogue.answers.values()],
      [
        { variable: 'licence', status: 'confirmed', value: true, evidence: { quote: 'Yes I do', turn_ids: ['t4'] } },
        { variable: 'rate', status: 'confirmed', value: { amount: 18, currency: 'USD', period: 'hour' }, evidence: { quote: 'eighteen an hour' } },
        { variable: 'start_date', status: 'confirmed', value: '2026-11-30', evidence: { quote: 'next Monday' }, confirmation_turn_id: 't7' },
      ],
    );
  });

  t.test('what is said back in passing is confirmed by the next turn that does not contradict it', async (t) => {
    const dialogue = await opened(asking(nights, rate));
    await dialogue.say('Yes');
    t.match(dialogue.answers.get('nights'), { status: 'inferred', value: true });
    await dialogue.say('eighteen');
    t.match(dialogue.answers.get('nights'), { status: 'confirmed', value: true });
  });

  t.test('a doubtful hearing is asked back; the policy of the author rules', async (t) => {
    const doubtful = await opened(asking(nights));
    await doubtful.hear();
    t.match(await doubtful.say('Yes', 0.5), /^I have yes for nights\. Is that right\?$/);
    const always = await opened(asking({ ...nights, variable: { ...nights.variable, confirm: 'always' } }));
    t.match(await always.say('Yes'), /Is that right\?$/);
    const never = await opened(asking({ ...email, variable: { ...email.variable, confirm: 'never' } }));
    t.match(await never.say('dana dot reyes at example dot com'), /Let me read that back/);
    t.match(never.answers.get('email'), { status: 'confirmed', value: 'dana.reyes@example.com' });
    const unsure = await opened(asking({ ...nights, variable: { ...nights.variable, confirm: 'never' } }));
    await unsure.say('Yes', 0.5);
    t.match(unsure.answers.get('nights'), { status: 'inferred' }, 'never confirmed below 0.8 without a yes');
  });

  t.test('free text is taken as it was said, never confirmed and not read back', async (t) => {
    const dialogue = await opened(asking(about));
    t.match(await dialogue.say('I packed boxes at night and drove a forklift'), /do you have any questions for me\?$/);
    t.match(dialogue.answers.get('about'), { status: 'inferred', value: /packed boxes at night/ });
    const among = await opened(asking(about, nights));
    await among.say('I packed boxes at night');
    t.match(await among.say('yes'), /Let me read that back\. For nights, yes\. Is that all correct\?$/);
  });

  t.test('a no to a confirmation takes the value of the same breath', async (t) => {
    const dialogue = await opened(asking(start));
    await dialogue.say('the third of December');
    t.match(await dialogue.say('No, the fourth'), /^For start date, I have Friday, December fourth\. Is that right\?$/);
    await dialogue.say('yes');
    t.match(dialogue.answers.get('start_date'), {
      status: 'confirmed',
      value: '2026-12-04',
      evidence: { turn_ids: ['t5'] },
      confirmation_turn_id: 't6',
      earlier: [{ value: '2026-12-03' }],
    });
  });

  t.test('a correction of what was read back keeps what it leaves open', async (t) => {
    const always = (asked: typeof rate) => asking({ ...asked, variable: { ...asked.variable, confirm: 'always' } });
    const nextYear = '2027-03-04';
    const yearly = { amount: 60_000, currency: 'GBP', period: 'year' };
    const table: readonly (readonly [CallerBotInput, string, string, unknown])[] = [
      [asking(start), 'the third of March', 'No, the fourth', nextYear],
      [asking(start), 'the third of March', 'the fourth', nextYear],
      [asking(start), 'the third of March', 'No, Friday the fifth', '2027-03-05'],
      [asking(start), 'the third of March', 'No, next Monday', '2026-11-30'],
      [always(rate), 'fifty thousand pounds a year', 'No, sixty', yearly],
      [always(rate), 'fifty thousand pounds a year', 'No, nineteen an hour', { amount: 19, currency: 'GBP', period: 'hour' }],
      [asking(phone), '415 555 2671', 'No, 2672', '+14155552672'],
    ];
    for (const [bot, first, second, value] of table) {
      const dialogue = await opened(bot);
      t.match(await dialogue.say(first), /Is that right\?$/, first);
      t.match(await dialogue.say(second), /Is that right\?$/, second);
      await dialogue.say('yes');
      t.match([...dialogue.answers.values()], [{ status: 'confirmed', value }], `${first}: ${second}`);
    }
    const readBack: readonly (readonly [CallerBotInput, string, string, unknown])[] = [
      [asking({ ...start, variable: { ...start.variable, confirm: 'never' } }), 'the third of March', 'No, the fourth', nextYear],
      [asking(rate), 'fifty thousand pounds a year', 'No, sixty', yearly],
      [asking(rate), 'fifty thousand pounds a year', 'No, the rate is sixty', yearly],
      [asking(rate, nights), 'fifty thousand pounds a year', 'No wait, the rate is sixty', yearly],
    ];
    for (const [bot, first, second, value] of readBack) {
      const dialogue = await opened(bot);
      await dialogue.say(first);
      await dialogue.say(second);
      t.match([...dialogue.answers.values()], [{ value }], `${first}: ${second}, at the read-back`);
    }
  });

  t.test('a no with a figure in it confirms nothing and changes no number', async (t) => {
    const dialogue = await opened(asking(phone));
    await dialogue.say('415 555 2671');
    t.match(await dialogue.say('No, one digit is wrong'), /What number is best\?$/, 'the number that was read back ends in a one');
    t.match(dialogue.answers.get('phone'), { status: 'missing', value: undefined });
    const several = await opened(asking(rate, phone));
    await several.say('eighteen');
    await several.say('415 555 2671');
    await several.say('yes');
    t.match(await several.say('No, nineteen'), /nineteen dollars an hour/, 'the pay, not the end of the number');
    t.match(several.answers.get('phone'), { value: '+14155552671' });
  });

  t.test('names of variables and options fit into the sentence', async (t) => {
    const over = {
      variable: { name: 'eighteen_or_over', type: 'yes-no', capture_prompt: 'age', confirm: 'always' },
      text: 'Are you of age?',
    } as const;
    const years = {
      variable: { name: 'experience_years', type: 'number', subtype: 'years', capture_prompt: 'experience' },
      text: 'How long?',
    } as const;
    const labels = ['Evening', 'Day shift', 'New York', 'Boston'];
    const part = {
      variable: { name: 'part', type: 'choice' as const, capture_prompt: 'part', options: labels.map((label, nth) => ({ value: `v${nth}`, label })) },
      text: 'Evening, day shift, New York or Boston?',
    };
    const dialogue = await opened(asking(over, years, part));
    t.match(await dialogue.say('Yes'), /^I have yes for eighteen or over\. Is that right\?$/);
    await dialogue.say('yes');
    t.match(await dialogue.say('six', 0.5), /^For experience, I have six years\. Is that right\?$/);
    await dialogue.say('yes');
    await dialogue.say('banana');
    t.match(await dialogue.say('banana'), /You can say evening, day shift, New York or Boston\./);
    t.match(await dialogue.say('Evening', 0.5), /^For part, I have evening\. Is that right\?$/);
    t.match(
      await dialogue.say('yes'),
      /Let me read that back\. For eighteen or over, yes\. For experience, six years\. For part, evening\. Is that all correct\?$/,
    );
    const boston = await opened(asking(part));
    t.match(await boston.say('Boston'), /Boston/);
  });

  t.test('a bare no asks the question again, and the denied value is gone', async (t) => {
    const dialogue = await opened(asking(start));
    await dialogue.say('next Monday');
    t.match(await dialogue.say('No'), /When could you start\?$/);
    t.match(dialogue.answers.get('start_date'), { status: 'missing', value: undefined, earlier: [{ value: '2026-11-30', quote: 'next Monday' }] });
    await dialogue.say('December ninth');
    await dialogue.say('yes');
    t.match(dialogue.answers.get('start_date'), { status: 'confirmed', value: '2026-12-09' });
  });

  t.test('a yes over the first words of a confirmation is a nod, not a confirmation', async (t) => {
    const dialogue = await opened(asking(start));
    await dialogue.say('next Monday');
    t.match(await dialogue.cutIn('yes', 0, 3), /Is that right\?$/);
    t.match(dialogue.answers.get('start_date'), { status: 'inferred' });
  });

  t.test('a number in pieces becomes one answer with all its turns as proof', async (t) => {
    const dialogue = await opened(asking(phone));
    t.notMatch(await dialogue.say('four one five'), /What number is best/, 'only a nod to go on');
    await dialogue.say('five five five');
    t.match(await dialogue.say('two six seven one'), /four one five, five five five, two six seven one\. Is that right\?$/);
    await dialogue.say('yes');
    t.match(dialogue.answers.get('phone'), { status: 'confirmed', value: '+14155552671', evidence: { turn_ids: ['t4', 't5', 't6'] } });
  });

  t.test('keys answer closed questions and type numbers', async (t) => {
    const dialogue = await opened(asking(nights, phone));
    await dialogue.keys('2');
    t.match(dialogue.answers.get('nights'), { value: false, evidence: { quote: '[keypad 2]', turn_ids: ['t4'] } });
    t.match(await dialogue.keys('4155552671'), /Is that right\?$/);
    await dialogue.keys('1');
    t.match(dialogue.answers.get('phone'), { status: 'confirmed', value: '+14155552671', confirmation_turn_id: 't6' });
  });

  t.test('declined is respected, and a declined knock-out knocks nobody out', async (t) => {
    const dialogue = await opened(asking(licence, nights));
    t.match(await dialogue.say("I'd rather not say"), /Can you work nights\?$/);
    t.match(dialogue.answers.get('licence'), { status: 'declined', value: undefined });
    await dialogue.say('yes');
    await dialogue.say('yes');
    await dialogue.say('no');
    t.strictSame(dialogue.outcomes, ['completed']);
    t.equal(dialogue.said.filter((said) => said.includes(licence.text)).length, 1, 'never asked again');
  });

  t.test('a knock-out is asked back, ends the questions politely and rejects nobody', async (t) => {
    const dialogue = await opened(asking(nights, licence));
    t.match(await dialogue.say('No'), /^I have no for licence\. Is that right\?$/);
    t.strictSame(dialogue.outcomes, [], 'not on an answer that is not confirmed');
    const goodbye = await dialogue.say('yes');
    t.match(goodbye, /A person at Acme Staffing will review this/);
    t.notMatch(goodbye, /sorry|unfortunately|reject|qualif/i);
    t.strictSame(dialogue.outcomes, ['unqualified']);
    const misheard = await opened(asking(licence));
    await misheard.say('No');
    await misheard.say('No, I do have one');
    await misheard.say('yes');
    t.match(misheard.answers.get('licence'), { status: 'confirmed', value: true });
  });
});

t.test('changes of mind', async (t) => {
  t.test('over the next question', async (t) => {
    const dialogue = await opened(asking(nights, rate));
    await dialogue.say('Yes.');
    t.match(await dialogue.cutIn("No wait, no, I can't do nights", 1, 2), /no.*What rate would you like\?$/);
    t.match(dialogue.answers.get('nights'), { value: false, earlier: [{ value: true, quote: 'Yes' }] });
    await dialogue.say('eighteen');
    t.match(dialogue.answers.get('nights'), { status: 'confirmed', value: false });
    t.match(dialogue.answers.get('nights')?.evidence?.quote, /I can't do nights/);
  });

  t.test('as the answer to the next question', async (t) => {
    for (const said of ["Actually, I can't do nights", "no I can't do nights", "Sorry, no nights, I can't do nights"]) {
      const dialogue = await opened(asking(nights, { ...licence, variable: { name: 'licence', type: 'yes-no', capture_prompt: 'licence' } }));
      await dialogue.say('yes');
      t.match(await dialogue.say(said), /Do you have a forklift licence\?$/, said);
      t.match(dialogue.answers.get('nights'), { value: false });
      t.equal(dialogue.answers.get('licence'), undefined, 'the open question was not answered by it');
    }
  });

  t.test('at the read-back, by subject or by kind', async (t) => {
    const dialogue = await opened(asking(nights, rate, start));
    await dialogue.say('yes');
    await dialogue.say('eighteen');
    await dialogue.say('next Monday');
    await dialogue.say('yes');
    t.match(await dialogue.say('No, the rate is twenty'), /twenty dollars an hour.*Is it all correct now\?$/);
    t.match(await dialogue.say('No'), /change\?$/);
    t.match(await dialogue.say('Make it next Friday'), /For start date, I have Friday, December fourth\. Is that right\?$/);
    t.match(await dialogue.say('yes'), /Is it all correct now\?$/);
    await dialogue.say('yes');
    t.match(dialogue.answers.get('rate'), { status: 'confirmed', value: { amount: 20 } });
    t.match(dialogue.answers.get('start_date'), { status: 'confirmed', value: '2026-12-04' });
  });

  t.test('by the name of the answer alone: its question is put again', async (t) => {
    const table: readonly (readonly [said: readonly string[], variable: string])[] = [
      [['No', 'the start date'], 'start_date'],
      [['No', 'my rate'], 'rate'],
      [['No, the rate is wrong'], 'rate'],
      [['I need to change the start date'], 'start_date'],
      [['Can I change the rate?'], 'rate'],
      [['yes', 'Actually, I want to change the rate'], 'rate'],
      [['yes', 'Could I correct my start date please?'], 'start_date'],
      [['yes', 'Wait, I made a mistake', 'the rate'], 'rate'],
    ];
    for (const [said, variable] of table) {
      const dialogue = await opened(asking(rate, start));
      for (const words of ['eighteen', 'next Monday', 'yes']) await dialogue.say(words);
      let reply = '';
      for (const words of said) reply = await dialogue.say(words);
      t.match(reply, variable === 'rate' ? /What rate would you like\?$/ : /When could you start\?$/, said.join());
      t.match(dialogue.answers.get(variable), { status: 'inferred' }, `${said.join()}: no longer confirmed`);
      if (variable === 'rate') await dialogue.say('twenty');
      else for (const words of ['next Friday', 'yes']) await dialogue.say(words);
      t.equal(dialogue.said.at(-1), 'Is it all correct now?', said.join());
      t.match(await dialogue.say('yes'), /questions for me\?$/);
      const value = variable === 'rate' ? { amount: 20 } : '2026-12-04';
      t.match(dialogue.answers.get(variable), { status: 'confirmed', value }, said.join());
      await dialogue.say('no');
      t.strictSame(dialogue.outcomes, ['completed']);
    }
  });

  t.test('a wish without a subject asks what to change, also after the read-back', async (t) => {
    for (const wish of ['I would like to change something', 'Wait, I made a mistake', 'Can I change an answer?']) {
      const dialogue = await opened(asking(rate));
      await dialogue.say('eighteen');
      await dialogue.say('yes');
      t.match(await dialogue.say(wish), /change\?$/, wish);
      t.equal(dialogue.outcomes.length, 0, `${wish}: the call goes on`);
      t.match(await dialogue.say('never mind'), /questions for me\?$/);
    }
    for (const yes of ['yes that is correct', 'yes, the rate is right', 'correct']) {
      const dialogue = await opened(asking(rate));
      await dialogue.say('eighteen');
      t.match(await dialogue.say(yes), /questions for me\?$/, yes);
    }
  });

  t.test('an answer that is wanted again but not given stays as it was, unconfirmed', async (t) => {
    const dialogue = await opened(asking(start));
    for (const words of ['next Monday', 'yes', 'No', 'the start date']) await dialogue.say(words);
    for (const words of ['banana', 'purple', 'elephant']) await dialogue.say(words);
    t.match(dialogue.answers.get('start_date'), { status: 'inferred', value: '2026-11-30' });
  });

  t.test('until the goodbye', async (t) => {
    const dialogue = await opened(asking(rate));
    await dialogue.say('eighteen');
    await dialogue.say('yes');
    t.match(await dialogue.say('Actually, make the rate twenty'), /twenty dollars/);
    await dialogue.say('no');
    t.match(dialogue.answers.get('rate'), { value: { amount: 20 }, earlier: [{ value: { amount: 18 } }] });
  });

  t.test('an early answer to a later question is taken and not asked again', async (t) => {
    const dialogue = await opened(asking(start, nights));
    t.match(await dialogue.say('I can start Monday, and I can do nights'), /For start date, I have Monday/);
    t.match(await dialogue.say('yes'), /Let me read that back/);
    t.match(dialogue.answers.get('nights'), { value: true });
    t.notOk(dialogue.said.includes(nights.text));
  });

  t.test('mentioning another subject in passing changes nothing', async (t) => {
    const dialogue = await opened(asking(nights, start));
    await dialogue.say('yes');
    t.match(await dialogue.say('next Monday night'), /For start date/);
    t.match(dialogue.answers.get('nights'), { value: true });
    t.equal(dialogue.answers.get('nights')?.earlier, undefined);
  });
});

t.test('repairs', async (t) => {
  t.test('repeat, rephrase, keypad, then missing', async (t) => {
    const dialogue = await opened(asking({ ...nights, follow_up: 'Would nights be all right for you?' }, rate));
    t.match(await dialogue.say('banana'), /(catch|missed|get).*Can you work nights\?$/);
    t.match(await dialogue.say('purple'), /A yes or a no is enough\. Would nights be all right for you\?$/);
    t.match(await dialogue.say('elephant'), /press one for yes, or two for no\. Can you work nights\?$/);
    t.match(await dialogue.say('giraffe'), /What rate would you like\?$/);
    t.strictSame(dialogue.answers.get('nights'), { variable: 'nights', status: 'missing', confidence: 0 });
    await dialogue.say('eighteen');
    await dialogue.say('yes');
    await dialogue.say('no');
    t.strictSame(dialogue.outcomes, ['completed']);
  });

  t.test('what is hard to say can be typed by way of a link', async (t) => {
    const dialogue = await opened(asking(email));
    await dialogue.say('banana');
    await dialogue.say('banana');
    t.match(await dialogue.say('banana'), /text.*link/);
    t.match(dialogue.kinds('send-link'), [{ variable: 'email' }]);
    t.match(dialogue.answers.get('email'), { status: 'missing' });
  });

  t.test('an address on file is offered first; its proof is the yes', async (t) => {
    const dialogue = await opened(asking(email), { on_file: { email: 'dana.reyes@example.com' } });
    await dialogue.say('banana');
    await dialogue.say('banana');
    t.match(await dialogue.say('banana'), /dana dot reyes at example dot com\. Is that right\?$/);
    await dialogue.say('Yes it is');
    t.match(dialogue.answers.get('email'), {
      status: 'confirmed',
      value: 'dana.reyes@example.com',
      evidence: { quote: 'Yes it is', turn_ids: ['t7'] },
    });
  });

  t.test('"this number" is the one that was called: it is read out and needs a yes', async (t) => {
    for (const said of ['This one', 'the number you called', 'Same number', 'This number is fine', "the one I'm on", 'this phone please']) {
      const dialogue = await opened(asking(phone), { on_file: { phone: '+14155552671' } });
      t.match(await dialogue.say(said), /^For phone, I have four one five, five five five, two six seven one\. Is that right\?$/, said);
      await dialogue.say('yes');
      t.match(dialogue.answers.get('phone'), { status: 'confirmed', value: '+14155552671', evidence: { quote: 'yes', turn_ids: ['t5'] } });
    }
    for (const said of ['not this number', 'I do not use this phone']) {
      const dialogue = await opened(asking(phone), { on_file: { phone: '+14155552671' } });
      t.match(await dialogue.say(said), /What number is best\?$/, said);
    }
  });

  t.test('an impossible value is named as such', async (t) => {
    const dialogue = await opened(
      asking({ variable: { name: 'years', type: 'number', subtype: 'years', min: 0, max: 50, capture_prompt: 'years' }, text: 'How many years?' }),
    );
    t.match(await dialogue.say('ninety'), /(doesn't fit|can't take).*How many years\?$/);
  });
});

t.test('at any time', async (t) => {
  const table: readonly (readonly [string, string, string | undefined, RegExp])[] = [
    ['Stop calling me', 'stop-contact', 'not-interested', /will not contact you again/],
    ['Can I talk to a person?', 'human-requested', 'human-requested', /A person from Acme Staffing will contact you/],
    ["I don't want to talk to a robot", 'ai-opt-out', 'ai-opt-out', /instead of me/],
    ["I'm not interested", 'not-interested', 'not-interested', /let the team know/],
    ['You have the wrong number', 'wrong-number', 'wrong-number', /not call this number again/],
    ['Can you call me back tomorrow at three?', 'call-later', undefined, /tomorrow at three in the afternoon/],
  ];
  const moments: readonly (readonly [string, (dialogue: Dialogue) => Promise<unknown>])[] = [
    ['at the pick-up', async () => undefined],
    ['at the greeting', (dialogue) => dialogue.say('Hello?')],
    ['during the notice', async (dialogue) => [await dialogue.say('Hello?'), await dialogue.say('yes')]],
    ['at a question', (dialogue) => dialogue.open()],
    ['at a confirmation', async (dialogue) => [await dialogue.open(), await dialogue.say('next Monday')]],
    [
      'at the read-back',
      async (dialogue) => [
        await dialogue.open(),
        await dialogue.say('next Monday'),
        await dialogue.say('yes'),
        await dialogue.say('yes'),
        await dialogue.say('eighteen'),
        await dialogue.say('morning'),
      ],
    ],
  ];
  for (const [said, reason, outcome, reply] of table)
    for (const [when, reach] of moments)
      t.test(`"${said}" ${when}`, async (t) => {
        const dialogue = call();
        await reach(dialogue);
        t.match(await dialogue.say(said), reply);
        await dialogue.hear();
        t.equal(dialogue.hungUp, reason);
        t.strictSame(dialogue.outcomes, outcome === undefined ? [] : [outcome]);
        if (reason === 'stop-contact') t.match(dialogue.kinds('suppress'), [{ reason: 'stop' }]);
        if (reason === 'call-later') t.match(dialogue.kinds('call-later'), [{ at: '2026-11-24T23:00:00.000Z', quote: said }]);
      });

  t.test('busy without a time: when?', async (t) => {
    const dialogue = await opened();
    t.match(await dialogue.say("I'm driving"), /call you back\?$/);
    t.match(await dialogue.say('in an hour'), /today at eleven in the morning/);
    t.match(dialogue.kinds('call-later'), [{ at: '2026-11-23T19:00:00.000Z' }]);
    const vague = await opened();
    await vague.say('not now');
    t.match(await vague.say('I have no idea'), /another time/);
    t.match(vague.kinds('call-later'), [{ at: undefined }]);
  });

  t.test('the truth about the robot, then the question again', async (t) => {
    const dialogue = await opened();
    t.match(await dialogue.say('Are you a robot?'), /^Yes, I am an AI assistant for Acme Staffing.*When could you start\?$/);
  });

  t.test('repeat, slower, a moment', async (t) => {
    const dialogue = await opened();
    t.match(await dialogue.say('Sorry, could you repeat that?'), /When could you start\?$/);
    t.match(await dialogue.say('slow down please'), /slow.*When could you start\?$/);
    t.notMatch(await dialogue.say('one moment'), /When could you start/);
    t.match(dialogue.kinds('expect').at(-1), { expected: { idleMs: 30_000 } });
    t.match(await dialogue.silence(), /there\? When could you start\?$/);
    t.match(await dialogue.say('next Monday'), /Is that right\?$/);
  });

  t.test('their questions are answered or honestly deferred, then the open question comes again', async (t) => {
    const dialogue = await opened(warehouse);
    t.match(await dialogue.say('How much does it pay?'), /^The job pays eighteen dollars an hour\. When could you start\?$/);
    t.match(await dialogue.say('Do you allow dogs?'), /(don't know|can't say).*team.*When could you start\?$/);
    t.match(await dialogue.say('Next Monday. Is there parking?'), /^Parking is free\. For start date, I have Monday/);
    t.equal(dialogue.answers.get('start_date')?.value, '2026-11-30');
  });

  t.test('questions at the end, over the invitation', async (t) => {
    const dialogue = await opened(asking(nights), { bot: contextFor().bot });
    await dialogue.say('next Monday');
    await dialogue.say('yes');
    await dialogue.say('no');
    await dialogue.say('eighteen');
    await dialogue.say('evening');
    t.match(await dialogue.say('yes'), /anything else/);
    t.match(
      await dialogue.cutIn('Sorry, how much does it pay?', 0, 4),
      /^The job pays eighteen dollars an hour\. (Is there anything else|Anything else)/,
    );
    t.match(await dialogue.say('No, that is all'), /Goodbye\.$/);
  });
});

t.test('silence and breakdowns', async (t) => {
  t.test('asks, offers, says goodbye; the screening stays open', async (t) => {
    const dialogue = await opened();
    t.match(await dialogue.silence(1), /there\? When could you start\?$/);
    t.match(await dialogue.silence(2), /^I can't hear you\. If this is a bad time, say call me later\. When could you start\?$/);
    t.match(await dialogue.silence(3), /Goodbye\.$/);
    await dialogue.hear();
    t.equal(dialogue.hungUp, 'silence');
    t.strictSame(dialogue.outcomes, []);
    t.equal(new Set(dialogue.said.slice(-5).filter((said) => said !== 'When could you start?')).size, 3, 'nothing is said twice alike');
  });

  t.test('the keypad is offered where it helps, and the question is put the other way', async (t) => {
    const dialogue = await opened(asking({ ...nights, follow_up: 'Would nights be all right for you?' }));
    t.match(await dialogue.silence(1), /^Are you still there\? Can you work nights\?$/);
    t.match(await dialogue.silence(2), /press one for yes, or two for no\. Or say call me later\. Would nights be all right for you\?$/);
  });

  t.test('silence after a moment was asked for is the first silence, not a circle', async (t) => {
    const dialogue = await opened();
    await dialogue.say('one moment');
    t.match(await dialogue.silence(), /there\? When could you start\?$/);
    t.match(await dialogue.silence(), /call me later/);
    await dialogue.silence();
    await dialogue.hear();
    t.strictSame([dialogue.hungUp, dialogue.outcomes], ['silence', []]);
  });

  t.test('a word in between starts the count anew', async (t) => {
    const dialogue = await opened();
    await dialogue.silence(1);
    await dialogue.silence(2);
    await dialogue.say('what?');
    t.match(await dialogue.silence(1), /there\? When could you start\?$/);
  });

  t.test('an engine that failed and a line that broke: one apology, the same question, no second notice', async (t) => {
    for (const event of [
      { kind: 'engine-failed', engine: 'text-to-speech' },
      { kind: 'call-answered', lineMs: 9000, resumed: true },
    ] as const) {
      const dialogue = await opened();
      await dialogue.hear();
      t.match(await dialogue.tell(event), /^Sorry, .* for a moment\. When could you start\?$/, event.kind);
    }
  });

  t.test('a line that breaks before anything was said: sorry, and the greeting', async (t) => {
    t.match(await call().tell({ kind: 'call-answered', lineMs: 0, resumed: true }), /^Sorry, .* Hello, am I speaking with Dana\?$/);
  });

  t.test('an engine that fails again and again ends the call', async (t) => {
    const dialogue = await opened();
    await dialogue.say('next Monday');
    await dialogue.say('yes');
    let goodbye = '';
    for (let times = 0; times < 6; times += 1) goodbye = await dialogue.tell({ kind: 'engine-failed', engine: 'speech-to-text' });
    t.match(goodbye, /We will be in touch\. Goodbye\.$/);
    await dialogue.hear();
    t.equal(dialogue.hungUp, 'limit');
    t.strictSame(dialogue.outcomes, [], 'nothing is settled: another call may go on from here');
    t.strictSame([...dialogue.answers.keys()], ['start_date'], 'what was not asked is not missing');
  });

  t.test('a talk that goes in circles is ended politely and settles nothing', async (t) => {
    const context = contextFor();
    const { state, actions, say } = loopBroken(context, startInterview(context));
    t.equal(state.closing, 'limit');
    t.match(say.at(-1), { act: { act: 'close', reason: 'limit' } });
    t.notOk(actions.some(({ kind }) => kind === 'outcome'));
  });

  t.test('time nearly over: thanks for what there is', async (t) => {
    const dialogue = await opened(asking(nights, rate));
    await dialogue.say('yes');
    t.match(await dialogue.tell({ kind: 'time-nearly-over', lineMs: 400_000 }), /have to stop here.*Goodbye\.$/);
    t.match(dialogue.answers.get('rate'), { status: 'missing' });
    t.strictSame(dialogue.outcomes, ['completed']);
  });

  t.test('a sound without words is an answer that nobody could hear', async (t) => {
    const dialogue = await opened();
    t.match(await dialogue.say(''), /^Sorry.*When could you start\?$/);
  });

  t.test('a last word over the goodbye is heard before the line is closed', async (t) => {
    const dialogue = await opened(asking(nights), {});
    await dialogue.say('yes');
    await dialogue.say('yes');
    await dialogue.say('no');
    t.match(await dialogue.cutIn('Wait, how long will it take to hear back?', 0, 5), /Goodbye\.$/);
    t.equal(dialogue.hungUp, undefined);
    await dialogue.hear();
    t.equal(dialogue.hungUp, 'finished');
    t.strictSame(dialogue.outcomes, ['completed']);
  });
});

t.test('a second call goes on where the first stopped', async (t) => {
  const first = await opened();
  await first.say('next Monday');
  await first.say('yes');
  await first.say('yes');
  const { progress } = first;
  t.type(progress, 'string');
  const second = call(warehouse, {}, progress);
  await second.say('Hello?');
  t.match(await second.say('yes'), /I'm an AI assistant.*recorded/, 'disclosed again');
  t.match(await second.say('yes'), /Let's pick up where we left off\. What hourly rate are you looking for\?$/);
  await second.say('eighteen');
  t.match(
    await second.say('mornings'),
    /For start date, Monday, November thirtieth\. For night shift, yes\. For hourly rate, eighteen dollars an hour\. For shift, morning/,
  );
  t.equal(second.answers.get('night_shift'), undefined, 'nothing of the first call is claimed of this one');
  await second.say('yes');
  t.match(
    second.answers.get('night_shift'),
    { status: 'confirmed', value: true, evidence: { quote: 'yes', turn_ids: ['t6'] } },
    'its proof in this call is the yes to the read-back',
  );
  t.equal(second.answers.get('start_date'), undefined, 'what was confirmed then stays as it is');
  const unreadable = call(warehouse, {}, '{"version":7}');
  await unreadable.open();
  t.equal(unreadable.queue.at(-1)?.text, 'When could you start?', 'progress that cannot be read is ignored');
});

t.test('the bot’s own texts are filled in, and what is unknown is left out', async (t) => {
  const bot: CallerBotInput = {
    ...asking({ ...nights, text: 'Can you work nights, {{first}}?' }),
    input_variables: [
      { name: 'first', path: 'application.candidate.first_name' },
      { name: 'city', path: 'application.candidate.city', default: 'your city' },
    ],
  };
  bot.script.introduction = 'It is in {{city}}{{unknown}}.';
  const dialogue = call(bot);
  await dialogue.say('Hello, this is Dana');
  t.match(await dialogue.say('yes'), /It is in your city\. Can you work nights, Dana\?$/);
});
