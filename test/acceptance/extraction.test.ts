import t from 'tap';
import { realClock } from '../../server/runtime.js';
import { type Reply, standInModel } from '../agents/llm/stand-in-model.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';
import { COMPLETE_FORM } from '../fixtures/world/candidates.js';
import { failingSpeech } from '../fixtures/world/failing-speech.js';
import { until } from '../fixtures/world/server-client.js';
import { type Screened, startTestWorld } from '../fixtures/world/test-world.js';

/*
 * What a model finds in a call that has ended, on a whole server: the call's own answers are there at once, and nothing that the model does can cost them.
 */

t.setTimeout(TIME_LIMIT_MS);

const HANGS: Reply = { afterMs: 3_600_000 };
const found = (variable: string, quote: string, value_text: string) => ({ variable, status: 'answered', quote, value_text });
const report = (...answers: object[]): Reply => ({
  text: JSON.stringify({ answers, summary: 'Dana knows forklifts. More is to be seen.', outcome_reason: 'The model says why.' }),
});
const BY_MODEL = { summary: 'Dana knows forklifts. More is to be seen.', outcome_reason: 'The model says why.' };
const BY_RULES = {
  summary: 'Dana answered all of 2 questions about Warehouse associate. licence: yes; start date: Monday, November thirtieth, twenty twenty six.',
  outcome_reason: 'The interview was held to its end.',
};

t.test('a call is looked back at', async (t) => {
  /** By words that only one of the candidates says. */
  const replies = new Map<string, Reply>([
    ['I drove one for years', report(found('licence', 'I drove one for years', 'yes'))],
    ['licence has run out', report(found('licence', 'My licence has run out', 'no'), found('start_date', 'the first of January', 'January first'))],
    ['Yes, I really do', HANGS],
    ['Yes, sure', { text: 'Dana said yes to all of it.' }],
    ['Yes, I do', HANGS],
  ]);
  const model = standInModel(({ messages }) => {
    const said = messages.at(-1)?.text ?? '';
    return [...replies].find(([words]) => said.includes(words))?.[1] ?? { fails: 'unavailable' };
  }, realClock());
  const world = await startTestWorld(t, { engines: { ...failingSpeech(), extractionModel: model } });
  const lookedBackAt = ({ screeningId }: Screened) =>
    until('the summary', async () => {
      const screening = await world.client.screening(screeningId);
      return screening.summary !== null && screening;
    });
  const elementOf = async ({ applicationId }: Screened, slug: string) =>
    (await world.client.application(applicationId)).elements.find(({ element_slug }) => element_slug === slug);

  const [missed, disputed, unanswered, garbled, busy] = await Promise.all([
    world.screen({ first: ['{ on: { question: licence }, say: "I drove one for years." }', '{ on: { question: licence }, hang_up: true }'] }),
    world.screen({ first: ['{ on: { question: start_date }, say: "My licence has run out." }', '{ on: { question: start_date }, hang_up: true }'] }),
    world.screen({ first: ['{ on: { question: licence }, say: "Yes, I really do.", times: 3 }'] }),
    world.screen({ first: ['{ on: { question: licence }, say: "Yes, sure.", times: 3 }'] }),
    world.screen({ line: '{ result: rejected }' }),
  ]);
  const typed = await world.client.ask('PATCH', `/v1/applications/${missed.applicationId}`, { values: { licence: false } });
  t.equal(typed.status, 200);

  await t.test('an answer that it missed is added with the words that prove it, beside what was typed', async (t) => {
    const screening = await lookedBackAt(missed);
    t.match(screening, { state: 'closed', outcome: 'not-responsive', ...BY_MODEL });
    const { id } = await world.client.call(missed.screeningId);
    const said = (await world.client.transcript(id)).filter(({ text }) => text === 'I drove one for years.');
    t.match(
      screening.answers.find(({ variable }) => variable === 'licence'),
      { status: 'inferred', value: true, evidence: { quote: 'I drove one for years', turn_ids: [said.at(-1)?.id] } },
    );
    t.match(await elementOf(missed, 'licence'), { value: false, proposed: true, status: 'conflict', source: 'recruiter' });
  });

  await t.test('a disagreement is for a person to settle, and what nobody said is not believed', async (t) => {
    const { answers, ...screening } = await lookedBackAt(disputed);
    t.match(screening, { state: 'closed', outcome: 'not-responsive', ...BY_MODEL });
    t.match(
      answers.find(({ variable }) => variable === 'licence'),
      {
        status: 'conflict',
        value: true,
        evidence: { quote: 'Yes, I do' },
        earlier: [{ value: false, quote: 'My licence has run out' }],
      },
    );
    t.match(await elementOf(disputed, 'licence'), { value: true, status: 'conflict' });
    t.match((await world.client.application(disputed.applicationId)).values, { start_date: null });
  });

  await t.test('a model that hangs or talks nonsense costs nothing: the rules say what came of it', async (t) => {
    for (const one of [unanswered, garbled]) {
      t.match(await world.client.settled(one.screeningId), { state: 'closed', outcome: 'completed' });
      t.match(await lookedBackAt(one), BY_RULES);
      t.match((await world.client.application(one.applicationId)).values, COMPLETE_FORM);
    }
  });

  await t.test('where nobody spoke no model is asked', async (t) => {
    t.match(await lookedBackAt(busy), { outcome_reason: 'The candidate could not be reached.', summary: /^Dana answered 0 of 2/ });
    t.equal(model.requests.length, 4);
  });

  await t.test('what a server leaves undone the next one does', async (t) => {
    const one = await world.screen();
    t.match(await world.client.settled(one.screeningId), { state: 'closed', outcome: 'completed' }, 'the end waits for no model');
    t.match((await world.client.application(one.applicationId)).values, COMPLETE_FORM);
    await until('the model to be asked', () => model.requests.length === 5);
    await world.app.close();
    replies.set('Yes, I do', report());
    await world.startNext();
    t.match(await lookedBackAt(one), { outcome: 'completed', ...BY_MODEL });
    t.equal(model.requests.length, 6, 'the others are done with');
  });

  await t.test('who is erased leaves no word in it', async (t) => {
    const { candidate_id } = await world.client.screening(missed.screeningId);
    t.match(await world.client.ask('DELETE', `/v1/candidates/${candidate_id}`), { status: 204 });
    t.match(await world.client.screening(missed.screeningId), { state: 'closed', summary: null, outcome_reason: null, answers: [] });
  });
});
