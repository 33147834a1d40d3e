import t from 'tap';
import { mapAnswers } from '../../agents/mapping.js';
import type { Answer, AnswerValue } from '../../schemas/answer.js';
import { callerBotSchema } from '../../schemas/caller-bot.js';

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

t.test('answers become changes of the call with their typed value, status and answer id, in the order of the bot', async (t) => {
  t.strictSame(mapAnswers({ bot, answers: [answer('nights', false), answer('rate', rate, 'inferred'), answer('kept', 'words')] }), [
    { element_slug: 'hourly_rate', value: rate, source: 'call', status: 'inferred', answer_id: 'ans_rate' },
    { element_slug: 'night_shift', value: false, source: 'call', status: 'confirmed', answer_id: 'ans_nights' },
  ]);
});

t.test('missing and declined answers carry no value, whatever was understood', async (t) => {
  const cases: [stored: ReturnType<typeof answer>, status: string][] = [
    [answer('nights', undefined, 'declined'), 'declined'],
    [answer('nights', true, 'declined'), 'declined'],
    [answer('nights', undefined, 'missing'), 'missing'],
    [answer('nights', undefined, 'confirmed'), 'missing'],
  ];
  for (const [stored, status] of cases)
    t.strictSame(mapAnswers({ bot, answers: [stored] }), [
      { element_slug: 'night_shift', value: null, source: 'call', status, answer_id: 'ans_nights' },
    ]);
});
