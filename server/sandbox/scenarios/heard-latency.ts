/** How long the person at the far end waited, measured by their own ear in line ms. */
export interface HeardLatency {
  /** From the end of the first words (or 1.5 s after the answer) to the agent's first sound; null when there was none. */
  greeting_ms: number | null;
  /** From the end of each utterance to the agent's next sound. */
  reply_ms: number[];
  /** From the first sound of an interruption to the agent's last sound before it fell silent. */
  barge_in_ms: number[];
}

/** A candidate who says nothing expects a greeting this long after the answer. */
const GREETING_DUE_MS = 1500;
/** An agent this long without sound has stopped; the gaps between its words are shorter. */
const STOPPED_MS = 300;

/** Measures one call, frame by frame in line order. */
export const measureLatency = () => {
  const latency: HeardLatency = { greeting_ms: null, reply_ms: [], barge_in_ms: [] };
  let answeredMs: number | undefined;
  let agentLastMs = Number.NEGATIVE_INFINITY;
  let ownLastMs: number | undefined;
  let firstWordsEndMs: number | undefined;
  let speaking = false;
  let awaitingReplySince: number | undefined;
  let interruption: number | undefined;

  return {
    latency,
    /** The candidate has begun to talk over the agent on purpose. */
    interrupted(lineMs: number): void {
      interruption = lineMs;
    },
    frame(lineMs: number, agentAudible: boolean, ownAudible: boolean, busy: boolean): void {
      answeredMs ??= lineMs;
      if (ownAudible) {
        ownLastMs = lineMs + 20;
        awaitingReplySince = undefined;
      }
      if (speaking && !busy && ownLastMs !== undefined) {
        firstWordsEndMs ??= ownLastMs;
        // An agent that is talking anyway has no reply to begin.
        if (lineMs - agentLastMs > STOPPED_MS) awaitingReplySince = ownLastMs;
      }
      speaking = busy;
      if (interruption !== undefined && lineMs - agentLastMs > STOPPED_MS) {
        latency.barge_in_ms.push(Math.max(0, agentLastMs + 20 - interruption));
        interruption = undefined;
      }
      if (!agentAudible) return;
      if (latency.greeting_ms === null)
        latency.greeting_ms = Math.max(0, lineMs - (firstWordsEndMs ?? (ownLastMs === undefined ? answeredMs + GREETING_DUE_MS : lineMs)));
      else if (awaitingReplySince !== undefined) latency.reply_ms.push(lineMs - awaitingReplySince);
      awaitingReplySince = undefined;
      agentLastMs = lineMs;
    },
  };
};

/** The value below which 95 % of `values` lie (nearest rank); null without values. */
export const percentile95 = (values: readonly number[]): number | null =>
  values.length === 0 ? null : ([...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? null);

/** The middle of `values`; null without values. */
export const median = (values: readonly number[]): number | null => {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
};
