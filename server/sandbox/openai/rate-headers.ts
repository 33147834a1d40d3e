import type { Clock } from '../../../schemas/clock.js';

const REQUESTS_PER_MINUTE = 10_000;
const TOKENS_PER_MINUTE = 2_000_000;

/** The `x-ratelimit-*` headers: both budgets fill up evenly within a minute. They are told, not enforced; refusals are faults. */
export const createRateHeaders = (clock: Clock): ((tokens: number) => Record<string, string>) => {
  const bucket = (perMinute: number) => {
    let left = perMinute;
    let at = clock.monotonic();
    return (used: number) => {
      left = Math.min(perMinute, left + ((clock.monotonic() - at) * perMinute) / 60_000);
      at = clock.monotonic();
      left = Math.max(0, left - used);
      return { limit: String(perMinute), remaining: String(Math.floor(left)), reset: `${Math.ceil(((perMinute - left) * 60_000) / perMinute)}ms` };
    };
  };
  const requests = bucket(REQUESTS_PER_MINUTE);
  const tokens = bucket(TOKENS_PER_MINUTE);
  return (used) => {
    const [request, token] = [requests(1), tokens(used)];
    return {
      'x-ratelimit-limit-requests': request.limit,
      'x-ratelimit-remaining-requests': request.remaining,
      'x-ratelimit-reset-requests': request.reset,
      'x-ratelimit-limit-tokens': token.limit,
      'x-ratelimit-remaining-tokens': token.remaining,
      'x-ratelimit-reset-tokens': token.reset,
    };
  };
};
