import { once } from 'node:events';
import type { Clock } from '../../../schemas/clock.js';
import type { ChatRequest } from './chat-request.js';
import { type Completion, toChunks } from './completion.js';
import type { Exchange } from './exchange.js';
import type { Fault } from './faults.js';
import type { Pace } from './timing-profile.js';

/** The client must take what is sent within this, ms of the clock; then the connection is cut. */
const SEND_MS = 30_000;
const SMALL_WRITE_BYTES = 7;

/**
 * Sends a reply as server-sent events at the model's pace, with the fault in its place. Resolves when the reply ended or was cut; a hang ends when `gone`
 * aborts, and then it rejects with its reason.
 *
 * Follows: platform.openai.com, "Streaming API responses".
 */
export const sendEventStream = async (
  { response, gone, cut }: Exchange,
  completion: Completion,
  request: ChatRequest,
  { clock, pace, headers, fault }: { clock: Clock; pace: Pace; headers: () => Record<string, string>; fault: Fault | undefined },
): Promise<void> => {
  const small = fault?.kind === 'seven-byte-writes';
  const write = async (text: string) => {
    const bytes = Buffer.from(text);
    const step = small ? SMALL_WRITE_BYTES : bytes.length;
    for (let at = 0; at < bytes.length; at += step) {
      gone.throwIfAborted();
      if (response.write(bytes.subarray(at, at + step))) continue;
      const cancel = clock.after(SEND_MS, () => response.destroy());
      await once(response, 'drain', { signal: gone }).finally(cancel);
    }
  };
  const send = (data: object) => write(`data: ${JSON.stringify(data)}\n\n`);
  const wait = (ms: number) => (ms > 0 ? clock.sleep(ms, gone) : Promise.resolve());
  const chunks = toChunks(completion, request);

  await wait(fault?.kind === 'slow-first-token' ? fault.ms : pace.firstTokenMs());
  response.writeHead(200, { ...headers(), 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  await send(chunks.first);
  if (fault?.kind === 'hang-after-headers') return forever(gone);

  const faultAt = fault !== undefined && 'afterTokens' in fault ? Math.min(fault.afterTokens, chunks.pieces.length) : undefined;
  for (let index = 0; index <= chunks.pieces.length; index += 1) {
    const piece = chunks.pieces[index];
    if (index === faultAt) {
      if (fault?.kind === 'stall') await (fault.ms === undefined ? forever(gone) : wait(fault.ms));
      if (fault?.kind === 'cut') return cut('after-writes');
      if (fault?.kind === 'bad-json') await write(`data: ${JSON.stringify(piece ?? chunks.finish).slice(0, -3)}\n\n`);
      if (fault?.kind === 'error-in-stream') await send(errorEvent(fault.code ?? 'server_error'));
      if (fault?.kind !== 'stall') return void response.end();
    }
    if (!piece) break;
    if (index > 0) await wait(pace.tokenMs());
    await send(piece);
  }
  if (fault?.kind !== 'no-finish-reason') await send(chunks.finish);
  if (fault?.kind !== 'no-done') {
    if (chunks.usage) await send(chunks.usage);
    await write('data: [DONE]\n\n');
  }
  if (fault?.kind === 'never-closes') return forever(gone);
  response.end();
};

const errorEvent = (code: string) => ({
  error: { message: 'The server had an error while processing your request. Sorry about that!', type: code, param: null, code },
});

/** Rejects when the signal aborts. */
export const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
