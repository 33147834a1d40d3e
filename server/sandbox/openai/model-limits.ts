import { ApiError, badRequest } from './api-error.js';

/*
 * What each family of models refuses on /v1/chat/completions. Follows: platform.openai.com, "Reasoning models"; the refusals as users quote them.
 */

interface Family {
  reasons: boolean;
  efforts: readonly string[];
  /** Used when the request names none. */
  defaultEffort?: string;
  /** Function tools are refused with any other effort than `none`. */
  toolsOnlyWithoutEffort?: boolean;
}

const PLAIN: Family = { reasons: false, efforts: [] };

const familyOf = (model: string): Family => {
  if (/^o\d/.test(model)) return { reasons: true, efforts: ['low', 'medium', 'high'], defaultEffort: 'medium' };
  const gpt5 = /^gpt-5(?:\.(\d+))?(?=-|$)/.exec(model);
  if (!gpt5) return PLAIN;
  if (model.includes('-chat')) return { reasons: true, efforts: ['medium'], defaultEffort: 'medium' };
  const minor = Number(gpt5[1] ?? 0);
  if (minor === 0) return { reasons: true, efforts: ['minimal', 'low', 'medium', 'high'], defaultEffort: 'medium' };
  return {
    reasons: true,
    efforts: ['none', 'low', 'medium', 'high', 'xhigh'],
    defaultEffort: minor >= 5 ? 'medium' : 'none',
    toolsOnlyWithoutEffort: minor >= 2,
  };
};

export interface ModelParameters {
  hasTools: boolean;
  max_tokens?: number | null | undefined;
  temperature?: number | null | undefined;
  top_p?: number | null | undefined;
  reasoning_effort?: string | null | undefined;
}

/** Throws ApiError for a parameter that this model does not take. */
export const checkModelParameters = (model: string, parameters: ModelParameters): void => {
  const { reasons, efforts, defaultEffort, toolsOnlyWithoutEffort } = familyOf(model);
  const effort = parameters.reasoning_effort;
  if (effort != null && !reasons) throw unsupportedParameter('reasoning_effort', 'is not supported with this model.');
  if (effort != null && !efforts.includes(effort)) {
    throw unsupportedValue(
      'reasoning_effort',
      `does not support '${effort}' with this model. Supported values are: ${efforts.map((one) => `'${one}'`).join(', ')}.`,
    );
  }
  if (!reasons) return;
  if (parameters.max_tokens != null)
    throw unsupportedParameter('max_tokens', "is not supported with this model. Use 'max_completion_tokens' instead.");
  for (const name of ['temperature', 'top_p'] as const) {
    const value = parameters[name];
    if (value != null && value !== 1)
      throw unsupportedValue(name, `does not support ${value} with this model. Only the default (1) value is supported.`);
  }
  if (parameters.hasTools && toolsOnlyWithoutEffort && (effort ?? defaultEffort) !== 'none') {
    throw badRequest(
      `Function tools with reasoning_effort are not supported for ${model} in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.`,
      'reasoning_effort',
    );
  }
};

/** Throws ApiError when prompt and reply together do not fit. */
export const checkContext = (contextTokens: number, promptTokens: number, maxTokens: number): void => {
  if (promptTokens + maxTokens <= contextTokens) return;
  throw badRequest(
    `This model's maximum context length is ${contextTokens} tokens. However, you requested ${promptTokens + maxTokens} tokens (${promptTokens} in the messages, ${maxTokens} in the completion). Please reduce the length of the messages or completion.`,
    'messages',
    'context_length_exceeded',
  );
};

const unsupportedParameter = (name: string, rest: string): ApiError =>
  new ApiError(400, `Unsupported parameter: '${name}' ${rest}`, { param: name, code: 'unsupported_parameter' });
const unsupportedValue = (name: string, rest: string): ApiError =>
  new ApiError(400, `Unsupported value: '${name}' ${rest}`, { param: name, code: 'unsupported_value' });
