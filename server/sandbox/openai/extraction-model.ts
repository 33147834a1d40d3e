import { type ChatRequest, textOf } from './chat-request.js';
import { type PromptVariable, readConversation } from './conversation.js';
import { type Found, findAsked, findVolunteered } from './understanding.js';
import { contentWords, overlap, RATHER_NOT } from './value-words.js';

/** The name of the response shape that asks for the answers of a transcript. */
export const EXTRACTION_NAME = 'screening_extraction';

interface Line {
  by: 'agent' | 'candidate';
  text: string;
}

interface Extracted {
  variable: string;
  value_text: string | null;
  quote: string | null;
  status: string;
}

/**
 * Answers, summary and reason from the lines `agent: …` and `candidate: …` of the messages. The variables come from the state block, or by name alone from the
 * shape. The words of the status are those that the shape allows.
 */
export const extract = (request: ChatRequest): { answers: Extracted[]; summary: string; outcome_reason: string } => {
  const lines = request.messages.flatMap((message) => toLines(textOf(message)));
  const { state } = readConversation(request);
  const names = variableNames(request.responseShape?.schema);
  const variables = state?.variables.length
    ? state.variables
    : names.map((name): PromptVariable => ({ name, type: 'text', capture_prompt: name.replaceAll('_', ' '), status: 'open' }));
  const statuses = findEnum(request.responseShape?.schema, 'status');
  const latest = readAnswers(variables, lines);
  const answers = variables.map(({ name }) => toExtracted(name, latest.get(name), statuses));
  const found = answers.filter(({ quote }) => quote !== null).length;
  return {
    answers,
    summary: `The candidate answered ${found} of ${answers.length} questions. ${found < answers.length ? 'Some answers are missing.' : 'Nothing is missing.'}`,
    outcome_reason: found < answers.length ? 'Not every question was answered.' : 'Every question was answered.',
  };
};

const toLines = (text: string): Line[] =>
  [...text.matchAll(/^\W*(agent|candidate):[ \t]*(.*)$/gim)].map(([, by, said]) => ({
    by: by?.toLowerCase() === 'agent' ? 'agent' : 'candidate',
    text: (said ?? '').trim(),
  }));

/** What was answered, by variable. The last answer counts: people correct themselves. */
const readAnswers = (variables: readonly PromptVariable[], lines: readonly Line[]): Map<string, Found> => {
  const latest = new Map<string, Found>();
  let asked: PromptVariable | undefined;
  for (const { by, text } of lines) {
    if (by === 'agent') {
      // What is asked back stays with the question before it, and so does a line about nothing in particular.
      if (!/\b(?:right|correct)\W*$/i.test(text)) asked = askedIn(variables, text) ?? asked;
      continue;
    }
    for (const variable of variables) {
      const found = variable === asked ? findAsked(variable, text) : findVolunteered(variable, text);
      if (found) latest.set(variable.name, found);
    }
  }
  return latest;
};

/** The variable that shares most words with what the agent says, and the larger part of its own among equals. */
const askedIn = (variables: readonly PromptVariable[], text: string): PromptVariable | undefined => {
  const words = contentWords(text);
  const scored = variables.map((variable) => {
    const topic = contentWords(`${variable.capture_prompt} ${variable.name.replaceAll('_', ' ')}`);
    const shared = overlap(topic, words);
    return { variable, score: shared + shared / Math.max(1, topic.size) };
  });
  const [best] = scored.sort((a, b) => b.score - a.score);
  return best && best.score > 0 ? best.variable : undefined;
};

const toExtracted = (variable: string, found: Found | undefined, statuses: readonly string[]): Extracted => {
  if (!found) return { variable, value_text: null, quote: null, status: oneOf(statuses, ['missing', 'unanswered', 'not-answered', 'open']) };
  const declined = RATHER_NOT.test(found.valueText);
  return {
    variable,
    value_text: declined ? null : found.valueText,
    quote: found.quote,
    status: oneOf(statuses, declined ? ['declined'] : ['answered', 'confirmed', 'inferred']),
  };
};

const oneOf = (allowed: readonly string[], preferred: readonly string[]): string =>
  preferred.find((one) => allowed.includes(one)) ?? allowed[0] ?? preferred[0] ?? '';

const variableNames = (schema: unknown): readonly string[] => findEnum(schema, 'variable');

/** The enum of the first property with this name, wherever it stands in the schema. */
const findEnum = (schema: unknown, property: string): readonly string[] => {
  if (typeof schema !== 'object' || schema === null) return [];
  for (const [key, value] of Object.entries(schema)) {
    const named: unknown = key === property && typeof value === 'object' && value !== null ? Reflect.get(value, 'enum') : undefined;
    if (Array.isArray(named)) return named.filter((one) => typeof one === 'string');
    const deeper = findEnum(value, property);
    if (deeper.length > 0) return deeper;
  }
  return [];
};
