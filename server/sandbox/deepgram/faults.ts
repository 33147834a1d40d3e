/** What goes wrong with one connection. Times in ms of its audio unless they say clock. */
export interface ConnectionFaults {
  /** The handshake is answered with this HTTP status. */
  refuse?: 400 | 401 | 402 | 403 | 429 | 503;
  /** The handshake is never answered. */
  hang?: boolean;
  /** The connection ends: 1006 without a closing frame, 1005 with one that has no code. */
  drop?: { code: 1000 | 1005 | 1006 | 1008 | 1011; afterAudioMs: number };
  /** Nothing is sent for `forMs` of the clock; then everything at once. */
  stall?: { fromAudioMs: number; forMs: number };
  /** Every message comes this much later, ms of the clock. */
  delayMs?: number;
  /** A text message that is no JSON, or no UTF-8. */
  garbage?: { kind: 'non-json' | 'invalid-utf8'; afterAudioMs: number };
  /** Every final comes twice. */
  repeatFinals?: boolean;
}

/** Sets faults at run time. */
export interface FaultSwitch {
  /** The next connections meet these, one each, in order; more are met after those that still wait. */
  next(...faults: ConnectionFaults[]): void;
  /** Every connection without one of its own meets this; undefined ends that. */
  always(faults: ConnectionFaults | undefined): void;
}

export interface FaultPlan extends FaultSwitch {
  take(): ConnectionFaults;
}

export const createFaultPlan = (): FaultPlan => {
  const queue: ConnectionFaults[] = [];
  let standing: ConnectionFaults | undefined;
  return {
    next(...faults) {
      queue.push(...faults);
    },
    always(faults) {
      standing = faults;
    },
    take: () => queue.shift() ?? standing ?? {},
  };
};
