import t from 'tap';
import { contextFor, Dialogue } from './interview-dialogue.js';

/*
 * A line that breaks while the candidate is talking. What they say when it is back may be the rest of an answer whose beginning nobody heard: "…have one".
 */

const BACK = { kind: 'call-answered', lineMs: 9000, resumed: true } as const;
const SORRY = /^Sorry, (?:the line cut out|I lost you) for a moment\. /;

const brokenAt = async (question: number) => {
  const dialogue = new Dialogue(contextFor());
  await dialogue.open();
  if (question > 0) await dialogue.say('next Monday');
  if (question > 0) await dialogue.say('yes');
  await dialogue.hear();
  t.match(await dialogue.tell(BACK), SORRY);
  return dialogue;
};

t.test('an apology of which no word was heard is made again, and the question with it: half an answer is none', async (t) => {
  for (const [question, rest, asked] of [
    [0, 'of June', /When could you start\?$/],
    [0, 'next Monday', /When could you start\?$/],
    [1, 'have a problem with that', /Can you work night shifts\?$/],
    [1, 'yes', /Can you work night shifts\?$/],
    [1, '', /Can you work night shifts\?$/],
  ] as const) {
    const dialogue = await brokenAt(question);
    const known = [...dialogue.answers.keys()];
    const reply = await dialogue.cutIn(rest, 0, 0);
    t.match(reply, SORRY, `after "${rest}"`);
    t.match(reply, asked);
    t.notMatch(reply, /once more|again/i, 'nothing had been said before');
    t.strictSame([...dialogue.answers.keys()], known, `"${rest}" is no answer`);
  }
});

t.test('it is made again until a word of it was heard, and then no more', async (t) => {
  const dialogue = await brokenAt(0);
  t.match(await dialogue.cutIn('of June', 0, 0), SORRY);
  t.match(await dialogue.cutIn('the third', 0, 0), SORRY);
  t.notMatch(await dialogue.cutIn('The third of June.', 0, 2), SORRY);
  t.ok(dialogue.answers.get('start_date')?.value, 'what was said over an apology that had begun is an answer');
});

t.test('an apology for a second break makes up for the first', async (t) => {
  const dialogue = await brokenAt(0);
  await dialogue.tell({ kind: 'utterance-heard', utteranceId: dialogue.queue[0]?.id ?? '', heardText: '', complete: false, lineMs: 9000 });
  dialogue.queue = [];
  t.match(await dialogue.tell(BACK), SORRY);
  t.notMatch(await dialogue.say('next Monday'), SORRY);
});

t.test('what is obeyed at once is obeyed over the apology too', async (t) => {
  const stopped = await brokenAt(0);
  t.match(await stopped.cutIn('stop calling me', 0, 0), /Goodbye\.$/);
  t.strictSame(stopped.kinds('suppress'), [{ kind: 'suppress', reason: 'stop' }]);
  const lost = await brokenAt(0);
  t.match(await lost.cutIn('hello? what did you say?', 0, 0), /^Sorry, .* for a moment\. .*When could you start\?$/);
});

t.test('keys are whole however the line was', async (t) => {
  const dialogue = await brokenAt(1);
  const { id } = dialogue.queue[0] ?? { id: '' };
  dialogue.queue = [];
  await dialogue.tell({ kind: 'utterance-heard', utteranceId: id, heardText: '', complete: false, lineMs: 9000 });
  t.match(await dialogue.keys('1'), SORRY);
  t.match(dialogue.answers.get('night_shift'), { value: true });
});
