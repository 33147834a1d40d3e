import t from 'tap';
import { classifyLine } from '../../agents/line-classifier.js';
import type { AnsweredBy } from '../../schemas/call-state.js';

/** What is heard first on a line that was answered. */
const FIRST_WORDS: readonly (readonly [AnsweredBy, readonly string[]])[] = [
  [
    'human',
    [
      'Hello?',
      'Hi.',
      'Yes?',
      'Yeah, hello',
      'Dana speaking',
      'Hello, this is Dana',
      'Reyes residence',
      'Acme plumbing, good morning',
      'Who is this?',
      "Sorry, I'm outside and it is quite loud here, who am I speaking with?",
      'Hello, hello, can you hear me? I think the line is bad',
      'Good afternoon Smith and Sons how can I help you today my dear',
      "What do you want, I am at work and I can't talk right now, who is this",
      'Stop calling me',
      'You have the wrong number',
      "She's not available",
      "No, he can't come to the phone right now",
      'Sorry, she is not available at the moment, she is at work until five today',
    ],
  ],
  [
    'voicemail',
    [
      "Hi, you've reached Dana.",
      'You have reached the voicemail of four one five five five five',
      "Hi, this is Dana, I can't come to the phone right now, please leave a message after the tone.",
      'The person you are trying to reach is not available.',
      'Please leave your name and number after the beep',
      'The mailbox is full and cannot accept any messages at this time.',
      'Your call has been forwarded to an automatic voice message system.',
      "Sorry I missed your call, I'll get back to you",
      'The subscriber you have dialed is currently unavailable',
      'Record your message at the tone. When you are finished, you may hang up',
      'Four one five five five five one two three four',
      "Hi, you've reached Dana and Tom, she's not available, leave a message",
      'Dana is not available right now.',
      'Welcome to the family of the Reyes where nobody is at home today',
    ],
  ],
  [
    'call-screening',
    [
      'Hi, if you record your name and reason for calling, I will see if this person is available.',
      'The person you are calling is using a screening service from Google. Go ahead and say your name and why you are calling.',
      'Please state your name.',
      'Call assist by Samsung. Who is calling and why?',
    ],
  ],
  [
    'ivr',
    [
      'Thank you for calling Acme. For sales, press one.',
      'Press 1 for English',
      'Your call is important to us, please hold',
      'All of our agents are busy',
      'If you know your party’s extension, enter it now',
      'Please listen carefully as our menu options have changed',
    ],
  ],
  ['unknown', ['', '   ', '...']],
];

t.test('the first words on a line tell who or what picked up', async (t) => {
  for (const [who, sayings] of FIRST_WORDS) for (const said of sayings) t.equal(classifyLine(said, true).who, who, said || 'nothing');
});

t.test('later only the phrases of a machine count, not the length of what is said', async (t) => {
  t.equal(classifyLine('I worked in the warehouse for about three years and then I moved', false).who, 'human');
  t.equal(classifyLine('my number is four one five five five five', false).who, 'human');
  t.equal(classifyLine('please leave a message after the tone', false).who, 'voicemail');
});
