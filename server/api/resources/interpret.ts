import { z } from 'zod';
import { interpretAnswer, toInterpretResponse } from '../../../agents/answers/index.js';
import { ANSWER_TYPES, answerValueSchema, PAY_PERIODS } from '../../../schemas/answer.js';
import { outputVariableSchema } from '../../../schemas/caller-bot.js';
import { timeZoneSchema } from '../../../schemas/candidate.js';
import { withoutUndefined } from '../../store/plain-value.js';
import { type ApiDeps, nowOf } from '../deps.js';
import { dataOf, one, type Route, route } from '../route.js';

const { shape } = outputVariableSchema;

const requestSchema = z
  .strictObject({
    type: z.enum(ANSWER_TYPES),
    subtype: shape.subtype,
    options: shape.options,
    multiple: z.boolean().optional(),
    min: shape.min,
    max: shape.max,
    currency: shape.currency,
    period: z.enum(PAY_PERIODS).optional(),
    forbid: shape.forbid,
    locale: z.string().regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'use a BCP-47 tag such as en-US'),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'use ISO 3166-1 alpha-2, such as US')
      .optional()
      .meta({ description: 'For national phone numbers; the region of `locale` unless given.' }),
    now: z.iso.datetime({ offset: true }).optional().meta({ description: 'What "tomorrow" is counted from; the present unless given.' }),
    time_zone: timeZoneSchema.default('UTC'),
    question: z.string().max(500).optional().meta({ description: 'What was asked, for your own record: the understanding does not depend on it.' }),
    said: z.string().max(5_000),
  })
  .superRefine((request, context) => {
    if (request.type === 'choice' && !request.options) context.addIssue({ code: 'custom', path: ['options'], message: 'a choice needs its options' });
  });

const responseView = z.object({
  status: z.enum(['confirmed', 'inferred', 'missing', 'declined']),
  value: answerValueSchema.nullable(),
  confidence: z.number().min(0).max(1),
  quote: z.string(),
  normalized_from: z.string().nullable(),
});

/** How a spoken answer is understood, for authors of bots: the same code as in a call. */
export const interpretRoutes = (deps: ApiDeps): Route[] => [
  route({
    method: 'post',
    path: '/v1/interpret',
    tag: 'Interpret',
    summary: 'How a spoken answer would be understood',
    body: requestSchema,
    replies: { 200: { description: 'The understanding.', schema: dataOf(responseView) } },
    async handle(_caller, { body: { locale, country, now, time_zone, said, question: _question, ...spec } }) {
      const context = {
        language: locale,
        now: now === undefined ? nowOf(deps) : new Date(now),
        timeZone: time_zone,
        country: country ?? locale.split('-')[1],
      };
      return one(toInterpretResponse(interpretAnswer(said, withoutUndefined(spec), context), spec));
    },
  }),
];
