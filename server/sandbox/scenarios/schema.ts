import { z } from 'zod';
import { ANSWER_STATUSES, answerValueSchema } from '../../../schemas/answer.js';
import { applicationInputSchema } from '../../../schemas/application.js';
import { ANSWERED_BY, FINAL_CALL_STATES, SCREENING_OUTCOMES } from '../../../schemas/call-state.js';
import { callerBotSchema, slugSchema, variableNameSchema } from '../../../schemas/caller-bot.js';
import { candidateInputSchema } from '../../../schemas/candidate.js';
import { companySettingsSchema } from '../../../schemas/company.js';
import { HELD_BECAUSE } from '../../../schemas/screening.js';
import { FAULT_KINDS } from './engine-faults.js';
import { findUnknownSound } from './speech-script.js';

/*
 * The scenario file as design/scenarios.md describes it. Strict all the way down: a key that is not here is a typing error, and a typing error in an
 * acceptance file must not pass as "no expectation".
 */

const milliseconds = z.number().min(0).max(900_000);

const regexSchema = z.string().min(1).refine(isRegex, 'expected a regular expression');
function isRegex(source: string): boolean {
  try {
    new RegExp(source, 'i');
    return true;
  } catch {
    return false;
  }
}

export const triggerSchema = z.union(
  [
    z.literal('answer'),
    z.object({ question: variableNameSchema }).strict(),
    z.object({ heard: regexSchema }).strict(),
    z.object({ confirm: variableNameSchema }).strict(),
    z.object({ silence_ms: milliseconds }).strict(),
  ],
  { error: 'expected `answer`, { question: VARIABLE }, { heard: REGEX }, { confirm: VARIABLE } or { silence_ms: MS }' },
);
export type Trigger = z.infer<typeof triggerSchema>;

const saySchema = z
  .string()
  .max(2000)
  .refine((say) => findUnknownSound(say) === undefined, {
    error: ({ input }) => `expected {800ms}, {cough} or {noise 300ms} in braces, not ${findUnknownSound(String(input))}`,
  });

