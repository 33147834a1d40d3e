import type { Cancel, Clock } from '../../schemas/clock.js';
import type { EngineError } from '../../schemas/engine-error.js';
import type { Connection } from './elevenlabs-connection.js';
import { elevenLabsErrors, SOCKET_ENGINE } from './elevenlabs-errors.js';
import type { ElevenLabsTimeouts, VendorSettings } from './elevenlabs-options.js';
import type { ServerMessage } from './elevenlabs-wire.js';

/*
 * The contexts of one call's socket. One clause is one context: opened, filled, flushed and closed in one go, so that the vendor's `isFinal` marks its end.
 *
 *   say ──► open ──── audio … ──► isFinal ──► free
 *             └─ abandoned ──► its audio is dropped by id ──► isFinal, or 1 s ──► free
 *
 * The vendor allows five at once and ends the whole socket at the sixth. A socket that was lost while idle is opened again at once, so that it stays warm, and
 * once only; after that the next clause opens it.
 */

const { lostError, malformedError, timeoutError } = elevenLabsErrors(SOCKET_ENGINE);

const MAX_CONTEXTS = 5;
/** Some minutes of audio that nobody takes. */
const MAX_UNREAD = 2000;

export type ContextEvent = Exclude<ServerMessage, { kind: 'error' | 'other' }> | { kind: 'down'; error: EngineError };

/** One clause on its way. */
export interface Context {
  /** The next event, in order; undefined when none came within `withinMs` of the clock. Rejects with the signal's reason. One waits at a time. */
  next(withinMs: number, signal: AbortSignal): Promise<ContextEvent | undefined>;
  /** Nobody listens any more. Harmless after its end. */
  leave(): void;
  /** The socket does not answer: whoever else uses it loses it. */
  abandonSocket(): void;
}

export interface Contexts {
  /** Asks for a text on the warm socket, or on a new one. Rejects with EngineError, or the signal's reason. */
  say(text: string, settings: VendorSettings, signal: AbortSignal): Promise<Context>;
  /** Opens the socket. Never rejects. */
  warm(): void;
  close(): void;
}

interface Live {
  events: ContextEvent[];
  wake: (() => void) | undefined;
  isLeft: boolean;
  /** Frees its place when the vendor does not. */
  cancelFree: Cancel;
}

interface Link {
  connection: Connection;
  live: Map<string, Live>;
  /** Why it is no more. */
  down: EngineError | undefined;
}

