import type { EndedBy } from '../schemas/call-state.js';

/*
 * When a call is over from our side: after the goodbye was heard, or at the longest duration, which is announced before. Pure; asked once a frame.
 */

/** The interviewer is told this long before the maximum duration, so that the goodbye fits. */
const CLOSING_MS = 25_000;
/** After the goodbye was asked for, the line stays open for this long at most. */
const GOODBYE_MS = 20_000;

export type LimitVerdict = { kind: 'go-on' } | { kind: 'announce' } | { kind: 'end'; by: EndedBy; reason: string };

export interface CallLimits {
  /** The reason of the goodbye under way, undefined while there is none. */
  readonly goodbye: string | undefined;
  /** The call shall end once everything said was heard. The first reason stays. */
  sayGoodbye(reason: string, lineMs: number): void;
  /** `settled`: the agent has been heard out, the candidate is silent and nothing is being thought about. */
  check(lineMs: number, settled: boolean): LimitVerdict;
}

export const createCallLimits = (maxDurationMs: number): CallLimits => {
  let goodbye: { reason: string; byMs: number } | undefined;
  let announced = false;
  return {
    get goodbye() {
      return goodbye?.reason;
    },
    sayGoodbye(reason, lineMs) {
      goodbye ??= { reason, byMs: lineMs + GOODBYE_MS };
    },
    check(lineMs, settled) {
      if (goodbye) return settled || lineMs >= goodbye.byMs ? { kind: 'end', by: 'agent', reason: goodbye.reason } : { kind: 'go-on' };
      if (lineMs >= maxDurationMs) return { kind: 'end', by: 'limit', reason: 'max-duration' };
      if (announced || lineMs < maxDurationMs - CLOSING_MS) return { kind: 'go-on' };
      announced = true;
      return { kind: 'announce' };
    },
  };
};
