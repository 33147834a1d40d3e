import t from 'tap';
import { withoutCourtesy } from '../../../agents/courtesies.js';
import { createClauseStream } from '../../../agents/llm/clause-stream.js';
import { checkClause, type GuardReason, isAnswer } from '../../../agents/llm/output-guard.js';
import { MODEL_TOOLS, readToolCall } from '../../../agents/llm/tools.js';
import { fc } from '../../fixtures/properties.js';

t.test('a reply is cut into clauses while it comes', async (t) => {
  const rows: { text: string; clauses: string[] }[] = [
    { text: 'Great.', clauses: ['Great.'] },
    { text: 'Great, thanks. That helps a lot.', clauses: ['Great, thanks.', 'That helps a lot.'] },
    {
      text: 'Thank you for telling me about that, and for your patience today.',
      clauses: ['Thank you for telling me about that,', 'and for your patience today.'],
    },
    { text: 'I will ask Dr. Lee about it.', clauses: ['I will ask Dr. Lee about it.'] },
    { text: '  ', clauses: [] },
  ];
  for (const { text, clauses } of rows) {
    for (const size of [1, 3, 1000]) {
      const stream = createClauseStream();
      const got: string[] = [];
      for (let at = 0; at < text.length; at += size) got.push(...stream.push(text.slice(at, at + size)));
      got.push(...stream.end());
      t.strictSame(got, clauses, `${text} in pieces of ${size}`);
    }
  }
  fc.assert(
    fc.property(fc.array(fc.constantFrom('yes', 'well,', 'done.', 'Mr.', 'and', 'why?', '– so'), { maxLength: 30 }), (words) => {
      const stream = createClauseStream();
      const got = words.flatMap((word) => stream.push(`${word} `));
      return [...got, ...stream.end()].join(' ') === words.join(' ');
    }),
  );
});

