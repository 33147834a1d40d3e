import { z } from 'zod';
import type { ModelTool, ModelToolCall } from '../../schemas/ports/language-model.js';
import { wireSchema } from './wire-schema.js';

/*
 * What the model may propose. A tool call is a proposal and nothing more: its shape is checked here, its truth by the plan (interview/proposals.ts), and
 * neither believes a value that the candidate's own words do not carry.
 */

const quote = z.string().trim().min(1).max(600);

/** One row a tool: what it is for, as the model is told, and the shape of its arguments. Objects are strict, every property required (strict JSON Schema). */
const TOOLS = {
  record_answer: {
    description:
      "The candidate answered a question, or changed an earlier answer. `value_text` is the value in the candidate's own words, `quote` the verbatim words that contain it. One call for each variable.",
    shape: z.strictObject({ variable: z.string().min(1).max(64), value_text: z.string().trim().min(1).max(600), quote }),
  },
  ask_next: { description: 'The open question is settled: go on with what the plan says next.', shape: z.strictObject({}) },
  answer_candidate_question: {
    description: 'The candidate asked something and your words answered it, from the knowledge given to you and nothing else.',
    shape: z.strictObject({ question: z.string().trim().min(1).max(600), answer: z.string().trim().min(1).max(600) }),
  },
  schedule_callback: {
    description: 'The candidate wants to be called another time. `when_text` is the time in their words, null when they named none.',
    shape: z.strictObject({ when_text: z.string().trim().min(1).max(200).nullable(), quote }),
  },
  request_human: { description: 'The candidate wants to talk with a person instead.', shape: z.strictObject({ quote }) },
  stop_contact: { description: 'The candidate wants no more calls or messages.', shape: z.strictObject({ quote }) },
  wrong_person: { description: 'Whoever speaks is not the candidate and does not know them.', shape: z.strictObject({ quote }) },
  end_call: {
    description: 'Nothing is left to ask and the candidate has no more questions.',
    shape: z.strictObject({ reason: z.string().max(200) }),
  },
} as const;

type ToolName = keyof typeof TOOLS;

/** A tool call whose shape is right. `id` is the model's, for the reply to it. */
export type Proposal = { [Name in ToolName]: { id: string; tool: Name } & z.infer<(typeof TOOLS)[Name]['shape']> }[ToolName];

/** A tool call that was not accepted, with the reason as the model is told it. */
export interface Rejection {
  id: string;
  reason: string;
}

export const MODEL_TOOLS: readonly ModelTool[] = Object.entries(TOOLS).map(([name, { description, shape }]) => ({
  name,
  description,
  parameters: wireSchema(shape),
}));

const isTool = (name: string): name is ToolName => Object.hasOwn(TOOLS, name);

/** Reads a tool call as the model wrote it: anything that is not exactly one of the tools with exactly its arguments is rejected with what was wrong. */
export const readToolCall = (call: ModelToolCall): { proposal: Proposal } | { rejection: Rejection } => {
  const reject = (reason: string) => ({ rejection: { id: call.id, reason } });
  if (!isTool(call.name)) return reject(`There is no tool ${JSON.stringify(call.name.slice(0, 60))}. Use one of: ${Object.keys(TOOLS).join(', ')}.`);
  let given: unknown;
  try {
    given = JSON.parse(call.arguments);
  } catch {
    return reject('The arguments are not valid JSON.');
  }
  const parsed = TOOLS[call.name].shape.safeParse(given);
  if (!parsed.success) return reject(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`).join('; '));
  // The row's own shape was parsed, which the type system cannot follow through the union.
  return { proposal: { id: call.id, tool: call.name, ...parsed.data } as Proposal };
};
