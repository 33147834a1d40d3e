import type { AnswerProgress, ExpectedAnswer } from '../schemas/ports/interviewer.js';

/*
 * What turn-taking hears, does and remembers; the moves are in turn-taking.ts.
 */

export type TurnEvent =
  | { kind: 'voice-start'; lineMs: number; startedMs: number }
  | { kind: 'voice-end'; lineMs: number; endedMs: number }
  | { kind: 'transcript-interim'; lineMs: number; text: string; progress: AnswerProgress }
  | { kind: 'transcript-final'; lineMs: number; text: string /** of everything heard in this turn, this final included */; progress: AnswerProgress }
  /** The recogniser is sure that the candidate has finished. */
  | { kind: 'vendor-end-of-turn'; lineMs: number }
  /** The recogniser broke and owes nothing any more; what was being said is lost and will be asked for again. */
  | { kind: 'recognition-failed'; lineMs: number }
  /** Agent audio is on its way; `asking` while a question is part of it. */
  | { kind: 'agent-speaking'; lineMs: number; asking: boolean }
  /** Everything the agent had to say was heard to its last sample. */
  | { kind: 'agent-silent'; lineMs: number }
  /** The interview now waits for something else; silence is counted anew. */
  | { kind: 'expect'; lineMs: number; type: ExpectedAnswer['type']; idleMs: number | undefined }
  | { kind: 'dtmf'; lineMs: number; digit: string }
  /** The call is over: what was being said is committed as it stands. */
  | { kind: 'line-ended'; lineMs: number }
  | { kind: 'timer'; lineMs: number; name: TimerName };

export type TimerName = 'idle' | 'turn-end' | 'decide' | 'max-turn' | 'keys';

export type TurnEffect =
  | { kind: 'pause-agent'; startedMs: number }
  | { kind: 'resume-agent' }
  | { kind: 'abort-agent' }
  /** The candidate's turn is over. `startedMs` and `endedMs` bound their voice. Text may be empty: long sound, no words. */
  | { kind: 'commit-turn'; startedMs: number; endedMs: number; text: string; interrupting: boolean }
  /** A backchannel: for the transcript only. */
  | { kind: 'commit-nod'; startedMs: number; endedMs: number; text: string }
  | { kind: 'commit-keys'; digits: string; lineMs: number }
  | { kind: 'prompt-idle'; nth: number }
  /** The candidate has probably finished, with this text: a reply may be begun. */
  | { kind: 'speculate'; text: string }
  | { kind: 'drop-speculation' }
  | { kind: 'start-timer'; name: TimerName; atMs: number }
  | { kind: 'stop-timer'; name: TimerName };

export interface TurnState {
  floor: 'open' | 'agent' | 'candidate' | 'contested';
  expecting: ExpectedAnswer['type'];
  idleMs: number | undefined;
  asking: boolean;
  voice: boolean;
  /** First voiced frame of the turn, of its latest stretch of voice, and the end of the last voiced frame. */
  startedMs: number;
  stretchMs: number;
  endedMs: number;
  voicedMs: number;
  /** Finals so far, and the interim after them. */
  said: string;
  interim: string;
  progress: AnswerProgress;
  /** Voice stretches whose final is still owed. */
  owed: number;
  finalBy: number;
  /** Finals still to come for voice whose turn was committed without them, and whether the first of them has come as interim words: then they would come twice. */
  late: number;
  lateIsKnown: boolean;
  /** Line time after which a late final is taken not to come any more. */
  lateUntil: number;
  /** The voice that is on now belongs to a turn that was cut in on: its final is among the late ones. */
  voiceCommitted: boolean;
  interrupting: boolean;
  keys: string;
  idlePrompts: number;
  /** The text for which a reply has been begun, and how often one was in this turn. */
  speculated: string | undefined;
  speculations: number;
}

export const initialTurnState = (): TurnState => ({
  floor: 'open',
  expecting: 'opening',
  idleMs: undefined,
  asking: false,
  voice: false,
  startedMs: 0,
  stretchMs: 0,
  endedMs: 0,
  voicedMs: 0,
  said: '',
  interim: '',
  progress: 'open',
  owed: 0,
  finalBy: 0,
  late: 0,
  lateIsKnown: false,
  lateUntil: 0,
  voiceCommitted: false,
  interrupting: false,
  keys: '',
  idlePrompts: 0,
  speculated: undefined,
  speculations: 0,
});
