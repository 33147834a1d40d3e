import t from 'tap';
import { type Command, findCommand } from '../../agents/commands.js';
import { callBackTime, spokenInstant } from '../../agents/interview/call-back.js';
import { findAnswer, isQuestion, splitQuestions } from '../../agents/knowledge.js';

/*
 * The small ears of the interview: commands, questions, call-back times.
 */

const SAID: readonly (readonly [Command | undefined, readonly string[]])[] = [
  [
    'stop-contact',
    [
      'Stop.',
      'stop it please',
      'Stop calling me!',
      "Please don't call me again",
      'Do not call this number',
      'take me off your list',
      'Remove me from your list',
      'unsubscribe',
      'I want to opt out',
      'leave me alone',
      'no more calls',
      'quit calling us',
      'cancel',
      "don't ever contact me again",
      'delete my data',
    ],
  ],
  [
    'human',
    [
      'Can I talk to a person?',
      "I'd like to speak to a human",
      'human please',
      'a real person',
      'get me a manager',
      'Could I speak with someone?',
      'let me talk to a recruiter',
      'I want a real person',
      'operator',
      'put me through to an agent',
      'Can a human call me instead?',
      'representative',
    ],
  ],
  [
    'ai-opt-out',
    [
      "I don't want to talk to a robot",
      "I won't speak with an AI",
      'no robots please',
      "I'm not comfortable talking to a machine",
      "I'd rather not be interviewed by a computer",
      'not with a bot',
    ],
  ],
  [
    'are-you-a-robot',
    [
      'Are you a robot?',
      'is this a real person',
      'Am I talking to a machine?',
      'are you AI',
      'Is this a recording?',
      'wait, are you human',
      'is this an automated voice',
      "you're a bot aren't you",
      'Am I talking to a recording?',
    ],
  ],
  [
    'call-later',
    [
      'Can you call me back later?',
      'call me tomorrow at three',
      "I'm driving",
      "I can't talk right now",
      "it's not a good time",
      'busy',
      "I'm in a meeting",
      'call back in an hour',
      'try again tomorrow',
      'this is a bad time',
      'phone me after five',
      'not now',
      'I am busy right now',
      'Can I call you back?',
      "I have an appointment, I'll call you back",
      'let me call you back later',
    ],
  ],
  [
    'wrong-number',
    [
      'Wrong number',
      'you have the wrong number',
      'There is no Dana here',
      "there's nobody by that name",
      "she doesn't live here",
      'You have got the wrong person',
    ],
  ],
  [
    'not-interested',
    [
      "I'm not interested",
      'not interested, thanks',
      "I'm no longer interested in the job",
      'I found another job',
      "I don't want the job",
      'I am not looking for work',
      'I already have a new job',
    ],
  ],
  [
    'repeat',
    [
      'What?',
      'Sorry, could you repeat that?',
      'say that again',
      'pardon me',
      "I didn't catch that",
      "I can't hear you",
      'what was the question',
      'come again',
      'Sorry?',
      'can you hear me',
      'Hello?',
    ],
  ],
  ['slower', ['slow down', 'Could you speak more slowly?', 'slower please', "you're too fast"]],
  [
    'wait',
    ['Hold on', 'one moment please', 'Wait.', 'just a second', 'let me think', 'give me a minute', 'hang on, let me check', 'let me get a pen'],
  ],
  ['do-not-record', ["Please don't record", 'stop recording', "I don't want to be recorded", 'turn off the recording', 'no recording']],
  ['hang-up', ['goodbye', 'hang up', 'end the call please']],
  [
    undefined,
    [
      'yes',
      'no',
      "I can't do nights",
      'No wait, no, the fourth',
      'eighteen an hour',
      'I stopped working there in May',
      "I'm not interested in nights",
      "don't call me before nine",
      'I like to talk to people',
      'I am busy on Mondays',
      'Are you recording this?',
      'is this call being recorded',
      'wait staff',
      'I worked as a representative for two years',
      'Monday',
      'after five',
      'I used to repeat orders',
      'the person in charge was my boss',
      'how much does it pay',
      'I have a machine licence',
      'I work with computers',
      'next week',
      '',
    ],
  ],
];