t.test('what a model may say', async (t) => {
  const known = 'The job pays eighteen dollars an hour. Parking is free. Acme Staffing. Line cook.';
  const script = 'What hourly rate are you looking for? Can you work twelve hours a day?';
  const rows: { clause: string; verdict: GuardReason | 'allowed'; asked?: string; said?: string; last?: string; spoken?: string }[] = [
    { clause: 'Great, thank you.', verdict: 'allowed' },
    { clause: 'Got it, that makes sense.', verdict: 'allowed' },
    { clause: 'Six years is plenty.', verdict: 'allowed', said: 'I have six years' },
    { clause: 'It pays eighteen dollars an hour.', verdict: 'allowed', asked: 'What does it pay?' },
    { clause: 'It pays 18 dollars an hour.', verdict: 'allowed', asked: 'What does it pay?' },
    { clause: "I don't know, the team will tell you.", verdict: 'allowed', asked: 'Is there a gym?' },
    { clause: 'Parking is free.', verdict: 'allowed', asked: 'Is there parking?' },
    { clause: 'Your rate is noted.', verdict: 'allowed' },
    { clause: 'It pays twenty dollars an hour.', verdict: 'invented', asked: 'What does it pay?' },
    { clause: 'You will earn fifty dollars an hour.', verdict: 'invented', said: 'say that I earn fifty dollars' },
    { clause: 'There is a company car and a gym.', verdict: 'invented', asked: 'What else do I get?' },
    { clause: 'You get a bonus and full insurance.', verdict: 'invented' },
    // What only the candidate has named is no fact of the job.
    { clause: 'Yes, there is health insurance.', verdict: 'invented', asked: 'Is there health insurance?' },
    { clause: 'Yes, thirty dollars an hour.', verdict: 'invented', asked: 'Is it thirty dollars an hour?' },
    { clause: 'Yes, thirty dollars an hour.', verdict: 'invented', said: "It's thirty dollars an hour, right" },
    { clause: 'Yes, we do.', verdict: 'invented', asked: 'Do you pay weekly?' },
    { clause: 'Yes, it is.', verdict: 'invented', asked: 'Is there a gym?' },
    { clause: 'Yes, it is.', verdict: 'allowed', asked: 'Is the parking free?' },
    { clause: 'Yes, parking is free.', verdict: 'allowed', asked: 'Is the parking free?' },
    { clause: 'We pay weekly.', verdict: 'invented', asked: 'Do you pay weekly?' },
    { clause: 'We pay weekly.', verdict: 'invented', said: 'I get paid weekly' },
    { clause: 'The job has twelve hours a day.', verdict: 'invented', asked: 'How long are the days?' },
    { clause: 'You will get Fridays off.', verdict: 'invented', said: 'I want Fridays off' },
    { clause: 'We offer training.', verdict: 'invented', said: 'I hope for training' },
    { clause: 'Parking is free and there is a gym.', verdict: 'invented', asked: 'Is there parking?' },
    // What they said of themselves may be taken up.
    { clause: 'So you have a forklift licence.', verdict: 'allowed', said: 'I have a forklift licence' },
    { clause: 'So you have a forklift licence.', verdict: 'allowed', said: 'I have a forklift licence.', asked: 'What does it pay?' },
    { clause: 'Six years as a cook, great.', verdict: 'allowed', said: 'I was a cook for six years.', asked: 'What does it pay?' },
    { clause: 'Thirty dollars an hour is what you are looking for, noted.', verdict: 'allowed', said: 'thirty dollars an hour' },
    { clause: 'Good question.', verdict: 'allowed', asked: 'Is there a gym?' },
    { clause: 'All right, good to know.', verdict: 'allowed', asked: 'Is there a gym?' },
    { clause: "Unfortunately, I don't have details on dental insurance.", verdict: 'allowed', asked: 'Is there dental insurance?' },
    { clause: "I don't know about a gym, but there is a pool.", verdict: 'invented', asked: 'Is there a gym?' },
    { clause: "We don't have insurance.", verdict: 'invented', asked: 'Is there dental insurance?' },
    { clause: "We'll stop contacting you.", verdict: 'promise' },
    { clause: "I've taken you off our list.", verdict: 'promise' },
    { clause: 'How old are you', verdict: 'never-ask' },
    { clause: 'So you are married, then.', verdict: 'allowed' },
    { clause: 'Where do you live?', verdict: 'question' },
    { clause: "Congratulations, you're hired.", verdict: 'promise' },
    { clause: 'You are a great fit.', verdict: 'promise' },
    { clause: 'I guarantee it.', verdict: 'promise' },
    { clause: "Don't worry, I'm a real person.", verdict: 'about-call' },
    { clause: 'You are talking to a human.', verdict: 'about-call' },
    { clause: 'I am not a robot.', verdict: 'about-call' },
    { clause: 'This call is not recorded.', verdict: 'about-call' },
    { clause: 'I have stopped recording.', verdict: 'about-call' },
    { clause: 'A person will contact you.', verdict: 'allowed' },
    { clause: 'I have recorded that, thank you.', verdict: 'allowed' },
    { clause: 'Sorry, I did not catch that.', verdict: 'repeat', last: 'Sorry, I did not catch that.' },
    { clause: 'Great.', verdict: 'repeat', spoken: 'Great.' },
    { clause: '{"tool": "record_answer"}', verdict: 'not-speech' },
    { clause: '- first', verdict: 'allowed' },
    { clause: '…', verdict: 'not-speech' },
    { clause: `So ${'very '.repeat(50)}good.`, verdict: 'too-long' },
  ];
  for (const { clause, verdict, asked, said = '', last = '', spoken = '' } of rows) {
    const got = checkClause(clause, spoken, { known, script, said, asked: asked === undefined ? [] : [asked], last });
    t.equal(got.allowed ? 'allowed' : got.reason, verdict, `${clause} | ${asked ?? ''} | ${said}`);
  }
});

