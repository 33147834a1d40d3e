import t from 'tap';
import { mapAnswers } from '../../agents/mapping.js';
import type { Answer, AnswerValue } from '../../schemas/answer.js';
import { callerBotSchema } from '../../schemas/caller-bot.js';
import type { ElementSubmission } from '../../schemas/form.js';

const bot = callerBotSchema.parse({
  slug: 'mapped',
  name: 'Mapped',
  language: 'en-US',
  script: {
    questions: [
      { variable: 'rate', text: 'What rate?' },
      { variable: 'nights', text: 'Nights?' },
      { variable: 'kept', text: 'Anything else?' },
    ],
  },
  output_variables: [
    { name: 'rate', type: 'money', currency: 'USD', period: 'hour', capture_prompt: 'rate', element_slug: 'hourly_rate' },
    { name: 'nights', type: 'yes-no', capture_prompt: 'nights', element_slug: 'night_shift' },
    { name: 'kept', type: 'text', capture_prompt: 'kept on the screening only' },
  ],
});

const rate = { amount: 18, currency: 'USD', period: 'hour' } as const;
const answer = (variable: string, value: AnswerValue | undefined, status: Answer['status'] = 'confirmed'): { id: string; answer: Answer } => ({
  id: `ans_${variable}`,
  answer: { variable, status, confidence: 0.9, ...(value === undefined ? {} : { value }) },
});
const element = (
  slug: string,
  value: AnswerValue | null,
  source: ElementSubmission['source'],
  changes: Partial<ElementSubmission> = {},
): ElementSubmission => ({
  element_slug: slug,
  value,
  source,
  status: 'confirmed',
  answer_id: null,
  proposed: null,
  ...changes,
});

t.test('answers fill empty elements with their typed value, status and answer id', async (t) => {
  t.strictSame(mapAnswers({ bot, answers: [answer('nights', false), answer('rate', rate, 'inferred'), answer('kept', 'words')], elements: [] }), [
    element('hourly_rate', rate, 'call', { status: 'inferred', answer_id: 'ans_rate' }),
    element('night_shift', false, 'call', { answer_id: 'ans_nights' }),
  ]);
});

t.test('a value that the candidate typed or a recruiter set is never replaced', async (t) => {
  for (const source of ['candidate', 'recruiter', 'automation'] as const)
    t.strictSame(
      mapAnswers({ bot, answers: [answer('rate', rate)], elements: [element('hourly_rate', { ...rate, amount: 20 }, source)] }),
      [element('hourly_rate', { ...rate, amount: 20 }, source, { status: 'conflict', answer_id: 'ans_rate', proposed: rate })],
      source,
    );
  t.strictSame(
    mapAnswers({
      bot,
      answers: [answer('rate', { period: 'hour', currency: 'USD', amount: 18 })],
      elements: [element('hourly_rate', rate, 'candidate')],
    }),
    [element('hourly_rate', rate, 'candidate', { answer_id: 'ans_rate' })],
    'the same value in another order of keys is no conflict',
  );
  t.strictSame(
    mapAnswers({ bot, answers: [answer('rate', rate)], elements: [element('hourly_rate', '', 'candidate')] }),
    [element('hourly_rate', rate, 'call', { answer_id: 'ans_rate' })],
    'a blank is not a value',
  );
});

t.test('a later call replaces what a call wrote, and a declined answer erases nothing else', async (t) => {
  t.strictSame(mapAnswers({ bot, answers: [answer('nights', true)], elements: [element('night_shift', false, 'call', { answer_id: 'ans_old' })] }), [
    element('night_shift', true, 'call', { answer_id: 'ans_nights' }),
  ]);
  t.strictSame(mapAnswers({ bot, answers: [answer('nights', undefined, 'declined')], elements: [element('night_shift', true, 'candidate')] }), []);
  t.strictSame(mapAnswers({ bot, answers: [answer('nights', undefined, 'declined')], elements: [] }), [
    element('night_shift', null, 'call', { status: 'declined', answer_id: 'ans_nights' }),
  ]);
  t.strictSame(mapAnswers({ bot, answers: [answer('nights', undefined, 'missing')], elements: [element('night_shift', false, 'call')] }), [
    element('night_shift', null, 'call', { status: 'missing', answer_id: 'ans_nights' }),
  ]);
});

t.test('the same answers twice change nothing the second time', async (t) => {
  const answers = [answer('rate', rate), answer('nights', true)];
  const typed = [element('night_shift', false, 'candidate')];
  const first = mapAnswers({ bot, answers, elements: typed });
  const after = [...typed.filter(({ element_slug }) => !first.some((changed) => changed.element_slug === element_slug)), ...first];
  t.strictSame(mapAnswers({ bot, answers, elements: after }), []);
  const taken = mapAnswers({ bot, answers: [answer('nights', false)], elements: after }).find(({ element_slug }) => element_slug === 'night_shift');
  t.match(taken, { value: false, source: 'candidate', status: 'confirmed', proposed: null }, 'a conflict ends when the call agrees after all');
});
