import { z } from 'zod';
import { ANSWER_TYPES, answerValueSchema, PAY_PERIODS, WEEKDAYS } from './answer.js';

/** A name usable in `{{…}}`, in grammars and as a key: lower-case letters, digits and underscores. */
export const variableNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'use lower-case letters, digits and underscores, starting with a letter');
export const slugSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use lower-case letters, digits and hyphens');

export const optionSchema = z
  .object({
    value: z.string().min(1).max(100),
    label: z.string().min(1).max(100).optional(),
    synonyms: z.array(z.string().min(1).max(100)).max(30).default([]),
  })
  .strict();
export type ChoiceOption = z.infer<typeof optionSchema>;

export const outputVariableSchema = z
  .object({
    name: variableNameSchema,
    type: z.enum(ANSWER_TYPES),
    capture_prompt: z.string().min(1).max(500),
    subtype: z.enum(['default', 'percentage', 'days', 'months', 'years']).optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    currency: z.string().length(3).optional(),
    period: z.enum(PAY_PERIODS).optional(),
    multiple: z.boolean().default(false),
    options: z.array(optionSchema).min(2).max(20).optional(),
    forbid: z.enum(['past', 'future']).optional(),
    required: z.boolean().default(true),
    confirm: z.enum(['always', 'low_confidence', 'never']).default('low_confidence'),
    knockout: z.object({ equals: answerValueSchema }).strict().optional(),
    element_slug: variableNameSchema.optional(),
  })
  .strict()
  .superRefine((variable, context) => {
    const problem = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (variable.type === 'choice' && !variable.options) problem('options', 'a choice needs at least two options');
    if (variable.type !== 'choice' && variable.options) problem('options', 'only a choice has options');
    if (variable.type !== 'choice' && variable.multiple) problem('multiple', 'only a choice can be multiple');
    if (variable.type === 'money' && !(variable.currency && variable.period)) problem('currency', 'money needs a currency and a period');
    if (variable.type !== 'number' && variable.subtype) problem('subtype', 'only a number has a subtype');
    if (variable.type !== 'date' && variable.forbid) problem('forbid', 'only a date can forbid past or future');
    if (variable.min !== undefined && variable.max !== undefined && variable.min > variable.max) problem('min', 'min is greater than max');
  });
export type OutputVariable = z.infer<typeof outputVariableSchema>;

export const inputVariableSchema = z
  .object({ name: variableNameSchema, path: z.string().min(1).max(200), default: z.string().max(200).optional() })
  .strict();

export const questionSchema = z
  .object({ variable: variableNameSchema, text: z.string().min(1).max(500), follow_up: z.string().min(1).max(500).optional() })
  .strict();
export type Question = z.infer<typeof questionSchema>;

export const scheduleSchema = z
  .object({ days: z.array(z.enum(WEEKDAYS)).min(1), from: z.string().regex(/^\d\d:\d\d$/), to: z.string().regex(/^\d\d:\d\d$/) })
  .strict();
export type Schedule = z.infer<typeof scheduleSchema>;

export const retryPolicySchema = z
  .object({
    attempts: z.number().int().min(1).max(10).default(3),
    delays_min: z
      .object({
        busy: z.number().min(1).default(10),
        no_answer: z.number().min(1).default(180),
        voicemail: z.number().min(1).default(1440),
        short_drop: z.number().min(1).default(60),
      })
      .strict()
      .prefault({}),
    text_after_miss: z.boolean().default(true),
  })
  .strict();
export type RetryPolicy = z.infer<typeof retryPolicySchema>;

/**
 * How the agent sounds. `name`, `model` and `settings` are the speech engine's own words (an ElevenLabs voice id, `eleven_flash_v2_5`, `stability`); an engine
 * that takes over after a failure ignores what it does not know. `speed` 1 is the voice's own pace; engines clamp it to what they can do.
 */
export const voiceSchema = z
  .object({
    name: z.string().min(1).max(100).default('default'),
    speed: z.number().min(0.5).max(2).default(1),
    model: z
      .string()
      .regex(/^[\w.-]{1,100}$/, 'use the name of a model, such as eleven_flash_v2_5')
      .optional(),
    settings: z
      .record(z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'use lower-case letters, digits and underscores'), z.union([z.number(), z.boolean()]))
      .refine((settings) => Object.keys(settings).length <= 10, 'give at most 10 settings')
      .optional(),
  })
  .strict();

const botFields = {
  slug: slugSchema,
  name: z.string().min(1).max(100),
  language: z.string().regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'use a BCP-47 tag such as en-US'),
  script: z
    .object({
      introduction: z.string().max(1000).default(''),
      questions: z.array(questionSchema).min(1).max(30),
      closing: z.string().max(1000).default(''),
    })
    .strict(),
  input_variables: z.array(inputVariableSchema).max(30).default([]),
  output_variables: z.array(outputVariableSchema).min(1).max(30),
  voice: voiceSchema.prefault({}),
  provider: z.enum(['auto', 'twilio', 'plivo', 'exotel']).default('auto'),
  caller_id: z.string().nullable().default(null),
  retry_policy: retryPolicySchema.prefault({}),
  schedule: scheduleSchema.default({ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '20:00' }),
  voicemail: z
    .object({ action: z.enum(['hang_up', 'message']).default('message'), text: z.string().max(1000).optional() })
    .strict()
    .prefault({}),
  barge_in: z
    .object({ smooth: z.boolean().default(true), min_words: z.number().int().min(1).max(10).default(1) })
    .strict()
    .prefault({}),
  max_duration_s: z.number().int().min(30).max(3600).default(420),
  short_drop_s: z.number().int().min(1).max(120).default(10),
  knowledge_base: z.string().max(20_000).default(''),
};

/** Every output variable is asked by exactly one question, and every question asks an output variable. */
const questionsMatchVariables = (
  bot: { script: { questions: { variable: string }[] }; output_variables: { name: string }[] },
  context: z.RefinementCtx,
) => {
  const asked = new Set<string>();
  bot.script.questions.forEach((question, index) => {
    const path = ['script', 'questions', index, 'variable'];
    if (asked.has(question.variable)) context.addIssue({ code: 'custom', path, message: `${question.variable} is asked twice` });
    if (!bot.output_variables.some((variable) => variable.name === question.variable))
      context.addIssue({ code: 'custom', path, message: `${question.variable} is not an output variable` });
    asked.add(question.variable);
  });
  const seen = new Set<string>();
  bot.output_variables.forEach((variable, index) => {
    const path = ['output_variables', index, 'name'];
    if (seen.has(variable.name)) context.addIssue({ code: 'custom', path, message: `${variable.name} is defined twice` });
    if (!asked.has(variable.name)) context.addIssue({ code: 'custom', path, message: `no question of the script asks ${variable.name}` });
    seen.add(variable.name);
  });
};

/** A caller bot as the API takes it; see design "A caller bot". Only slug, name, language, script and output_variables are required. */
export const callerBotSchema = z.object(botFields).strict().superRefine(questionsMatchVariables);
export type CallerBot = z.infer<typeof callerBotSchema>;
export type CallerBotInput = z.input<typeof callerBotSchema>;
