import type { Turn, Word } from '../schemas/transcript.js';

/*
 * The transcript of one call as it grows. An agent turn collects the words that the heard ledger reports and is closed when the agent falls silent or is cut;
 * a candidate turn is stored whole. `onTurn` is called once for each finished turn.
 */

export interface Transcript {
  agentWord(word: Word): void;
  /** The agent has said all it had to. */
  agentDone(): void;
  /** The agent was cut off, or the call ended over its words. */
  agentCut(): void;
  candidate(turn: { text: string; startMs: number; endMs: number; words: Word[] }): Turn;
}

/** `firstTurn` numbers the first turn, for a call that goes on after the server restarted. */
export const createTranscript = (onTurn: (turn: Turn) => void, firstTurn = 1): Transcript => {
  let next = firstTurn;
  let agent: { id: string; words: Word[] } | undefined;

  const close = (interrupted: boolean) => {
    const first = agent?.words[0];
    const last = agent?.words.at(-1);
    if (agent && first && last)
      onTurn({
        id: agent.id,
        speaker: 'agent',
        text: agent.words.map((word) => word.text).join(' '),
        start_ms: first.start_ms,
        end_ms: last.end_ms,
        words: agent.words,
        interrupted,
      });
    agent = undefined;
  };

  return {
    agentWord(word) {
      agent ??= { id: `t${next++}`, words: [] };
      agent.words.push(word);
    },
    agentDone: () => close(false),
    agentCut: () => close(true),
    candidate({ text, startMs, endMs, words }) {
      const turn: Turn = {
        id: `t${next++}`,
        speaker: 'candidate',
        text,
        start_ms: Math.round(startMs),
        end_ms: Math.round(endMs),
        words,
        interrupted: false,
      };
      onTurn(turn);
      return turn;
    },
  };
};
