import type { InterviewAction, InterviewEvent, Interviewer, Utterance } from '../schemas/ports/interviewer.js';

/*
 * Feeds the interviewer one event at a time, in order, and passes on what it says and wants. While the line is being cleared the pump holds back, since the
 * next event must come after the news of what was heard.
 */

/** More waiting events than this means that the interviewer has stopped; the oldest heard-reports are of no use then. */
const MAX_WAITING = 200;

export interface InterviewPump {
  /** Nothing waits and nothing is being handled. */
  readonly idle: boolean;
  push(event: InterviewEvent): void;
  /** Puts events before all that wait. */
  pushFirst(events: readonly InterviewEvent[]): void;
  /** Resolves when nothing waits and nothing is being handled. */
  whenIdle(): Promise<void>;
  /** Cuts off what is being handled (barge-in) and holds until released. */
  interrupt(): void;
  release(): void;
}

export const createInterviewPump = (options: {
  interviewer: Interviewer;
  signal: AbortSignal;
  onSay: (utterance: Utterance) => void;
  onAction: (action: InterviewAction) => void;
  onDefect: (error: unknown) => void;
}): InterviewPump => {
  const waiting: InterviewEvent[] = [];
  let turn = new AbortController();
  let busy = false;
  let held = false;
  const sleepers: (() => void)[] = [];
  // What was begun for a turn that never comes has nobody to end it once the call is over.
  options.signal.addEventListener('abort', () => options.interviewer.dropSpeculation?.(), { once: true });

  const handle = async (event: InterviewEvent): Promise<void> => {
    const { signal } = turn;
    try {
      for await (const item of options.interviewer.handle(event, AbortSignal.any([signal, options.signal]))) {
        if (signal.aborted || options.signal.aborted) return;
        if (item.kind === 'say') options.onSay(item);
        else options.onAction(item);
      }
    } catch (error) {
      if (!signal.aborted && !options.signal.aborted) options.onDefect(error);
    }
  };

  const run = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    while (!held && !options.signal.aborted) {
      const event = waiting.shift();
      if (!event) break;
      await handle(event);
    }
    busy = false;
    if (waiting.length === 0) for (const wake of sleepers.splice(0)) wake();
  };
  const start = () => {
    // run reports failures itself and never rejects.
    void run();
  };

  return {
    get idle() {
      return !busy && waiting.length === 0;
    },
    push(event) {
      if (waiting.length >= MAX_WAITING) waiting.shift();
      waiting.push(event);
      start();
    },
    pushFirst(events) {
      waiting.unshift(...events);
      start();
    },
    whenIdle: () =>
      new Promise((resolve) => {
        if (!busy && waiting.length === 0) resolve();
        else sleepers.push(resolve);
      }),
    interrupt() {
      held = true;
      turn.abort();
      turn = new AbortController();
    },
    release() {
      held = false;
      start();
    },
  };
};