export const createContexts = (options: {
  clock: Clock;
  timeouts: ElevenLabsTimeouts;
  open(on: { message(message: ServerMessage): void; down(error: EngineError): void }): Connection;
}): Contexts => {
  const { clock, timeouts } = options;
  let link: Link | undefined;
  let lastId = 0;
  let isClosed = false;
  /** A lost socket is opened again by itself once between two clauses that were heard. */
  let mayReopen = true;
  /** Why the vendor will not have us, until a person has acted: asking again would only be refused again. */
  let refused: EngineError | undefined;
  const waiting: (() => void)[] = [];

  const wakeNext = () => waiting.shift()?.();

  const free = (of: Link, id: string) => {
    const context = of.live.get(id);
    if (!context) return;
    context.cancelFree();
    of.live.delete(id);
    wakeNext();
  };

  const tell = (context: Live, event: ContextEvent) => {
    if (context.isLeft || context.events.length > MAX_UNREAD) return;
    const isTooMuch = context.events.length === MAX_UNREAD;
    context.events.push(isTooMuch ? { kind: 'down', error: malformedError('more audio came than is being taken') } : event);
    context.wake?.();
  };

  const onMessage = (of: Link, message: ServerMessage) => {
    if (message.kind !== 'audio' && message.kind !== 'final') return;
    // Audio of a context that is gone has no place in the map.
    const context = of.live.get(message.contextId);
    if (!context) return;
    mayReopen = true;
    tell(context, message);
    if (message.kind === 'final') free(of, message.contextId);
  };

  const onDown = (of: Link, error: EngineError) => {
    of.down = error;
    if (link === of) link = undefined;
    if (error.needsPerson) refused = error;
    for (const context of of.live.values()) {
      context.cancelFree();
      tell(context, { kind: 'down', error });
    }
    of.live.clear();
    for (const wake of waiting.splice(0)) wake();
    if (!isClosed && mayReopen && error.failure === 'unavailable') {
      mayReopen = false;
      openLink();
    }
  };

  const openLink = (): Link => {
    // The callbacks come later than the assignment: a socket never fails in its constructor's own turn.
    const opening: { link?: Link } = {};
    const connection = options.open({
      message: (message) => opening.link && onMessage(opening.link, message),
      down: (error) => opening.link && onDown(opening.link, error),
    });
    const opened: Link = { connection, live: new Map(), down: undefined };
    opening.link = opened;
    link = opened;
    return opened;
  };

  /** Waits until one of the contexts is free. */
  const room = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const done = (settle: () => void) => {
        cancel();
        signal.removeEventListener('abort', onAbort);
        const at = waiting.indexOf(wake);
        if (at >= 0) waiting.splice(at, 1);
        settle();
      };
      const wake = () => done(resolve);
      const onAbort = () => done(() => reject(signal.reason));
      const cancel = clock.after(timeouts.contextMs, () => done(() => reject(timeoutError(`no context free within ${timeouts.contextMs} ms`))));
      waiting.push(wake);
      signal.addEventListener('abort', onAbort, { once: true });
    });

  const whenOpen = (connection: Connection, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      connection.opened.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });

  const contextOf = (of: Link, id: string, context: Live): Context => ({
    async next(withinMs, signal) {
      const first = context.events.shift();
      if (first) return first;
      if (signal.aborted) throw signal.reason;
      await new Promise<void>((resolve, reject) => {
        const done = (settle: () => void) => {
          cancel();
          signal.removeEventListener('abort', onAbort);
          context.wake = undefined;
          settle();
        };
        const onAbort = () => done(() => reject(signal.reason));
        const cancel = clock.after(Math.max(0, withinMs), () => done(resolve));
        context.wake = () => done(resolve);
        signal.addEventListener('abort', onAbort, { once: true });
      });
      return context.events.shift();
    },
    leave() {
      if (context.isLeft) return;
      context.isLeft = true;
      context.events.length = 0;
      // It was closed when it was filled; the vendor's end of it, or this, frees its place.
      if (of.live.has(id)) context.cancelFree = clock.after(timeouts.contextMs, () => free(of, id));
    },
    abandonSocket: () => of.connection.abandon(lostError('the connection does not answer')),
  });

  return {
    async say(text, settings, signal) {
      let isSecond = false;
      for (;;) {
        if (signal.aborted) throw signal.reason;
        if (isClosed) throw lostError('the voice is closed');
        if (refused) throw refused;
        const current = link ?? openLink();
        await whenOpen(current.connection, signal);
        if (current.down) {
          // Lost between its opening and now.
          if (isSecond || current.down.failure !== 'unavailable') throw current.down;
          isSecond = true;
          continue;
        }
        if (current.live.size >= MAX_CONTEXTS) {
          await room(signal);
          continue;
        }
        lastId += 1;
        const id = `c${lastId}`;
        const context: Live = { events: [], wake: undefined, isLeft: false, cancelFree: () => undefined };
        current.live.set(id, context);
        current.connection.send(
          { text: ' ', context_id: id, voice_settings: settings },
          // A text ends with a space, so that its last word is whole.
          { text: `${text} `, context_id: id, flush: true },
          { context_id: id, close_context: true },
        );
        return contextOf(current, id, context);
      }
    },
    warm() {
      if (!link && !isClosed) openLink();
    },
    close() {
      isClosed = true;
      const last = link;
      link = undefined;
      last?.connection.close();
      for (const context of last?.live.values() ?? []) {
        context.cancelFree();
        tell(context, { kind: 'down', error: lostError('the voice was closed') });
      }
      last?.live.clear();
      for (const wake of waiting.splice(0)) wake();
    },
  };
};
