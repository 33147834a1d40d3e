import type { AgentFloor } from './agent-floor.js';
import type { CallTiming } from './call-timing.js';
import type { Ear } from './ear.js';
import type { InterviewPump } from './interview-pump.js';
import { FRAME_MS } from './line-clock.js';
import type { Transcript } from './transcript.js';
import type { TurnActions } from './turn-taker.js';

/*
 * What becomes of the candidate's part of the conversation once turn-taking has decided on it: it is written down, its reply is timed, and the interviewer is
 * told. Nothing here waits.
 */

export const createCandidateTurns = (options: {
  transcript: Transcript;
  timing: CallTiming;
  ear: Ear;
  floor: AgentFloor;
  interview: InterviewPump;
  lineMs: () => number;
}): Pick<TurnActions, 'commitTurn' | 'commitNod' | 'commitKeys' | 'promptIdle'> => {
  const { transcript, timing, ear, floor, interview, lineMs } = options;

  const settleReply = (turnId: string) => {
    void interview.whenIdle().then(() => timing.replies.settled(turnId));
  };

  return {
    commitTurn({ startedMs, endedMs, text, interrupting }) {
      const turn = transcript.candidate({ text, startMs: startedMs, endMs: endedMs, words: ear.takeWords(endedMs) });
      timing.candidateDone({ id: turn.id, endedMs, decidedMs: lineMs() + FRAME_MS, engine: ear.engine() });
      const cut = floor.takeCut();
      interview.push({ kind: 'candidate-turn', turn, confidence: ear.confidence(), ...(interrupting && cut ? { interrupted: cut } : {}) });
      settleReply(turn.id);
    },
    commitNod({ startedMs, endedMs, text }) {
      transcript.candidate({ text, startMs: startedMs, endMs: endedMs, words: ear.takeWords(endedMs) });
    },
    commitKeys(digits) {
      floor.takeCut();
      const at = lineMs();
      const turn = transcript.candidate({ text: `[keypad ${digits}]`, startMs: at, endMs: at, words: [] });
      timing.candidateDone({ id: turn.id, endedMs: at, decidedMs: at, engine: undefined });
      interview.push({ kind: 'dtmf', digits, lineMs: at, turn });
      settleReply(turn.id);
    },
    promptIdle(nth) {
      timing.nobodySpoke();
      interview.push({ kind: 'silence', nth, lineMs: lineMs() });
    },
  };
};
