import { ApiError, badRequest } from './api-error.js';
import type { Fault } from './faults.js';

/** The refusal that a fault stands for; undefined for faults that are not refusals. Follows: platform.openai.com, "Error codes". */
export const refusalOf = (fault: Fault | undefined): ApiError | undefined => {
  switch (fault?.kind) {
    case 'context-too-long':
      return badRequest(
        "This model's maximum context length is 128000 tokens. Please reduce the length of the messages.",
        'messages',
        'context_length_exceeded',
      );
    case 'unauthorized':
      return wrongKey('sk-proj-********************wxyz');
    case 'rate-limited':
      return new ApiError(429, 'Rate limit reached for requests. Please try again later.', {
        type: 'requests',
        code: 'rate_limit_exceeded',
        headers: { 'retry-after': String(fault.retryAfterS ?? 20) },
      });
    case 'insufficient-quota':
      return new ApiError(429, 'You exceeded your current quota, please check your plan and billing details.', {
        type: 'insufficient_quota',
        code: 'insufficient_quota',
      });
    case 'server-error':
      return new ApiError(500, 'The server had an error while processing your request. Sorry about that!', { type: 'server_error' });
    default:
      return undefined;
  }
};

/** Throws ApiError unless this is the account's key. */
export const authenticate = (authorization: string | undefined, apiKey: string): void => {
  const key = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
  if (key === undefined) {
    throw new ApiError(
      401,
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    );
  }
  if (key !== apiKey) throw wrongKey(`${key.slice(0, 4)}********${key.slice(-4)}`);
};

const wrongKey = (shown: string): ApiError =>
  new ApiError(401, `Incorrect API key provided: ${shown}. You can find your API key at https://platform.openai.com/account/api-keys.`, {
    code: 'invalid_api_key',
  });

/** The page of a gateway in front of the vendor. */
export const GATEWAY_PAGE =
  '<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body><h1>503 Service Temporarily Unavailable</h1></body>\r\n</html>\r\n';
