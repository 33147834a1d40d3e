import type { Duplex } from 'node:stream';

/** A handshake that is answered with an error. Follows: Deepgram docs, "Errors" and "STT troubleshooting". */
export class ListenRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'ListenRefusal';
    this.status = status;
    this.code = code;
  }
}

/** What the vendor says for a status that a fault asks for. */
export const refusalOf = (status: number): ListenRefusal => {
  const [code, message] = REFUSALS[status] ?? ['INTERNAL_SERVER_ERROR', 'An error occurred.'];
  return new ListenRefusal(status, code, message);
};

const REFUSALS: Readonly<Record<number, [code: string, message: string]>> = {
  400: ['INVALID_QUERY_PARAMETER', 'Failed to deserialize query parameters.'],
  401: ['INVALID_AUTH', 'Invalid credentials.'],
  402: ['ASR_PAYMENT_REQUIRED', 'Project does not have enough credits.'],
  403: ['INSUFFICIENT_PERMISSIONS', 'Project does not have access to the requested model.'],
  429: ['TOO_MANY_REQUESTS', 'Too many requests. Please try again later'],
  503: ['SERVICE_UNAVAILABLE', 'Service unavailable. Please try again later'],
};

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

/** Answers an upgrade with the refusal and ends the connection. */
export const sendRefusal = (socket: Duplex, refusal: ListenRefusal, requestId: string): void => {
  const body = JSON.stringify({ err_code: refusal.code, err_msg: refusal.message, request_id: requestId });
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_TEXT[refusal.status] ?? 'Error'}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `dg-request-id: ${requestId}`,
    // The reason quotes the request, which may hold anything.
    `dg-error: ${refusal.message.replace(/[^\x20-\x7e]/g, '?')}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};
