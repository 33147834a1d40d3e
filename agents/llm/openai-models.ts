/*
 * What a model of OpenAI refuses, by its name. Follows: developers.openai.com, "Reasoning models" and "Using the latest model" (parameter compatibility),
 * and the refusals of /v1/chat/completions that users quote: from gpt-5.2 on, function tools and an effort other than `none` exclude each other there;
 * gpt-5.5 and later have an effort by default, so `none` must be said; gpt-5.1 to 5.4 have none by default.
 */

export interface ModelTraits {
  /** Models that reason refuse a temperature. */
  takesTemperature: boolean;
  /** The least effort that the model takes, to be quick on the telephone; absent: send nothing. */
  reasoningEffort?: 'none' | 'minimal' | 'low';
}

/** Any name is welcome: what is not known to reason is taken for a plain model, such as those of compatible servers. */
export const modelTraits = (model: string): ModelTraits => {
  if (/^o\d/.test(model)) return { takesTemperature: false, reasoningEffort: 'low' };
  const gpt5 = /^gpt-5(?:\.(\d+))?(?=-|$)/.exec(model);
  if (!gpt5) return { takesTemperature: true };
  if (/-(?:chat|pro|codex)\b/.test(model)) return { takesTemperature: false };
  const minor = Number(gpt5[1] ?? 0);
  if (minor === 0) return { takesTemperature: false, reasoningEffort: 'minimal' };
  return { takesTemperature: false, ...(minor >= 5 ? { reasoningEffort: 'none' } : {}) };
};
