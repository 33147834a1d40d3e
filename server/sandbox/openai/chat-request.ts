import { z } from 'zod';
import { type ApiError, badRequest } from './api-error.js';
import { checkMessageOrder } from './message-order.js';
import { checkModelParameters } from './model-limits.js';
import { checkStrictSchema } from './strict-schema.js';

const nameSchema = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const textSchema = z.union([z.string(), z.array(z.strictObject({ type: z.literal('text'), text: z.string() })).min(1)]);
const toolCallSchema = z.strictObject({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.strictObject({ name: nameSchema, arguments: z.string() }),
});
const plain = { content: textSchema, name: z.string().optional() };
const messageSchema = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), ...plain }),
  z.strictObject({ role: z.literal('developer'), ...plain }),
  z.strictObject({ role: z.literal('user'), ...plain }),
  z.strictObject({
    role: z.literal('assistant'),
    content: textSchema.nullish(),
    refusal: z.string().nullish(),
    name: z.string().optional(),
    tool_calls: z.array(toolCallSchema).min(1).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), content: textSchema, tool_call_id: z.string() }),
]);
const jsonSchema = z.record(z.string(), z.unknown());
const toolSchema = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: nameSchema,
    description: z.string().optional(),
    parameters: jsonSchema.optional(),
    strict: z.boolean().nullish(),
  }),
});
const responseFormatSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({ name: nameSchema, description: z.string().optional(), schema: jsonSchema, strict: z.boolean().nullish() }),
  }),
]);

/** All parameters of the vendor; those of `ignored` change nothing that this sandbox plays. */
const bodySchema = z.strictObject({
  model: z.string(),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() }).nullish(),
  tools: z.array(toolSchema).min(1).max(128).optional(),
  tool_choice: z
    .union([z.enum(['none', 'auto', 'required']), z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: z.string() }) })])
    .optional(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: responseFormatSchema.optional(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  prompt_cache_key: z.string().nullish(),
  n: z.literal(1).nullish(),
  ...Object.fromEntries(
    ['frequency_penalty', 'logit_bias', 'metadata', 'presence_penalty', 'prompt_cache_options', 'prompt_cache_retention', 'safety_identifier']
      .concat(['seed', 'service_tier', 'stop', 'store', 'user', 'verbosity'])
      .map((ignored) => [ignored, z.unknown().optional()]),
  ),
});

export type ChatMessage = z.infer<typeof messageSchema>;
export type ChatTool = z.infer<typeof toolSchema>['function'];

/** A checked request. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  tools: ChatTool[];
  toolChoice: 'none' | 'auto' | 'required' | { name: string };
  responseShape: { name: string; schema: Record<string, unknown> } | undefined;
  wantsJson: boolean;
  maxTokens: number | undefined;
  stream: boolean;
  includeUsage: boolean;
  cacheKey: string;
}

/** Reads the body of a chat completion as strictly as the vendor. Throws ApiError. */
export const parseChatRequest = (body: unknown): ChatRequest => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badRequest('We could not parse the JSON body of your request.');
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) throw toApiError(parsed.error.issues, body);
  const {
    model,
    messages,
    tools = [],
    tool_choice: choice,
    response_format: format,
    stream_options: streamOptions,
    max_tokens: oldMaxTokens,
    max_completion_tokens: maxTokens,
  } = parsed.data;
  const stream = parsed.data.stream ?? false;

  if (tools.length === 0 && choice !== undefined)
    throw badRequest("Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice');
  if (tools.length === 0 && parsed.data.parallel_tool_calls !== undefined) {
    throw badRequest(
      "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
      'parallel_tool_calls',
    );
  }
  if (streamOptions && !stream) throw badRequest("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options');
  if (oldMaxTokens != null && maxTokens != null)
    throw badRequest("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.", 'max_tokens');
  if (typeof choice === 'object' && !tools.some(({ function: { name } }) => name === choice.function.name)) {
    throw badRequest(`Invalid value for 'tool_choice': no function with the name '${choice.function.name}' is in 'tools'.`, 'tool_choice');
  }
  for (const [index, { function: tool }] of tools.entries()) {
    if (tool.strict)
      checkStrictSchema(tool.parameters ?? {}, `function '${tool.name}'`, `tools[${index}].function.parameters`, 'invalid_function_parameters');
  }
  const shape = format?.type === 'json_schema' ? format.json_schema : undefined;
  if (shape?.strict) checkStrictSchema(shape.schema, `response_format '${shape.name}'`, 'response_format', null);
  if (format?.type === 'json_object' && !/json/i.test(JSON.stringify(messages))) {
    throw badRequest("'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.", 'messages');
  }
  checkModelParameters(model, { ...parsed.data, hasTools: tools.length > 0 });
  checkMessageOrder(messages);
  return {
    model,
    messages,
    tools: tools.map(({ function: tool }) => tool),
    toolChoice: typeof choice === 'object' ? { name: choice.function.name } : (choice ?? (tools.length > 0 ? 'auto' : 'none')),
    responseShape: shape,
    wantsJson: format !== undefined && format.type !== 'text',
    maxTokens: maxTokens ?? oldMaxTokens ?? undefined,
    stream,
    includeUsage: streamOptions?.include_usage ?? false,
    cacheKey: parsed.data.prompt_cache_key ?? '',
  };
};

/** The text of a message; parts are joined as the vendor does. */
export const textOf = ({ content }: ChatMessage): string =>
  typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join('');

const toApiError = (issues: readonly z.core.$ZodIssue[], body: unknown): ApiError => {
  const issue = deepest(issues);
  if (!issue) return badRequest('Invalid request.');
  const param = toParam(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const unknown = toParam([...issue.path, issue.keys[0] ?? '']);
    return badRequest(`Unknown parameter: '${unknown}'.`, unknown, 'unknown_parameter');
  }
  if (valueAt(body, issue.path) === undefined) return badRequest(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
  if (issue.code === 'invalid_type') return badRequest(`Invalid type for '${param}': expected ${issue.expected}.`, param, 'invalid_type');
  return badRequest(`Invalid value for '${param}': ${issue.message}.`, param, 'invalid_value');
};

/** Of a union's issues those of the branch that came furthest: it is the one that was meant. */
const deepest = (issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined => {
  const [first] = issues;
  if (first?.code !== 'invalid_union') return first;
  const inner = first.errors
    .map(deepest)
    .filter((issue) => issue !== undefined)
    .sort((a, b) => b.path.length - a.path.length)[0];
  // At the same place only the type can be wrong in every branch.
  const isMeant = inner !== undefined && (inner.path.length > 0 || inner.code === 'invalid_type');
  return isMeant ? { ...inner, path: [...first.path, ...inner.path] } : first;
};

const toParam = (path: readonly PropertyKey[]): string =>
  path.map((step, nth) => (typeof step === 'number' ? `[${step}]` : `${nth > 0 ? '.' : ''}${String(step)}`)).join('');

const valueAt = (body: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined), body);