t.test('commands are heard for what they are, and answers are not taken for commands', async (t) => {
  for (const [command, sayings] of SAID) for (const said of sayings) t.equal(findCommand(said), command, said || 'nothing');
});

const STOP: readonly string[] = [
  'Hang on, please stop.',
  'I want you to stop this.',
  'stop it',
  'can you stop',
  'Can you please stop?',
  'could you just stop',
  'Shut up and lose my number.',
  'lose my number',
  'Forget my number.',
  'Delete all my data.',
  'delete my number',
  'Erase my information please',
  "I'm calling the police, this is harassment.",
  'this is harassment',
  "This is harassment, I'm hanging up.",
  'stop harassing me',
  'you are harassing me',
  'take me off',
  'Please take me off your list now',
  'take me off of your calling list',
  "don't contact me",
  "Don't you ever call me again",
  'quit calling',
  'I said stop',
  'I said stop it!',
  'just stop',
  'enough, stop',
  "That's enough. Stop.",
  'Stop, stop, stop.',
  'stop please stop',
  'no stop',
  'okay stop now',
  'Stop right now.',
  'You need to stop.',
  'I told you to stop',
  'I asked you to stop calling',
  "I don't want you to call me anymore",
  "I don't want any more calls",
  'stop these calls',
  'I want to stop',
  "I'm at work. Stop it.",
  "Look, I don't have time for this, please stop",
  "You're bothering me",
  'Do not call.',
  "don't call anymore",
  'go away',
  'stop it right there',
];
const NOT_STOP: readonly string[] = [
  'I can stop by on Monday',
  'the bus stop is close',
  'I stopped working there in May',
  'non-stop',
  'I worked non-stop for two years',
  'stop date is Friday',
  'I want to stop nights',
  'I would like to stop working weekends',
  'full stop',
  'I live one stop from the station',
  'I had to stop calling customers when the shift ended',
  "I couldn't stop, I loved it",
  'When the machine jams I just stop and call my lead',
  'if the light is red I stop',
  'they asked me to stop driving',
  "that's enough for me",
  'five days is enough',
  'I quit my job in May',
  'my manager would take me off nights',
  'I took the harassment training',
  'I would call the police if there was a fight',
  'I was calling the police every week as a guard',
  'I lost my number plate',
  'I delete old files and data for a living',
  'we record stop times',
  'I never stop learning',
  'it was a one-stop shop',
  'I want to stop smoking',
  "don't call me at work after five",
  "I don't want calls before nine",
  'stopping at Dock Street',
  'pit stop crew',
  'end of May',
  "don't call before nine",
  'the data is deleted after a month',
];

t.test('a wish to be left alone is honoured in ordinary words, and "stop" inside an answer is no such wish', async (t) => {
  for (const said of STOP)
    for (const freeText of [false, true]) if (!/\. Stop/.test(said) || !freeText) t.equal(findCommand(said, freeText), 'stop-contact', said);
  for (const said of NOT_STOP) for (const freeText of [false, true]) t.not(findCommand(said, freeText), 'stop-contact', said);
});

t.test('questions are told from statements, with or without their mark', async (t) => {
  for (const asked of [
    'How much does it pay?',
    'how much does it pay',
    'is there parking',
    'Sorry, what are the hours?',
    'do you offer training',
    'and where is it',
    'can i ask who is calling',
    'Will I get a uniform?',
    'what company is this',
  ])
    t.ok(isQuestion(asked), asked);
  for (const told of [
    'Monday?',
    'eighteen',
    'what I want is twenty',
    'when I was there I drove',
    'yes',
    'how about Monday',
    'is that okay',
    'I do',
    '',
  ])
    t.notOk(isQuestion(told), told || 'nothing');
  t.strictSame(splitQuestions('Yes. How much does it pay?'), { statement: 'Yes.', questions: ['How much does it pay?'] });
  t.strictSame(splitQuestions('yes I can, is there a bonus?'), { statement: 'yes I can,', questions: ['is there a bonus?'] });
  t.strictSame(splitQuestions('Next Monday, what time does it start?'), { statement: 'Next Monday,', questions: ['what time does it start?'] });
  t.strictSame(splitQuestions('Sorry, how much does it pay?'), { statement: '', questions: ['Sorry, how much does it pay?'] });
  t.strictSame(splitQuestions('Sure, why not?'), { statement: 'Sure, why not?', questions: [] });
  t.strictSame(splitQuestions('yes but how much does it pay'), { statement: 'yes', questions: ['how much does it pay'] });
  t.strictSame(splitQuestions('Is there parking? I can start Monday.'), { statement: 'I can start Monday.', questions: ['Is there parking?'] });
  t.strictSame(splitQuestions('next Monday and eighteen an hour'), { statement: 'next Monday and eighteen an hour', questions: [] });
});

