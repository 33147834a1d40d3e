import { z } from 'zod';

export const ANSWER_TYPES = ['yes-no', 'number', 'money', 'choice', 'date', 'email', 'phone', 'availability', 'text'] as const;
export type AnswerType = (typeof ANSWER_TYPES)[number];

export const ANSWER_STATUSES = ['confirmed', 'inferred', 'missing', 'declined', 'conflict'] as const;
export type AnswerStatus = (typeof ANSWER_STATUSES)[number];

export const PAY_PERIODS = ['hour', 'day', 'week', 'month', 'year'] as const;
export type PayPeriod = (typeof PAY_PERIODS)[number];

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Money as spoken: one amount, or `min` and `max` for a range. Amounts are in major units (18.5 dollars); nothing is charged from them. */
export const moneyValueSchema = z.union([
  z.object({ amount: z.number(), currency: z.string().length(3), period: z.enum(PAY_PERIODS) }).strict(),
  z.object({ min: z.number(), max: z.number(), currency: z.string().length(3), period: z.enum(PAY_PERIODS) }).strict(),
]);
export type MoneyValue = z.infer<typeof moneyValueSchema>;

/** One free stretch of a week, candidate's local time, `to` after `from`, whole day is 00:00 to 24:00. */
export const availabilitySlotSchema = z
  .object({ day: z.enum(WEEKDAYS), from: z.string().regex(/^\d\d:\d\d$/), to: z.string().regex(/^\d\d:\d\d$/) })
  .strict();
export type AvailabilitySlot = z.infer<typeof availabilitySlotSchema>;

/** yes-no boolean; number; money; date `YYYY-MM-DD`; choice the option's value, or a list when `multiple`; phone E.164; email; availability; text. */
export const answerValueSchema = z.union([
  z.boolean(),
  z.number(),
  z.string(),
  z.array(z.string()),
  moneyValueSchema,
  z.array(availabilitySlotSchema),
]);
export type AnswerValue = z.infer<typeof answerValueSchema>;

/** The proof of an answer: the candidate's own words and where they stand in the call. Offsets are line ms. */
export const evidenceSchema = z.object({ quote: z.string(), turn_ids: z.array(z.string()), start_ms: z.number(), end_ms: z.number() });
export type Evidence = z.infer<typeof evidenceSchema>;

/**
 * What was learnt for one output variable. `value` is absent for missing and declined. `normalized_from` says what was understood and what was assumed
 * ("next Monday, counted from 2026-11-23 in America/Chicago"). `earlier` keeps what was said before a self-correction.
 */
export const answerSchema = z.object({
  variable: z.string(),
  status: z.enum(ANSWER_STATUSES),
  value: answerValueSchema.optional(),
  confidence: z.number().min(0).max(1),
  evidence: evidenceSchema.optional(),
  normalized_from: z.string().optional(),
  confirmation_turn_id: z.string().optional(),
  earlier: z.array(z.object({ value: answerValueSchema.optional(), quote: z.string() })).optional(),
});
export type Answer = z.infer<typeof answerSchema>;