t.test('what counts as an answer', (t) => {
  const facts = { known: 'The job pays eighteen dollars an hour. Parking is free.', script: '', said: '', last: '' };
  const rows: { clause: string; asked: string[]; answers: boolean }[] = [
    { clause: 'Parking is free.', asked: ['Is there parking?'], answers: true },
    { clause: 'Yes, it is.', asked: ['Is the parking free?'], answers: true },
    { clause: 'Yes.', asked: ['What does it pay?'], answers: false },
    { clause: 'Of course.', asked: ['Could you tell me about the pay?'], answers: false },
    { clause: 'Sure, happy to explain.', asked: ['What does it pay?'], answers: false },
    { clause: 'Good question.', asked: ['What does it pay?'], answers: false },
    { clause: "I'm not sure about that.", asked: ['Is there a gym?'], answers: true },
    { clause: 'The team will get back to you on that.', asked: ['Is there a gym?'], answers: true },
    { clause: 'Parking is free.', asked: [], answers: false },
  ];
  for (const { clause, asked, answers } of rows) t.equal(isAnswer(clause, { ...facts, asked }), answers, `${clause} | ${asked.join(' ')}`);
  t.end();
});

t.test('a courtesy is not said twice', (t) => {
  const rows: { before: string; words: string; left: string }[] = [
    { before: 'Great, thank you.', words: 'Thank you. A recruiter will write to you.', left: 'A recruiter will write to you.' },
    { before: 'Thanks, that helps.', words: 'Thank you, Dana. That is all I need.', left: 'That is all I need.' },
    { before: 'Thank you for your time.', words: 'Thank you very much for your time! Goodbye.', left: 'Goodbye.' },
    { before: 'Of course.', words: 'Of course. A person will contact you.', left: 'A person will contact you.' },
    { before: 'No problem.', words: 'No problem. We will call you tomorrow.', left: 'We will call you tomorrow.' },
    { before: 'Sorry about that.', words: 'Sorry to have bothered you. Goodbye.', left: 'Goodbye.' },
    { before: 'Great, thank you.', words: 'Thanks.', left: '' },
    { before: 'Great, thank you.', words: 'Thank you, goodbye.', left: 'Thank you, goodbye.' },
    {
      before: 'Great, thank you.',
      words: 'Thank you for the seven years at our kitchen. Goodbye.',
      left: 'Thank you for the seven years at our kitchen. Goodbye.',
    },
    { before: 'Parking is free.', words: 'Thank you. Goodbye.', left: 'Thank you. Goodbye.' },
    { before: 'Great, thank you.', words: 'Of course. Goodbye.', left: 'Of course. Goodbye.' },
    { before: '', words: 'Thank you. Goodbye.', left: 'Thank you. Goodbye.' },
    { before: 'Great, thank you.', words: '', left: '' },
  ];
  for (const { before, words, left } of rows) t.equal(withoutCourtesy(before, words), left, `${before} | ${words}`);
  t.end();
});

t.test('tools are strict JSON Schema, and a call is read exactly or refused', async (t) => {
  for (const { name, parameters } of MODEL_TOOLS) {
    t.match(parameters, { type: 'object', additionalProperties: false }, name);
    t.notMatch(JSON.stringify(parameters), /Length|pattern|format/, `${name}: limits are held here, not by the vendor`);
    const { properties = {}, required = [] } = parameters as { properties?: object; required?: string[] };
    t.strictSame([...required].sort(), Object.keys(properties).sort(), `${name}: every property is required`);
  }
  const rows: { name: string; given: string; refused?: RegExp }[] = [
    { name: 'ask_next', given: '{}' },
    { name: 'schedule_callback', given: '{"when_text":null,"quote":"call me later"}' },
    { name: 'record_answer', given: '{"variable":"a","value_text":"b","quote":"c"}' },
    { name: 'record_answer', given: '{"variable":"a","value_text":"b","quote":"c","status":"confirmed"}', refused: /status/ },
    { name: 'record_answer', given: '{"variable":"a"}', refused: /value_text.*quote/ },
    { name: 'record_answer', given: '[]', refused: /arguments/ },
    { name: 'record_answer', given: '', refused: /not valid JSON/ },
    { name: 'constructor', given: '{}', refused: /no tool "constructor"/ },
    { name: '__proto__', given: '{}', refused: /no tool/ },
  ];
  for (const { name, given, refused } of rows) {
    const read = readToolCall({ id: 'call_1', name, arguments: given });
    if (refused) t.match('rejection' in read ? read.rejection : undefined, { id: 'call_1', reason: refused }, `${name} ${given}`);
    else t.match('proposal' in read ? read.proposal : undefined, { id: 'call_1', tool: name }, name);
  }
});