const KNOWLEDGE = `The job pays eighteen dollars an hour. Parking is free behind the building.
The warehouse is at 12 Dock Street. Shifts are eight hours long. You get health insurance after three months. Training takes two days and is paid.`;

t.test('questions are answered by the sentence that shares their words, or not at all', async (t) => {
  const table: readonly (readonly [string, string | undefined])[] = [
    ['How much does it pay?', 'The job pays eighteen dollars an hour.'],
    ['what is the salary', 'The job pays eighteen dollars an hour.'],
    ["What's the hourly rate?", 'The job pays eighteen dollars an hour.'],
    ['is there parking', 'Parking is free behind the building.'],
    ['Can I park there?', 'Parking is free behind the building.'],
    ['where is the warehouse', 'The warehouse is at 12 Dock Street.'],
    ['How long are the shifts?', 'Shifts are eight hours long.'],
    ['do I get any insurance', 'You get health insurance after three months.'],
    ['Is there any training?', 'Training takes two days and is paid.'],
    ['Do you allow dogs?', undefined],
    ['Who is the president?', undefined],
    ['what is the dress code', undefined],
    ['why', undefined],
  ];
  for (const [question, answer] of table) t.equal(findAnswer(question, KNOWLEDGE), answer, question);
  t.equal(findAnswer('how much does it pay', ''), undefined, 'an empty knowledge base knows nothing');
});

const NIGHT_WORK = `The job pays nineteen dollars an hour, and two dollars more at night. The night shift runs from ten to six. Safety shoes are provided.
The warehouse is near the airport, with a free shuttle from the station.`;
const PEOPLE_DECIDE = `${NIGHT_WORK} You will hear from us by telephone within a week. The recruiting team hired forty people this year.`;

t.test('a shared generic word is no answer, and a unit of pay says nothing about hours', async (t) => {
  const [pay, shift, shoes, place] = NIGHT_WORK.split(/(?<=\.)\s+/);
  const table: readonly (readonly [string, string | undefined])[] = [
    ['What are the hours?', shift],
    ['what hours would I work', shift],
    ['When does the shift start?', shift],
    ['How long is the night shift?', shift],
    ['will there be overtime?', undefined],
    ['Is there any overtime', undefined],
    ['what do you usually pay?', pay],
    ['How much does it pay?', pay],
    ['how much is it an hour', pay],
    ["What's the hourly rate?", pay],
    ['Do nights pay more?', pay],
    ['When do I get paid?', undefined],
    ['Do I get paid holidays?', undefined],
    ['Am I hired?', undefined],
    ['did I get the job?', undefined],
    ['Did I pass?', undefined],
    ['How did you get my number?', undefined],
    ['Who gets to hear it?', undefined],
    ['Who will listen to this?', undefined],
    ['Do I need my own shoes?', shoes],
    ['Do I get a uniform?', shoes],
    ['Where is it?', place],
    ['where is the warehouse', place],
    ['Is there a shuttle?', place],
    ['Is there a bus from the station?', place],
    ['How long is the training?', undefined],
    ['How many hours a week?', undefined],
    ['What does a typical day look like?', undefined],
    ['Will there be people there?', undefined],
    ['How many jobs do you have?', undefined],
    ['Is there work at night for students?', undefined],
    ['Is there parking?', undefined],
  ];
  for (const [question, answer] of table) t.equal(findAnswer(question, NIGHT_WORK), answer, question);
  for (const question of ['Am I hired?', 'Did I get hired', 'Who gets to hear it?', 'Who will hear this?', 'How did you get my telephone number?'])
    t.equal(findAnswer(question, PEOPLE_DECIDE), undefined, question);
  t.equal(findAnswer('When will I hear back?', PEOPLE_DECIDE), 'You will hear from us by telephone within a week.');
});

