import { z } from 'zod';

/** One word with its place on the line clock (ms from stream start). Confidence is 1 where the engine gives none. */
export const wordSchema = z.object({ text: z.string(), start_ms: z.number(), end_ms: z.number(), confidence: z.number().optional() });
export type Word = z.infer<typeof wordSchema>;

/**
 * Everything one party said until the other took over. An agent turn holds only words whose last sample was played to the candidate; `interrupted`
 * marks one that was cut before its end. Ids are `t1`, `t2`, … within a call.
 */
export const turnSchema = z.object({
  id: z.string(),
  speaker: z.enum(['agent', 'candidate']),
  text: z.string(),
  start_ms: z.number(),
  end_ms: z.number(),
  words: z.array(wordSchema),
  interrupted: z.boolean(),
});
export type Turn = z.infer<typeof turnSchema>;
