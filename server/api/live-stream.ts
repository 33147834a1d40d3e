import type { ServerResponse } from 'node:http';
import type { CallTimelineEvent } from '../../schemas/call-event.js';
import { isFinal } from '../../schemas/call-state.js';
import type { Clock } from '../../schemas/clock.js';
import type { CallEventRepository } from '../store/repositories/call-events.js';
import type { CallRepository } from '../store/repositories/calls.js';
import type { LiveCalls } from './ports.js';
import { eventView } from './views/call-event.js';

/** How often the store is asked for events of a call that may live on another server, and whether the call is over, ms. */
const LOOK_EVERY_MS = 1_000;
/** A comment line keeps proxies from closing a quiet stream, ms. */
const KEEP_ALIVE_MS = 15_000;
/** A reader that is this far behind is cut off and resumes with Last-Event-ID, bytes. */
const BACKLOG_LIMIT_BYTES = 1024 * 1024;

/**
 * Sends a call's timeline as server-sent events until the call is over: from the store what came after `afterSeq`, from this process what happens now. Each
 * event is sent once and in the order of `seq`, which is its id, so that a reader that lost the connection goes on where it was. Ends when the reader goes
 * (`closed`), falls a megabyte behind, or the call is final and told.
 * Follows: HTML Standard, "Server-sent events".
 */
export const streamCall = async (
  call: { companyId: string; callId: string; afterSeq: number },
  from: { clock: Clock; live: LiveCalls; calls: CallRepository; callEvents: CallEventRepository },
  response: ServerResponse,
  closed: AbortSignal,
): Promise<void> => {
  const { companyId, callId } = call;
  let sentSeq = call.afterSeq;
  let quietMs = 0;
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  response.write('retry: 2000\n\n');
  const send = (event: CallTimelineEvent) => {
    if (event.seq <= sentSeq || closed.aborted || response.writableEnded) return;
    if (response.writableLength > BACKLOG_LIMIT_BYTES) {
      response.destroy();
      return;
    }
    sentSeq = event.seq;
    quietMs = 0;
    response.write(`id: ${event.seq}\nevent: ${event.event.kind}\ndata: ${JSON.stringify(eventView(event))}\n\n`);
  };
  // The store first: events of this process that come meanwhile are kept aside, so that none overtakes an older one.
  let aside: CallTimelineEvent[] | undefined = [];
  const unsubscribe = from.live.subscribe(callId, call.afterSeq, (event) => (aside ? aside.push(event) : send(event)));
  try {
    while (!closed.aborted) {
      const current = await from.calls.find(companyId, callId);
      const before = sentSeq;
      for (const event of await from.callEvents.list(companyId, callId, sentSeq)) send(event);
      for (const event of aside ?? []) send(event);
      aside = undefined;
      if ((!current || isFinal(current.state)) && sentSeq === before) break;
      quietMs += LOOK_EVERY_MS;
      if (quietMs >= KEEP_ALIVE_MS) {
        quietMs = 0;
        response.write(': still here\n\n');
      }
      await from.clock.sleep(LOOK_EVERY_MS, closed).catch(() => undefined);
    }
  } finally {
    unsubscribe();
    response.end();
  }
};