t.test('a time to call back is understood in the zone of the candidate', async (t) => {
  const now = new Date('2026-11-23T18:00:00Z'); // Monday, 10:00 in Los Angeles, 13:00 in New York
  const table: readonly (readonly [string, string, string | undefined])[] = [
    ['call me in an hour', 'America/Los_Angeles', '2026-11-23T19:00:00.000Z'],
    ['in twenty minutes please', 'America/Los_Angeles', '2026-11-23T18:20:00.000Z'],
    ['in half an hour', 'America/New_York', '2026-11-23T18:30:00.000Z'],
    ['tomorrow at three', 'America/Los_Angeles', '2026-11-24T23:00:00.000Z'],
    ['tomorrow at three', 'America/New_York', '2026-11-24T20:00:00.000Z'],
    ['tomorrow at 9 am', 'America/New_York', '2026-11-24T14:00:00.000Z'],
    ['call me after five', 'America/New_York', '2026-11-23T22:00:00.000Z'],
    ['at half past four', 'America/New_York', '2026-11-23T21:30:00.000Z'],
    ['call me tomorrow', 'America/Los_Angeles', '2026-11-24T18:00:00.000Z'],
    ['tomorrow morning', 'America/New_York', '2026-11-24T15:00:00.000Z'],
    ['this evening', 'America/New_York', '2026-11-24T00:00:00.000Z'],
    ['on Friday at ten thirty', 'America/New_York', '2026-11-27T15:30:00.000Z'],
    ['at noon', 'America/Los_Angeles', '2026-11-23T20:00:00.000Z'],
    ['after work', 'America/New_York', '2026-11-23T23:00:00.000Z'],
    ['at nine', 'America/New_York', '2026-11-24T14:00:00.000Z'],
    ['at quarter to one', 'America/New_York', '2026-11-24T17:45:00.000Z'],
    ['at quarter to one', 'America/Los_Angeles', '2026-11-23T20:45:00.000Z'],
    ['at quarter to twelve', 'America/Los_Angeles', '2026-11-23T19:45:00.000Z'],
    ['quarter to five', 'America/New_York', '2026-11-23T21:45:00.000Z'],
    ["I'm busy this morning", 'America/Los_Angeles', undefined],
    ["I'm at work until five", 'America/New_York', undefined],
    ['not tomorrow, on Friday at ten', 'America/New_York', '2026-11-27T15:00:00.000Z'],
    ["I can't talk, call me tomorrow at three", 'America/New_York', '2026-11-24T20:00:00.000Z'],
    ['at 4.30 p.m.', 'America/New_York', '2026-11-23T21:30:00.000Z'],
    ["I'm driving call me at five", 'America/New_York', '2026-11-23T22:00:00.000Z'],
    ['call me later', 'America/New_York', undefined],
    ['later today', 'America/New_York', undefined],
    ['I am driving', 'America/New_York', undefined],
    ['in three years', 'America/New_York', undefined],
    ['', 'America/New_York', undefined],
  ];
  for (const [said, zone, at] of table) t.equal(callBackTime(said, now, zone), at, `${said} (${zone})`);
  // The clocks change on 8 March 2026 in the US: ten in the morning of the ninth is one hour earlier in UTC than the day before would suggest.
  t.equal(callBackTime('Monday at ten in the morning', new Date('2026-03-06T18:00:00Z'), 'America/New_York'), '2026-03-09T14:00:00.000Z');
});

t.test('the time is said back in words', async (t) => {
  const now = new Date('2026-11-23T18:00:00Z');
  const say = (iso: string) => spokenInstant(iso, now, 'America/New_York', 'en-US');
  t.equal(say('2026-11-23T22:00:00Z'), 'today at five in the afternoon');
  t.equal(say('2026-11-24T15:30:00Z'), 'tomorrow at ten thirty in the morning');
  t.equal(say('2026-11-27T17:00:00Z'), 'on Friday at noon');
  t.equal(say('2026-11-24T00:05:00Z'), 'today at seven oh five in the evening');
  t.match(say('2026-12-08T19:45:00Z'), /^on Tuesday, December 8 at two forty five in the afternoon$/);
});