const actionFields = {
  /** What is said; the empty string is a deliberate silence. */
  say: saySchema.optional(),
  dtmf: z
    .string()
    .regex(/^[0-9*#]{1,40}$/, 'expected keys of a telephone: digits, * and #')
    .optional(),
  hang_up: z.boolean().optional(),
  after_ms: milliseconds.optional(),
  times: z.number().int().min(1).max(1000).default(1),
};

const needsAnAct = (rule: { say?: string | undefined; dtmf?: string | undefined; hang_up?: boolean | undefined }) =>
  rule.say !== undefined || rule.dtmf !== undefined || rule.hang_up === true;
const NO_ACT = 'expected at least one of say, dtmf and hang_up (say: "" is a deliberate silence)';

export const ruleSchema = z
  .object({ on: triggerSchema, ...actionFields, interrupt_after_ms: milliseconds.optional() })
  .strict()
  .refine(needsAnAct, NO_ACT)
  .refine((rule) => rule.interrupt_after_ms === undefined || (rule.on !== 'answer' && !('silence_ms' in rule.on)), {
    path: ['interrupt_after_ms'],
    message: 'expected only with question, heard or confirm: there is no utterance to interrupt',
  })
  .refine((rule) => rule.interrupt_after_ms === undefined || rule.after_ms === undefined, {
    path: ['after_ms'],
    message: 'expected either after_ms or interrupt_after_ms',
  });
export type Rule = z.infer<typeof ruleSchema>;

export const otherwiseSchema = z.object(actionFields).strict().refine(needsAnAct, NO_ACT);
export type Otherwise = z.infer<typeof otherwiseSchema>;

export const LINE_RESULTS = ['answered', 'busy', 'no-answer', 'rejected', 'invalid-number', 'carrier-error', 'concurrency-limit'] as const;
export const ANSWERERS = ['human', 'voicemail', 'call-screening', 'ivr', 'fax', 'silence'] as const;

export const lineSchema = z
  .object({
    ring_ms: milliseconds.default(1200),
    result: z.enum(LINE_RESULTS).default('answered'),
    by: z.enum(ANSWERERS).default('human'),
    jitter_ms: z.number().min(0).max(1000).default(0),
    loss: z.number().min(0).max(1).default(0),
    noise_db: z.number().min(-10).max(60).nullable().default(null),
    drop_after_ms: milliseconds.nullable().default(null),
    socket_breaks_at_ms: milliseconds.nullable().default(null),
    greeting: saySchema.nullable().default(null),
    beep: z.boolean().optional(),
    amd: z.enum(['human', 'machine', 'unknown']).nullable().default(null),
    amd_ms: milliseconds.optional(),
  })
  .strict()
  .refine((line) => line.amd_ms === undefined || line.amd !== null, { path: ['amd_ms'], message: 'expected only with amd' });
export type LineScript = z.infer<typeof lineSchema>;

const smsRuleSchema = z
  .object({ on: z.object({ received: regexSchema }).strict(), say: z.string().min(1).max(1600), after_ms: milliseconds.optional() })
  .strict();

const expectedAnswerSchema = z
  .object({ value: answerValueSchema.nullable().optional(), status: z.enum(ANSWER_STATUSES).optional(), quote: z.string().optional() })
  .strict();

const texts = z.array(z.string().min(1));

export const expectSchema = z
  .object({
    dialed: z.boolean().optional(),
    held_because: z.enum(HELD_BECAUSE).optional(),
    disposition: z.enum(FINAL_CALL_STATES).optional(),
    outcome: z.enum(SCREENING_OUTCOMES).optional(),
    calls: z.number().int().min(0).optional(),
    answered_by: z.enum(ANSWERED_BY).optional(),
    answers: z.record(variableNameSchema, expectedAnswerSchema).optional(),
    form: z.record(variableNameSchema, answerValueSchema.nullable()).optional(),
    heard_in_order: texts.optional(),
    never_heard: texts.optional(),
    transcript_contains: texts.optional(),
    recording: z
      .union([z.literal('none'), z.object({ channels: z.number().int().optional(), min_ms: milliseconds.optional() }).strict()], {
        error: 'expected `none` or { channels: N, min_ms: MS }',
      })
      .optional(),
    messages: z.array(z.object({ to: z.string().optional(), contains: z.string().optional(), status: z.string().optional() }).strict()).optional(),
    messages_count: z.number().int().min(0).optional(),
    timing: z
      .object({ greeting_ms: milliseconds.optional(), reply_p95_ms: milliseconds.optional(), barge_in_ms: milliseconds.optional() })
      .strict()
      .optional(),
  })
  .strict();
export type Expectations = z.infer<typeof expectSchema>;

const { countries, time_zone, callback_number } = companySettingsSchema.shape;
/** Settings that the scenario names; without their defaults, since what it does not name is the runner's to choose. */
const companyPartSchema = z
  .object({
    countries: countries.unwrap().optional(),
    time_zone: time_zone.unwrap().optional(),
    callback_number: callback_number.unwrap().optional(),
  })
  .strict();

export const scenarioSchema = z
  .object({
    name: z.string().min(1).max(200),
    bot: z.union([slugSchema, callerBotSchema], { error: 'expected the slug of a seeded caller bot, or a caller bot as the API takes it' }),
    candidate: candidateInputSchema.partial().strict().prefault({}),
    application: applicationInputSchema.pick({ source: true, values: true }).strict().prefault({}),
    company: companyPartSchema.prefault({}),
    now: z.iso.datetime({ offset: true, error: 'expected an instant such as 2026-11-23T18:00:00Z' }).optional(),
    line: z
      .union([lineSchema, z.array(lineSchema).min(1)], { error: 'expected a line, or a list of lines, one per dial' })
      .prefault({})
      .transform((line) => (Array.isArray(line) ? line : [line])),
    faults: z
      .array(
        z
          .object({ engine: z.enum(['stt', 'tts', 'llm']), at_ms: milliseconds, kind: z.string().min(1) })
          .strict()
          .superRefine(({ engine, kind }, context) => {
            const kinds: readonly string[] = FAULT_KINDS[engine];
            if (!kinds.includes(kind)) context.addIssue({ code: 'custom', path: ['kind'], message: `expected one of ${kinds.join(', ')}` });
          }),
      )
      .default([]),
    manners: z.enum(['cooperative', 'none']).default('cooperative'),
    voice: z.enum(['rms', 'kal', 'awb']).default('rms'),
    speaks: z.array(ruleSchema).default([]),
    otherwise: otherwiseSchema.optional(),
    sms: z.array(smsRuleSchema).max(0, 'text messages are not served by this version yet: remove `sms`').default([]),
    expect: expectSchema.default({}),
  })
  .strict();
/** One document of a scenario file with every default filled in. */
export type Scenario = z.infer<typeof scenarioSchema>;
